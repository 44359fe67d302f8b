//! Callbacks that go on, cancel, fail and panic at the k-th call; cancel handles.
mod common;
use common::Lcg;
use fenchel::*;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::time::{Duration, Instant};

const N: usize = 40;

/// A solver that calls its monitor after every iteration, of which there are many.
fn solver(cost: &[f64]) -> Solver<'_, f64> {
    Sinkhorn::new(0.01)
        .method("sinkhorn")
        .tol(1e-14)
        .max_iter(60)
        .monitor_interval(0.0)
        .solver(Weights::Uniform, Weights::Uniform, MatrixRef::new(cost, N, N).unwrap())
        .unwrap()
}

fn count_calls(solver: &mut Solver<'_, f64>) -> usize {
    let mut calls = 0;
    let mut last = -1;
    solver
        .solve_with(|progress| {
            assert!(progress.iteration >= last && progress.seconds >= 0.0);
            last = progress.iteration;
            calls += 1;
            Flow::Continue
        })
        .unwrap();
    calls
}

#[test]
fn panics_come_out_of_the_solve() {
    let cost = Lcg::new(1).vector(N * N);
    let mut solver = solver(&cost);
    let calls = count_calls(&mut solver);
    assert!(calls >= 20, "{calls}");
    let (phi, _) = solver.potentials().unwrap();
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for k in 1..=calls {
        let mut seen = 0;
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _ = solver.solve_with(|_| {
                seen += 1;
                if seen == k {
                    std::panic::panic_any(k);
                }
                Flow::Continue
            });
        }));
        let payload = caught.expect_err("the panic comes out");
        assert_eq!(payload.downcast_ref::<usize>(), Some(&k), "with its payload");
        assert_eq!(seen, k, "no call after the panic");
    }
    std::panic::set_hook(quiet);
    // the solver is as good as before
    assert_eq!(count_calls(&mut solver), calls);
    assert_eq!(solver.potentials().unwrap().0, phi);
}

#[test]
fn failures_come_out_as_errors() {
    let cost = Lcg::new(2).vector(N * N);
    let mut solver = solver(&cost);
    let calls = count_calls(&mut solver);
    for k in 1..=calls {
        for (code, detail) in [(-7, -7), (3, -1)] {
            let mut seen = 0;
            let error = solver.solve_with(|_| {
                seen += 1;
                if seen == k {
                    Flow::Fail(code)
                } else {
                    Flow::Continue
                }
            });
            let error = error.unwrap_err();
            assert_eq!((error.status(), error.detail(), seen), (Status::Callback, detail, k));
        }
    }
}

#[test]
fn cancelling_keeps_the_best_iterate() {
    let cost = Lcg::new(3).vector(N * N);
    let mut solver = solver(&cost);
    for k in [1, 2, 5, 10] {
        let mut seen = 0;
        let result = solver.solve_with(|_| {
            seen += 1;
            if seen >= k {
                Flow::Cancel
            } else {
                Flow::Continue
            }
        });
        let result = result.unwrap();
        assert_eq!((result.termination, seen), (Termination::Cancelled, k));
        assert!(solver.potentials().unwrap().0.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn handles_cancel_from_other_threads() {
    let n = 600;
    let cost = Lcg::new(4).vector(n * n);
    let cost = MatrixRef::new(&cost, n, n).unwrap();
    let sinkhorn = Sinkhorn::new(1e-4).method("sinkhorn").tol(1e-15).max_iter(100_000_000).time_limit(60.0);
    let mut solver = sinkhorn.solver(Weights::Uniform, Weights::Uniform, cost).unwrap();
    let handle = solver.cancel_handle();
    let start = Instant::now();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(30));
            handle.cancel();
        });
        solver.solve().unwrap()
    });
    assert_eq!(result.termination, Termination::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(10));
    // before a solve, from the monitor itself, and after the solver is gone
    handle.cancel();
    assert_eq!(solver.solve().unwrap().termination, Termination::Cancelled);
    let own = handle.clone();
    let result = solver.solve_with(|_| {
        own.cancel();
        Flow::Continue
    });
    assert_eq!(result.unwrap().termination, Termination::Cancelled);
    drop(solver);
    handle.cancel();
}

#[test]
fn batches_have_monitors_too() {
    let costs = Lcg::new(5).vector(20 * 16);
    let batch = Batch::new(20, 4, 4, &costs).unwrap();
    let sinkhorn = Sinkhorn::new(0.1).monitor_interval(1e-9);
    let mut last = 0;
    let solved = sinkhorn.batch_with(&batch, |progress| {
        last = progress.iteration;
        Flow::Continue
    });
    assert_eq!(solved.unwrap().failed, 0);
    assert!(last > 0 && last <= 20);
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let caught = catch_unwind(|| sinkhorn.batch_with(&batch, |_| std::panic::panic_any("stop")));
    std::panic::set_hook(quiet);
    assert_eq!(caught.expect_err("the panic comes out").downcast_ref::<&str>(), Some(&"stop"));
    assert_eq!(sinkhorn.batch_with(&batch, |_| Flow::Fail(-3)).unwrap_err().detail(), -3);
}
