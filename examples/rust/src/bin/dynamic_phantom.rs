//! Reconstructs a moving phantom from a quarter of its frequencies: see dynamic_phantom.py.
//!
//! Of each frame's discrete Fourier transform only a random part is measured, with noise. Total variation in space and in
//! time and two nuclear norms, of the frames as rows and of the lines of all frames, say what such sequences look like;
//! each is a simple term, behind a linear map where it needs one, and condat_vu minimises the sum.
use std::error::Error;

use fenchel::{minimize_method, Composite, MinimizeOptions, Operator, Prox, Smooth};
use fenchel_examples::pictures::Picture;
use fenchel_examples::{array_f64, decimal, doubles, shape};

fn error_of(x: &[f64], truth: &[f64]) -> f64 {
    let missed: f64 = x.iter().zip(truth).map(|(x, y)| (x - y) * (x - y)).sum();
    (missed / truth.iter().map(|y| y * y).sum::<f64>()).sqrt()
}

fn differences(shape: &[i64], axes: &[i64]) -> fenchel::Result<Operator<'static>> {
    Operator::named("differences").indices("shape", shape).indices("axes", axes).build()
}

/// The nuclear norm of x read as a matrix.
fn nuclear(rows: usize, cols: usize) -> fenchel::Result<Prox<'static>> {
    Prox::named("nuclear").number("rows", rows as f64).number("cols", cols as f64).number("lam", 0.005).build()
}

/// The frequencies of the truth that the mask keeps, with noise: real and imaginary parts.
fn measured(measure: &Operator<'_>, truth: &[f64], mask: &[f64], noise: &[f64]) -> fenchel::Result<Vec<f64>> {
    let kept = noise.chunks(2).zip(mask).filter(|(_, kept)| **kept != 0.0).flat_map(|(pair, _)| pair);
    Ok(measure.apply(truth)?.iter().zip(kept).map(|(exact, noise)| exact + noise).collect())
}

/// A frame of each, and below it a line through time.
fn draw(frames: usize, side: usize, images: &[&[f64]]) -> std::io::Result<()> {
    let mut picture = Picture::new(3 * side + 4 + 3 * frames, images.len() * (3 * side + 4) - 4);
    for (k, x) in images.iter().enumerate() {
        let lines = || x.chunks(side);
        picture.put(0, k * (3 * side + 4), lines().skip(6 * side).take(side), 3);
        picture.put(3 * side + 4, k * (3 * side + 4), lines().skip(26).step_by(side), 3);
    }
    picture.save("dynamic_phantom.pgm")
}

fn main() -> Result<(), Box<dyn Error>> {
    let (truth, mask, noise) = (doubles("phantom")?, doubles("phantom_mask")?, doubles("phantom_noise")?);
    let (frames, side) = (shape("phantom")?[0], shape("phantom")?[1]);
    let shape = [frames as i64, side as i64, side as i64];
    let transform = Operator::named("masked_dft").indices("shape", &shape).indices("axes", &[1, 2]);
    let measure = transform.array("mask", &mask).build()?;
    let y = measured(&measure, &truth, &mask, &noise)?;
    let only_data = Composite::new().smooth(&Smooth::least_squares(&measure, &y)?);

    let pixels = truth.len() as i64;
    let pixel: Vec<i64> = (0..2 * pixels).map(|i| i % pixels).collect(); // a gradient in space is one group
    let lengths = Prox::named("group_l2").number("lam", 0.004).indices("group", &pixel).build()?;
    let space = only_data.prox_of(&lengths, &differences(&shape, &[1, 2])?);
    let space_and_time = space.clone().prox_of(&Prox::l1(0.004)?, &differences(&shape, &[0])?);
    let all_four = space_and_time.clone().prox(&nuclear(frames, side * side)?).prox(&nuclear(frames * side, side)?);

    let mut found = vec![measure.adjoint(&y)?]; // zeros for the rest
    let options = MinimizeOptions { tol: 1e-4, max_iter: 3000, ..Default::default() };
    for (name, problem) in [("space", space), ("space and time", space_and_time), ("all four", all_four)] {
        let fit = problem.minimize_by(minimize_method::AUTO, &options)?;
        let (how, seconds) = (fit.result.termination, fit.result.seconds);
        println!("{name}: {how} after {} iterations ({seconds:.2} s)", fit.result.iterations);
        found.push(fit.x);
    }

    for (k, x) in found.iter().enumerate() {
        decimal(&format!("error_{k}"), error_of(x, &truth));
    }
    array_f64("all_four", &found[3]);
    let images: Vec<&[f64]> = std::iter::once(&truth).chain(&found).map(Vec::as_slice).collect();
    draw(frames, side, &images)?;
    Ok(())
}
