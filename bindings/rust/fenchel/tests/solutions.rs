//! The answers agree with each other, in both dtypes, and with finite differences.
mod common;
use common::{distance, dot, to_f32, Lcg};
use fenchel::*;

const N: usize = 12;
const M: usize = 9;

struct Data {
    a: Vec<f64>,
    b: Vec<f64>,
    cost: Vec<f64>,
}

fn data(seed: u64) -> Data {
    let mut lcg = Lcg::new(seed);
    Data { a: lcg.weights(N), b: lcg.weights(M), cost: lcg.vector(N * M) }
}

impl Data {
    fn cost(&self) -> MatrixRef<'_, f64> {
        MatrixRef::new(&self.cost, N, M).unwrap()
    }

    fn solve(&self, eps: f64) -> Solution<'_, f64> {
        Sinkhorn::new(eps).tol(1e-12).solve(&self.a, &self.b, self.cost()).unwrap()
    }
}

#[test]
fn every_method_meets_the_marginals() {
    let data = data(1);
    for (method, _) in terms("transport_method") {
        let solution = Sinkhorn::new(0.05).method(method).solve(&data.a, &data.b, data.cost()).unwrap();
        assert!(solution.result.termination.converged(), "{method}: {:?}", solution.result);
        let plan = solution.plan().unwrap();
        let rows: Vec<f64> = (0..N).map(|i| plan.row(i).iter().sum()).collect();
        let cols: Vec<f64> = (0..M).map(|j| (0..N).map(|i| plan[(i, j)]).sum()).collect();
        assert!(distance(&rows, &data.a) < 1e-8 && distance(&cols, &data.b) < 1e-8, "{method}");
        let cost: f64 = dot(plan.as_slice(), &data.cost);
        assert!((cost - solution.result.cost).abs() < 1e-10, "{method}");
        assert!(solution.result.gap.abs() < 1e-7, "{method}: {:?}", solution.result);
        // P = a b^T exp((phi + psi - C) / eps)
        for i in 0..N {
            for j in 0..M {
                let exponent = (solution.phi[i] + solution.psi[j] - data.cost[i * M + j]) / 0.05;
                let entry = data.a[i] * data.b[j] * exponent.exp();
                assert!((entry - plan[(i, j)]).abs() < 1e-12, "{method}");
            }
        }
    }
}

#[test]
fn a_solver_forgets() {
    let data = data(15);
    for (method, _) in terms("transport_method") {
        let sinkhorn = Sinkhorn::new(0.02).method(method);
        let mut solver = sinkhorn.solver(&data.a, &data.b, data.cost()).unwrap();
        let first = (solver.solve().unwrap().passes, solver.potentials().unwrap());
        let second = (solver.solve().unwrap().passes, solver.potentials().unwrap());
        assert_eq!(first, second, "{method}");
    }
}

#[test]
fn f32_follows_f64() {
    let data = data(2);
    let (a, b, cost) = (to_f32(&data.a), to_f32(&data.b), to_f32(&data.cost));
    let single = Sinkhorn::new(0.1).solve(&a, &b, MatrixRef::new(&cost, N, M).unwrap()).unwrap();
    let double = data.solve(0.1);
    assert!(single.result.termination.converged());
    assert!((single.result.cost - double.result.cost).abs() < 1e-4);
    let plan: Vec<f64> = single.plan().unwrap().as_slice().iter().map(|&p| f64::from(p)).collect();
    assert!(distance(&plan, double.plan().unwrap().as_slice()) < 1e-4);
}

#[test]
fn strided_views_give_the_same_bits() {
    let data = data(3);
    let packed = data.solve(0.1);
    // the cost by columns, the weights backwards and with gaps
    let mut by_columns = vec![0.0; N * M];
    for i in 0..N {
        for j in 0..M {
            by_columns[j * N + i] = data.cost[i * M + j];
        }
    }
    let a: Vec<f64> = data.a.iter().rev().copied().collect();
    let b: Vec<f64> = data.b.iter().flat_map(|&w| [w, f64::NAN, f64::NAN]).collect();
    let strided = Sinkhorn::new(0.1).tol(1e-12).solve(
        VectorRef::strided(&a, N, -1, N - 1).unwrap(),
        VectorRef::strided(&b, M, 3, 0).unwrap(),
        MatrixRef::new(&by_columns, M, N).unwrap().transposed(),
    );
    let strided = strided.unwrap();
    assert_eq!((&packed.phi, &packed.psi), (&strided.phi, &strided.psi));
    assert_eq!(packed.result.copied_bytes, 0);
    assert_eq!(strided.result.copied_bytes, (N * M * 8) as i64);
}

#[test]
fn plan_forms_agree() {
    let data = data(4);
    let solution = data.solve(0.02);
    let plan = solution.plan().unwrap();
    let mut flat = vec![0.0; N * M];
    solution.plan_into(&mut flat).unwrap();
    assert_eq!(flat, plan.as_slice());

    let threshold = 1e-4;
    let sparse = solution.plan_csr(threshold).unwrap();
    let mut dense = vec![0.0; N * M];
    for i in 0..N {
        for k in sparse.indptr[i] as usize..sparse.indptr[i + 1] as usize {
            dense[i * M + sparse.indices[k] as usize] = sparse.values[k];
        }
    }
    let kept: Vec<f64> = flat.iter().map(|&p| if p > threshold { p } else { 0.0 }).collect();
    assert!(kept.contains(&0.0) && distance(&dense, &kept) < 1e-15);

    let v = Lcg::new(9).vector(M * 2);
    let applied = solution.apply(MatrixRef::new(&v, M, 2).unwrap()).unwrap();
    let projected = solution.barycentric(MatrixRef::new(&v, M, 2).unwrap()).unwrap();
    for i in 0..N {
        let mass: f64 = plan.row(i).iter().sum();
        for k in 0..2 {
            let expected: f64 = (0..M).map(|j| plan[(i, j)] * v[j * 2 + k]).sum();
            assert!((applied[(i, k)] - expected).abs() < 1e-13);
            assert!((projected[(i, k)] - expected / mass).abs() < 1e-12);
        }
    }
    let u = Lcg::new(10).vector(N);
    let back = solution.apply_transpose(MatrixRef::new(&u, N, 1).unwrap()).unwrap();
    let forward = solution.apply(MatrixRef::new(&v[..M], M, 1).unwrap()).unwrap();
    assert!((dot(back.as_slice(), &v[..M]) - dot(forward.as_slice(), &u)).abs() < 1e-13);
    assert_eq!(solution.barycentric_transpose(MatrixRef::new(&[1.0; N], N, 1).unwrap()).unwrap().rows(), M);
}

#[test]
fn samples_depend_on_the_seed_only() {
    let data = data(5);
    let solution = data.solve(0.05);
    let plan = solution.plan().unwrap();
    for mode in [SampleMode::PerRow, SampleMode::Joint, SampleMode::WithoutReplacement] {
        let sample = solution.sample(mode, 50, 7).unwrap();
        assert_eq!(sample, solution.sample(mode, 50, 7).unwrap());
        assert_ne!(sample, solution.sample(mode, 50, 8).unwrap());
        let pairs: std::collections::HashSet<_> = sample.rows.iter().zip(&sample.cols).collect();
        match mode {
            SampleMode::PerRow => assert_eq!(sample.rows, (0..N as i64).collect::<Vec<_>>()),
            SampleMode::WithoutReplacement => assert_eq!(pairs.len(), 50),
            _ => assert_eq!(sample.rows.len(), 50),
        }
        assert!(pairs.iter().all(|(&i, &j)| plan[(i as usize, j as usize)] > 0.0));
    }
}

#[test]
fn gradients_match_finite_differences() {
    let data = data(6);
    let (eps, h) = (0.1, 1e-6);
    let solution = data.solve(eps);
    assert_eq!(solution.gradient(Wrt::Cost).unwrap(), solution.plan().unwrap().as_slice());
    let direction = Lcg::new(11).vector(N * M);
    let value = |sign: f64| {
        let cost: Vec<f64> = data.cost.iter().zip(&direction).map(|(c, d)| c + sign * h * d).collect();
        Data { a: data.a.clone(), b: data.b.clone(), cost }.solve(eps).result.dual
    };
    let slope = (value(1.0) - value(-1.0)) / (2.0 * h);
    assert!((slope - dot(&solution.gradient(Wrt::Cost).unwrap(), &direction)).abs() < 1e-6);
    // on the tangent space of equal masses
    let mut direction = Lcg::new(12).vector(N);
    let mean = direction.iter().sum::<f64>() / N as f64;
    direction.iter_mut().for_each(|d| *d -= mean);
    let value = |sign: f64| {
        let a: Vec<f64> = data.a.iter().zip(&direction).map(|(w, d)| w + sign * h * d).collect();
        Data { a, b: data.b.clone(), cost: data.cost.clone() }.solve(eps).result.dual
    };
    let slope = (value(1.0) - value(-1.0)) / (2.0 * h);
    let gradient = solution.gradient(Wrt::A).unwrap();
    assert!(gradient.iter().sum::<f64>().abs() < 1e-10);
    assert!((slope - dot(&gradient, &direction)).abs() < 1e-6);
}

#[test]
fn vjp_is_the_adjoint_of_jvp() {
    let mut lcg = Lcg::new(7);
    let (x, y) = (lcg.vector(N * 2), lcg.vector(M * 2));
    let (a, b) = (lcg.weights(N), lcg.weights(M));
    let (x, y) = (MatrixRef::new(&x, N, 2).unwrap(), MatrixRef::new(&y, M, 2).unwrap());
    for cloud in [true, false] {
        let written = Geometry::new(Cost::points(x, y, cost::SQEUCLIDEAN)).unwrap().cost().unwrap();
        let cost = if cloud { Cost::points(x, y, cost::SQEUCLIDEAN) } else { (&written).into() };
        let solution = Sinkhorn::new(0.2).tol(1e-12).solve(&a, &b, cost).unwrap();

        let (phi, psi, plan) = (lcg.vector(N), lcg.vector(M), lcg.vector(N * M));
        let plan = MatrixRef::new(&plan, N, M).unwrap();
        let cotangent = Cotangent { phi: Some(&phi), psi: Some(&psi), plan: Some(plan) };
        let (dx, dy, dc) = (lcg.vector(N * 2), lcg.vector(M * 2), lcg.vector(N * M));
        let mut da = lcg.vector(N);
        let mean = da.iter().sum::<f64>() / N as f64;
        da.iter_mut().for_each(|d| *d -= mean);
        let mut tangent = Tangent { a: Some(&da), ..Default::default() };
        if cloud {
            tangent.x = Some(MatrixRef::new(&dx, N, 2).unwrap());
            tangent.y = Some(MatrixRef::new(&dy, M, 2).unwrap());
        } else {
            tangent.cost = Some(MatrixRef::new(&dc, N, M).unwrap());
        }
        let wanted = if cloud { vec![Wrt::A, Wrt::X, Wrt::Y] } else { vec![Wrt::A, Wrt::Cost] };
        let back = solution.vjp(&cotangent, &wanted, 0.0).unwrap();
        let forward = solution.jvp(&tangent, true, 0.0).unwrap();
        let plan_tangent = forward.plan.unwrap();
        let left = dot(&phi, &forward.phi)
            + dot(&psi, &forward.psi)
            + (0..N * M).map(|k| plan.get(k / M, k % M).unwrap() * plan_tangent.as_slice()[k]).sum::<f64>();
        let mut right = dot(back.a.as_ref().unwrap(), &da);
        if cloud {
            right += dot(back.x.unwrap().as_slice(), &dx) + dot(back.y.unwrap().as_slice(), &dy);
            assert!(back.cost.is_none());
        } else {
            right += dot(back.cost.unwrap().as_slice(), &dc);
        }
        assert!((left - right).abs() < 1e-7 * left.abs().max(1.0), "cloud {cloud}: {left} {right}");
    }
}

#[test]
fn divergences_have_gradients() {
    let mut lcg = Lcg::new(8);
    let (x, y) = (lcg.vector(N * 2), lcg.vector(M * 2));
    let (a, b) = (lcg.weights(N), lcg.weights(M));
    let y = MatrixRef::new(&y, M, 2).unwrap();
    let sinkhorn = Sinkhorn::new(0.1).tol(1e-12);
    let value = |x: &[f64]| {
        let x = MatrixRef::new(x, N, 2).unwrap();
        sinkhorn.divergence_with_gradients(x, y, &a, &b, cost::SQEUCLIDEAN).unwrap()
    };
    let base = value(&x);
    assert!(base.value > 0.0 && base.results.iter().all(|r| r.termination.converged()));
    let plain = sinkhorn.divergence(MatrixRef::new(&x, N, 2).unwrap(), y, &a, &b, cost::SQEUCLIDEAN).unwrap();
    assert!(plain.gradients.is_none() && plain.value == base.value);
    let gradient = base.gradients.unwrap().x;
    let (direction, h) = (lcg.vector(N * 2), 1e-5);
    let shifted = |s: f64| x.iter().zip(&direction).map(|(x, d)| x + s * h * d).collect::<Vec<_>>();
    let slope = (value(&shifted(1.0)).value - value(&shifted(-1.0)).value) / (2.0 * h);
    assert!((slope - dot(gradient.as_slice(), &direction)).abs() < 1e-5, "{slope}");
}

#[test]
fn batches_equal_single_solves() {
    let (count, n, m) = (7, 5, 6);
    let mut lcg = Lcg::new(13);
    let costs = lcg.vector(count * n * m);
    let a: Vec<f64> = (0..count).flat_map(|_| lcg.weights(n)).collect();
    let b: Vec<f64> = (0..count).flat_map(|_| lcg.weights(m)).collect();
    let sinkhorn = Sinkhorn::new(0.1).num_threads(2);
    let solved = sinkhorn.batch(&Batch::new(count, n, m, &costs).unwrap().a(&a).b(&b).plans(true)).unwrap();
    for k in 0..count {
        let cost = MatrixRef::new(&costs[k * n * m..(k + 1) * n * m], n, m).unwrap();
        let one = sinkhorn.solve(&a[k * n..(k + 1) * n], &b[k * m..(k + 1) * m], cost).unwrap();
        assert_eq!(one.phi, solved.phi[k * n..(k + 1) * n]);
        assert_eq!(one.psi, solved.psi[k * m..(k + 1) * m]);
        assert_eq!(one.plan().unwrap().as_slice(), &solved.plans.as_ref().unwrap()[k * n * m..(k + 1) * n * m]);
        assert_eq!(one.result.iterations, solved.items[k].as_ref().unwrap().iterations);
    }
    // one bad item fails alone; sizes cut the frame; a shared cost is not copied
    let mut bad = a.clone();
    bad[2 * n] = -1.0;
    let solved = sinkhorn.batch(&Batch::new(count, n, m, &costs).unwrap().a(&bad).b(&b)).unwrap();
    assert_eq!((solved.failed, solved.items[2].unwrap_err()), (1, Status::Negative));
    assert!(solved.first_error.unwrap().contains('a'));
    assert!(solved.items.iter().enumerate().all(|(k, item)| item.is_ok() == (k != 2)));
    let sizes = [[2, 3]; 7];
    let shared = Batch::shared(count, MatrixRef::new(&costs[..n * m], n, m).unwrap());
    let solved = sinkhorn.batch(&shared.sizes(&sizes)).unwrap();
    assert_eq!(solved.failed, 0);
    assert!(solved.phi[..2].iter().any(|&v| v != 0.0) && solved.phi[2..5] == [0.0; 3]);
    assert_eq!(solved.phi[..5], solved.phi[5..10]);
}

#[test]
fn grids_equal_their_matrix() {
    let shape = [4, 3];
    let mut lcg = Lcg::new(14);
    let (a, b) = (lcg.weights(12), lcg.weights(12));
    for name in [cost::SQEUCLIDEAN, cost::L1] {
        let grid = Geometry::<f64>::new(Cost::grid(&shape, name)).unwrap();
        assert_eq!((grid.rows(), grid.cols()), (12, 12));
        let mut matrix = Matrix::zeros(12, 12).unwrap();
        for (i, j) in (0..144).map(|k| (k / 12, k % 12)) {
            let along = |p: usize, q: usize, size: f64| (p as f64 - q as f64).abs() / size;
            let (u, v) = (along(i / 3, j / 3, 4.0), along(i % 3, j % 3, 3.0));
            matrix[(i, j)] = if name == cost::L1 { u + v } else { u * u + v * v };
        }
        let sinkhorn = Sinkhorn::new(0.1).tol(1e-10);
        let by_grid = sinkhorn.solve(&a, &b, Cost::grid(&shape, name)).unwrap();
        let by_matrix = sinkhorn.solve(&a, &b, &matrix).unwrap();
        assert!((by_grid.result.dual - by_matrix.result.dual).abs() < 1e-9, "{name}");
    }
}
