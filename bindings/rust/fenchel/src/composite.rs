//! Composite problems: minimise over x  f(x) + sum_i g_i(A_i x).
use std::marker::PhantomData;
use std::sync::Arc;

use crate::callbacks::{resume, Callback};
use crate::error::{call, check};
use crate::geometry::c_name;
use crate::monitor::Monitor;
use crate::solver::Handle;
use crate::view::{input_slice, output, pointer, zeros};
use crate::{sys, CancelHandle, Flow, MinimizeOptions, MinimizeResult, Operator, Progress, Prox, Real, Result, Smooth};

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
        Ok(Minimizer {
            handle: Handle::new(raw),
            raw,
            size,
            summands,
            callbacks: self.callbacks(),
            number: PhantomData,
        })
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

/// A method with its memory. `Send`, not `Sync`: it may move between threads and is used by one at a time; a
/// [`CancelHandle`] may be used by any. It may outlive the terms it was made from, but not the data they read in place.
///
/// ```
/// use fenchel::{Composite, Flow, MatrixRef, MinimizeOptions, Operator, Prox, Smooth};
/// let x = [1.0, 0.5, 0.0, 2.0];
/// let a = Operator::dense(MatrixRef::new(&x, 2, 2)?)?;
/// let problem = Composite::<f64>::new().smooth(&Smooth::least_squares(&a, &[3.0, 1.0])?).prox(&Prox::l1(0.1)?);
/// let options = MinimizeOptions { monitor_interval: 0.0, trace: 100, ..Default::default() };
/// let mut solver = problem.solver("fista", &options)?;
/// let fit = solver.solve_with(|progress| if progress.iteration < 5 { Flow::Continue } else { Flow::Cancel })?;
/// assert_eq!(solver.trace()?.len() as i64, fit.result.iterations);
///
/// solver.warm_start(Some(&fit.x))?;
/// assert!(solver.solve()?.result.termination.converged());
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// Two threads cannot use one at the same time:
///
/// ```compile_fail
/// fn shared<T: Sync>() {}
/// shared::<fenchel::Minimizer<'static, f64>>();
/// ```
#[derive(Debug)]
pub struct Minimizer<'a, T> {
    handle: Arc<Handle>,
    raw: *mut sys::fen_solver,
    size: usize,
    summands: Vec<Option<usize>>, // rows of the operators
    callbacks: Vec<Arc<dyn Callback + 'a>>,
    number: PhantomData<&'a [T]>,
}

// SAFETY: a fen_solver may move between threads; `raw` being a pointer, Minimizer is not Sync.
unsafe impl<T: Real> Send for Minimizer<'_, T> {}

/// One record of a solve's history; see [`Minimizer::trace`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TraceRecord {
    /// Iterations so far.
    pub iteration: f64,
    /// Wall-clock time so far.
    pub seconds: f64,
    /// f + sum g.
    pub objective: f64,
    /// What the tolerance bounds.
    pub residual: f64,
    /// Duality gap; infinity without a dual point.
    pub gap: f64,
    /// Coordinates that are not zero.
    pub support: f64,
}

impl<'a, T: Real> Minimizer<'a, T> {
    /// n, the number of unknowns.
    pub fn size(&self) -> usize {
        self.size
    }

    /// A handle by which other threads can end a solve.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle::of(&self.handle)
    }

    /// Starts later solves from x, (n); None: from zero again.
    ///
    /// # Errors
    /// `Shape`, `NotFinite`.
    pub fn warm_start(&mut self, x: Option<&[T]>) -> Result<()> {
        let x = x.map(|x| input_slice(x, &[x.len()]));
        // SAFETY: x is copied before the call returns.
        call(|err| unsafe { sys::fen_minimize_warm_start(self.raw, pointer(&x), err) })
    }

    /// Solves from the warm start, or from zero. Not to converge is no error: see [`MinimizeResult::termination`].
    ///
    /// # Errors
    /// `Callback` where a closure of a term failed; a panic in one comes out of here. `Nomem`, `Internal`.
    pub fn solve(&mut self) -> Result<Minimum<T>> {
        let (mut x, mut result) = (zeros(self.size)?, empty_minimum());
        let view = output(&mut x, &[self.size]);
        // SAFETY: `&mut self` keeps other uses away; x and result are writable.
        let solved = call(|err| unsafe { sys::fen_minimize_solve(self.raw, &view, &mut result, err) });
        resume(&self.callbacks);
        solved?;
        Ok(Minimum { x, result: MinimizeResult::from_raw(&result) })
    }

    /// Solves and calls `monitor` on this thread, at most every
    /// [`monitor_interval`](MinimizeOptions::monitor_interval) seconds. A panic in it comes out of here.
    ///
    /// # Errors
    /// `Callback` where the monitor answered [`Flow::Fail`], else as [`Minimizer::solve`].
    pub fn solve_with(&mut self, monitor: impl FnMut(&Progress) -> Flow) -> Result<Minimum<T>> {
        let mut monitor = Monitor::new(monitor);
        // SAFETY: the monitor is taken back below, before it goes out of scope.
        check(unsafe { sys::fen_solver_set_monitor(self.raw, monitor.function(), monitor.user()) })?;
        let solved = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.solve()));
        check(unsafe { sys::fen_solver_set_monitor(self.raw, None, std::ptr::null_mut()) })?;
        monitor.resume();
        solved.unwrap_or_else(|payload| std::panic::resume_unwind(payload))
    }

    /// The best iterate and result of the last solve again.
    ///
    /// # Errors
    /// `State` before the first solve; the same holds for every question below. After a solve that a closure or monitor
    /// failed they answer as if it had been cancelled.
    pub fn solution(&self) -> Result<Minimum<T>> {
        let (mut x, mut result) = (zeros(self.size)?, empty_minimum());
        let view = output(&mut x, &[self.size]);
        // SAFETY: x and result are writable.
        call(|err| unsafe { sys::fen_minimize_result_get(self.raw, &mut result, err) })?;
        call(|err| unsafe { sys::fen_minimize_solution(self.raw, &view, err) })?;
        Ok(Minimum { x, result: MinimizeResult::from_raw(&result) })
    }

    /// The dual point u of a summand, counted from 0 as they were added: in the subdifferential of g_i at A_i x at
    /// optimality. It has as many entries as A_i has rows; without an operator `size`, the number of unknowns but for a
    /// free intercept.
    ///
    /// # Errors
    /// `State`, `Unsupported` where the method has none, `Range` (no such summand), `Shape`.
    pub fn dual(&self, summand: usize, size: usize) -> Result<Vec<T>> {
        let size = self.summands.get(summand).copied().flatten().unwrap_or(size);
        let mut u = zeros(size)?;
        let view = output(&mut u, &[size]);
        // SAFETY: u is writable.
        call(|err| unsafe { sys::fen_minimize_dual(self.raw, summand as i32, &view, err) })?;
        Ok(u)
    }

    /// The last records of the solve, oldest first; [`trace`](MinimizeOptions::trace) says how many are kept.
    ///
    /// # Errors
    /// `State`.
    pub fn trace(&self) -> Result<Vec<TraceRecord>> {
        let mut count = 0;
        // SAFETY: count is writable; records has as many rows as it says.
        call(|err| unsafe { sys::fen_minimize_trace(self.raw, &mut count, std::ptr::null(), err) })?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut records = zeros::<f64>(count as usize * 6)?;
        let view = output(&mut records, &[count as usize, 6]);
        call(|err| unsafe { sys::fen_minimize_trace(self.raw, &mut count, &view, err) })?;
        let record = |r: &[f64]| TraceRecord {
            iteration: r[0],
            seconds: r[1],
            objective: r[2],
            residual: r[3],
            gap: r[4],
            support: r[5],
        };
        Ok(records.chunks(6).map(record).collect())
    }
}

impl<T> Drop for Minimizer<'_, T> {
    fn drop(&mut self) {
        self.handle.destroy();
    }
}

pub(crate) fn empty_minimum() -> sys::fen_minimize_result {
    sys::fen_minimize_result {
        struct_size: std::mem::size_of::<sys::fen_minimize_result>() as u32,
        ..Default::default()
    }
}
