//! Thousands of small couplings in one call, each with its own size and status: see couplings.py.
use std::error::Error;
use std::time::Instant;

use fenchel::{Batch, Sinkhorn};
use fenchel_examples::{array, count, floats, integers, number, shape};

const EPS: f64 = 0.05; // in units of the cost

fn main() -> Result<(), Box<dyn Error>> {
    let (shape, mut costs) = (shape("coupling_costs")?, floats("coupling_costs")?);
    let sizes: Vec<[usize; 2]> =
        integers("coupling_sizes")?.chunks(2).map(|pair| [pair[0] as usize, pair[1] as usize]).collect();
    let (problems, n, m) = (shape[0], shape[1], shape[2]);
    costs[17 * n * m] = f32::NAN; // one is spoilt on purpose
    let batch = Batch::new(problems, n, m, &costs)?.sizes(&sizes);
    let start = Instant::now();
    let solved = Sinkhorn::new(EPS).num_threads(0).batch(&batch)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{problems} couplings in {seconds:.2} s, {:.0} a second", problems as f64 / seconds);
    println!("{} failed: {}", solved.failed, solved.first_error.as_deref().unwrap_or(""));

    let good: Vec<_> = (0..problems).filter_map(|k| solved.items[k].as_ref().ok().map(|item| (k, item))).collect();
    let status = solved.items[17].as_ref().err().map_or(0, |status| status.code());
    count("failed", solved.failed);
    count("status_17", status);
    count("converged", good.iter().filter(|(_, item)| item.termination.converged()).count());
    count("passes", good.iter().map(|(_, item)| item.passes).sum::<i64>());
    number("mean_cost", good.iter().map(|(_, item)| item.cost).sum::<f64>() / good.len() as f64);
    let phi = |&(k, _): &(usize, _)| &solved.phi[k * n..][..sizes[k][0]];
    let psi = |&(k, _): &(usize, _)| &solved.psi[k * m..][..sizes[k][1]];
    array("phi", good.iter().flat_map(phi).flat_map(|v| v.to_le_bytes()));
    array("psi", good.iter().flat_map(psi).flat_map(|v| v.to_le_bytes()));
    Ok(())
}
