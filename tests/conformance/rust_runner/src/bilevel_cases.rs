//! The cases of kind "bilevel", as bilevel_cases.c solves them; where they ask for `session`, request by request.
use crate::{Case, Lines};
use fenchel::*;

struct Levels {
    n: usize,
    m: usize,
    a: Vec<f64>,
    b: Vec<f64>,
    k: Vec<f64>,
}

fn dot(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).fold(0.0, |sum, (p, q)| sum + p * q)
}

impl Levels {
    fn pull_back(&self, v: &[f64], out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = -(0..self.n).fold(0.0, |sum, j| sum + self.k[j * self.m + i] * v[j]);
        }
    }

    fn lower(&self, x: &[f64], t: &[f64], mut dx: Option<&mut [f64]>, dtheta: Option<&mut [f64]>) -> f64 {
        let (square, mut sum) = (dot(x, x), 0.0);
        for j in 0..self.n {
            let pull = dot(&self.k[j * self.m..(j + 1) * self.m], t);
            sum += self.a[j] * x[j] * x[j] / 2.0 - pull * x[j];
            if let Some(dx) = &mut dx {
                dx[j] = self.a[j] * x[j] + 0.5 * square * x[j] - pull;
            }
        }
        if let Some(dtheta) = dtheta {
            self.pull_back(x, dtheta);
        }
        sum + 0.125 * square * square
    }

    fn upper(&self, x: &[f64], t: &[f64], mut dx: Option<&mut [f64]>, mut dtheta: Option<&mut [f64]>) -> f64 {
        let mut sum = 0.0;
        for (j, (x, b)) in x.iter().zip(&self.b).enumerate() {
            sum += (x - b) * (x - b) / 2.0;
            if let Some(dx) = &mut dx {
                dx[j] = x - b;
            }
        }
        for (i, t) in t.iter().enumerate() {
            sum += t * t / 20.0;
            if let Some(dtheta) = &mut dtheta {
                dtheta[i] = t / 10.0;
            }
        }
        sum
    }

    fn hvp(&self, x: &[f64], v: &[f64], out: &mut [f64]) {
        let square = dot(x, x);
        for (v, out) in v.chunks(self.n).zip(out.chunks_mut(self.n)) {
            let along = dot(x, v);
            (0..self.n).for_each(|j| out[j] = (self.a[j] + 0.5 * square) * v[j] + along * x[j]);
        }
    }

    fn cross_t(&self, v: &[f64], out: &mut [f64]) {
        v.chunks(self.n).zip(out.chunks_mut(self.m)).for_each(|(v, out)| self.pull_back(v, out));
    }
}

const KNOWN: BilevelConstants = BilevelConstants {
    mu: 1.0,
    lipschitz: f64::INFINITY,
    hessian_lipschitz: 8.0,
    cross_norm: 10.0,
    cross_lipschitz: 0.0,
    upper_lipschitz: 1.0,
};

struct Found {
    theta: Vec<f64>,
    x: Vec<f64>,
    gradient: Option<Vec<f64>>,
    result: BilevelResult,
}

fn by_closures(c: &Case<'_>, l: &Levels, start: (&[f64], &[f64]), options: &BilevelOptions) -> Result<Found> {
    let mut problem = BilevelProblem::new(l.n, l.m)
        .lower(|at, s| Ok(l.lower(at.x, at.theta, s.dx.as_deref_mut(), s.dtheta.as_deref_mut())))
        .upper(|at, s| Ok(l.upper(at.x, at.theta, s.dx.as_deref_mut(), s.dtheta.as_deref_mut())));
    if c.asks("products") {
        problem = problem.lower_hvp(|at, _, v, out| {
            l.hvp(at.x, v, out);
            Ok(())
        });
        problem = problem.lower_cross_t(|_, _, v, out| {
            l.cross_t(v, out);
            Ok(())
        });
    }
    if c.asks("constants") {
        problem = problem.constants(|_| Ok(KNOWN));
    }
    if c.text("method") == "hypergradient" {
        let Hypergradient { value, x, result, .. } = problem.hypergradient(start.0, start.1, options)?;
        return Ok(Found { theta: start.0.to_vec(), x, gradient: Some(value), result });
    }
    let BilevelSolution { theta, x, result, .. } = problem.solve(c.text("method"), start.0, start.1, options)?;
    Ok(Found { theta, x, gradient: None, result })
}

fn by_session(c: &Case<'_>, l: &Levels, start: (&[f64], &[f64]), options: &BilevelOptions) -> Result<Found> {
    let mut oracles = vec![BilevelOracle::Lower, BilevelOracle::Upper];
    if c.asks("products") {
        oracles.extend([BilevelOracle::LowerHvp, BilevelOracle::LowerCrossT]);
    }
    if c.asks("constants") {
        oracles.push(BilevelOracle::Constants);
    }
    let one = c.text("method") == "hypergradient";
    let mut session = if one {
        BilevelSession::hypergradient(&oracles, start.0, start.1, options)?
    } else {
        BilevelSession::solve(c.text("method"), &oracles, start.0, start.1, None, None, options)?
    };
    while let Some(mut r) = session.next()? {
        let (x, t) = (r.x, r.theta);
        match r.oracle {
            BilevelOracle::Lower => {
                let value = l.lower(x, t, r.dx.as_deref_mut(), r.dtheta.as_deref_mut());
                r.value(value);
            }
            BilevelOracle::Upper => {
                let value = l.upper(x, t, r.dx.as_deref_mut(), r.dtheta.as_deref_mut());
                r.value(value);
            }
            BilevelOracle::LowerHvp => l.hvp(x, r.v, r.out),
            BilevelOracle::LowerCrossT => l.cross_t(r.v, r.out),
            _ => r.constants(&KNOWN),
        }
    }
    let gradient = if one { Some(session.gradient()?.value) } else { None };
    let BilevelSolution { theta, x, result, .. } = session.solution()?;
    Ok(Found { theta, x, gradient, result })
}

pub fn bilevel(c: &mut Case<'_>, out: &mut Lines<'_>) -> Result<()> {
    let (n, m) = (c.size("n"), c.size("m"));
    let mut moved = |count: usize, by: f64| -> Vec<f64> { c.uniforms::<f64>(count).iter().map(|u| u + by).collect() };
    let (a, b, k) = (moved(n, 1.0), moved(n, -0.5), moved(n * m, -0.5));
    let levels = Levels { n, m, a, b, k };
    let options = BilevelOptions {
        tol: c.number("tol"),
        max_iter: c.size("max_iter") as i64,
        hypergradient_mode: HypergradientMode::from_code(c.size("mode") as i32),
        ..Default::default()
    };
    let (theta, x) = (vec![0.5; m], vec![0.25; n]);
    let solve = if c.asks("session") { by_session } else { by_closures };
    let Found { theta, x, gradient, result: r } = solve(c, &levels, (&theta, &x), &options)?;
    let status = [r.termination.code(), r.derivative_status.code(), r.mu_source.code()].map(i64::from);
    let steps = [r.iterations, r.lower_iterations, r.linear_iterations];
    let calls = [r.lower_gradients, r.lower_hvps, r.cross_products, r.upper_gradients];
    out.integers("counts", &[&status[..], &[i64::from(r.finite_differences)], &steps, &calls].concat());
    out.array("numbers", &[r.value, r.first_value, r.residual, r.hypergradient, r.bound, r.lower_residual, r.x_error]);
    out.array("theta", &theta);
    out.array("x", &x);
    if let Some(gradient) = gradient {
        out.array("gradient", &gradient);
    }
    Ok(())
}
