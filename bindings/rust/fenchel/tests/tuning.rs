//! Weights of penalties from held-out data: against grids, folds, monitors, what is refused.
mod common;
use common::{distance, Lcg};
use fenchel::*;
use std::panic::{catch_unwind, AssertUnwindSafe};

const M: usize = 40;
const N: usize = 10;
const TRUTH: [f64; 4] = [2.0, -1.0, 1.0, 0.5];

/// Pairs of training and held-out data of one linear truth.
fn folds(count: u64) -> Vec<(Smooth<'static>, Smooth<'static>)> {
    let term = |seed| {
        let x: Vec<f64> = Lcg::new(seed).vector(M * N).iter().map(|v| 4.0 * v - 2.0).collect();
        let noise = Lcg::new(seed + 50).vector(M);
        let y: Vec<f64> = (0..M).map(|i| 6.0 * noise[i] - 3.0 + common::dot(&x[i * N..i * N + 4], &TRUTH)).collect();
        let a = Operator::dense(MatrixRef::new(x.leak(), M, N).unwrap()).unwrap();
        Smooth::least_squares(&a, &y).unwrap()
    };
    (0..count).map(|k| (term(100 + 2 * k), term(101 + 2 * k))).collect()
}

fn tuner<T: Real>(penalty: &str, data: &[(Smooth<'static>, Smooth<'static>)]) -> Tuner<'static, T> {
    data.iter().fold(Tuner::new(penalty), |tuner, (f, c)| tuner.fold(f, c))
}

/// The criterion by its definition: solved afresh, evaluated on the held-out data.
fn criterion(data: &[(Smooth<'static>, Smooth<'static>)], g: &Prox<'static>) -> f64 {
    let options = MinimizeOptions { tol: 1e-12, max_iter: 100_000, ..Default::default() };
    let value = |(f, c): &(Smooth<'static>, Smooth<'static>)| {
        let x = Composite::<f64>::new().smooth(f).prox(g).minimize_by("auto", &options).unwrap().x;
        c.value(&x).unwrap()
    };
    data.iter().map(value).sum::<f64>() / data.len() as f64
}

fn close(a: f64, b: f64, relative: f64) {
    assert!((a - b).abs() <= relative * b.abs(), "{a} {b}");
}

#[test]
fn weights_of_samples_lower_the_criterion_and_are_no_part_of_the_penalty() {
    let data = folds(1);
    let tuner = tuner::<f64>("squared_l2", &data).fixed("lam", 2.0).start_array("f.weights", &[0.5; M]);
    let best = tuner.tune(&TuneOptions { max_iter: 20, ..Default::default() }).unwrap();
    assert!(best.result.criterion < 0.9 * best.result.first_criterion, "{:?}", best.result);
    let weights = best.array("f.weights").unwrap();
    assert!(weights.len() == M && weights.iter().all(|w| *w > 0.0 && *w < 1.0));
    assert!((best.prox().unwrap().value(&[1.0; N]).unwrap() - N as f64).abs() < 1e-12);
    let error = tuner.start("lam", 1.0).tune(&TuneOptions::default()).unwrap_err();
    assert_eq!(error.status(), Status::Name); // fixed and tuned
}

#[test]
fn risks_need_no_held_out_data() {
    let data = folds(1);
    let problem = |penalty: &str| Tuner::<f64>::new(penalty).start("lam", 1.0).data(&data[0].0);
    let by = |risk| TuneOptions { risk, sigma: 1.0, cv: 4, ..Default::default() };
    for risk in [Risk::Sure, Risk::Gcv, Risk::LeaveOneOut, Risk::SureMonteCarlo] {
        let best = problem("squared_l2").tune(&by(risk)).unwrap();
        let exact = best.result.degrees > 0.0 && best.result.degrees < N as f64;
        assert!(exact || risk == Risk::SureMonteCarlo && best.result.degrees.is_finite(), "{:?}", best.result);
        assert!(best.result.criterion <= best.result.first_criterion);
    }
    let dealt = problem("l1").tune(&by(Risk::CrossValidation)).unwrap();
    assert_eq!((dealt.x.rows(), dealt.result.solves), (4, 4 * dealt.result.iterations));
    assert!(dealt.result.degrees.is_nan());
    assert_eq!(problem("l1").tune(&by(Risk::Gcv)).unwrap_err().status(), Status::Unsupported);
    assert_eq!(problem("l1").tune(&TuneOptions::default()).unwrap_err().status(), Status::NullArgument);
}

#[test]
fn ridge_by_hold_out_is_as_good_as_a_grid() {
    let data = folds(1);
    let best = tuner::<f64>("squared_l2", &data).start("lam", 1.0).tune(&TuneOptions::default()).unwrap();
    assert!(best.result.termination.converged() && best.result.iterations <= 30, "{:?}", best.result);
    assert_eq!(best.result.derivative_status, DerivativeStatus::Certified);
    let ridge = |lam| criterion(&data, &Prox::named("squared_l2").number("lam", lam).build().unwrap());
    close(best.result.criterion, ridge(best.value("lam").unwrap()), 1e-8);
    for i in -60..=60 {
        let lam = (0.15 * f64::from(i)).exp();
        assert!(best.result.criterion <= ridge(lam) * (1.0 + 2e-5), "lam = {lam} is better");
    }
    assert!(best.result.criterion < best.result.first_criterion);
    close(data[0].1.value(best.x.row(0)).unwrap(), best.result.criterion, 1e-9);
    close(criterion(&data, &best.prox().unwrap()), best.result.criterion, 1e-8);
    assert_eq!(best.array("lam").unwrap().len(), 1);
    assert!(best.value("l2").is_none());
}

#[test]
fn folds_share_their_weights_and_threads_do_not_matter() {
    let data = folds(3);
    let problem = tuner::<f64>("l1", &data).start("lam", 1.0);
    let serial = problem.tune(&TuneOptions::default()).unwrap();
    let parallel = problem.tune(&TuneOptions { num_threads: 2, ..Default::default() }).unwrap();
    assert!(serial.result.termination.converged(), "{:?}", serial.result);
    assert_eq!(serial.result.solves, 3 * serial.result.iterations);
    assert_eq!((serial.values.clone(), serial.x.as_slice()), (parallel.values, parallel.x.as_slice()));
    assert_eq!((serial.x.rows(), serial.x.cols()), (3, N));
    close(criterion(&data, &serial.prox().unwrap()), serial.result.criterion, 1e-7);

    let narrow = tuner::<f32>("l1", &data).start("lam", 1.0).tune(&TuneOptions::default()).unwrap();
    close(narrow.result.criterion, serial.result.criterion, 1e-3);
    let wide: Vec<f64> = narrow.x.as_slice().iter().map(|&v| f64::from(v)).collect();
    assert!(distance(&wide, serial.x.as_slice()) < 0.1);
}

#[test]
fn many_weights_find_the_columns_that_matter() {
    let data = folds(2);
    let one = tuner::<f64>("squared_l2", &data).start("lam", 1.0).tune(&TuneOptions::default()).unwrap();
    let each = tuner::<f64>("squared_l2", &data).start_array("weights", &[1.0; N]).fixed("lam", 1.0);
    let each = each.tune(&TuneOptions::default()).unwrap();
    assert!(each.result.termination.converged() && each.result.criterion < one.result.criterion, "{:?}", each.result);
    let mean = |w: &[f64]| w.iter().map(|w| w.ln()).sum::<f64>() / w.len() as f64;
    let weights = each.array("weights").unwrap();
    assert!(mean(&weights[..4]) < mean(&weights[4..]));
    assert!(each.value("weights").is_none());
    close(criterion(&data, &each.prox().unwrap()), each.result.criterion, 1e-7);

    let two = tuner::<f64>("elastic_net", &data).start("l1", 1.0).start("l2", 1.0).tune(&TuneOptions::default());
    let two = two.unwrap();
    assert!(two.values.len() == 2 && two.result.criterion <= two.result.first_criterion);
}

#[test]
fn what_is_fixed_stays() {
    let data = folds(1);
    let groups =
        || tuner::<f64>("group_l2", &data).start("lam", 1.0).fixed_array("weights", &[1.0, 1.0, 2.0, 2.0, 2.0]);
    let best = groups().fixed("size", 2.0).tune(&TuneOptions::default()).unwrap();
    close(criterion(&data, &best.prox().unwrap()), best.result.criterion, 1e-6);
    let listed =
        groups().fixed_indices("group", &[0, 0, 1, 1, 2, 2, 3, 3, 4, 4]).tune(&TuneOptions::default()).unwrap();
    close(listed.result.criterion, best.result.criterion, 1e-6);
}

#[test]
fn a_monitor_cancels_fails_and_panics() {
    let data = folds(1);
    let problem = tuner::<f64>("squared_l2", &data).start("lam", 500.0);
    let options = TuneOptions { monitor_interval: 0.0, ..Default::default() };
    let mut seen = Vec::new();
    let best = problem.tune_with(&options, |progress| {
        seen.push((progress.iteration, progress.residual));
        if progress.iteration < 3 {
            Flow::Continue
        } else {
            Flow::Cancel
        }
    });
    let best = best.unwrap();
    assert_eq!((best.result.termination, best.result.iterations), (Termination::Cancelled, 3));
    assert_eq!(seen.last().unwrap().0, 3);
    close(seen[0].1, best.result.first_criterion, 1e-12);
    close(criterion(&data, &best.prox().unwrap()), best.result.criterion, 1e-7);

    let failed = problem.tune_with(&options, |_| Flow::Fail(-7)).unwrap_err();
    assert_eq!((failed.status(), failed.detail()), (Status::Callback, -7));
    let panicked = catch_unwind(AssertUnwindSafe(|| problem.tune_with(&options, |_| panic!("in a monitor"))));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"in a monitor"));
    assert!(problem.tune(&options).unwrap().result.termination.converged());

    let broken = Smooth::from_closure(N, 0.0, true, |_, _| panic!("in a term")).unwrap();
    let problem = Tuner::<f64>::new("squared_l2").start("lam", 1.0).fold(&data[0].0, &broken);
    let panicked = catch_unwind(AssertUnwindSafe(|| problem.tune(&TuneOptions { num_threads: 2, ..options })));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"in a term"));
}

#[test]
fn refusals_name_what_is_wrong() {
    let data = folds(1);
    let refused = |problem: Tuner<f64>, status, word: &str| {
        let error = problem.tune(&TuneOptions::default()).unwrap_err();
        assert_eq!(error.status(), status, "{error}");
        assert!(error.message().contains(word), "{error}");
    };
    let l1 = || tuner("l1", &data);
    refused(l1().start("lam", -1.0), Status::Range, "theta");
    refused(l1().start("lam", f64::NAN), Status::NotFinite, "theta");
    refused(l1().start_array("lam", &[1.0, 2.0]), Status::Shape, "theta");
    refused(l1().start_array("weights", &[1.0, 2.0]), Status::Shape, "size 2");
    refused(l1().fixed("lam", 2.0).start("lam", 1.0), Status::Name, "lam");
    refused(l1(), Status::Empty, "theta");
    refused(Tuner::new("l1").start("lam", 1.0), Status::Range, "folds");
    refused(tuner("tv1d", &data).start("lam", 1.0), Status::Unsupported, "elastic_net.l2");
    refused(tuner("lasso", &data).start("lam", 1.0), Status::Name, "lasso");
    let small = Operator::dense(MatrixRef::new(&[1.0, 2.0], 1, 2).unwrap()).unwrap();
    let other = Smooth::least_squares(&small, &[0.0]).unwrap();
    refused(Tuner::new("l1").start("lam", 1.0).fold(&data[0].0, &other), Status::Shape, "size 2");
    let strict = TuneOptions { require_certified: true, ..Default::default() };
    assert_eq!(l1().start("lam", 1.0).tune(&strict).unwrap_err().status(), Status::Uncertified);
    let error = l1().start("lam", 1.0).tune(&TuneOptions { tol: 2.0, ..Default::default() }).unwrap_err();
    assert!(error.status() == Status::Range && error.message().contains("tol"), "{error}");
}

#[test]
fn weight_and_rounding_of_a_total_variation() {
    let (rows, cols) = (14, 12);
    let clean: Vec<f64> =
        (0..rows * cols).map(|i| (0.3 * (i / cols) as f64).sin() + if i % cols > 5 { 0.5 } else { 0.0 }).collect();
    let noise = Lcg::new(7).vector(rows * cols);
    let noisy: Vec<f64> = clean.iter().zip(&noise).map(|(c, e)| c + 0.6 * (e - 0.5)).collect();
    let identity = Operator::named("identity").number("size", noisy.len() as f64).build().unwrap();
    let f = Smooth::least_squares(&identity, &noisy).unwrap();
    let judge = Smooth::least_squares(&identity, &clean).unwrap();
    let problem = Tuner::<f64>::new("smoothed_tv")
        .start("lam", 0.02)
        .start("eps", 0.1)
        .fixed_indices("shape", &[rows as i64, cols as i64])
        .fold(&f, &judge);
    let best = problem.tune(&TuneOptions::default()).unwrap();
    assert!(best.result.criterion < 0.6 * best.result.first_criterion, "{:?}", best.result);
    assert_eq!(best.result.derivative_status, DerivativeStatus::Certified);
    let sum = Smooth::named("sum").term("term", &f).term("term", &best.smooth().unwrap()).build().unwrap();
    let options = MinimizeOptions { tol: 1e-11, max_iter: 100_000, ..Default::default() };
    let x = Composite::<f64>::new().smooth(&sum).minimize_by("fista", &options).unwrap().x;
    assert!(distance(&x, best.x.as_slice()) < 1e-6);
    let by_eps = Composite::<f64>::new().smooth(&sum).solution_vjp(
        &x,
        &clean,
        &[("f.eps", &[1]), ("f.y", &[noisy.len()])],
        &DerivativeOptions::default(),
    );
    assert!(by_eps.unwrap().result.derivative_status == DerivativeStatus::Certified);
    assert_eq!(best.prox().unwrap_err().status(), Status::Name);
    let error = Tuner::<f64>::new("smoothed_tv").start("huber", 1.0).fold(&f, &judge).tune(&TuneOptions::default());
    assert_eq!(error.unwrap_err().status(), Status::Unsupported);
}
