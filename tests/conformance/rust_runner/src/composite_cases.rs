//! The cases of kind "composite", as composite_cases.c solves and asks them.
use crate::{Case, Lines, Number};
use fenchel::*;

const ROWS: usize = 3;
const STEPS: usize = 4;
const FOLDS: usize = 3;

fn minimized(out: &mut Lines<'_>, prefix: &str, r: &MinimizeResult) {
    let (termination, certificate) = (i64::from(r.termination.code()), i64::from(r.certificate.code()));
    let kind = [termination, certificate, i64::from(r.method)];
    let first = [r.iterations, r.gradients, r.values, r.proxes, r.products, r.coordinate_updates];
    let rest = [r.outer_iterations, r.newton_steps, r.cg_iterations, r.backtracks, r.restarts, r.support, r.screened];
    out.integers(&format!("{prefix}counts"), &[&kind[..], &first, &rest].concat());
    let numbers = [r.tol, r.residual, r.objective, r.smooth, r.dual, r.gap, r.scale, r.step];
    out.array(&format!("{prefix}numbers"), &numbers);
}

fn rounded<T: Number>(values: impl IntoIterator<Item = f64>) -> Vec<T> {
    values.into_iter().map(T::from_f64).collect()
}

/// The numbers row by row, or (layout f) column by column in memory.
fn entries<T: Number>(c: &mut Case<'_>) -> Vec<T> {
    let (m, n) = (c.size("m"), c.size("n"));
    let values: Vec<f64> = c.uniforms(m * n);
    let by_columns = c.text("layout") == "f";
    let place = |k: usize| if by_columns { k % m * n + k / m } else { k };
    rounded((0..m * n).map(|k| values[place(k)] - 0.5))
}

fn targets<T: Number>(c: &mut Case<'_>) -> Vec<T> {
    let y: Vec<f64> = c.uniforms(c.size("m"));
    let loss = c.text("loss");
    rounded(y.into_iter().map(|y| match loss {
        "logistic" | "squared_hinge" if y < 0.5 => -1.0,
        "logistic" | "squared_hinge" => 1.0,
        "poisson" => (4.0 * y).floor(),
        _ => y,
    }))
}

/// The smooth and the simple term; the matrix stays where it is.
fn terms<'a, T: Number>(c: &Case<'_>, matrix: &'a [T], y: &[T]) -> Result<(Smooth<'a>, Prox<'a>)> {
    let (m, n) = (c.size("m"), c.size("n"));
    let matrix = match c.text("layout") {
        "f" => MatrixRef::new(matrix, n, m)?.transposed(),
        _ => MatrixRef::new(matrix, m, n)?,
    };
    let a = Operator::dense(matrix)?;
    let model = Smooth::named(c.text("loss")).term("A", &a).array("y", y);
    let f = model.number("intercept", c.size("intercept") as f64).build()?;
    let g = Prox::named(c.text("prox"));
    let g = match c.text("parameter") {
        "-" => g,
        name => g.number(name, c.number("lam")),
    };
    Ok((f, g.build()?))
}

fn ask_terms<T: Number>(c: &mut Case<'_>, f: &Smooth<'_>, g: &Prox<'_>, out: &mut Lines<'_>) -> Result<()> {
    if c.asks("prox") {
        let numbers: Vec<f64> = c.uniforms(ROWS * c.size("n"));
        let mut v: Vec<T> = rounded(numbers.into_iter().map(|u| 4.0 * u - 2.0));
        let values = g.apply_rows(&mut v, ROWS, 0.75, 1)?;
        out.array("prox", &v);
        out.array("prox_values", &values);
    }
    if c.asks("gradient") {
        let at: Vec<T> = c.uniforms(f.size());
        let (value, gradient) = f.gradient(&at)?;
        out.array("smooth_value", &[value]);
        out.array("smooth_gradient", &gradient);
    }
    Ok(())
}

/// Half, a quarter and an eighth of the least factor that gives zero; then the losses of i mod 3 folds along them.
fn ask_path<T: Number>(
    c: &Case<'_>,
    problem: &Composite<'_, T>,
    options: &MinimizeOptions,
    out: &mut Lines<'_>,
) -> Result<()> {
    let most = problem.lambda_max()?;
    out.array("lambda_max", &[most]);
    let factors = [most / 2.0, most / 4.0, most / 8.0];
    let path = problem.path(&factors, options)?;
    out.array("path", path.x.as_slice());
    for (k, result) in path.results.iter().enumerate() {
        minimized(out, &format!("path{k}_"), result);
    }
    let folds: Vec<i64> = (0..c.size("m")).map(|i| (i % FOLDS) as i64).collect();
    out.array("losses", problem.cross_validate(&factors, &folds, options)?.as_slice());
    Ok(())
}

fn ask_unfolded<T: Number>(c: &mut Case<'_>, problem: &Composite<'_, T>, out: &mut Lines<'_>) -> Result<()> {
    let numbers = |scale: f64| (1..=STEPS).map(|k| scale * k as f64).collect::<Vec<f64>>();
    let (steps, levels, size) = (numbers(0.0625), numbers(0.25), problem.unknowns()?);
    let (x0, cotangent): (Vec<T>, Vec<T>) = (c.uniforms(size), c.uniforms(size));
    let (x, objectives) = problem.unfold(&steps, Some(&levels), Some(&x0))?;
    out.array("unfold", &x);
    out.array("unfold_objectives", &objectives);
    let (ds, dt, dx) = problem.unfold_vjp(&steps, Some(&levels), Some(&x0), &cotangent)?;
    out.array("unfold_steps", &ds);
    out.array("unfold_thresholds", &dt);
    out.array("unfold_start", &dx);
    Ok(())
}

pub fn composite<T: Number>(c: &mut Case<'_>, out: &mut Lines<'_>) -> Result<()> {
    let (matrix, y): (Vec<T>, Vec<T>) = (entries(c), targets(c));
    let (f, g) = terms(c, &matrix, &y)?;
    let problem = Composite::<T>::new().smooth(&f).prox(&g);
    let (max_iter, num_threads) = (c.size("max_iter") as i64, c.size("num_threads") as i32);
    let options = MinimizeOptions { tol: c.number("tol"), max_iter, num_threads, ..Default::default() };
    let mut solver = problem.solver(c.text("method"), &options)?;
    let solved = solver.solve()?;
    minimized(out, "", &solved.result);
    out.array("x", &solved.x);
    if c.asks("dual") {
        out.array("dual", &solver.dual(0, c.size("n"))?);
    }
    ask_terms::<T>(c, &f, &g, out)?;
    if c.asks("path") {
        ask_path(c, &problem, &options, out)?;
    }
    if c.asks("unfold") {
        ask_unfolded(c, &problem, out)?;
    }
    Ok(())
}
