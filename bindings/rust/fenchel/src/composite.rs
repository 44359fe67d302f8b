//! Composite problems: minimise over x  f(x) + sum_i g_i(A_i x).
use std::marker::PhantomData;
use std::sync::Arc;

use crate::callbacks::{resume, Callback};
use crate::error::call;
use crate::geometry::c_name;
use crate::{sys, MinimizeOptions, MinimizeResult, Minimizer, Operator, Prox, Real, Result, Smooth};

/// A problem `f(x) + sum_i g_i(A_i x)`, built term by term. `T` is the number type of x; data of terms may be of either.
/// `Send + Sync`, and cheap to clone: it shares its terms.
///
/// ```
/// use fenchel::{Composite, MatrixRef, Operator, Prox, Smooth};
/// let a = Operator::dense(MatrixRef::new(&[1.0, 0.0, 0.0, 1.0], 2, 2)?)?;
/// let problem = Composite::<f64>::new().smooth(&Smooth::least_squares(&a, &[3.0, 0.5])?).prox(&Prox::l1(1.0)?);
/// let solution = problem.minimize()?;
/// assert!((solution.x[0] - 2.0).abs() < 1e-6 && solution.x[1] == 0.0);
/// assert!(solution.result.gap < 1e-6);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Composite<'a, T> {
    size: usize,
    f: Option<Smooth<'a>>,
    summands: Vec<(Prox<'a>, Option<Operator<'a>>)>,
    number: PhantomData<T>,
}

impl<T: Real> Default for Composite<'_, T> {
    fn default() -> Self {
        Composite { size: 0, f: None, summands: Vec::new(), number: PhantomData }
    }
}

/// The C problem, alive while something is made of it.
pub(crate) struct Problem(pub(crate) *mut sys::fen_problem);

impl Drop for Problem {
    fn drop(&mut self) {
        // SAFETY: made by a create function, destroyed once.
        unsafe { sys::fen_problem_destroy(self.0) }
    }
}

/// What a solve returns: the best iterate and how it went.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Minimum<T> {
    /// x, (n); a free intercept is its last entry.
    pub x: Vec<T>,
    /// How the solve went.
    pub result: MinimizeResult,
}

impl<'a, T: Real> Composite<'a, T> {
    /// Nothing yet.
    pub fn new() -> Self {
        Composite::default()
    }

    /// The number of unknowns; needed only where no term says it.
    pub fn size(mut self, n: usize) -> Self {
        self.size = n;
        self
    }

    /// The smooth term f.
    pub fn smooth(mut self, f: &Smooth<'a>) -> Self {
        self.f = Some(f.clone());
        self
    }

    /// One more simple term g(x).
    pub fn prox(mut self, g: &Prox<'a>) -> Self {
        self.summands.push((g.clone(), None));
        self
    }

    /// One more simple term behind a linear map, g(A x).
    pub fn prox_of(mut self, g: &Prox<'a>, a: &Operator<'a>) -> Self {
        self.summands.push((g.clone(), Some(a.clone())));
        self
    }

    pub(crate) fn problem(&self) -> Result<Problem> {
        let g: Vec<_> = self.summands.iter().map(|(g, _)| g.raw()).collect();
        let a: Vec<_> = self.summands.iter().map(|(_, a)| a.as_ref().map_or(std::ptr::null(), |a| a.raw())).collect();
        let f = self.f.as_ref().map_or(std::ptr::null(), |f| f.raw());
        let mut raw = std::ptr::null_mut();
        // SAFETY: the lists have as many entries as the call is told; the problem keeps the terms alive.
        call(|err| unsafe {
            let (n, count) = (self.size as i64, g.len() as i32);
            sys::fen_composite_create(T::DTYPE, n, f, count, g.as_ptr(), a.as_ptr(), &mut raw, err)
        })?;
        Ok(Problem(raw))
    }

    pub(crate) fn callbacks(&self) -> Vec<Arc<dyn Callback + 'a>> {
        let f = self.f.iter().flat_map(|f| f.0.callbacks.iter());
        let g = self.summands.iter().flat_map(|(g, _)| g.0.callbacks.iter());
        let a = self.summands.iter().filter_map(|(_, a)| a.as_ref()).flat_map(|a| a.0.callbacks.iter());
        f.chain(g).chain(a).cloned().collect()
    }

    /// A call into the library that may run closures of the terms: their panic goes on from here.
    pub(crate) fn run(&self, function: impl FnOnce(*mut sys::fen_error) -> i32) -> Result<()> {
        let result = call(function);
        resume(&self.callbacks());
        result
    }

    /// The number of unknowns that the terms agree on.
    ///
    /// # Errors
    /// `Shape` where they do not, `Empty` where there is no term.
    pub fn unknowns(&self) -> Result<usize> {
        let problem = self.problem()?;
        // SAFETY: a live problem.
        Ok(unsafe { sys::fen_composite_size(problem.0) } as usize)
    }

    /// A solver, ready to solve again and again. `method` is a name out of the catalogue
    /// [`minimize_method`](crate::minimize_method).
    ///
    /// # Errors
    /// `Shape`, `Empty`, `Name`, `Range`, `Unsupported` (naming what the method misses, and methods that would work),
    /// `TooLarge`, `Nomem`; `Callback` where a closure failed that was asked for the norm of its map.
    pub fn solver(&self, method: &str, options: &MinimizeOptions) -> Result<Minimizer<'a, T>> {
        let problem = self.problem()?;
        let (method, options, mut raw) = (c_name(method), options.to_raw(), std::ptr::null_mut());
        // SAFETY: all pointers are valid for the call; the solver keeps the problem alive.
        self.run(|err| unsafe { sys::fen_minimize_create(problem.0, method.as_ptr(), &options, &mut raw, err) })?;
        // SAFETY: a live problem.
        let size = unsafe { sys::fen_composite_size(problem.0) } as usize;
        let summands = self.summands.iter().map(|(_, a)| a.as_ref().map(Operator::rows)).collect();
        Ok(Minimizer::new(raw, size, summands, self.callbacks()))
    }

    /// Solves by the method "auto" with default settings.
    ///
    /// # Errors
    /// As [`Composite::solver`] and [`Minimizer::solve`].
    pub fn minimize(&self) -> Result<Minimum<T>> {
        self.minimize_by(crate::minimize_method::AUTO, &MinimizeOptions::default())
    }

    /// Solves by a method with settings.
    ///
    /// # Errors
    /// As [`Composite::solver`] and [`Minimizer::solve`].
    pub fn minimize_by(&self, method: &str, options: &MinimizeOptions) -> Result<Minimum<T>> {
        self.solver(method, options)?.solve()
    }
}
