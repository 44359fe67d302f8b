//! Learns how to denoise photographs by total variation, its weight and how far its corner is rounded: see learn_tv.py.
use std::error::Error;

use fenchel::{Composite, DerivativeStatus, MinimizeOptions, Operator, Risk, Smooth, TuneOptions, Tuned, Tuner};
use fenchel_examples::pictures::Picture;
use fenchel_examples::{count, decimal, doubles, number};

const SIDE: usize = 96;
const PIXELS: usize = SIDE * SIDE;
const SHAPE: [i64; 2] = [SIDE as i64, SIDE as i64];
const BY_HAND: [f64; 2] = [0.05, 0.01]; // lam and eps, also the start
const NOISE: f64 = 0.1;

fn identity() -> fenchel::Result<Operator<'static>> {
    Operator::named("identity").number("size", PIXELS as f64).build()
}

/// Judged by the clean picture, or without it by Stein's estimate of the error.
fn learn(noisy: &[f64], clean: Option<&[f64]>) -> fenchel::Result<Tuned<f64>> {
    let f = Smooth::least_squares(&identity()?, noisy)?;
    let tuner = Tuner::new("smoothed_tv").fixed_indices("shape", &SHAPE);
    let tuner = tuner.start("lam", BY_HAND[0]).start("eps", BY_HAND[1]);
    match clean {
        Some(clean) => tuner.fold(&f, &Smooth::least_squares(&identity()?, clean)?).tune(&TuneOptions::default()),
        None => tuner.data(&f).tune(&TuneOptions { risk: Risk::SureMonteCarlo, sigma: NOISE, ..Default::default() }),
    }
}

fn denoise(noisy: &[f64], lam: f64, eps: f64) -> fenchel::Result<Vec<f64>> {
    let f = Smooth::least_squares(&identity()?, noisy)?;
    let tv = Smooth::named("smoothed_tv").indices("shape", &SHAPE).number("lam", lam).number("eps", eps).build()?;
    let sum = Smooth::named("sum").term("term", &f).term("term", &tv).build()?;
    let options = MinimizeOptions { tol: 1e-8, max_iter: 10_000, ..Default::default() };
    Ok(Composite::<f64>::new().smooth(&sum).minimize_by("auto", &options)?.x)
}

fn report(name: &str, found: &Tuned<f64>) -> (f64, f64) {
    let (lam, eps) = (found.value("lam").unwrap_or(0.0), found.value("eps").unwrap_or(0.0));
    let result = &found.result;
    println!("{name}: {} after {} evaluations, {:.2} s", result.termination, result.iterations, result.seconds);
    println!("slope {:.1e}, proved to {:.1e}", result.derivative, result.bound);
    number(&format!("{name}_lam"), lam);
    number(&format!("{name}_eps"), eps);
    number(&format!("{name}_before"), result.first_criterion);
    number(&format!("{name}_after"), result.criterion);
    count(&format!("{name}_certified"), u8::from(result.derivative_status == DerivativeStatus::Certified));
    (lam, eps)
}

/// Peak signal-to-noise ratio in decibels.
fn decibels(image: &[f64], clean: &[f64]) -> f64 {
    let squares: f64 = image.iter().zip(clean).map(|(x, truth)| (x - truth) * (x - truth)).sum();
    -10.0 * (squares / clean.len() as f64).log10()
}

fn main() -> Result<(), Box<dyn Error>> {
    let (lam, eps) = report("learned", &learn(&doubles("crop_learn_noisy")?, Some(&doubles("crop_learn")?))?);
    let mut picture = Picture::new(4 * SIDE + 8, 10 * (SIDE + 4));
    for (row, crop) in ["flower", "temple"].iter().enumerate() {
        let (clean, noisy) = (doubles(&format!("crop_{crop}"))?, doubles(&format!("crop_{crop}_noisy"))?);
        let own = learn(&noisy, None)?;
        report(crop, &own);
        let by_sure = own.x.as_slice().to_vec();
        let images =
            [&noisy, &denoise(&noisy, BY_HAND[0], BY_HAND[1])?, &denoise(&noisy, lam, eps)?, &by_sure, &clean];
        for (name, image) in ["noisy", "by_hand", "learned", "by_sure"].iter().zip(images) {
            decimal(&format!("{crop}_{name}_db"), decibels(image, &clean));
        }
        for (k, image) in images.iter().enumerate() {
            picture.put(row * 2 * (SIDE + 4), k * 2 * (SIDE + 4), image.chunks(SIDE), 2);
        }
    }
    picture.save("learn_tv.pgm")?;
    Ok(())
}
