use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{call, check};
use crate::geometry::{c_name, Size};
use crate::monitor::Monitor;
use crate::view::{input_slice, output, pointer, zeros};
use crate::{sys, Flow, Problem, Progress, Real, Result, SinkhornOptions, TransportResult};

/// A method with its memory, ready to solve one problem again and again.
///
/// `Send` but not `Sync`: it may move between threads and is used by one at a time. A [`CancelHandle`] may be used by
/// any. It may outlive its [`Problem`]; a cost matrix stays borrowed for `'a`.
///
/// ```
/// use fenchel::{Flow, Geometry, MatrixRef, Problem, SinkhornOptions, Solver, TransportSpec, Weights};
/// let cost = [0.0, 1.0, 4.0, 1.0, 0.0, 1.0];
/// let geometry = Geometry::new(MatrixRef::new(&cost, 2, 3)?)?;
/// let spec = TransportSpec { eps: 0.1, ..Default::default() };
/// let problem = Problem::new(&geometry, &[0.5, 0.5], Weights::Uniform, &spec)?;
/// let options = SinkhornOptions { monitor_interval: 0.0, ..Default::default() };
/// let mut solver = Solver::new(&problem, "sinkhorn", &options)?;
///
/// let mut calls = 0;
/// let result = solver.solve_with(|_progress| {
///     calls += 1;
///     Flow::Continue
/// })?;
/// assert!(result.termination.converged() && calls > 0);
///
/// // the potentials warm-start a second solve, which has nothing left to do
/// let (phi, psi) = solver.potentials()?;
/// solver.warm_start(Some(&phi), Some(&psi))?;
/// assert!(solver.solve()?.iterations <= result.iterations);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// Two threads cannot use one at the same time:
///
/// ```compile_fail
/// fn shared<T: Sync>() {}
/// shared::<fenchel::Solver<'static, f64>>();
/// ```
#[derive(Debug)]
pub struct Solver<'a, T> {
    handle: Arc<Handle>,
    raw: *mut sys::fen_solver,
    pub(crate) size: Size,
    borrow: PhantomData<&'a [T]>,
}

/// The pointer as cancel handles see it: null once the solver is gone.
#[derive(Debug)]
pub(crate) struct Handle(Mutex<*mut sys::fen_solver>);

// SAFETY: only fen_cancel, which any thread may call, reaches through it.
unsafe impl Send for Handle {}
unsafe impl Sync for Handle {}

impl Handle {
    pub(crate) fn new(raw: *mut sys::fen_solver) -> Arc<Handle> {
        Arc::new(Handle(Mutex::new(raw)))
    }

    /// Cancel handles see null from now on.
    pub(crate) fn destroy(&self) {
        self.with(|solver| {
            // SAFETY: destroyed once, under the lock.
            unsafe { sys::fen_solver_destroy(*solver) }
            *solver = std::ptr::null_mut();
        });
    }

    fn with(&self, act: impl FnOnce(&mut *mut sys::fen_solver)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

// SAFETY: a fen_solver may move between threads; `raw` being a pointer, Solver is not Sync.
unsafe impl<T: Real> Send for Solver<'_, T> {}

/// Ends a running solve from any thread; see [`Solver::cancel_handle`]. Harmless after the solver is gone.
#[derive(Debug, Clone)]
pub struct CancelHandle(Arc<Handle>);

impl CancelHandle {
    pub(crate) fn of(handle: &Arc<Handle>) -> CancelHandle {
        CancelHandle(Arc::clone(handle))
    }

    /// Ends the running solve soon, or one about to start, as [`Termination::Cancelled`](crate::Termination).
    pub fn cancel(&self) {
        self.0.with(|solver| {
            if !solver.is_null() {
                // SAFETY: not destroyed yet, because that happens under the same lock.
                unsafe { sys::fen_cancel(*solver) }
            }
        });
    }
}

impl<'a, T: Real> Solver<'a, T> {
    /// Takes all the memory that solving needs. `method` is a name out of the catalogue
    /// [`transport_method`](crate::transport_method).
    ///
    /// # Errors
    /// `Name` (an unknown method), `Range` (an option outside its range), `Unsupported`, `TooLarge`, `Nomem`.
    pub fn new(problem: &Problem<'a, T>, method: &str, options: &SinkhornOptions) -> Result<Solver<'a, T>> {
        Solver::with_c_name(problem, &c_name(method), options)
    }

    pub(crate) fn with_c_name(
        problem: &Problem<'a, T>,
        method: &std::ffi::CStr,
        options: &SinkhornOptions,
    ) -> Result<Solver<'a, T>> {
        let (options, mut raw) = (options.to_raw(), std::ptr::null_mut());
        // SAFETY: all pointers are valid for the call; the solver keeps the problem alive.
        call(|err| unsafe { sys::fen_sinkhorn_create(problem.raw(), method.as_ptr(), &options, &mut raw, err) })?;
        Ok(Solver { handle: Handle::new(raw), raw, size: problem.size, borrow: PhantomData })
    }

    /// n, the number of rows of the plan.
    pub fn rows(&self) -> usize {
        self.size.rows
    }

    /// m, the number of columns of the plan.
    pub fn cols(&self) -> usize {
        self.size.cols
    }

    /// A handle by which other threads can end a solve.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle::of(&self.handle)
    }

    /// Starts later solves from these potentials, (n) and (m), in units of the cost. Either may be None: one half-sweep
    /// finds it. Both None undo an earlier warm start.
    ///
    /// # Errors
    /// `Shape`, `NotFinite`.
    pub fn warm_start(&mut self, phi: Option<&[T]>, psi: Option<&[T]>) -> Result<()> {
        let phi = phi.map(|p| input_slice(p, &[p.len()]));
        let psi = psi.map(|p| input_slice(p, &[p.len()]));
        // SAFETY: the potentials are copied before the call returns.
        call(|err| unsafe { sys::fen_solver_warm_start(self.raw, pointer(&phi), pointer(&psi), err) })
    }

    /// Solves from the warm start, or from zero. Not to converge is no error: see
    /// [`TransportResult::termination`].
    ///
    /// # Errors
    /// `Nomem`, `Internal`.
    pub fn solve(&mut self) -> Result<TransportResult> {
        let mut result = empty_result();
        // SAFETY: `&mut self` keeps other uses away; the result is writable and knows its size.
        call(|err| unsafe { sys::fen_solver_solve(self.raw, &mut result, err) })?;
        Ok(TransportResult::from_raw(&result))
    }

    /// Solves and calls `monitor` on this thread, at most every
    /// [`monitor_interval`](SinkhornOptions::monitor_interval) seconds. A panic in it comes out of here.
    ///
    /// # Errors
    /// `Callback` where the monitor answered [`Flow::Fail`], else as [`Solver::solve`].
    pub fn solve_with(&mut self, monitor: impl FnMut(&Progress) -> Flow) -> Result<TransportResult> {
        let mut monitor = Monitor::new(monitor);
        // SAFETY: the monitor is taken back below, before it goes out of scope; solve() does not unwind.
        check(unsafe { sys::fen_solver_set_monitor(self.raw, monitor.function(), monitor.user()) })?;
        let result = self.solve();
        check(unsafe { sys::fen_solver_set_monitor(self.raw, None, std::ptr::null_mut()) })?;
        monitor.resume();
        result
    }

    /// The result of the last solve again.
    ///
    /// # Errors
    /// `State` before the first solve; the same holds for every question below.
    pub fn result(&self) -> Result<TransportResult> {
        let mut result = empty_result();
        // SAFETY: as in solve().
        call(|err| unsafe { sys::fen_solver_result(self.raw, &mut result, err) })?;
        Ok(TransportResult::from_raw(&result))
    }

    /// phi, (n), and psi, (m), in units of the cost.
    ///
    /// # Errors
    /// `State`.
    pub fn potentials(&self) -> Result<(Vec<T>, Vec<T>)> {
        let (mut phi, mut psi) = (zeros(self.rows())?, zeros(self.cols())?);
        self.potentials_into(&mut phi, &mut psi)?;
        Ok((phi, psi))
    }

    /// The same into memory of the caller.
    ///
    /// # Errors
    /// `State`, `Shape`.
    pub fn potentials_into(&self, phi: &mut [T], psi: &mut [T]) -> Result<()> {
        let (n, m) = (phi.len(), psi.len());
        let (phi, psi) = (output(phi, &[n]), output(psi, &[m]));
        // SAFETY: both views cover slices borrowed mutably for this call.
        call(|err| unsafe { sys::fen_transport_potentials(self.raw, &phi, &psi, err) })
    }

    pub(crate) fn raw(&self) -> *const sys::fen_solver {
        self.raw
    }
}

impl<T> Drop for Solver<'_, T> {
    fn drop(&mut self) {
        self.handle.destroy();
    }
}

pub(crate) fn empty_result() -> sys::fen_transport_result {
    sys::fen_transport_result {
        struct_size: std::mem::size_of::<sys::fen_transport_result>() as u32,
        ..Default::default()
    }
}
