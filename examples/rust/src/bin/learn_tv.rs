//! Learns how to denoise photographs by total variation, its weight and how far its corner is rounded: see learn_tv.py.
//!
//! The lower level denoises y: h(x) = ||x - y||^2 / 2 + lam sum_i sqrt(|(D x)_i|^2 + eps^2). The upper level,
//! ||x - clean||^2 / 2, judges the solution where the clean image is known. Both are closures of this file.
use std::error::Error;

use fenchel::{BilevelConstants, BilevelOptions, BilevelProblem, DerivativeStatus};
use fenchel_examples::pictures::Picture;
use fenchel_examples::{count, decimal, doubles};

const SIDE: usize = 96;
const PIXELS: usize = SIDE * SIDE;
const BY_HAND: [f64; 2] = [0.05, 0.01]; // lam and eps, also the start

/// D x at a pixel: the differences down and to the right, 0 at the edge.
fn difference(x: &[f64], i: usize) -> [f64; 2] {
    let down = if i < PIXELS - SIDE { x[i + SIDE] - x[i] } else { 0.0 };
    [down, if i % SIDE < SIDE - 1 { x[i + 1] - x[i] } else { 0.0 }]
}

/// out += D^T z for a z that is 0 but at a pixel.
fn add_transposed(out: &mut [f64], i: usize, z: [f64; 2]) {
    if i < PIXELS - SIDE {
        out[i + SIDE] += z[0];
        out[i] -= z[0];
    }
    if i % SIDE < SIDE - 1 {
        out[i + 1] += z[1];
        out[i] -= z[1];
    }
}

/// (D x)_i and its rounded length.
fn slope(x: &[f64], i: usize, eps: f64) -> ([f64; 2], f64) {
    let z = difference(x, i);
    (z, (z[0] * z[0] + z[1] * z[1] + eps * eps).sqrt())
}

/// ||D||^2 <= 8; the third derivatives of sqrt(|z|^2 + eps^2) are at most 0.859 / eps^2.
fn constants(lam: f64, eps: f64) -> BilevelConstants {
    BilevelConstants {
        mu: 1.0,
        lipschitz: 1.0 + 8.0 * lam / eps,
        hessian_lipschitz: 0.859 * 8.0 * 8.0_f64.sqrt() * lam / (eps * eps),
        cross_norm: (8.0 * PIXELS as f64 * (1.0 + (0.385 * lam / eps).powi(2))).sqrt(),
        cross_lipschitz: (8.0 / eps).hypot(8.0 * lam / (eps * eps)),
        upper_lipschitz: 1.0,
    }
}

fn denoising<'a>(noisy: &'a [f64], clean: &'a [f64]) -> BilevelProblem<'a> {
    BilevelProblem::new(PIXELS, 2)
        .lower(move |at, slopes| {
            let (lam, eps) = (at.theta[0], at.theta[1]);
            let squares: f64 = at.x.iter().zip(noisy).map(|(x, y)| (x - y) * (x - y)).sum();
            let (mut lengths, mut inverses) = (0.0, 0.0);
            if let Some(dx) = &mut slopes.dx {
                dx.iter_mut().zip(at.x).zip(noisy).for_each(|((dx, x), y)| *dx = x - y);
            }
            for i in 0..PIXELS {
                let (z, length) = slope(at.x, i, eps);
                lengths += length;
                inverses += 1.0 / length;
                if let Some(dx) = &mut slopes.dx {
                    add_transposed(dx, i, z.map(|z| lam * z / length));
                }
            }
            if let Some(dtheta) = &mut slopes.dtheta {
                dtheta.copy_from_slice(&[lengths, lam * eps * inverses]);
            }
            Ok(squares / 2.0 + lam * lengths)
        })
        .lower_hvp(|at, _, v, out| {
            let (lam, eps) = (at.theta[0], at.theta[1]);
            out.copy_from_slice(v);
            for (v, out) in v.chunks(PIXELS).zip(out.chunks_mut(PIXELS)) {
                for i in 0..PIXELS {
                    let ((z, length), dv) = (slope(at.x, i, eps), difference(v, i));
                    let along = (z[0] * dv[0] + z[1] * dv[1]) / (length * length);
                    add_transposed(out, i, [0, 1].map(|k| lam * (dv[k] - z[k] * along) / length));
                }
            }
            Ok(())
        })
        .lower_cross_t(|at, _, v, out| {
            let (lam, eps) = (at.theta[0], at.theta[1]);
            out.fill(0.0);
            for (v, out) in v.chunks(PIXELS).zip(out.chunks_mut(2)) {
                for i in 0..PIXELS {
                    let ((z, length), dv) = (slope(at.x, i, eps), difference(v, i));
                    let along = z[0] * dv[0] + z[1] * dv[1];
                    out[0] += along / length;
                    out[1] -= lam * eps * along / length.powi(3);
                }
            }
            Ok(())
        })
        .upper(move |at, slopes| {
            if let Some(dx) = &mut slopes.dx {
                dx.iter_mut().zip(at.x).zip(clean).for_each(|((dx, x), truth)| *dx = x - truth);
            }
            if let Some(dtheta) = &mut slopes.dtheta {
                dtheta.fill(0.0);
            }
            Ok(at.x.iter().zip(clean).map(|(x, truth)| (x - truth) * (x - truth)).sum::<f64>() / 2.0)
        })
        .constants(|theta| Ok(constants(theta[0], theta[1])))
}

/// Peak signal-to-noise ratio in decibels.
fn decibels(image: &[f64], clean: &[f64]) -> f64 {
    let squares: f64 = image.iter().zip(clean).map(|(x, truth)| (x - truth) * (x - truth)).sum();
    -10.0 * (squares / clean.len() as f64).log10()
}

fn main() -> Result<(), Box<dyn Error>> {
    let (clean, noisy) = (doubles("crop_learn")?, doubles("crop_learn_noisy")?);
    let options = BilevelOptions { log_theta: true, tol: 1e-8, lower_tol: 1e-9, ..Default::default() };
    let found = denoising(&noisy, &clean).solve("implicit", &BY_HAND, &noisy, &options)?;
    let (theta, result) = (&found.theta, &found.result);
    println!("{} after {} hypergradients, {:.2} s", result.termination, result.iterations, result.seconds);
    println!("lam {:.5}, eps {:.5}", theta[0], theta[1]);
    println!("hypergradient {:.1e}, proved to {:.1e}", result.hypergradient, result.bound);
    decimal("before", result.first_value);
    decimal("after", result.value);
    decimal("lam", theta[0]);
    decimal("eps", theta[1]);
    count("certified", u8::from(result.derivative_status == DerivativeStatus::Certified));

    let mut picture = Picture::new(4 * SIDE + 8, 8 * SIDE + 24);
    for (row, crop) in ["flower", "temple"].iter().enumerate() {
        let (clean, noisy) = (doubles(&format!("crop_{crop}"))?, doubles(&format!("crop_{crop}_noisy"))?);
        // A hypergradient solves the lower level on the way.
        let solve = |theta: &[f64]| {
            denoising(&noisy, &clean).hypergradient(theta, &noisy, &BilevelOptions::default()).map(|answer| answer.x)
        };
        let images = [&noisy, &solve(&BY_HAND)?, &solve(theta)?, &clean];
        for (name, image) in ["noisy", "by_hand", "learned"].iter().zip(images) {
            decimal(&format!("{crop}_{name}_db"), decibels(image, &clean));
        }
        for (k, image) in images.iter().enumerate() {
            picture.put(row * 2 * (SIDE + 4), k * 2 * (SIDE + 4), image.chunks(SIDE), 2);
        }
    }
    picture.save("learn_tv.pgm")?;
    Ok(())
}
