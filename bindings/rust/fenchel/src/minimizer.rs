//! Solvers of composite problems.
use std::marker::PhantomData;
use std::sync::Arc;

use crate::callbacks::{resume, Callback};
use crate::error::{call, check};
use crate::monitor::Monitor;
use crate::solver::Handle;
use crate::view::{input_slice, output, pointer, zeros};
use crate::{sys, CancelHandle, Flow, MinimizeResult, Minimum, Progress, Real, Result};

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
    pub(crate) fn new(
        raw: *mut sys::fen_solver,
        size: usize,
        summands: Vec<Option<usize>>,
        callbacks: Vec<Arc<dyn Callback + 'a>>,
    ) -> Minimizer<'a, T> {
        Minimizer { handle: Handle::new(raw), raw, size, summands, callbacks, number: PhantomData }
    }

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
    /// [`monitor_interval`](crate::MinimizeOptions::monitor_interval) seconds. A panic in it comes out of here.
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

    /// The last records of the solve, oldest first; [`trace`](crate::MinimizeOptions::trace) says how many are kept.
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
