//! Closures as terms: they fail, cancel and panic at the k-th call, in every call that runs them, and cost next to nothing.
use fenchel::{Composite, Error, Flow, MatrixRef, MinimizeOptions, Operator, Prox, Smooth, Status, Termination};
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What happens at the k-th call, whichever closure it reaches.
struct Fuse {
    calls: AtomicUsize,
    at: AtomicUsize,
    blow: fn() -> Flow,
}

impl Fuse {
    fn new(blow: fn() -> Flow) -> Fuse {
        Fuse { calls: AtomicUsize::new(0), at: AtomicUsize::new(usize::MAX), blow }
    }

    fn arm(&self, at: usize) {
        self.calls.store(0, Ordering::Relaxed);
        self.at.store(at, Ordering::Relaxed);
    }

    fn burn(&self) -> Flow {
        if self.calls.fetch_add(1, Ordering::Relaxed) + 1 == self.at.load(Ordering::Relaxed) {
            (self.blow)()
        } else {
            Flow::Continue
        }
    }

    fn value(&self, value: f64) -> Result<f64, Flow> {
        match self.burn() {
            Flow::Continue => Ok(value),
            flow => Err(flow),
        }
    }
}

const TARGET: [f64; 3] = [3.0, -1.0, 0.5];

fn smooth(fuse: &Fuse) -> Smooth<'_> {
    let gradient = move |x: &[f64], gradient: Option<&mut [f64]>| {
        if let Some(gradient) = gradient {
            gradient.iter_mut().zip(x.iter().zip(&TARGET)).for_each(|(g, (x, t))| *g = x - t);
        }
        fuse.value(x.iter().zip(&TARGET).map(|(x, t)| 0.5 * (x - t) * (x - t)).sum())
    };
    let hvp = move |_: &[f64], v: &[f64], out: &mut [f64]| {
        out.copy_from_slice(v);
        fuse.burn()
    };
    Smooth::from_closures(3, 1.0, true, gradient, hvp).unwrap()
}

fn l1(fuse: &Fuse) -> Prox<'_> {
    let soft = move |v: &[f64], step: f64, out: &mut [f64]| {
        out.iter_mut().zip(v).for_each(|(out, v)| *out = v.signum() * (v.abs() - step).max(0.0));
        fuse.value(out.iter().map(|x| x.abs()).sum())
    };
    Prox::from_closure(3, true, soft).unwrap()
}

/// x -> (x_1 - x_0, x_2 - x_1).
fn differences(fuse: &Fuse) -> Operator<'_> {
    let apply = move |x: &[f64], y: &mut [f64]| {
        y.copy_from_slice(&[x[1] - x[0], x[2] - x[1]]);
        fuse.burn()
    };
    let adjoint = move |y: &[f64], x: &mut [f64]| {
        x.copy_from_slice(&[-y[0], y[0] - y[1], y[1]]);
        fuse.burn()
    };
    Operator::from_closures(2, 3, apply, adjoint).unwrap()
}

type Run<'a> = dyn Fn() -> Result<Option<Termination>, Error> + 'a;

/// Every call that runs closures, each on a fresh problem; the solve's answer where there is one.
fn calls(fuse: &Fuse) -> Vec<(&'static str, Box<Run<'_>>)> {
    let (f, g, a) = (smooth(fuse), l1(fuse), differences(fuse));
    let options = MinimizeOptions { max_iter: 20, ..Default::default() };
    let lasso = Composite::<f64>::new().smooth(&f).prox(&g);
    let single = Composite::<f32>::new().smooth(&f).prox(&g);
    let fused = Composite::<f64>::new().smooth(&f).prox_of(&Prox::l1(0.1).unwrap(), &a);
    let again = RefCell::new(fused.solver("condat_vu", &options).unwrap());
    let unfolded = lasso.clone();
    vec![
        ("operator", Box::new(move || a.apply(&[1.0, 2.0, 3.0]).and_then(|_| a.adjoint(&[1.0, 2.0])).map(|_| None))),
        ("smooth", Box::new(move || f.gradient(&[1.0; 3]).and_then(|_| f.hvp(&[1.0; 3], &[2.0; 3])).map(|_| None))),
        ("prox", Box::new(move || g.apply(&[1.0; 3], 0.5).and_then(|_| g.value(&[1.0; 3])).map(|_| None))),
        (
            "solve in f64",
            Box::new(move || lasso.minimize_by("fista", &options).map(|fit| Some(fit.result.termination))),
        ),
        (
            "solve in f32",
            Box::new(move || single.minimize_by("ista", &options).map(|fit| Some(fit.result.termination))),
        ),
        ("solver", Box::new(move || fused.solver("condat_vu", &options).map(|_| None))),
        ("solve behind a map", Box::new(move || again.borrow_mut().solve().map(|fit| Some(fit.result.termination)))),
        ("unfold", Box::new(move || unfolded.unfold(&[0.5; 4], None, None).map(|_| None))),
    ]
}

/// Runs `check` for every call of a closure that one of the calls above makes.
fn at_every_call(blow: fn() -> Flow, check: impl Fn(&str, &Run<'_>)) {
    let fuse = Fuse::new(blow);
    for (name, run) in calls(&fuse) {
        fuse.arm(usize::MAX);
        let undisturbed = run();
        let count = fuse.calls.load(Ordering::Relaxed);
        assert!(undisturbed.is_ok() && count >= 2, "{name}: {count} calls, {undisturbed:?}");
        for k in 1..=count.min(40) {
            fuse.arm(k);
            check(name, &*run);
            assert_eq!(fuse.calls.load(Ordering::Relaxed), k, "{name}: no call after the one that ended it");
        }
        fuse.arm(usize::MAX);
        assert_eq!(run(), undisturbed, "{name}: as good as before");
    }
}

#[test]
fn panics_come_out_with_their_payload() {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let checked = catch_unwind(|| {
        at_every_call(
            || std::panic::panic_any(4711_i32),
            |name, run| {
                let caught = catch_unwind(AssertUnwindSafe(run)).expect_err("the panic comes out");
                assert_eq!(caught.downcast_ref::<i32>(), Some(&4711), "{name}");
            },
        );
    });
    std::panic::set_hook(quiet);
    checked.unwrap_or_else(|payload| std::panic::resume_unwind(payload));
}

#[test]
fn failures_come_out_as_errors() {
    at_every_call(
        || Flow::Fail(-7),
        |name, run| {
            let error = run().expect_err(name);
            assert_eq!((error.status(), error.detail()), (Status::Callback, -7), "{name}");
        },
    );
}

#[test]
fn cancelling_ends_a_solve_and_fails_what_has_no_iterate() {
    at_every_call(
        || Flow::Cancel,
        |name, run| match run() {
            Ok(termination) => assert_eq!(termination, Some(Termination::Cancelled), "{name}"),
            Err(error) => {
                assert!(!name.starts_with("solve "), "{name}: {error}");
                assert!(error.status() == Status::Callback && error.detail() > 0, "{name}: {error}");
            }
        },
    );
}

#[test]
fn a_solver_answers_after_a_panic() {
    let fuse = Fuse::new(|| std::panic::resume_unwind(Box::new(())));
    let (f, g) = (smooth(&fuse), l1(&fuse));
    let problem = Composite::<f64>::new().smooth(&f).prox(&g);
    let options = MinimizeOptions { trace: 50, tol: 1e-12, ..Default::default() };
    let mut solver = problem.solver("ista", &options).unwrap();
    fuse.arm(9);
    assert!(catch_unwind(AssertUnwindSafe(|| solver.solve().map(|_| ()))).is_err());
    let stopped = solver.solution().unwrap();
    assert_eq!(stopped.result.termination, Termination::Cancelled);
    assert_eq!(solver.trace().unwrap().len() as i64, stopped.result.iterations);
    fuse.arm(usize::MAX);
    let x = solver.solve().unwrap().x;
    assert!(x.iter().zip(&[2.0, 0.0, 0.0]).all(|(x, exact)| (x - exact).abs() < 1e-9), "{x:?}");
}

/// The closures' own work is a few additions: what is measured is what calling them costs, iterations of the method included.
#[test]
fn a_call_costs_less_than_a_microsecond() {
    const STEPS: usize = 20_000;
    let f = Smooth::from_closure(1, 1.0, true, |x, gradient| {
        if let Some(gradient) = gradient {
            gradient[0] = x[0];
        }
        Ok(x[0] * x[0] / 2.0)
    });
    let g = Prox::from_closure(1, true, |v, _, out| {
        out[0] = v[0];
        Ok(0.0)
    });
    let problem = Composite::<f64>::new().smooth(&f.unwrap()).prox(&g.unwrap());
    let a = Operator::dense(MatrixRef::new(&[1.0], 1, 1).unwrap()).unwrap();
    let named = Smooth::least_squares(&a, &[0.0]).unwrap();
    let known = Composite::<f64>::new().smooth(&named).prox(&Prox::named("zero").build().unwrap());
    let steps = vec![0.5; STEPS];
    let least = |problem: &Composite<'_, f64>| {
        let run = |_| {
            let start = Instant::now();
            problem.unfold(&steps, None, Some(&[1.0])).unwrap();
            start.elapsed().as_secs_f64() / (2 * STEPS) as f64 * 1e9
        };
        (0..20).map(run).fold(f64::INFINITY, f64::min)
    };
    let (closures, terms) = (least(&problem), least(&known));
    println!("half an iteration: {closures:.0} ns with closures, {terms:.0} ns with terms of the catalogue");
    assert!(closures <= 1000.0, "{closures} ns a call, more than a microsecond");
}
