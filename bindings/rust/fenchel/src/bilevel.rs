//! Bilevel problems whose levels are closures.
use crate::error::call;
use crate::geometry::c_name;
use crate::monitor::Monitor;
use crate::oracles::{Answer, At, BilevelConstants, Oracles, Slopes};
use crate::view::{input_slice, output, pointer, zeros};
use crate::{sys, BilevelOptions, BilevelResult, Flow, Progress, Result};

/// min over theta of F(theta) = f(x*(theta), theta), x*(theta) = argmin over x of h(x, theta) + g(x, theta), with h, f and what
/// else is known of them as closures: only [`lower`](Self::lower) (h) and [`upper`](Self::upper) (f) are required. Products
/// that are missing become differences of gradients, flagged in [`BilevelResult::finite_differences`] and never certified.
///
/// Closures run on the thread that called. A panic in one comes out of the call; an error (by `?`, or [`Refusal`]) ends the
/// call with `Callback` and is the [`source`](std::error::Error::source) of its error. The problem is as good as before.
///
/// ```
/// use fenchel::{BilevelOptions, BilevelProblem};
/// // ridge regression in one unknown: x = theta fits h = (x - 3)^2 / 2 + exp(theta) x^2 / 2, to be near 1 in f
/// let mut problem = BilevelProblem::new(1, 1)
///     .lower(|at, slopes| {
///         let (x, weight) = (at.x[0], at.theta[0].exp());
///         if let Some(dx) = &mut slopes.dx {
///             dx[0] = x - 3.0 + weight * x;
///         }
///         if let Some(dtheta) = &mut slopes.dtheta {
///             dtheta[0] = weight * x * x / 2.0;
///         }
///         Ok((x - 3.0).powi(2) / 2.0 + weight * x * x / 2.0)
///     })
///     .upper(|at, slopes| {
///         if let Some(dx) = &mut slopes.dx {
///             dx[0] = at.x[0] - 1.0;
///         }
///         if let Some(dtheta) = &mut slopes.dtheta {
///             dtheta[0] = 0.0;
///         }
///         Ok((at.x[0] - 1.0).powi(2) / 2.0)
///     })
///     .lower_hvp(|at, _count, v, out| {
///         out.iter_mut().zip(v).for_each(|(out, v)| *out = (1.0 + at.theta[0].exp()) * v);
///         Ok(())
///     })
///     .lower_cross_t(|at, _count, v, out| {
///         out.iter_mut().zip(v).for_each(|(out, v)| *out = at.theta[0].exp() * at.x[0] * v);
///         Ok(())
///     });
/// let options = BilevelOptions { mu: 1.0, ..Default::default() };
/// let slope = problem.hypergradient(&[0.0], &[0.0], &options)?; // x = 3 / 2, dx/dtheta = - 3 / 4
/// assert!((slope.value[0] + 0.375).abs() < 1e-7);
/// let best = problem.solve("implicit", &[0.0], &slope.x, &options)?; // x = 3 / (1 + exp(theta)) = 1
/// assert!((best.theta[0] - 2.0_f64.ln()).abs() < 1e-2);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// Pedregosa (2016); Salehi et al. (2024); Kwon et al. (2023).
///
/// [`Refusal`]: crate::Refusal
#[must_use]
pub struct BilevelProblem<'a> {
    pub(crate) oracles: Box<Oracles<'a>>,
    pub(crate) low: Option<Vec<f64>>,
    pub(crate) high: Option<Vec<f64>>,
}

impl std::fmt::Debug for BilevelProblem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BilevelProblem").field("n", &self.oracles.n).field("m", &self.oracles.m).finish_non_exhaustive()
    }
}

/// dF/dtheta, and how wrong it can be; see [`BilevelProblem::hypergradient`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Hypergradient {
    /// (m).
    pub value: Vec<f64>,
    /// The solution of the lower level that it was taken at, (n).
    pub x: Vec<f64>,
    /// Status, bound, counts.
    pub result: BilevelResult,
}

/// The best point found; see [`BilevelProblem::solve`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BilevelSolution {
    /// (m).
    pub theta: Vec<f64>,
    /// The solution of the lower level there, (n).
    pub x: Vec<f64>,
    /// How it ended, value, bound, counts.
    pub result: BilevelResult,
}

impl<'a> BilevelProblem<'a> {
    /// A problem in x, (n), and theta, (m).
    pub fn new(n: usize, m: usize) -> Self {
        BilevelProblem { oracles: Box::new(Oracles::new(n, m)), low: None, high: None }
    }

    /// h at (x, theta), and the gradients asked for. Required.
    pub fn lower(mut self, h: impl FnMut(&At<'_>, &mut Slopes<'_>) -> Answer<f64> + 'a) -> Self {
        self.oracles.lower = Some(Box::new(h));
        self
    }

    /// f at (x, theta), and the gradients asked for. Required.
    pub fn upper(mut self, f: impl FnMut(&At<'_>, &mut Slopes<'_>) -> Answer<f64> + 'a) -> Self {
        self.oracles.upper = Some(Box::new(f));
        self
    }

    /// `(at, count, v, out)`: H = d2h/dx2 times each of `count` vectors, rows of (count, n); so is out.
    pub fn lower_hvp(mut self, product: impl FnMut(&At<'_>, usize, &[f64], &mut [f64]) -> Answer<()> + 'a) -> Self {
        self.oracles.lower_hvp = Some(Box::new(product));
        self
    }

    /// The transpose of J = d2h/(dx dtheta) likewise: rows of (count, n) to rows of (count, m).
    pub fn lower_cross_t(mut self, product: impl FnMut(&At<'_>, usize, &[f64], &mut [f64]) -> Answer<()> + 'a) -> Self {
        self.oracles.lower_cross_t = Some(Box::new(product));
        self
    }

    /// J itself: rows of (count, m) to rows of (count, n).
    pub fn lower_cross(mut self, product: impl FnMut(&At<'_>, usize, &[f64], &mut [f64]) -> Answer<()> + 'a) -> Self {
        self.oracles.lower_cross = Some(Box::new(product));
        self
    }

    /// `(v, theta, step, out)`: out = argmin over u of g(u, theta) + ||u - v||^2 / (2 step); returns g(out). Without it g = 0.
    pub fn prox(mut self, prox: impl FnMut(&[f64], &[f64], f64, &mut [f64]) -> Answer<f64> + 'a) -> Self {
        self.oracles.prox = Some(Box::new(prox));
        self
    }

    /// `(v, theta, step, c, slopes)`: the transposed Jacobians of prox by v (symmetric, `slopes.dx`) and theta, times c, (n).
    pub fn prox_vjp(
        mut self,
        product: impl FnMut(&[f64], &[f64], f64, &[f64], &mut Slopes<'_>) -> Answer<()> + 'a,
    ) -> Self {
        self.oracles.prox_vjp = Some(Box::new(product));
        self
    }

    /// `(at, r, out)`: out = M^-1 r, M positive definite and near H.
    pub fn precondition(mut self, solve: impl FnMut(&At<'_>, &[f64], &mut [f64]) -> Answer<()> + 'a) -> Self {
        self.oracles.precondition = Some(Box::new(solve));
        self
    }

    /// What is proved at theta; certificates come from it.
    pub fn constants(mut self, constants: impl FnMut(&[f64]) -> Answer<BilevelConstants> + 'a) -> Self {
        self.oracles.constants = Some(Box::new(constants));
        self
    }

    /// Least values of theta, (m), for [`solve`](Self::solve); minus infinity for none.
    pub fn low(mut self, low: &[f64]) -> Self {
        self.low = Some(low.to_vec());
        self
    }

    /// Greatest values of theta, (m); infinity for none.
    pub fn high(mut self, high: &[f64]) -> Self {
        self.high = Some(high.to_vec());
        self
    }

    /// dF/dtheta, (m), at theta, (m), the lower level solved from x, (n).
    ///
    /// # Errors
    /// `Callback` where a closure failed, or is outside its domain at the start (a positive detail), `Range` where its numbers are
    /// not finite there, `Singular` where H is, `Uncertified` where [`BilevelOptions::require_certified`] is set and no bound is proved, `Unsupported`,
    /// `NullArgument` without [`lower`](Self::lower) or [`upper`](Self::upper), `Shape`, `NotFinite`, `Nomem`.
    pub fn hypergradient(&mut self, theta: &[f64], x: &[f64], options: &BilevelOptions) -> Result<Hypergradient> {
        let (options, mut result) = (options.to_raw(), empty_result());
        let (mut value, mut x) = (zeros(self.oracles.m)?, x.to_vec());
        let (table, at) = (self.oracles.table(), input_slice(theta, &[theta.len()]));
        let (n, m) = (x.len(), value.len());
        let (start, out) = (output(&mut x, &[n]), output(&mut value, &[m]));
        // SAFETY: the table stands for boxed closures that outlive the call, as do the vectors under the views.
        let done = call(|err| unsafe { sys::fen_hypergradient(&table, &at, &start, &out, &options, &mut result, err) });
        self.oracles.finish(done)?;
        Ok(Hypergradient { value, x, result: BilevelResult::from_raw(&result) })
    }

    /// The best theta found by a method out of [`bilevel_method`](crate::bilevel_method) from starts of theta, (m), and x, (n):
    /// the lowest value, certified before uncertified.
    ///
    /// # Errors
    /// As [`hypergradient`](Self::hypergradient); `Name` for an unknown method.
    pub fn solve(
        &mut self,
        method: &str,
        theta: &[f64],
        x: &[f64],
        options: &BilevelOptions,
    ) -> Result<BilevelSolution> {
        self.solve_with(method, theta, x, options, |_| Flow::Continue)
    }

    /// The same, watched by `monitor`, at most every [`monitor_interval`](BilevelOptions::monitor_interval) seconds:
    /// [`Progress::passes`] counts calls of lower, [`Progress::residual`] is F. Where it cancels, the best so far is returned;
    /// a panic in it comes out of here.
    ///
    /// # Errors
    /// As [`solve`](Self::solve); `Callback` where the monitor answered [`Flow::Fail`].
    pub fn solve_with(
        &mut self,
        method: &str,
        theta: &[f64],
        x: &[f64],
        options: &BilevelOptions,
        monitor: impl FnMut(&Progress) -> Flow,
    ) -> Result<BilevelSolution> {
        let (options, mut monitor, mut result) = (options.to_raw(), Monitor::new(monitor), empty_result());
        let (method, mut theta, mut x) = (c_name(method), theta.to_vec(), x.to_vec());
        let low = self.low.as_ref().map(|v| input_slice(v, &[v.len()]));
        let high = self.high.as_ref().map(|v| input_slice(v, &[v.len()]));
        let (table, m, n) = (self.oracles.table(), theta.len(), x.len());
        let (outer, inner) = (output(&mut theta, &[m]), output(&mut x, &[n]));
        let (function, user) = (monitor.function(), monitor.user());
        // SAFETY: as above; the monitor outlives the call too.
        let done = call(|err| unsafe {
            let (low, high) = (pointer(&low), pointer(&high));
            let name = method.as_ptr();
            sys::fen_bilevel(&table, name, &outer, &inner, low, high, &options, function, user, &mut result, err)
        });
        monitor.resume();
        self.oracles.finish(done)?;
        Ok(BilevelSolution { theta, x, result: BilevelResult::from_raw(&result) })
    }
}

pub(crate) fn empty_result() -> sys::fen_bilevel_result {
    sys::fen_bilevel_result { struct_size: std::mem::size_of::<sys::fen_bilevel_result>() as u32, ..Default::default() }
}
