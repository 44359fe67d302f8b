//! Bilevel problems by closures: closed forms, bounds, monitors, and every call failing in every way.
#[path = "common/quadratic.rs"]
mod quadratic;
use fenchel::*;
use quadratic::*;
use std::cell::Cell;
use std::error::Error as _;
use std::fmt;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

const START: [f64; M] = [0.1, 0.2];
const X: [f64; N] = [0.5; N];

fn options() -> BilevelOptions {
    BilevelOptions::default()
}

#[test]
fn hypergradient_is_the_closed_form() {
    let (trip, t) = (Trip::default(), [0.3, -0.7]);
    for differences in [false, true] {
        let mut problem = if differences { plain(&trip) } else { problem(&trip) };
        let found = problem.hypergradient(&t, &[0.0; N], &options()).unwrap();
        let error = |j: usize| (found.value[j] - slope(&t, j)).abs();
        let (tolerance, status) =
            if differences { (1e-7, DerivativeStatus::Uncertified) } else { (1e-8, DerivativeStatus::Certified) };
        assert!(error(0) < tolerance && error(1) < tolerance, "{found:?}");
        assert_eq!((found.result.finite_differences, found.result.derivative_status), (i32::from(differences), status));
        assert!((found.x[0] - 0.3).abs() < 1e-7 && (found.x[1] + 0.35).abs() < 1e-7 && found.x[2].abs() < 1e-7);
        assert!(differences || (error(0).hypot(error(1)) <= found.result.bound + 1e-15 && found.result.bound < 1e-7));
    }
}

#[test]
fn methods_find_the_minimum() {
    use bilevel_method::*;
    let trip = Trip::default();
    for method in [IMPLICIT, MAID, F2SA, BOME, SL_BAMM] {
        // of the gain left, the others: of the slope
        let tight = BilevelOptions { tol: if method == IMPLICIT { 1e-12 } else { 1e-6 }, ..options() };
        let found = problem(&trip).solve(method, &[0.0; M], &[0.0; N], &tight).unwrap();
        assert!(found.result.termination.converged() && found.result.value < found.result.first_value);
        for (j, theta) in found.theta.iter().enumerate() {
            assert!((theta - best(j)).abs() < 1e-4, "{method}: {found:?}");
            assert!((found.x[j] - theta / A[j]).abs() < 1e-6);
        }
    }
}

#[test]
fn bounds_bind() {
    let trip = Trip::default();
    let mut problem = problem(&trip).low(&[-1.0, -0.5]).high(&[0.5, f64::INFINITY]);
    let found = problem.solve("implicit", &[0.0; M], &[0.0; N], &options()).unwrap();
    assert!(found.theta[0] == 0.5 && found.theta[1] >= -0.5 && found.theta[1] < -0.5 + 1e-12, "{found:?}");
}

#[test]
fn monitors_watch_cancel_and_fail() {
    let (trip, often) = (Trip::default(), BilevelOptions { monitor_interval: 0.0, tol: 0.0, ..options() });
    let mut seen = Vec::new();
    let mut problem = problem(&trip);
    let run = |problem: &mut BilevelProblem<'_>, monitor: &mut dyn FnMut(&Progress) -> Flow| {
        problem.solve_with("implicit", &[0.0; M], &[0.0; N], &often, monitor)
    };
    let all = run(&mut problem, &mut |p| {
        seen.push((p.iteration, p.residual));
        Flow::Continue
    });
    assert!(seen.len() >= 2 && seen.last().unwrap().1 <= seen[0].1, "{seen:?}");
    let cut = run(&mut problem, &mut |p| if p.iteration >= 2 { Flow::Cancel } else { Flow::Continue }).unwrap();
    assert_eq!(cut.result.termination, Termination::Cancelled);
    assert!(cut.result.iterations < all.unwrap().result.iterations);
    let error = run(&mut problem, &mut |_| Flow::Fail(-9)).unwrap_err();
    assert_eq!((error.status(), error.detail()), (Status::Callback, -9));
    let payload = catch_unwind(AssertUnwindSafe(|| run(&mut problem, &mut |_| resume_unwind(Box::new(5))).map(|_| ())));
    assert_eq!(payload.unwrap_err().downcast_ref::<i32>(), Some(&5));
}

#[derive(Debug, PartialEq)]
struct OutOfTea;
impl fmt::Display for OutOfTea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of tea")
    }
}
impl std::error::Error for OutOfTea {}

/// Solves with one call answered otherwise: what came of it, and whether that call was made.
fn disturbed(at: usize, answer: &dyn Fn() -> Refusal) -> (Result<BilevelSolution>, bool) {
    let trip = Trip { at, answer: Some(answer), ..Default::default() };
    let found = problem(&trip).solve("implicit", &START, &X, &options());
    (found, trip.calls.get() >= at)
}

#[test]
fn every_call_may_fail() {
    let mut at = 1;
    loop {
        let (failed, reached) = disturbed(at, &|| Refusal::Fail(-7));
        if !reached {
            failed.unwrap();
            break;
        }
        let error = failed.unwrap_err();
        assert_eq!((error.status(), error.detail()), (Status::Callback, -7));
        assert!(error.source().is_none());
        let error = disturbed(at, &|| OutOfTea.into()).0.unwrap_err();
        assert_eq!((error.status(), error.detail()), (Status::Callback, -1));
        assert_eq!(error.source().unwrap().downcast_ref::<OutOfTea>(), Some(&OutOfTea));
        let payload = catch_unwind(AssertUnwindSafe(|| disturbed(at, &|| resume_unwind(Box::new(at)))));
        assert_eq!(payload.err().unwrap().downcast_ref::<usize>(), Some(&at));
        at += 1;
    }
    assert!(at > 10, "{at}");
}

/// Outside its domain: a search goes on with a shorter step; where there is nothing to shorten, an error says so.
#[test]
fn every_call_may_be_outside_the_domain() {
    let (mut at, mut survived) = (1, 0);
    loop {
        let (found, reached) = disturbed(at, &|| Refusal::Outside);
        match found {
            Ok(found) => survived += usize::from(reached && found.result.value.is_finite()),
            Err(error) => assert_eq!((error.status(), error.detail()), (Status::Callback, 1), "call {at}: {error}"),
        }
        if !reached {
            break;
        }
        at += 1;
    }
    assert!(survived > 0);
}

#[test]
fn a_problem_is_as_good_as_before_after_a_panic() {
    let panics = Cell::new(true);
    let mut problem = BilevelProblem::new(N, M)
        .lower(|at, slopes| {
            if panics.get() {
                resume_unwind(Box::new("no"))
            }
            Ok(lower(at, slopes))
        })
        .upper(|at, slopes| Ok(upper(at, slopes)));
    let first = catch_unwind(AssertUnwindSafe(|| problem.hypergradient(&START, &X, &options()).map(|_| ())));
    assert_eq!(first.unwrap_err().downcast_ref::<&str>(), Some(&"no"));
    panics.set(false);
    let again = problem.hypergradient(&START, &X, &options()).unwrap();
    assert!((again.value[0] - slope(&START, 0)).abs() < 1e-6);
}

/// g = theta_0 |x|_1 over least squares: x = soft(b, theta_0), through prox and its derivative.
#[test]
fn a_prox_and_its_derivative() {
    let soft = |v: f64, t: f64| v.signum() * (v.abs() - t).max(0.0);
    let mut problem = BilevelProblem::new(N, 1)
        .lower(|at, slopes| {
            if let Some(dx) = &mut slopes.dx {
                (0..N).for_each(|j| dx[j] = at.x[j] - B[j]);
            }
            if let Some(dtheta) = &mut slopes.dtheta {
                dtheta[0] = 0.0;
            }
            Ok((0..N).map(|j| (at.x[j] - B[j]).powi(2) / 2.0).sum())
        })
        .upper(|at, slopes| {
            if let Some(dx) = &mut slopes.dx {
                dx.copy_from_slice(at.x);
            }
            if let Some(dtheta) = &mut slopes.dtheta {
                dtheta[0] = 0.0;
            }
            Ok(at.x.iter().map(|x| x * x / 2.0).sum())
        })
        .lower_hvp(|_, _, v, out| {
            out.copy_from_slice(v);
            Ok(())
        })
        .lower_cross_t(|_, _, _, out| {
            out.iter_mut().for_each(|out| *out = 0.0);
            Ok(())
        })
        .prox(move |v, theta, step, out| {
            (0..N).for_each(|j| out[j] = soft(v[j], step * theta[0]));
            Ok(theta[0] * out.iter().map(|u| u.abs()).sum::<f64>())
        })
        .prox_vjp(|v, theta, step, c, slopes| {
            let on = |j: usize| v[j].abs() > step * theta[0];
            if let Some(dv) = &mut slopes.dx {
                (0..N).for_each(|j| dv[j] = if on(j) { c[j] } else { 0.0 });
            }
            if let Some(dtheta) = &mut slopes.dtheta {
                dtheta[0] = (0..N).filter(|&j| on(j)).map(|j| -step * v[j].signum() * c[j]).sum();
            }
            Ok(())
        });
    let found = problem.hypergradient(&[0.6], &[0.0; N], &options()).unwrap();
    let x = B.map(|b| soft(b, 0.6)); // (0.4, -0.4, 0): dF = - sum |x|
    assert!((0..N).all(|j| (found.x[j] - x[j]).abs() < 1e-6), "{found:?}");
    assert!((found.value[0] + 0.8).abs() < 1e-6, "{found:?}");
}

#[test]
fn misuse() {
    let trip = Trip::default();
    let status = |problem: &mut BilevelProblem<'_>, method: &str, t: &[f64], x: &[f64]| {
        problem.solve(method, t, x, &options()).map(|_| ()).unwrap_err().status()
    };
    let mut good = problem(&trip);
    assert_eq!(status(&mut good, "implicitt", &START, &X), Status::Name);
    assert_eq!(status(&mut good, "implicit", &[0.0; 3], &X), Status::Shape);
    assert_eq!(status(&mut good, "implicit", &START, &[0.0; 2]), Status::Shape);
    assert_eq!(status(&mut good, "implicit", &[f64::NAN, 0.0], &X), Status::NotFinite);
    let mut bound = problem(&trip).low(&[1.0, 1.0]);
    assert_eq!(status(&mut bound, "implicit", &START, &X), Status::Range);
    let mut half = BilevelProblem::new(N, M).lower(|_, _| Ok(0.0));
    assert_eq!(status(&mut half, "implicit", &START, &X), Status::NullArgument);
    let mut empty = BilevelProblem::new(0, M).lower(|_, _| Ok(0.0)).upper(|_, _| Ok(0.0));
    assert_eq!(empty.hypergradient(&START, &[], &options()).unwrap_err().status(), Status::Range);
    assert_eq!(trip.calls.get(), 0);
}

/// Fresh flags: what they leave out has not changed since the call before.
#[test]
fn fresh_flags_tell_the_truth() {
    let last = Cell::new(None::<(Vec<f64>, Vec<f64>)>);
    let stale = Cell::new(0);
    let look = |at: &At<'_>| {
        if let Some((x, theta)) = last.take() {
            assert!(at.fresh_x || x == at.x);
            assert!(at.fresh_theta || theta == at.theta);
            stale.set(stale.get() + usize::from(!at.fresh_theta));
        } else {
            assert!(at.fresh_x && at.fresh_theta);
        }
        last.set(Some((at.x.to_vec(), at.theta.to_vec())));
    };
    let mut problem = BilevelProblem::new(N, M)
        .lower(|at, slopes| {
            look(at);
            Ok(lower(at, slopes))
        })
        .upper(|at, slopes| {
            look(at);
            Ok(upper(at, slopes))
        })
        .lower_hvp(|at, count, v, out| {
            look(at);
            hvp(count, v, out);
            Ok(())
        });
    problem.solve("implicit", &START, &X, &options()).unwrap();
    assert!(stale.get() > 5);
}
