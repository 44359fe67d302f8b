//! Solves the problems of a plain-text case file and prints the answers bit for bit, through the safe crate; the C runner is
//! the model, and README.md describes both forms.
mod bilevel_cases;
mod composite_cases;

use fenchel::*;
use std::collections::HashMap;
use std::fmt::Write;

/// The two dtypes, as this program needs them.
trait Number: Real {
    fn from_f64(value: f64) -> Self;
    fn bits(self) -> String;
}

impl Number for f32 {
    fn from_f64(value: f64) -> f32 {
        value as f32
    }
    fn bits(self) -> String {
        format!("{:08x}", self.to_bits())
    }
}

impl Number for f64 {
    fn from_f64(value: f64) -> f64 {
        value
    }
    fn bits(self) -> String {
        format!("{:016x}", self.to_bits())
    }
}

struct Case<'t> {
    keys: HashMap<&'t str, &'t str>,
    state: u64,
}

impl<'t> Case<'t> {
    fn new(line: &'t str) -> Case<'t> {
        let keys: HashMap<_, _> = line.split(' ').filter_map(|word| word.split_once('=')).collect();
        let state = keys["seed"].parse().unwrap();
        Case { keys, state }
    }

    fn text(&self, key: &str) -> &'t str {
        self.keys[key]
    }

    fn size(&self, key: &str) -> usize {
        self.keys[key].parse().unwrap()
    }

    fn number(&self, key: &str) -> f64 {
        f64::from_bits(u64::from_str_radix(self.keys[key], 16).unwrap())
    }

    fn asks(&self, what: &str) -> bool {
        self.text("ask").split(',').any(|word| word == what)
    }

    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 11) as f64 / 9_007_199_254_740_992.0
    }

    fn uniforms<T: Number>(&mut self, count: usize) -> Vec<T> {
        (0..count).map(|_| T::from_f64(self.uniform())).collect()
    }

    fn weights<T: Number>(&mut self, kind: &str, mass: f64, count: usize) -> Vec<T> {
        let mut out = Vec::with_capacity(count);
        let mut sum = 0.0;
        for k in 0..count {
            let u = self.uniform();
            let mut weight = match kind {
                "zeros" if k > 0 && u < 0.25 => 0.0,
                "zeros" => u,
                "decades" => 1.0 + self.uniform(),
                _ => 0.1 + u,
            };
            if kind == "decades" {
                for _ in 0..(u * 41.0) as i32 {
                    weight *= 0.5;
                }
            }
            sum += weight;
            out.push(weight);
        }
        out.iter().map(|w| T::from_f64(w / sum * mass)).collect()
    }

    /// None where the weights are uniform.
    fn side<T: Number>(&mut self, side: &str, count: usize) -> Option<Vec<T>> {
        let kind = self.text(side);
        let mass = if side == "weights_b" { self.number("mass_b") } else { 1.0 };
        (kind != "uniform").then(|| self.weights(kind, mass, count))
    }

    fn sinkhorn(&self) -> Sinkhorn {
        let reg_type = if self.text("reg_type") == "entropy" { RegType::Entropy } else { RegType::Kl };
        Sinkhorn::new(self.number("eps"))
            .rho_a(self.number("rho_a"))
            .rho_b(self.number("rho_b"))
            .reg_type(reg_type)
            .method(self.text("method"))
            .tol(self.number("tol"))
            .max_iter(self.size("max_iter") as i64)
            .num_threads(self.size("num_threads") as i32)
    }
}

fn given<T: Number>(weights: &Option<Vec<T>>) -> Weights<'_, T> {
    weights.as_ref().map_or(Weights::Uniform, Weights::from)
}

/// The lines of one problem.
struct Lines<'t> {
    name: &'t str,
    text: String,
}

impl Lines<'_> {
    fn words(&mut self, field: &str, words: impl Iterator<Item = String>) {
        write!(self.text, "{} {field}", self.name).unwrap();
        words.for_each(|word| write!(self.text, " {word}").unwrap());
        self.text.push('\n');
    }

    fn array<T: Number>(&mut self, field: &str, values: &[T]) {
        self.words(field, values.iter().map(|v| v.bits()));
    }

    fn integers(&mut self, field: &str, values: &[i64]) {
        self.words(field, values.iter().map(i64::to_string));
    }

    fn result(&mut self, prefix: &str, r: &TransportResult) {
        let (termination, certificate) = (i64::from(r.termination.code()), i64::from(r.certificate.code()));
        let counts =
            [termination, certificate, r.iterations, r.passes, r.sweeps, r.newton_steps, r.cg_iterations, r.stages];
        self.integers(&format!("{prefix}counts"), &counts);
        let numbers = [r.eps, r.tol, r.error_a, r.error_b, r.mass, r.cost, r.primal, r.dual, r.gap];
        self.array(&format!("{prefix}numbers"), &numbers);
    }
}

fn ask_plans<T: Number>(c: &mut Case<'_>, s: &Solution<'_, T>, out: &mut Lines<'_>) -> Result<()> {
    let (n, m) = (s.rows(), s.cols());
    if c.asks("plan") {
        out.array("plan", s.plan()?.as_slice());
    }
    if c.asks("csr") {
        let csr = s.plan_csr(1e-6)?;
        out.integers("csr_indptr", &csr.indptr);
        out.integers("csr_indices", &csr.indices);
        out.array("csr_values", &csr.values);
    }
    if c.asks("apply") {
        let v: Vec<T> = c.uniforms(m * 2);
        let w: Vec<T> = c.uniforms(n * 2);
        out.array("apply", s.apply(MatrixRef::new(&v, m, 2)?)?.as_slice());
        out.array("project_back", s.barycentric_transpose(MatrixRef::new(&w, n, 2)?)?.as_slice());
    }
    if c.asks("sample") {
        let pairs = s.sample(SampleMode::Joint, 16, 7)?;
        out.integers("sample_rows", &pairs.rows);
        out.integers("sample_cols", &pairs.cols);
        let pairs = s.sample(SampleMode::WithoutReplacement, 16, 8)?;
        out.integers("distinct_rows", &pairs.rows);
        out.integers("distinct_cols", &pairs.cols);
        out.integers("per_row", &s.sample(SampleMode::PerRow, 0, 9)?.cols);
    }
    for (name, side) in [("a", Wrt::A), ("b", Wrt::B), ("cost", Wrt::Cost), ("x", Wrt::X), ("y", Wrt::Y)] {
        let field = format!("gradient_{name}");
        if c.asks(&field) {
            out.array(&field, &s.gradient(side)?);
        }
    }
    Ok(())
}

fn ask_derivatives<T: Number>(c: &mut Case<'_>, s: &Solution<'_, T>, out: &mut Lines<'_>) -> Result<()> {
    let (n, m, d, points) = (s.rows(), s.cols(), c.size("d"), c.text("kind") == "points");
    if c.asks("vjp") {
        let (phi, psi, plan): (Vec<T>, Vec<T>, Vec<T>) = (c.uniforms(n), c.uniforms(m), c.uniforms(n * m));
        let plan = Some(MatrixRef::new(&plan, n, m)?);
        let cotangent = Cotangent { phi: Some(&phi), psi: Some(&psi), plan };
        let sides = if points { vec![Wrt::A, Wrt::B, Wrt::X, Wrt::Y] } else { vec![Wrt::A, Wrt::B, Wrt::Cost] };
        let back = s.vjp(&cotangent, &sides, 0.0)?;
        out.array("vjp_a", &back.a.unwrap());
        out.array("vjp_b", &back.b.unwrap());
        for (field, matrix) in [("vjp_x", back.x), ("vjp_cost", back.cost), ("vjp_y", back.y)] {
            if let Some(matrix) = matrix {
                out.array(field, matrix.as_slice());
            }
        }
    }
    if c.asks("jvp") {
        let first: Vec<T> = c.uniforms(if points { n * d } else { n * m });
        let second: Vec<T> = if points { c.uniforms(m * d) } else { Vec::new() };
        let mut tangent = Tangent::default();
        if points {
            tangent.x = Some(MatrixRef::new(&first, n, d)?);
            tangent.y = Some(MatrixRef::new(&second, m, d)?);
        } else {
            tangent.cost = Some(MatrixRef::new(&first, n, m)?);
        }
        let forward = s.jvp(&tangent, true, 0.0)?;
        out.array("jvp_phi", &forward.phi);
        out.array("jvp_psi", &forward.psi);
        out.array("jvp_plan", forward.plan.unwrap().as_slice());
    }
    Ok(())
}

fn transport<T: Number>(c: &mut Case<'_>, out: &mut Lines<'_>) -> Result<()> {
    let (mut n, mut m, d) = (c.size("n"), c.size("m"), c.size("d"));
    let (first, second): (Vec<T>, Vec<T>); // what the cost borrows
    let shape: Vec<usize>;
    let cost = match c.text("kind") {
        "points" => {
            first = c.uniforms(n * d);
            second = c.uniforms(m * d);
            Cost::points(MatrixRef::new(&first, n, d)?, MatrixRef::new(&second, m, d)?, c.text("cost"))
        }
        "grid" => {
            shape = c.text("shape").split(',').map(|s| s.parse().unwrap()).collect();
            n = shape.iter().product();
            m = n;
            Cost::grid(&shape, c.text("cost"))
        }
        _ => {
            first = c.uniforms(n * m);
            MatrixRef::new(&first, n, m)?.into()
        }
    };
    let (a, b) = (c.side("weights_a", n), c.side("weights_b", m));
    let solution = c.sinkhorn().solve(given(&a), given(&b), cost)?;
    out.result("", &solution.result);
    out.array("phi", &solution.phi);
    out.array("psi", &solution.psi);
    ask_plans(c, &solution, out)?;
    ask_derivatives(c, &solution, out)?;
    Ok(())
}

fn divergence<T: Number>(c: &mut Case<'_>, out: &mut Lines<'_>) -> Result<()> {
    let (n, m, d) = (c.size("n"), c.size("m"), c.size("d"));
    let (x, y): (Vec<T>, Vec<T>) = (c.uniforms(n * d), c.uniforms(m * d));
    let (a, b) = (c.side("weights_a", n), c.side("weights_b", m));
    let (x, y) = (MatrixRef::new(&x, n, d)?, MatrixRef::new(&y, m, d)?);
    let result = c.sinkhorn().divergence_with_gradients(x, y, given(&a), given(&b), c.text("cost"))?;
    let gradients = result.gradients.unwrap();
    out.array("value", &[result.value]);
    out.array("gradient_x", gradients.x.as_slice());
    out.array("gradient_y", gradients.y.as_slice());
    out.array("gradient_a", &gradients.a);
    out.array("gradient_b", &gradients.b);
    Ok(())
}

fn batch<T: Number>(c: &mut Case<'_>, out: &mut Lines<'_>) -> Result<()> {
    let (count, n, m, sized) = (c.size("count"), c.size("n"), c.size("m"), c.size("sized") == 1);
    let costs: Vec<T> = c.uniforms(count * n * m);
    let mut sizes = vec![[n, m]; count];
    let (mut a, mut b) = (vec![T::default(); count * n], vec![T::default(); count * m]);
    for (k, size) in sizes.iter_mut().enumerate() {
        if sized {
            *size = [1 + (c.uniform() * n as f64) as usize, 1 + (c.uniform() * m as f64) as usize];
        }
        a[k * n..k * n + size[0]].copy_from_slice(&c.weights(c.text("weights_a"), 1.0, size[0]));
        b[k * m..k * m + size[1]].copy_from_slice(&c.weights(c.text("weights_b"), 1.0, size[1]));
    }
    let mut problems = Batch::new(count, n, m, &costs)?.a(&a).b(&b);
    if sized {
        problems = problems.sizes(&sizes);
    }
    let solved = c.sinkhorn().batch(&problems)?;
    for (k, item) in solved.items.iter().enumerate() {
        let prefix = format!("item{k}_");
        out.integers(&format!("{prefix}status"), &[item.map_or_else(|status| i64::from(status.code()), |_| 0)]);
        if let Ok(result) = item {
            out.result(&prefix, result);
        }
        out.array(&format!("{prefix}phi"), &solved.phi[k * n..k * n + sizes[k][0]]);
        out.array(&format!("{prefix}psi"), &solved.psi[k * m..k * m + sizes[k][1]]);
    }
    Ok(())
}

fn solve<T: Number>(c: &mut Case<'_>, out: &mut Lines<'_>) -> Result<()> {
    match c.text("kind") {
        "divergence" => divergence::<T>(c, out),
        "batch" => batch::<T>(c, out),
        "composite" => composite_cases::composite::<T>(c, out),
        "bilevel" => bilevel_cases::bilevel(c, out),
        _ => transport::<T>(c, out),
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: rust_runner CASES");
    for line in std::fs::read_to_string(path).expect("the case file is readable").lines() {
        let mut case = Case::new(line);
        let mut out = Lines { name: case.text("name"), text: String::new() };
        let solved = if case.text("dtype") == "f32" {
            solve::<f32>(&mut case, &mut out)
        } else {
            solve::<f64>(&mut case, &mut out)
        };
        if let Err(error) = solved {
            writeln!(out.text, "{} status {}", out.name, error.status().code()).unwrap();
        }
        print!("{}", out.text);
    }
}
