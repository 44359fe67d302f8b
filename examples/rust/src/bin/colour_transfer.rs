//! Gives a photograph the colours of another one: see colour_transfer.py.
//!
//! Unbalanced transport pairs 20,000 pixels of each, without a 20,000 x 20,000 matrix; its potential psi is a warm start
//! for all pixels of the photograph, and each goes to the mean of the colours that it is paired with.
use std::error::Error;
use std::fs;

use fenchel::{cost, Cost, Flow, MatrixRef, Progress, Sinkhorn, Weights};
use fenchel_examples::{array, count, floats, number, output, shape};

const EPS: f64 = 0.005; // in units of the cost, squared distances in the unit cube
const RHO: f64 = 0.1;

fn progress(p: &Progress) -> Flow {
    println!("  {:5.1} s, {} iterations, residual {:.1e}", p.seconds, p.iteration, p.residual);
    Flow::Continue
}

fn colours(pixels: &[f32]) -> fenchel::Result<MatrixRef<'_, f32>> {
    MatrixRef::new(pixels, pixels.len() / 3, 3)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (sample, target) = (floats("temple_sample")?, floats("flower_sample")?);
    let (photograph, shape) = (floats("temple_image")?, shape("temple_image")?);
    let target = colours(&target)?;
    let settings = Sinkhorn::new(EPS).rho_a(RHO).rho_b(RHO).num_threads(0).monitor_interval(1.0);

    let cloud = Cost::points(colours(&sample)?, target, cost::SQEUCLIDEAN);
    let sinkhorn = settings.clone().method("sinkhorn_anderson");
    let paired = sinkhorn.solve_with(Weights::Uniform, Weights::Uniform, cloud, progress)?;
    println!("{} after {:.1} s", paired.result.termination, paired.result.seconds);

    let pixels = Cost::points(colours(&photograph)?, target, cost::SQEUCLIDEAN);
    let mut solver = settings.method("sinkhorn").tol(0.05).solver(Weights::Uniform, Weights::Uniform, pixels)?;
    solver.warm_start(None, Some(&paired.psi))?;
    let full = solver.solve_with(progress)?;
    println!("{} after {:.1} s", full.termination, full.seconds);
    let moved = solver.barycentric(target)?;

    number("cost", paired.result.cost);
    number("dual", paired.result.dual);
    count("passes", paired.result.passes);
    number("full_cost", full.cost);
    array("moved", moved.as_slice().iter().flat_map(|v| v.to_le_bytes()));
    let mut picture = format!("P6\n{} {}\n255\n", shape[1], shape[0]).into_bytes();
    picture.extend(moved.as_slice().iter().map(|v| (255.0 * v.clamp(0.0, 1.0)).round() as u8));
    fs::write(output().join("colour_transfer.ppm"), picture)?;
    Ok(())
}
