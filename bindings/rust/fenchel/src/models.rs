//! The models people ask for by name, in one call each.
use crate::{factors, Composite, MatrixRef, MinimizeOptions, Minimum, Operator, Path, Prox, Real, Result, Smooth};

fn model<'a, T: Real>(loss: &str, x: MatrixRef<'a, T>, y: &[T], g: &Prox<'a>) -> Result<Composite<'a, T>> {
    let a = Operator::dense(x)?;
    let f = Smooth::named(loss).term("A", &a).array("y", y).number("intercept", 1.0).build()?;
    Ok(Composite::new().smooth(&f).prox(g))
}

/// The Lasso in one call: minimise |y - X w - b|^2 / 2 + lam |w|_1 over w and a free intercept b, which is the last entry
/// of the answer. X is (n, p), y is (n).
///
/// ```
/// use fenchel::{lasso, MatrixRef};
/// let x = [-1.0_f64, 0.0, 1.0];
/// let fit = lasso(MatrixRef::new(&x, 3, 1)?, &[-1.0, 0.0, 1.0], 0.3)?; // 0.1 times the number of samples
/// assert!((fit.x[0] - 0.85).abs() < 1e-6 && fit.x[1].abs() < 1e-9);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// `Shape`, `NotFinite`, `Range`, `Nomem`.
pub fn lasso<T: Real>(x: MatrixRef<'_, T>, y: &[T], lam: f64) -> Result<Minimum<T>> {
    model("least_squares", x, y, &Prox::l1(lam)?)?.minimize()
}

/// As [`lasso`] with the penalty l1 |w|_1 + l2 / 2 |w|^2.
///
/// # Errors
/// As [`lasso`].
pub fn elastic_net<T: Real>(x: MatrixRef<'_, T>, y: &[T], l1: f64, l2: f64) -> Result<Minimum<T>> {
    model("least_squares", x, y, &Prox::elastic_net(l1, l2)?)?.minimize()
}

/// As [`lasso`] with the loss log(1 + exp(-y (X w + b))), y of -1 and 1.
///
/// # Errors
/// As [`lasso`]; `Range` names a target that is no class.
pub fn logistic<T: Real>(x: MatrixRef<'_, T>, y: &[T], lam: f64) -> Result<Minimum<T>> {
    model("logistic", x, y, &Prox::l1(lam)?)?.minimize()
}

/// [`lasso`] for many weights, warm-started in the order given (decreasing is fastest), or for 100 of them from the least
/// that gives w = 0 down to a hundredth of it. The path's factors are the weights; each solution has its duality gap.
///
/// ```
/// use fenchel::{lasso_path, MatrixRef};
/// let x = [-1.0_f64, 0.0, 1.0];
/// let path = lasso_path(MatrixRef::new(&x, 3, 1)?, &[-1.0, 0.0, 1.0], None)?;
/// assert_eq!((path.factors.len(), path.x.rows(), path.x.cols()), (100, 100, 2));
/// assert!((path.factors[0] - 2.0).abs() < 1e-9 && path.x[(0, 0)] == 0.0 && path.x[(99, 0)] > 0.98);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// As [`lasso`].
pub fn lasso_path<T: Real>(x: MatrixRef<'_, T>, y: &[T], lams: Option<&[f64]>) -> Result<Path<T>> {
    let problem = model("least_squares", x, y, &Prox::l1(1.0)?)?;
    let lams = match lams {
        Some(lams) => lams.to_vec(),
        None => factors(problem.lambda_max()?, 100, 0.01),
    };
    problem.path(&lams, &MinimizeOptions::default())
}
