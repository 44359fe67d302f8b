//! Every bad input has its own status and a message that names the argument.
mod common;
use fenchel::*;

const COST: [f64; 6] = [0.0, 1.0, 2.0, 1.0, 0.0, 1.0];

fn cost() -> MatrixRef<'static, f64> {
    MatrixRef::new(&COST, 2, 3).unwrap()
}

fn solve(a: &[f64], b: &[f64], eps: f64) -> Result<Solution<'static, f64>> {
    sinkhorn(a, b, cost(), eps)
}

fn expect<T>(result: Result<T>, status: Status, word: &str) {
    match result {
        Ok(_) => panic!("{status} expected, but the call succeeded"),
        Err(error) => {
            assert_eq!(error.status(), status, "{error}");
            assert!(error.message().contains(word), "'{}' does not mention {word}", error.message());
        }
    }
}

#[test]
fn weights() {
    let third = [1.0 / 3.0; 3];
    expect(solve(&[0.5, 0.5, 0.0], &third, 0.1), Status::Shape, "a");
    expect(solve(&[0.5, 0.5], &third[..2], 0.1), Status::Shape, "b");
    expect(solve(&[0.5, f64::NAN], &third, 0.1), Status::NotFinite, "a");
    expect(solve(&[0.5, f64::INFINITY], &third, 0.1), Status::NotFinite, "a");
    expect(solve(&[1.5, -0.5], &third, 0.1), Status::Negative, "a");
    expect(solve(&[0.5, 0.6], &third, 0.1), Status::Mass, "");
    expect(solve(&[0.0, 0.0], &[0.0; 3], 0.1), Status::Mass, "");
}

#[test]
fn settings() {
    let (a, b) = ([0.5, 0.5], [1.0 / 3.0; 3]);
    for eps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        expect(solve(&a, &b, eps), Status::Range, "eps");
    }
    expect(Sinkhorn::new(0.1).rho_a(-1.0).solve(&a, &b, cost()), Status::Range, "rho_a");
    expect(Sinkhorn::new(0.1).tol(2.0).solve(&a, &b, cost()), Status::Range, "tol");
    expect(Sinkhorn::new(0.1).max_iter(0).solve(&a, &b, cost()), Status::Range, "max_iter");
    expect(Sinkhorn::new(0.1).num_threads(-1).solve(&a, &b, cost()), Status::Range, "num_threads");
    expect(Sinkhorn::new(0.1).method("sinkhron").solve(&a, &b, cost()), Status::Name, "sinkhorn");
    expect(Sinkhorn::new(0.1).method("auto\0x").solve(&a, &b, cost()), Status::Name, "");
}

#[test]
fn costs() {
    let (a, b) = ([0.5, 0.5], [1.0 / 3.0; 3]);
    let mut bad = COST;
    bad[4] = f64::NAN;
    expect(sinkhorn(&a, &b, MatrixRef::new(&bad, 2, 3).unwrap(), 0.1), Status::NotFinite, "cost");
    expect(Geometry::new(MatrixRef::<f64>::new(&[], 0, 3).unwrap()), Status::Empty, "cost");
    let x = MatrixRef::new(&COST, 3, 2).unwrap();
    let y = MatrixRef::new(&COST, 2, 3).unwrap();
    expect(Geometry::new(Cost::points(x, y, cost::L1)), Status::Shape, "y");
    expect(Geometry::new(Cost::points(x, x, "sqeuclidian")), Status::Name, "sqeuclidean");
    expect(Geometry::<f64>::new(Cost::grid(&[2, 2, 2, 2], cost::L1)), Status::Range, "ndim");
    expect(Geometry::<f64>::new(Cost::grid(&[4, 0], cost::L1)), Status::Empty, "");
    let spacing = Some(&[1.0][..]);
    expect(Geometry::<f64>::new(Cost::Grid { shape: &[4, 4], spacing, cost: cost::L1 }), Status::Shape, "spacing");
    let spacing = Some(&[1.0, -1.0][..]);
    expect(Geometry::<f64>::new(Cost::Grid { shape: &[4, 4], spacing, cost: cost::L1 }), Status::Range, "spacing");
}

#[test]
fn views_stay_in_their_slices() {
    let data = [0.0; 6];
    expect(MatrixRef::new(&data, 2, 4), Status::Shape, "6");
    expect(MatrixRef::new(&data, usize::MAX, 4), Status::Shape, "");
    expect(MatrixRef::strided(&data, 2, 3, 3, 1, 1), Status::Shape, "6");
    expect(MatrixRef::strided(&data, 2, 3, -3, 1, 2), Status::Shape, "-1");
    expect(MatrixRef::strided(&data, usize::MAX, usize::MAX, isize::MAX, isize::MAX, 0), Status::Shape, "");
    expect(VectorRef::strided(&data, 3, 3, 0), Status::Shape, "6");
    expect(VectorRef::strided(&data, 2, -1, 0), Status::Shape, "-1");
    assert!(VectorRef::strided(&data, 6, -1, 5).is_ok());
    assert!(VectorRef::strided(&data, 1000, 0, 5).is_ok());
}

#[test]
fn questions_before_the_first_solve() {
    let solver = Sinkhorn::new(0.1).solver(Weights::Uniform, Weights::Uniform, cost()).unwrap();
    expect(solver.result(), Status::State, "");
    expect(solver.potentials(), Status::State, "");
    expect(solver.plan(), Status::State, "");
    expect(solver.plan_csr(0.0), Status::State, "");
    expect(solver.apply(MatrixRef::new(&[0.0; 3], 3, 1).unwrap()), Status::State, "");
    expect(solver.sample(SampleMode::PerRow, 0, 1), Status::State, "");
    expect(solver.gradient(Wrt::Cost), Status::State, "");
    expect(solver.vjp(&Cotangent::default(), &[Wrt::A], 0.0), Status::State, "");
    expect(solver.jvp(&Tangent::default(), false, 0.0), Status::State, "");
}

#[test]
fn questions_with_wrong_arguments() {
    let mut solver = Sinkhorn::new(0.1).solver(Weights::Uniform, Weights::Uniform, cost()).unwrap();
    expect(solver.warm_start(Some(&[0.0; 3]), None), Status::Shape, "phi");
    expect(solver.warm_start(None, Some(&[f64::NAN; 3])), Status::NotFinite, "psi");
    solver.solve().unwrap();
    expect(solver.potentials_into(&mut [0.0; 2], &mut [0.0; 4]), Status::Shape, "psi");
    expect(solver.plan_into(&mut [0.0; 5]), Status::Shape, "2 x 3");
    expect(solver.plan_csr(f64::NAN), Status::Range, "threshold");
    expect(solver.apply(MatrixRef::new(&[0.0; 2], 2, 1).unwrap()), Status::Shape, "v");
    assert!(solver.gradient(Wrt::X).is_err(), "a cost matrix has no points");
}

#[test]
fn names_are_proposed() {
    let mut options = SinkhornOptions::default();
    expect(options.set("max_itr", "5"), Status::Name, "max_iter");
    expect(options.set("max_iter", "0"), Status::Range, "max_iter");
    options.set("max_iter", "5").unwrap();
    assert_eq!((options.max_iter, options.get("max_iter").unwrap()), (5, 5.0));
    let mut spec = TransportSpec::default();
    spec.set("reg_type", "entropy").unwrap();
    assert_eq!(spec.reg_type, RegType::Entropy);
}
