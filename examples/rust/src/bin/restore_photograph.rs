//! Denoises a photograph, and fills in the 60 % of its pixels that are lost, by total variation: see
//! restore_photograph.py.
//!
//! Denoising is one proximal map. Inpainting is a least-squares term on the pixels that are left and an isotropic total
//! variation: the sum of the lengths of the gradients, a group norm behind finite differences.
use std::error::Error;

use fenchel::{minimize_method, Composite, MinimizeOptions, Operator, Prox, Smooth};
use fenchel_examples::pictures::Picture;
use fenchel_examples::{array_f64, decimal, doubles, shape};

/// Peak signal-to-noise ratio in decibels.
fn decibels(image: &[f64], truth: &[f64]) -> f64 {
    let squares: f64 = image.iter().zip(truth).map(|(x, y)| (x - y) * (x - y)).sum();
    -10.0 * (squares / truth.len() as f64).log10()
}

fn fill_in(rows: usize, cols: usize, mask: &[f64], masked: &[f64]) -> fenchel::Result<Vec<f64>> {
    let known = Operator::named("diagonal").array("d", mask).build()?;
    let pixels = (rows * cols) as i64;
    let pixel: Vec<i64> = (0..2 * pixels).map(|i| i % pixels).collect(); // a gradient is one group: its two differences
    let lengths = Prox::named("group_l2").number("lam", 0.002).indices("group", &pixel).build()?;
    let differences = Operator::named("differences").indices("shape", &[rows as i64, cols as i64]).build()?;
    let problem = Composite::new().smooth(&Smooth::least_squares(&known, masked)?).prox_of(&lengths, &differences);
    let options = MinimizeOptions { tol: 1e-4, ..Default::default() };
    let fit = problem.minimize_by(minimize_method::AUTO, &options)?;
    println!("{} after {} iterations ({:.2} s)", fit.result.termination, fit.result.iterations, fit.result.seconds);
    Ok(fit.x)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (truth, noisy, mask) = (doubles("photograph")?, doubles("photograph_noisy")?, doubles("photograph_mask")?);
    let (rows, cols) = (shape("photograph")?[0], shape("photograph")?[1]);
    let tv = Prox::named("tv2d").number("rows", rows as f64).number("cols", cols as f64);
    let (denoised, _) = tv.number("lam", 0.05).number("isotropic", 1.0).build()?.apply(&noisy, 1.0)?;
    let masked: Vec<f64> = mask.iter().zip(&truth).map(|(kept, value)| kept * value).collect();
    let filled = fill_in(rows, cols, &mask, &masked)?;

    decimal("noisy_db", decibels(&noisy, &truth));
    decimal("denoised_db", decibels(&denoised, &truth));
    decimal("filled_db", decibels(&filled, &truth));
    array_f64("denoised", &denoised);
    let mut picture = Picture::new(rows, 5 * (cols + 8) - 8);
    for (k, image) in [&truth, &noisy, &denoised, &masked, &filled].iter().enumerate() {
        picture.put(0, k * (cols + 8), image.chunks(cols), 1);
    }
    picture.save("restore_photograph.pgm")?;
    Ok(())
}
