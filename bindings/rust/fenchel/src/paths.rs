//! Paths and cross-validation over a factor t of the simple term, and unfolded iterations.
use crate::callbacks::resume;
use crate::error::call;
use crate::minimizer::empty_minimum;
use crate::monitor::Monitor;
use crate::view::{input_slice, output, pointer, zeros};
use crate::{sys, Composite, Error, Flow, Matrix, MinimizeOptions, MinimizeResult, Progress, Real, Result, Status};

/// Solutions along a path; see [`Composite::path`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Path<T> {
    /// The factors t, (k).
    pub factors: Vec<f64>,
    /// The solutions, one a row, (k, n).
    pub x: Matrix<T>,
    /// How each solve went.
    pub results: Vec<MinimizeResult>,
}

/// `count` factors from `largest` down to `largest * ratio`, evenly spaced in logarithm.
pub fn factors(largest: f64, count: usize, ratio: f64) -> Vec<f64> {
    let steps = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|k| largest * ratio.powf(k as f64 / steps)).collect()
}

impl<'a, T: Real> Composite<'a, T> {
    /// The least factor t at which x = 0 minimises f + t g, but for intercept and what is not penalised.
    ///
    /// ```
    /// use fenchel::{factors, Composite, MatrixRef, MinimizeOptions, Operator, Prox, Smooth};
    /// let a = Operator::dense(MatrixRef::new(&[1.0, 0.0, 0.0, 2.0], 2, 2)?)?;
    /// let problem = Composite::<f64>::new().smooth(&Smooth::least_squares(&a, &[3.0, 1.0])?).prox(&Prox::l1(1.0)?);
    /// assert_eq!(problem.lambda_max()?, 3.0);
    /// let path = problem.path(&factors(3.0, 10, 0.01), &MinimizeOptions::default())?;
    /// assert_eq!(path.x.row(0), [0.0, 0.0]);
    /// assert!(path.results.iter().all(|result| result.gap < 1e-6));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` unless f is a linear model and there is one simple term, separable or `group_l2`; `Callback`.
    pub fn lambda_max(&self) -> Result<f64> {
        let (problem, mut t) = (self.problem()?, 0.0);
        // SAFETY: a live problem; t is writable.
        self.run(|err| unsafe { sys::fen_lambda_max(problem.0, &mut t, err) })?;
        Ok(t)
    }

    /// Minimises f + t g for each factor t, (k), warm-started in the order given: decreasing is fastest. `monitor` runs on
    /// this thread and sees how many are done; where it cancels, later rows are 0 and their results say so
    /// ([`Termination::NotRun`](crate::Termination)).
    ///
    /// # Errors
    /// As [`Composite::lambda_max`]; `Range` (a negative factor), `NotFinite`, `Nomem`, `Callback` where the monitor answered
    /// [`Flow::Fail`].
    pub fn path_with(
        &self,
        factors: &[f64],
        options: &MinimizeOptions,
        monitor: impl FnMut(&Progress) -> Flow,
    ) -> Result<Path<T>> {
        let (problem, options, mut monitor) = (self.problem()?, options.to_raw(), Monitor::new(monitor));
        // SAFETY: a live problem.
        let n = unsafe { sys::fen_composite_size(problem.0) } as usize;
        let mut x = zeros(factors.len() * n)?;
        let mut raw = vec![empty_minimum(); factors.len()];
        let (t, view) = (input_slice(factors, &[factors.len()]), output(&mut x, &[factors.len(), n]));
        // SAFETY: x holds a row and results a struct for each factor; the monitor outlives the call.
        let done = call(|err| unsafe {
            let (function, user, results) = (monitor.function(), monitor.user(), raw.as_mut_ptr());
            sys::fen_path(problem.0, &t, &options, function, user, &view, results, err)
        });
        monitor.resume();
        resume(&self.callbacks());
        done?;
        let results = raw.iter().map(MinimizeResult::from_raw).collect();
        Ok(Path { factors: factors.to_vec(), x: Matrix::from_vec(x, factors.len(), n), results })
    }

    /// The same without a monitor.
    ///
    /// # Errors
    /// As [`Composite::path_with`].
    pub fn path(&self, factors: &[f64], options: &MinimizeOptions) -> Result<Path<T>> {
        self.path_with(factors, options, |_| Flow::Continue)
    }

    /// Mean held-out loss per sample for each fold and factor, (folds, factors). `folds`, (m), gives each sample's fold, 0 and
    /// up; they run in parallel on [`num_threads`](MinimizeOptions::num_threads).
    ///
    /// # Errors
    /// As [`Composite::path_with`]; `Shape`, `Range` (a fold without samples).
    pub fn cross_validate(&self, factors: &[f64], folds: &[i64], options: &MinimizeOptions) -> Result<Matrix<f64>> {
        let count = match folds.iter().max() {
            Some(&last) if last >= 0 => last as usize + 1,
            _ => return Err(Error::new(Status::Range, "folds has no fold; legal: one number, 0 and up, a sample")),
        };
        let (problem, options) = (self.problem()?, options.to_raw());
        let mut losses = zeros(count * factors.len())?;
        let (t, view) = (input_slice(factors, &[factors.len()]), output(&mut losses, &[count, factors.len()]));
        let ids = <i64 as crate::IndexType>::view(folds);
        // SAFETY: all views cover slices borrowed for this call.
        self.run(|err| unsafe {
            sys::fen_cross_validate(problem.0, &t, &ids, &options, None, std::ptr::null_mut(), &view, err)
        })?;
        Ok(Matrix::from_vec(losses, count, factors.len()))
    }

    /// T iterations of the proximal gradient method with a step and a threshold each, x <- prox of threshold_t g with step_t
    /// at x - step_t grad f(x): the last x, (n), and f + g after each of them, (T). `steps` and `thresholds` (None: ones)
    /// are (T), `x0` (None: zero) is (n).
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Callback`, `Range` (a step not above 0), `Unsupported` unless there is f and one simple term without operator.
    pub fn unfold(&self, steps: &[f64], thresholds: Option<&[f64]>, x0: Option<&[T]>) -> Result<(Vec<T>, Vec<f64>)> {
        let n = self.unknowns()?;
        let (problem, mut x, mut objectives) = (self.problem()?, zeros(n)?, zeros(steps.len())?);
        let (t, view) = (input_slice(steps, &[steps.len()]), output(&mut x, &[n]));
        let trace = output(&mut objectives, &[steps.len()]);
        let thresholds = thresholds.map(|s| input_slice(s, &[s.len()]));
        let x0 = x0.map(|s| input_slice(s, &[s.len()]));
        // SAFETY: all views cover slices borrowed for this call.
        self.run(|err| unsafe {
            sys::fen_unfold(problem.0, &t, pointer(&thresholds), pointer(&x0), &view, &trace, err)
        })?;
        Ok((x, objectives))
    }

    /// Reverse mode through [`Composite::unfold`]: gradients with respect to steps, (T), thresholds, (T), and x0, (n), of an
    /// objective whose gradient with respect to x is `cotangent`, (n). Takes memory for T iterates.
    ///
    /// # Errors
    /// As [`Composite::unfold`], and `Unsupported` without hvp of f or vjp of g.
    #[allow(clippy::type_complexity)]
    pub fn unfold_vjp(
        &self,
        steps: &[f64],
        thresholds: Option<&[f64]>,
        x0: Option<&[T]>,
        cotangent: &[T],
    ) -> Result<(Vec<f64>, Vec<f64>, Vec<T>)> {
        let count = steps.len();
        let problem = self.problem()?;
        let (mut ds, mut dt, mut dx) = (zeros(count)?, zeros(count)?, zeros(cotangent.len())?);
        let (s, c) = (input_slice(steps, &[count]), input_slice(cotangent, &[cotangent.len()]));
        let thresholds = thresholds.map(|t| input_slice(t, &[t.len()]));
        let x0 = x0.map(|x| input_slice(x, &[x.len()]));
        let (a, b, x) = (output(&mut ds, &[count]), output(&mut dt, &[count]), output(&mut dx, &[cotangent.len()]));
        // SAFETY: all views cover slices borrowed for this call.
        self.run(|err| unsafe {
            sys::fen_unfold_vjp(problem.0, &s, pointer(&thresholds), pointer(&x0), &c, &a, &b, &x, err)
        })?;
        Ok((ds, dt, dx))
    }
}
