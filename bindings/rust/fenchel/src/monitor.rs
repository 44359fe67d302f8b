//! Closures of the caller behind the C callback. A panic must not cross C: it is caught, kept, and resumed after return.
use std::any::Any;
use std::ffi::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

use crate::{sys, Progress};

/// What a monitor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop soon: the best iterate is kept and the solve ends as [`Termination::Cancelled`](crate::Termination).
    Cancel,
    /// Fail with [`Status::Callback`](crate::Status); a negative code is passed back in
    /// [`Error::detail`](crate::Error::detail), any other one as -1.
    Fail(i32),
}

/// A closure on loan to the library for one call.
pub(crate) struct Monitor<F> {
    closure: F,
    panic: Option<Box<dyn Any + Send>>,
}

impl<F: FnMut(&Progress) -> Flow> Monitor<F> {
    pub(crate) fn new(closure: F) -> Monitor<F> {
        Monitor { closure, panic: None }
    }

    pub(crate) fn function(&self) -> sys::fen_monitor_fn {
        Some(trampoline::<F>)
    }

    pub(crate) fn user(&mut self) -> *mut c_void {
        (self as *mut Monitor<F>).cast()
    }

    /// Lets the closure's panic, if there was one, continue in the caller.
    pub(crate) fn resume(&mut self) {
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
    }
}

unsafe extern "C" fn trampoline<F: FnMut(&Progress) -> Flow>(
    user: *mut c_void,
    progress: *const sys::fen_progress,
) -> i32 {
    // SAFETY: `user` is the Monitor<F> given beside this function; the library calls on the thread that lent it.
    let (monitor, progress) = unsafe { (&mut *user.cast::<Monitor<F>>(), Progress::from_raw(&*progress)) };
    if monitor.panic.is_some() {
        return -1;
    }
    match catch_unwind(AssertUnwindSafe(|| (monitor.closure)(&progress))) {
        Ok(Flow::Continue) => 0,
        Ok(Flow::Cancel) => 1,
        Ok(Flow::Fail(code)) => code.min(-1),
        Err(payload) => {
            monitor.panic = Some(payload);
            -1
        }
    }
}
