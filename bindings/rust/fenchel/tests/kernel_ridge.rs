//! Kernel ridge: closed forms, hyperparameters from risks, what is refused.
mod common;
use common::Lcg;
use fenchel::*;

const N: usize = 20;

fn data() -> (Vec<f64>, Vec<f64>) {
    let (x, noise) = (Lcg::new(7).vector(2 * N), Lcg::new(8).vector(N));
    let y = (0..N).map(|i| (5.0 * x[2 * i]).sin() + 0.1 * noise[i]).collect();
    (x, y)
}

#[test]
fn coefficients_and_cotangents_of_two_samples() {
    let gram = [2.0f64, 1.0, 1.0, 2.0];
    let alpha = kernel_ridge(&gram, &[0.75, 1.25], 1.0).unwrap();
    assert!((alpha[0] - 0.125).abs() < 1e-14 && (alpha[1] - 0.375).abs() < 1e-14);
    let narrow: Vec<f32> = kernel_ridge(&[2.0, 1.0, 1.0, 2.0], &[0.75, 1.25], 1.0).unwrap();
    assert!((narrow[0] - 0.125).abs() < 1e-6);
    let back = kernel_ridge_vjp(&gram, &[0.75, 1.25], 1.0, &[8.0, 0.0]).unwrap();
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14);
    assert!(near(&back.y, &[3.0, -1.0]) && near(&back.gram, &[-0.375, -1.125, 0.125, 0.375]), "{back:?}");
    assert!(back.lam.abs() < 1e-14);
    assert_eq!(kernel_ridge(&[-1.0, 0.0, 0.0, 1.0], &[1.0, 1.0], 0.5).unwrap_err().status(), Status::Singular);
    assert_eq!(kernel_ridge(&gram, &[1.0], 0.5).unwrap_err().status(), Status::Shape);
}

/// Both dtypes compute in f64: of the same numbers an f32 answer is the f64 one, rounded once.
#[test]
fn f32_answers_are_the_f64_ones_rounded() {
    let (x, y) = data();
    let (x32, y32): (Vec<f32>, Vec<f32>) =
        (x.iter().map(|v| *v as f32).collect(), y.iter().map(|v| *v as f32).collect());
    let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    let (x, y) = (wide(&x32), wide(&y32));
    let options = TuneOptions { risk: Risk::Gcv, ..Default::default() };
    let single = KernelRidge::new("rbf", &x32, 2, &y32).tune(&[1.0, 0.5], &options).unwrap();
    let double = KernelRidge::new("rbf", &x, 2, &y).tune(&[1.0, 0.5], &options).unwrap();
    assert_eq!(single.theta, double.theta);
    assert!(single.alpha.iter().zip(&double.alpha).all(|(a, b)| *a == *b as f32));
    let (gram, c) = ([2.0f32, 1.0, 1.0, 3.0], [8.0f32, -1.0]);
    let narrow = kernel_ridge_vjp(&gram, &y32[..2], 0.7, &c).unwrap();
    let full = kernel_ridge_vjp(&wide(&gram), &y[..2], 0.7, &wide(&c)).unwrap();
    let rounded = |a: &[f32], b: &[f64]| a.iter().zip(b).all(|(a, b)| *a == *b as f32);
    assert!(rounded(&narrow.y, &full.y) && rounded(&narrow.gram, &full.gram) && narrow.lam == full.lam);
}

#[test]
fn risks_choose_lam_and_gamma() {
    let (x, y) = data();
    let options = TuneOptions { risk: Risk::LeaveOneOut, ..Default::default() };
    let problem = KernelRidge::new("rbf", &x, 2, &y);
    let best = problem.tune(&[1.0, 0.5], &options).unwrap();
    assert!(best.result.termination.converged() && best.result.criterion < best.result.first_criterion);
    assert!(best.theta.len() == 2 && best.alpha.len() == N && best.result.degrees < N as f64);
    let held = KernelRidge::new("linear", &x, 2, &y).held_out(&x, &y).tune(&[0.1], &TuneOptions::default()).unwrap();
    assert!(held.theta[0] > 0.0);
    let mut left = 2;
    let watched = TuneOptions { monitor_interval: 0.0, ..options };
    let stopped = problem.tune_with(&[1.0, 0.5], &watched, |_| {
        left -= 1;
        if left == 0 {
            Flow::Cancel
        } else {
            Flow::Continue
        }
    });
    assert_eq!(stopped.unwrap().result.termination, Termination::Cancelled);
    let refused = |kernel, risk, theta: &[f64]| {
        let options = TuneOptions { risk, ..Default::default() };
        KernelRidge::new(kernel, &x, 2, &y).tune(theta, &options).unwrap_err().status()
    };
    assert_eq!(refused("sigmoid", Risk::Gcv, &[1.0]), Status::Name);
    assert_eq!(refused("rbf", Risk::Gcv, &[1.0]), Status::Shape);
    assert_eq!(refused("rbf", Risk::CrossValidation, &[1.0, 1.0]), Status::Unsupported);
    assert_eq!(refused("rbf", Risk::Holdout, &[1.0, 1.0]), Status::NullArgument);
    assert_eq!(refused("linear", Risk::Sure, &[1.0]), Status::Range);
}
