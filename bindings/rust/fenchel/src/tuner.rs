//! Weights of penalties from a criterion, by derivatives of solutions instead of a grid.
use std::ffi::CString;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::callbacks::{resume, Callback};
use crate::error::call;
use crate::geometry::c_name;
use crate::monitor::Monitor;
use crate::view::{output, zeros};
use crate::{sys, Flow, Matrix, Progress, Prox, Real, Result, Smooth, TermBuilder, TuneOptions, TuneResult};

/// Chooses the weights theta > 0 of a penalty g so that solutions do well on data that they have not seen: minimises
/// `1/K sum_k C_k(x_k)`, x_k = argmin of `f_k(x) + g(x; theta)`. One fold is a hold-out set, K folds are
/// cross-validation; each evaluation costs one warm-started solve and one linear system a fold, however many weights there
/// are. `T` is the number type of x.
///
/// `Send + Sync`: it shares its terms, and threads may tune from one at the same time. The monitor runs on the thread that
/// called; folds run on [`num_threads`](TuneOptions::num_threads), on which results do not depend, and one after the other
/// where a term has closures.
///
/// ```
/// use fenchel::{MatrixRef, Operator, Smooth, TuneOptions, Tuner};
/// let (seen, unseen) = ([1.0, 0.0, 0.0, 1.0], [1.0, 1.0]);
/// let f = Smooth::least_squares(&Operator::dense(MatrixRef::new(&seen, 2, 2)?)?, &[2.0, 2.0])?;
/// let criterion = Smooth::least_squares(&Operator::dense(MatrixRef::new(&unseen, 1, 2)?)?, &[1.0])?;
/// let best = Tuner::<f64>::new("squared_l2").start("lam", 1.0).fold(&f, &criterion).tune(&TuneOptions::default())?;
/// assert!((best.value("lam").unwrap() - 3.0).abs() < 1e-2); // x = 2 / (1 + lam) in both places should sum to 1
/// let g = best.prox()?; // for a last solve on all the data
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// Pedregosa, Hyperparameter Optimization with Approximate Gradient (2016); Bertrand et al., Implicit Differentiation for
/// Fast Hyperparameter Selection (2022).
#[derive(Debug, Clone)]
#[must_use]
pub struct Tuner<'a, T> {
    penalty: String,
    fixed: Vec<(String, Fixed)>,
    start: Vec<(String, Vec<f64>)>,
    folds: Vec<(Smooth<'a>, Option<Smooth<'a>>)>,
    number: PhantomData<T>,
}

#[derive(Debug, Clone)]
enum Fixed {
    Number(f64),
    Array(Vec<f64>),
    Indices(Vec<i64>),
}

/// The best weights found and the solutions there; see [`Tuner::tune`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tuned<T> {
    /// The best values by parameter, in the order of the starts; numbers have one.
    pub values: Vec<(String, Vec<f64>)>,
    /// The solution of each fold there, (folds, n).
    pub x: Matrix<T>,
    /// Criterion, counts, how far the derivatives can be trusted.
    pub result: TuneResult,
    penalty: String,
    fixed: Vec<(String, Fixed)>,
}

impl<'a, T: Real> Tuner<'a, T> {
    /// Tunes "l1", "positive_l1", "squared_l2", "elastic_net", "group_l2", "scaled" or "box"; or the smooth "smoothed_tv",
    /// its lam and eps: denoising, a fold a picture, with [`fixed_indices`](Tuner::fixed_indices) for its shape.
    pub fn new(penalty: &str) -> Self {
        let (fixed, start, folds) = (Vec::new(), Vec::new(), Vec::new());
        Tuner { penalty: penalty.to_owned(), fixed, start, folds, number: PhantomData }
    }

    /// Tunes a number of the penalty (lam, l1, l2 or eps) from a start above 0.
    pub fn start(self, parameter: &str, value: f64) -> Self {
        self.start_array(parameter, &[value])
    }

    /// Tunes an array from a start: "weights" of the penalty, one a coordinate or group, above 0; or "f.weights", one a
    /// sample, between 0 and 1, that multiplies its weight in every f: samples that harm the criterion are weighed down.
    pub fn start_array(mut self, parameter: &str, values: &[f64]) -> Self {
        self.start.push((parameter.to_owned(), values.to_vec()));
        self
    }

    fn with(mut self, parameter: &str, value: Fixed) -> Self {
        self.fixed.push((parameter.to_owned(), value));
        self
    }

    /// A number of the penalty that stays as it is.
    pub fn fixed(self, parameter: &str, value: f64) -> Self {
        self.with(parameter, Fixed::Number(value))
    }

    /// An array of the penalty that stays as it is, copied.
    pub fn fixed_array(self, parameter: &str, values: &[f64]) -> Self {
        self.with(parameter, Fixed::Array(values.to_vec()))
    }

    /// Indices of the penalty that stay as they are, for instance the groups of "group_l2"; copied.
    pub fn fixed_indices(self, parameter: &str, values: &[i64]) -> Self {
        self.with(parameter, Fixed::Indices(values.to_vec()))
    }

    /// One more fold: f, which is fitted, and the criterion by which the fit is judged, of as many unknowns.
    pub fn fold(mut self, f: &Smooth<'a>, criterion: &Smooth<'a>) -> Self {
        self.folds.push((f.clone(), Some(criterion.clone())));
        self
    }

    /// Data that are judged by a [`risk`](TuneOptions::risk) that needs no held-out term: [`Risk::CrossValidation`](crate::Risk),
    /// which deals them out to [`cv`](TuneOptions::cv) folds, `Gcv` and others.
    pub fn data(mut self, f: &Smooth<'a>) -> Self {
        self.folds.push((f.clone(), None));
        self
    }

    /// Searches. One weight: the sign of the derivative is bracketed, then the neighbourhood probed; over nonsmooth solutions
    /// a criterion may have several valleys, and the best one found is returned. Several weights: projected L-BFGS over their
    /// logarithms.
    ///
    /// # Errors
    /// `Unsupported` names what can be tuned; `Name` (an unknown penalty or parameter, or one both fixed and tuned), `Range`
    /// (a start that is not above 0, no fold), `Empty` (nothing to tune), `Shape` (terms of different sizes, an array of another
    /// length), `NotFinite`, `Singular` where the Hessian on an active set is, `Uncertified` where
    /// [`TuneOptions::require_certified`] is set and no bound is proved, `Callback` where a closure of a term failed, `Nomem`.
    pub fn tune(&self, options: &TuneOptions) -> Result<Tuned<T>> {
        self.tune_with(options, |_| Flow::Continue)
    }

    /// The same, watched by `monitor`, at most every [`monitor_interval`](TuneOptions::monitor_interval) seconds:
    /// [`Progress::iteration`] counts evaluations, [`Progress::residual`] is the criterion. Where it cancels, the best so far
    /// is returned; a panic in it comes out of here.
    ///
    /// # Errors
    /// As [`Tuner::tune`]; `Callback` where the monitor answered [`Flow::Fail`].
    pub fn tune_with(&self, options: &TuneOptions, monitor: impl FnMut(&Progress) -> Flow) -> Result<Tuned<T>> {
        let (options, mut monitor, mut result) = (options.to_raw(), Monitor::new(monitor), empty_result());
        let f: Vec<_> = self.folds.iter().map(|(f, _)| f.raw()).collect();
        let criteria: Vec<_> =
            self.folds.iter().map(|(_, c)| c.as_ref().map_or(std::ptr::null(), |c| c.raw())).collect();
        let judged = self.folds.iter().any(|(_, c)| c.is_some());
        let criteria_list = if judged { criteria.as_ptr() } else { std::ptr::null() };
        let dealt = options.risk == crate::Risk::CrossValidation.code() && options.cv > 1;
        let solutions = if dealt { options.cv as usize } else { f.len() };
        let n = self.folds.first().map_or(0, |(f, _)| f.size());
        let names: Vec<CString> = self.start.iter().map(|(name, _)| c_name(name)).collect();
        let tuned: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        let mut theta: Vec<f64> = self.start.iter().flat_map(|(_, values)| values.iter().copied()).collect();
        let mut x = zeros(solutions * n)?;
        let (at, out) =
            (output(&mut theta, &[self.start.iter().map(|(_, v)| v.len()).sum()]), output(&mut x, &[solutions, n]));
        let penalty = c_name(&self.penalty);
        let done = with_fixed::<Prox<'static>>(&self.penalty, &self.fixed).with_params(|params| {
            // SAFETY: the lists have as many entries as the call is told, the views cover vectors that live here, and the
            // monitor outlives the call.
            call(|err| unsafe {
                let (folds, count, tuned_count) = (f.len() as i32, params.len() as i32, tuned.len() as i32);
                let (function, user) = (monitor.function(), monitor.user());
                sys::fen_tune(
                    T::DTYPE,
                    folds,
                    f.as_ptr(),
                    criteria_list,
                    penalty.as_ptr(),
                    params.as_ptr(),
                    count,
                    tuned.as_ptr(),
                    tuned_count,
                    &at,
                    &out,
                    &options,
                    function,
                    user,
                    &mut result,
                    err,
                )
            })
        });
        monitor.resume();
        resume(&self.callbacks());
        done?;
        let mut rest = theta.into_iter();
        let values = self.start.iter().map(|(name, v)| (name.clone(), rest.by_ref().take(v.len()).collect())).collect();
        let x = Matrix::from_vec(x, solutions, n);
        let (penalty, fixed) = (self.penalty.clone(), self.fixed.clone());
        Ok(Tuned { values, x, result: TuneResult::from_raw(&result), penalty, fixed })
    }

    fn callbacks(&self) -> Vec<Arc<dyn Callback + 'a>> {
        self.folds
            .iter()
            .flat_map(|(f, c)| f.0.callbacks.iter().chain(c.iter().flat_map(|c| &c.0.callbacks)))
            .cloned()
            .collect()
    }
}

impl<T> Tuned<T> {
    /// The best value of a number; None for what was not tuned, or is an array.
    pub fn value(&self, parameter: &str) -> Option<f64> {
        match self.array(parameter)? {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// The best values of a parameter; None for what was not tuned.
    pub fn array(&self, parameter: &str) -> Option<&[f64]> {
        self.values.iter().find(|(name, _)| name == parameter).map(|(_, values)| values.as_slice())
    }

    /// The penalty with the best weights and its fixed parameters, for a last solve on all the data.
    ///
    /// # Errors
    /// `Nomem`; `Name` for a smooth penalty, see [`Tuned::smooth`].
    pub fn prox(&self) -> Result<Prox<'static>> {
        self.best().build()
    }

    /// A smooth penalty with the best weights and its fixed parameters: with the data a term of a "sum".
    ///
    /// # Errors
    /// `Nomem`; `Name` for a simple penalty, see [`Tuned::prox`].
    pub fn smooth(&self) -> Result<Smooth<'static>> {
        self.best().build()
    }

    fn best<K: crate::TermKind<'static>>(&self) -> TermBuilder<'static, K> {
        let add = |builder: TermBuilder<'static, K>, (name, values): &(String, Vec<f64>)| match values[..] {
            [value] if name != "weights" => builder.number(name, value),
            _ => builder.array(name, values),
        };
        let own = self.values.iter().filter(|(name, _)| name != "f.weights");
        own.fold(with_fixed(&self.penalty, &self.fixed), add)
    }
}

fn with_fixed<K: crate::TermKind<'static>>(penalty: &str, fixed: &[(String, Fixed)]) -> TermBuilder<'static, K> {
    fixed.iter().fold(TermBuilder::new(penalty), |builder, (name, value)| match value {
        Fixed::Number(number) => builder.number(name, *number),
        Fixed::Array(values) => builder.array(name, values),
        Fixed::Indices(values) => builder.indices(name, values),
    })
}

pub(crate) fn empty_result() -> sys::fen_tune_result {
    sys::fen_tune_result { struct_size: std::mem::size_of::<sys::fen_tune_result>() as u32, ..Default::default() }
}
