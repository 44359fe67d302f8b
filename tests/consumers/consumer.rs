use fenchel::{sinkhorn, Flow, MatrixRef, Sinkhorn, Status, Weights};

fn main() -> Result<(), fenchel::Error> {
    let cost = [0.0_f64, 1.0, 1.0, 0.0];
    let cost = MatrixRef::new(&cost, 2, 2)?;
    let solution = sinkhorn(&[0.5, 0.5], &[0.25, 0.75], cost, 0.05)?;
    assert!(solution.result.termination.converged() && (solution.result.cost - 0.25).abs() < 1e-6);
    let mut calls = 0;
    Sinkhorn::new(0.05).monitor_interval(0.0).solve_with(Weights::Uniform, &[0.25, 0.75], cost, |_| {
        calls += 1;
        Flow::Continue
    })?;
    assert!(calls > 0);
    let error = sinkhorn(Weights::Uniform, Weights::Uniform, cost, -1.0).unwrap_err();
    assert!(error.status() == Status::Range && error.message().contains("eps"));
    println!("cargo: fenchel {}, {}, cost {:.6}", fenchel::version(), fenchel::target(), solution.result.cost);
    Ok(())
}
