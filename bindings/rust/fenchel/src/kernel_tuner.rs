//! Kernel ridge regression: coefficients, their derivatives, hyperparameters from a risk.
use crate::error::call;
use crate::geometry::c_name;
use crate::monitor::Monitor;
use crate::tuner::empty_result;
use crate::view::{input_slice, output, pointer, product, shaped, zeros};
use crate::{sys, Flow, Progress, Real, Result, TuneOptions, TuneResult};

/// Kernel ridge: predictions are K(new, old) alpha with alpha = (K + lam I)^-1 y.
///
/// ```
/// use fenchel::{KernelRidge, Risk, TuneOptions};
/// let (x, y) = ([0.0, 1.0, 2.0, 3.0], [0.1, 0.9, 2.1, 2.9]);
/// let options = TuneOptions { risk: Risk::LeaveOneOut, ..Default::default() };
/// let best = KernelRidge::new("linear", &x, 1, &y).tune(&[1.0], &options)?;
/// assert!(best.result.criterion < 0.03 && best.alpha.len() == 4);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// Golub, Heath and Wahba, Generalized cross-validation as a method for choosing a good ridge parameter (1979).
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct KernelRidge<'v, T> {
    kernel: &'v str,
    x: &'v [T],
    features: usize,
    y: &'v [T],
    held: Option<(&'v [T], &'v [T])>,
}

/// The best hyperparameters found and the coefficients there; see [`KernelRidge::tune`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KernelTuned<T> {
    /// lam, and gamma of "rbf".
    pub theta: Vec<f64>,
    /// (n).
    pub alpha: Vec<T>,
    /// Criterion, degrees of freedom, counts.
    pub result: TuneResult,
}

/// What a cotangent of the coefficients pulls back to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KernelCotangents<T> {
    /// (n).
    pub y: Vec<T>,
    /// (n, n), row after row.
    pub gram: Vec<T>,
    /// Of lam.
    pub lam: f64,
}

impl<'v, T: Real> KernelRidge<'v, T> {
    /// kernel: "linear"; "rbf", exp(- gamma |x - z|^2); "gram", x is then the Gram matrix and features = n. x is (n, features), row
    /// after row.
    pub fn new(kernel: &'v str, x: &'v [T], features: usize, y: &'v [T]) -> Self {
        KernelRidge { kernel, x, features, y, held: None }
    }

    /// Data for the risk holdout: x (m, features), of "gram" the kernel between these samples and the old ones.
    pub fn held_out(self, x: &'v [T], y: &'v [T]) -> Self {
        KernelRidge { held: Some((x, y)), ..self }
    }

    /// Searches from theta: lam, and gamma of "rbf". [`TuneOptions::risk`] is `LeaveOneOut`, `Gcv` or `Sure`, or `Holdout` with
    /// [`held_out`](KernelRidge::held_out).
    ///
    /// # Errors
    /// `Name` for an unknown kernel, `Shape`, `Range`, `NotFinite`, `Unsupported` for another risk, `Singular`, `Nomem`.
    pub fn tune(&self, theta: &[f64], options: &TuneOptions) -> Result<KernelTuned<T>> {
        self.tune_with(theta, options, |_| Flow::Continue)
    }

    /// The same, watched by `monitor`.
    ///
    /// # Errors
    /// As [`KernelRidge::tune`]; `Callback` where the monitor answered [`Flow::Fail`].
    pub fn tune_with(
        &self,
        theta: &[f64],
        options: &TuneOptions,
        monitor: impl FnMut(&Progress) -> Flow,
    ) -> Result<KernelTuned<T>> {
        let (options, mut monitor, mut result) = (options.to_raw(), Monitor::new(monitor), empty_result());
        let (n, d, mut theta) = (self.y.len(), self.features, theta.to_vec());
        let (x, y) = (shaped(input_slice(self.x, &[self.x.len()]), &[n, d])?, input_slice(self.y, &[n]));
        let (held_x, held_y) = match self.held {
            Some((hx, hy)) => {
                (Some(shaped(input_slice(hx, &[hx.len()]), &[hy.len(), d])?), Some(input_slice(hy, &[hy.len()])))
            }
            None => (None, None),
        };
        let mut alpha = zeros(n)?;
        let kernel = c_name(self.kernel);
        let count = theta.len();
        let (at, out) = (output(&mut theta, &[count]), output(&mut alpha, &[n]));
        // SAFETY: the views cover slices and vectors that outlive the call, as does the monitor.
        let done = call(|err| unsafe {
            let (held_x, held_y) = (pointer(&held_x), pointer(&held_y));
            let (function, user) = (monitor.function(), monitor.user());
            sys::fen_tune_kernel(
                kernel.as_ptr(),
                &x,
                &y,
                held_x,
                held_y,
                &at,
                &out,
                &options,
                function,
                user,
                &mut result,
                err,
            )
        });
        monitor.resume();
        done?;
        Ok(KernelTuned { theta, alpha, result: TuneResult::from_raw(&result) })
    }
}

/// alpha = (K + lam I)^-1 y, gram (n, n) symmetric, row after row.
///
/// # Errors
/// `Shape`, `Range` for lam <= 0, `NotFinite`, `Singular` where K + lam I is not positive definite, `Nomem`.
pub fn kernel_ridge<T: Real>(gram: &[T], y: &[T], lam: f64) -> Result<Vec<T>> {
    let n = y.len();
    let (k, targets) = (shaped(input_slice(gram, &[gram.len()]), &[n, n])?, input_slice(y, &[n]));
    let mut alpha = zeros(n)?;
    let out = output(&mut alpha, &[n]);
    let none = std::ptr::null();
    // SAFETY: the views cover slices and a vector that outlive the call.
    call(|err| unsafe { sys::fen_kernel_ridge(&k, &targets, lam, &out, none, none, none, none, err) })?;
    Ok(alpha)
}

/// A cotangent of alpha, (n), as cotangents of y, K and lam.
///
/// # Errors
/// As [`kernel_ridge`].
pub fn kernel_ridge_vjp<T: Real>(gram: &[T], y: &[T], lam: f64, cotangent: &[T]) -> Result<KernelCotangents<T>> {
    let n = y.len();
    let (k, targets) = (shaped(input_slice(gram, &[gram.len()]), &[n, n])?, input_slice(y, &[n]));
    let seed = input_slice(cotangent, &[cotangent.len()]);
    let (mut by_y, mut by_gram, mut by_lam) = (zeros(n)?, zeros(product(&[n, n])?)?, [0.0f64]);
    let outs = (output(&mut by_y, &[n]), output(&mut by_gram, &[n, n]), output(&mut by_lam, &[1]));
    // SAFETY: the views cover slices and vectors that outlive the call.
    call(|err| unsafe {
        sys::fen_kernel_ridge(&k, &targets, lam, std::ptr::null(), &seed, &outs.0, &outs.1, &outs.2, err)
    })?;
    Ok(KernelCotangents { y: by_y, gram: by_gram, lam: by_lam[0] })
}
