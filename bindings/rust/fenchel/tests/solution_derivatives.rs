//! Derivatives of solutions: against differences and closed forms, what is refused, closures that fail and panic.
mod common;
use common::Lcg;
use fenchel::*;
use std::panic::{catch_unwind, AssertUnwindSafe};

const M: usize = 30;
const N: usize = 8;

/// An elastic net on data of its own, and its accurate solution.
fn solve(x: &[f64], y: &[f64], l1: f64) -> (Composite<'static, f64>, Vec<f64>) {
    let x: &'static [f64] = x.to_vec().leak();
    let a = Operator::dense(MatrixRef::new(x, M, N).unwrap()).unwrap();
    let f = Smooth::least_squares(&a, y).unwrap();
    let problem = Composite::new().smooth(&f).prox(&Prox::elastic_net(l1, 1.0).unwrap());
    let options = MinimizeOptions { tol: 1e-14, ..Default::default() };
    let x = problem.minimize_by("cd", &options).unwrap().x;
    (problem, x)
}

fn data() -> (Vec<f64>, Vec<f64>) {
    let mut lcg = Lcg::new(6);
    (lcg.vector(M * N).iter().map(|v| v - 0.5).collect(), lcg.vector(M))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn both_modes_agree_with_differences_and_are_certified() {
    let (x, y) = data();
    let (problem, at) = solve(&x, &y, 0.4);
    let (c, shift) = (Lcg::new(7).vector(N), Lcg::new(8).vector(M));
    let options = DerivativeOptions { require_certified: true, ..Default::default() };
    let wanted: [(&str, &[usize]); 2] = [(solution_parameter::F_Y, &[M]), (solution_parameter::G_L1, &[1])];
    let back = problem.solution_vjp(&at, &c, &wanted, &options).unwrap();
    assert_eq!(back.result.derivative_status, DerivativeStatus::Certified);
    assert!(back.result.bound < 1e-6 && back.result.mu >= 1.0, "{:?}", back.result);

    let h = 1e-5;
    let moved = |t: f64| {
        let y: Vec<f64> = y.iter().zip(&shift).map(|(y, s)| y + t * s).collect();
        dot(&c, &solve(&x, &y, 0.4).1)
    };
    let (along, difference) = (dot(&back.value[0], &shift), (moved(h) - moved(-h)) / (2.0 * h));
    assert!((along - difference).abs() < 1e-6 * (1.0 + along.abs()), "{along} {difference}");
    let difference = (dot(&c, &solve(&x, &y, 0.4 + h).1) - dot(&c, &solve(&x, &y, 0.4 - h).1)) / (2.0 * h);
    assert!((back.value[1][0] - difference).abs() < 1e-6, "{} {difference}", back.value[1][0]);

    let tangents: [(&str, &[usize], &[f64]); 2] = [("f.y", &[M], &shift), ("g.l1", &[1], &[0.5])];
    let forward = problem.solution_jvp(&at, &tangents, &options).unwrap();
    assert!((dot(&c, &forward.value) - along - 0.5 * back.value[1][0]).abs() < 1e-10);
}

#[test]
fn what_cannot_be_is_refused() {
    let (x, y) = data();
    let (problem, at) = solve(&x, &y, 0.4);
    let options = DerivativeOptions::default();
    let status = |name: &str, shape: &[usize]| {
        problem.solution_vjp(&at, &[1.0; N], &[(name, shape)], &options).map(|_| ()).unwrap_err().status()
    };
    assert_eq!(status("f.yy", &[M]), Status::Name);
    assert_eq!(status("f.y", &[M + 1]), Status::Shape);
    assert_eq!(status("g.lam", &[1]), Status::Unsupported);
    let wrong: [(&str, &[usize], &[f64]); 1] = [("f.y", &[M], &[1.0])];
    assert_eq!(problem.solution_jvp(&at, &wrong, &options).unwrap_err().status(), Status::Shape);
    assert_eq!(problem.solution_vjp(&at, &[1.0; 3], &[], &options).unwrap_err().status(), Status::Shape);
}

/// dF/dx = diag(2, 3, 4, 5) with 0.1 above the diagonal; dF/dtheta picks the first two coordinates.
fn products(which: RootProduct, v: &[f64], out: &mut [f64]) -> Flow {
    out.iter_mut().for_each(|out| *out = 0.0);
    match which {
        RootProduct::Dx => {
            (0..4).for_each(|i| out[i] = (2 + i) as f64 * v[i] + if i < 3 { 0.1 * v[i + 1] } else { 0.0 })
        }
        RootProduct::DxTransposed => {
            (0..4).for_each(|i| out[i] = (2 + i) as f64 * v[i] + if i > 0 { 0.1 * v[i - 1] } else { 0.0 })
        }
        _ => (0..2).for_each(|i| out[i] = v[i]),
    }
    Flow::Continue
}

#[test]
fn conditions_by_their_products() {
    let (condition, options) = (Condition::new(4, 2), DerivativeOptions::default());
    let moved = condition.jvp(products, &[1.0, -1.0], &options).unwrap().value;
    assert!((moved[1] - 1.0 / 3.0).abs() < 1e-9 && (moved[0] + (1.0 + 0.1 / 3.0) / 2.0).abs() < 1e-9);
    let (c, mut adjoint) = ([1.0, 2.0, 3.0, 4.0], [0.0; 4]);
    let back = condition.vjp(products, &c, &mut adjoint, &options).unwrap();
    assert!((back.value[0] - back.value[1] - dot(&c, &moved)).abs() < 1e-9);
    assert!(back.result.residual <= 1e-10 * back.result.scale && adjoint[3] != 0.0);
}

#[test]
fn closures_fail_and_panic_at_every_call() {
    let (condition, options) = (Condition::new(4, 2), DerivativeOptions::default());
    let run = |at: usize, blow: fn() -> Flow| {
        let mut calls = 0;
        let counted = |which: RootProduct, v: &[f64], out: &mut [f64]| {
            calls += 1;
            if calls == at {
                return blow();
            }
            products(which, v, out)
        };
        let found = condition.jvp(counted, &[1.0, -1.0], &options);
        (found.map(|d| d.value), calls)
    };
    let (undisturbed, calls) = run(0, || Flow::Continue);
    assert!(undisturbed.is_ok() && calls >= 2);
    for at in 1..=calls {
        let (failed, made) = run(at, || Flow::Fail(-7));
        let error = failed.unwrap_err();
        assert_eq!((error.status(), error.detail(), made), (Status::Callback, -7, at));
        let payload =
            catch_unwind(AssertUnwindSafe(|| run(at, || std::panic::resume_unwind(Box::new(3))))).unwrap_err();
        assert_eq!(payload.downcast_ref::<i32>(), Some(&3));
    }
    assert_eq!(run(0, || Flow::Continue).0.unwrap(), undisturbed.unwrap());
}

#[test]
fn a_diagonal_is_a_preconditioner_and_the_estimate_is_close() {
    let d: Vec<f64> = (1..=40).map(f64::from).collect();
    let products = |which, v: &[f64], out: &mut [f64]| {
        for i in 0..v.len() {
            out[i] = match which {
                RootProduct::Dx => d[i] * v[i],
                RootProduct::Diagonal => d[i],
                _ => -v[i],
            };
        }
        Flow::Continue
    };
    let options = DerivativeOptions { linear_solver: LinearSolver::Cg, ..Default::default() };
    for diagonal in [false, true] {
        let condition = Condition { symmetric: true, diagonal, ..Condition::new(40, 40) };
        let moved = condition.jvp(products, &[1.0; 40], &options).unwrap();
        assert!(moved.value.iter().zip(&d).all(|(v, d)| (v - 1.0 / d).abs() < 1e-9));
        assert_eq!(moved.result.iterations == 1, diagonal);
    }
    let (x, y) = data();
    let (problem, exact) = solve(&x, &y, 0.1);
    let near: Vec<f64> = exact.iter().map(|v| 1.001 * v).collect();
    let wanted: [(&str, &[usize]); 1] = [("f.weights", &[M])];
    let back = |at: &[f64], estimate| {
        let options = DerivativeOptions { estimate, ..Default::default() };
        problem.solution_vjp(at, &[1.0; N], &wanted, &options).unwrap()
    };
    let (truth, rough) = (back(&exact, true), back(&near, true));
    let error: f64 = truth.value[0].iter().zip(&rough.value[0]).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    assert!(0.8 * error < rough.result.estimate && rough.result.estimate < 1.25 * error && error < rough.result.bound);
    assert_eq!(back(&near, false).result.estimate, f64::INFINITY);
}
