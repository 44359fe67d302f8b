//! Terms, composite problems, callbacks, paths: what the header promises, from Rust.
use fenchel::{
    factors, lasso, Composite, Flow, MatrixRef, MinimizeOptions, Operator, Prox, Smooth, Status, Termination,
};

const A: [f64; 20] = [1., -2., 3., -4., 5., 2., -1., 0., -1., 3., -1., 0., 4., -3., 2., -1., -1., -1., 1., 3.];
const B: [f64; 4] = [1., 2., 3., 4.];
const LASSO: [f64; 5] = [-0.3877278911564627, 0., 0., 0.02174149659863943, 0.616843537414966];

fn tiny<T: fenchel::Real>(a: &[T], b: &[T]) -> fenchel::Result<Composite<'static, T>>
where
    Vec<T>: Clone,
{
    let a: &'static [T] = a.to_vec().leak();
    let a = Operator::dense(MatrixRef::new(a, 4, 5)?)?;
    Ok(Composite::new().smooth(&Smooth::least_squares(&a, b)?).prox(&Prox::l1(2.9)?))
}

fn close(x: &[f64], y: &[f64], tol: f64) {
    assert_eq!(x.len(), y.len());
    for (x, y) in x.iter().zip(y) {
        assert!((x - y).abs() <= tol, "{x} is not {y}");
    }
}

#[test]
fn operators_apply() {
    let dense = Operator::dense(MatrixRef::new(&A, 4, 5).unwrap()).unwrap();
    let (indptr, indices) = ([0i32, 2, 3, 3], [0i32, 2, 1]);
    let sparse = Operator::csc(3, &indptr, &indices, &[1.0, 2.0, 3.0]).unwrap();
    assert_eq!((dense.rows(), dense.cols(), sparse.rows(), sparse.cols()), (4, 5, 3, 3));
    assert_eq!(sparse.apply(&[1.0, 10.0, 100.0]).unwrap(), [1.0, 30.0, 2.0]);
    assert_eq!(sparse.adjoint(&[1.0, 10.0, 100.0]).unwrap(), [201.0, 30.0, 0.0]);
    let norm = dense.norm().unwrap();
    assert!(norm > 8.0 && norm < 12.0, "{norm}");
    assert_eq!(dense.apply(&[1.0; 4]).unwrap_err().status(), Status::Shape);
    assert_eq!(Operator::named("desne").build().unwrap_err().status(), Status::Name);
    assert_eq!(Operator::named("dense").array("matrix", &[1.0]).build().unwrap_err().status(), Status::State);
}

#[test]
fn tiny_lasso_in_both_types_and_by_several_methods() {
    let options = MinimizeOptions { tol: 1e-10, max_iter: 200000, ..Default::default() };
    for method in ["auto", "cd", "ista", "fista", "adaptive"] {
        let fit = tiny(&A, &B).unwrap().minimize_by(method, &options).unwrap();
        assert_eq!(fit.result.termination, Termination::Converged, "{method}");
        close(&fit.x, &LASSO, 1e-6);
    }
    let (a, b) = (A.map(|v| v as f32), B.map(|v| v as f32));
    let fit = tiny(&a, &b).unwrap().minimize().unwrap();
    close(&fit.x.iter().map(|&v| f64::from(v)).collect::<Vec<_>>(), &LASSO, 1e-3);
}

#[test]
fn one_call_and_path_agree() {
    let x = MatrixRef::new(&A, 4, 5).unwrap();
    let a = Operator::dense(x).unwrap();
    let f = Smooth::named("least_squares").term("A", &a).array("y", &B).number("intercept", 1.0).build().unwrap();
    let problem = Composite::<f64>::new().smooth(&f).prox(&Prox::l1(1.0).unwrap());
    let largest = problem.lambda_max().unwrap();
    let options = MinimizeOptions { tol: 1e-10, ..Default::default() };
    let path = problem.path(&factors(largest, 5, 0.01), &options).unwrap();
    assert!(path.x.row(0)[..5].iter().all(|&w| w.abs() < 1e-6));
    for (k, &t) in path.factors.iter().enumerate() {
        let fit = lasso(x, &B, t).unwrap();
        assert!((fit.result.objective - path.results[k].objective).abs() <= 1e-6 * (1.0 + fit.result.objective));
    }
    let losses = problem.cross_validate(&path.factors, &[0, 1, 0, 1], &options).unwrap();
    assert_eq!((losses.rows(), losses.cols()), (2, 5));
    assert!(losses.as_slice().iter().all(|loss| loss.is_finite() && *loss >= 0.0));
}

#[test]
fn closures_are_terms() {
    let shift = [3.0, -1.0, 0.5];
    let f = Smooth::from_closure(3, 1.0, true, |x, gradient| {
        if let Some(gradient) = gradient {
            for (g, (x, s)) in gradient.iter_mut().zip(x.iter().zip(&shift)) {
                *g = x - s;
            }
        }
        Ok(x.iter().zip(&shift).map(|(x, s)| 0.5 * (x - s) * (x - s)).sum())
    })
    .unwrap();
    let g = Prox::from_closure(3, true, |v, step, out| {
        for (out, v) in out.iter_mut().zip(v) {
            *out = v.signum() * (v.abs() - step).max(0.0);
        }
        Ok(out.iter().map(|x| x.abs()).sum())
    })
    .unwrap();
    let fit = Composite::<f64>::new().smooth(&f).prox(&g).minimize().unwrap();
    close(&fit.x, &[2.0, 0.0, 0.0], 1e-6);
}

#[test]
fn a_failing_closure_fails_the_solve_and_a_panic_comes_out() {
    let failing = Smooth::from_closure(2, 1.0, true, |_, _| Err(Flow::Fail(-7))).unwrap();
    let error = Composite::<f64>::new().smooth(&failing).prox(&Prox::l1(1.0).unwrap()).minimize().unwrap_err();
    assert_eq!((error.status(), error.detail()), (Status::Callback, -7));

    let panicking = Smooth::from_closure(2, 1.0, true, |_, _| panic!("out of the closure")).unwrap();
    let problem = Composite::<f64>::new().smooth(&panicking).prox(&Prox::l1(1.0).unwrap());
    let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| problem.minimize())).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"out of the closure"));
}

#[test]
fn monitors_cancel_and_solvers_answer_again() {
    let problem = tiny(&A, &B).unwrap();
    let options = MinimizeOptions { monitor_interval: 0.0, tol: 1e-14, trace: 100, ..Default::default() };
    let mut solver = problem.solver("ista", &options).unwrap();
    assert_eq!(solver.solution().unwrap_err().status(), Status::State);
    let fit = solver.solve_with(|p| if p.iteration >= 3 { Flow::Cancel } else { Flow::Continue }).unwrap();
    assert_eq!(fit.result.termination, Termination::Cancelled);
    assert_eq!(solver.solution().unwrap().x, fit.x);
    assert!(!solver.trace().unwrap().is_empty());
    solver.warm_start(Some(&LASSO)).unwrap();
    let again = solver.solve().unwrap();
    close(&again.x, &LASSO, 1e-8);
    assert_eq!(solver.warm_start(Some(&[f64::NAN; 5])).unwrap_err().status(), Status::NotFinite);
}

#[test]
fn problems_that_cannot_be_are_refused() {
    assert_eq!(Composite::<f64>::new().minimize().unwrap_err().status(), Status::Empty);
    let f = Smooth::least_squares(&Operator::dense(MatrixRef::new(&A, 4, 5).unwrap()).unwrap(), &B).unwrap();
    let weights = Prox::named("l1").array("weights", &[1.0; 4]).build().unwrap();
    let mismatched = Composite::<f64>::new().smooth(&f).prox(&weights);
    assert_eq!(mismatched.minimize().unwrap_err().status(), Status::Shape);
    let options = MinimizeOptions::default();
    let problem = Composite::<f64>::new().smooth(&f).prox(&Prox::l1(1.0).unwrap());
    assert_eq!(problem.solver("fitsa", &options).unwrap_err().status(), Status::Name);
    let mut options = MinimizeOptions::default();
    assert_eq!(options.set("tool", "1").unwrap_err().status(), Status::Name);
    options.set("selection", "gsq").unwrap();
    assert_eq!(options.selection, fenchel::Selection::Gsq);
}

#[test]
fn unfolded_iterations_and_their_derivative() {
    let problem = tiny(&A, &B).unwrap();
    let steps = vec![0.008; 6];
    let (x, objectives) = problem.unfold(&steps, None, None).unwrap();
    assert!(objectives.windows(2).all(|pair| pair[1] <= pair[0]));
    let cotangent = [1.0, -2.0, 0.5, 1.0, 3.0];
    let (gradient, _, _) = problem.unfold_vjp(&steps, None, None, &cotangent).unwrap();
    let along = |x: &[f64]| x.iter().zip(&cotangent).map(|(x, c)| x * c).sum::<f64>();
    for k in 0..steps.len() {
        let mut moved = steps.clone();
        moved[k] += 1e-7;
        let (y, _) = problem.unfold(&moved, None, None).unwrap();
        let difference = (along(&y) - along(&x)) / 1e-7;
        assert!((difference - gradient[k]).abs() <= 1e-4 * (1.0 + gradient[k].abs()), "{difference} {}", gradient[k]);
    }
}

#[test]
fn rows_of_proxes_and_derivatives() {
    let g = Prox::l1(1.0).unwrap();
    let mut rows = [3.0, 0.5, -2.0, -0.1];
    assert_eq!(g.apply_rows(&mut rows, 2, 1.0, 2).unwrap(), [2.0, 1.0]);
    assert_eq!(rows, [2.0, 0.0, -1.0, 0.0]);
    assert_eq!(g.vjp(&[3.0, 0.5], 1.0, &[5.0, 7.0]).unwrap(), [5.0, 0.0]);
    assert_eq!(g.conjugate(&[0.5, -1.0]).unwrap(), 0.0);
    assert_eq!(g.conjugate(&[0.5, -1.5]).unwrap(), f64::INFINITY);
    assert!(g.capabilities().iter().any(|name| name == "separable"));
    assert_eq!(g.apply_steps(&[3.0, -3.0], &[1.0, 2.0]).unwrap(), (vec![2.0, -1.0], 3.0));
    assert_eq!(g.apply_steps(&[3.0, -3.0], &[1.0]).unwrap_err().status(), Status::Shape);
    assert_eq!(g.apply(&[1.0], -1.0).unwrap_err().status(), Status::Range);
}
