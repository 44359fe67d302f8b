//! What may be shared and what may move.
mod common;
use common::Lcg;
use fenchel::*;

fn send<T: Send>() {}
fn sync<T: Sync>() {}

#[test]
fn the_thread_rule_holds_in_types() {
    send::<Geometry<'_, f64>>();
    sync::<Geometry<'_, f64>>();
    send::<Problem<'_, f32>>();
    sync::<Problem<'_, f32>>();
    send::<Solver<'_, f64>>();
    send::<Solution<'_, f64>>();
    send::<CancelHandle>();
    sync::<CancelHandle>();
    send::<Batch<'_, f32>>();
    sync::<Batch<'_, f32>>();
    send::<Operator<'_>>();
    sync::<Operator<'_>>();
    sync::<Smooth<'_>>();
    sync::<Prox<'_>>();
    send::<Composite<'_, f64>>();
    sync::<Composite<'_, f32>>();
    send::<Minimizer<'_, f64>>();
    send::<Error>();
    sync::<Error>();
    // that a Solver and a Minimizer are not Sync are compile_fail examples of their documentation
}

#[test]
fn threads_share_a_problem() {
    let n = 60;
    let mut lcg = Lcg::new(1);
    let (a, b, cost) = (lcg.weights(n), lcg.weights(n), lcg.vector(n * n));
    let spec = TransportSpec { eps: 0.02, ..Default::default() };
    let problem = {
        let geometry = Geometry::new(MatrixRef::new(&cost, n, n).unwrap()).unwrap();
        Problem::new(&geometry, &a, &b, &spec).unwrap() // outlives its geometry and the borrow of the weights
    };
    drop((a, b));
    let solve = || {
        let mut solver = Solver::new(&problem, "auto", &SinkhornOptions::default()).unwrap();
        solver.solve().unwrap();
        solver.potentials().unwrap()
    };
    let here = solve();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(solve)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), here);
        }
    });
    // a solver moves, and outlives its problem
    let mut solver = Solver::new(&problem, "auto", &SinkhornOptions::default()).unwrap();
    drop(problem);
    let moved = std::thread::scope(|scope| {
        scope
            .spawn(move || {
                solver.solve().unwrap();
                solver
            })
            .join()
            .unwrap()
    });
    assert_eq!(moved.potentials().unwrap(), here);
}

#[test]
fn threads_share_terms_and_problems() {
    let mut lcg = Lcg::new(3);
    let (x, y) = (lcg.vector(40 * 25), lcg.vector(40));
    let a = Operator::dense(MatrixRef::new(&x, 40, 25).unwrap()).unwrap();
    let g = Prox::l1(0.3).unwrap();
    let problem = Composite::<f64>::new().smooth(&Smooth::least_squares(&a, &y).unwrap()).prox(&g);
    let folds: Vec<i64> = (0..40).map(|i| i % 4).collect();
    let work = || {
        let losses = |num_threads| {
            let options = MinimizeOptions { num_threads, ..Default::default() };
            problem.cross_validate(&[2.0, 1.0, 0.5], &folds, &options).unwrap().into_vec()
        };
        let one = losses(1);
        assert_eq!(one, losses(3), "bits do not depend on threads");
        (problem.minimize().unwrap().x, one, g.apply(&y, 0.5).unwrap(), a.apply(&y[..25]).unwrap())
    };
    let here = work();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), here);
        }
    });
}

#[test]
fn bits_do_not_depend_on_threads() {
    let n = 300;
    let mut lcg = Lcg::new(2);
    let (a, b, cost) = (lcg.weights(n), lcg.weights(n), lcg.vector(n * n));
    let cost = MatrixRef::new(&cost, n, n).unwrap();
    let solve = |threads| Sinkhorn::new(0.01).num_threads(threads).solve(&a, &b, cost).unwrap();
    let one = solve(1);
    for threads in [2, 3, 0] {
        let more = solve(threads);
        assert_eq!((&more.phi, &more.psi), (&one.phi, &one.psi), "{threads} threads");
        assert_eq!(more.result.dual.to_bits(), one.result.dual.to_bits());
    }
}
