//! Closures of the caller behind a term. A panic must not cross C: it is caught, the library told that the callback
//! failed, and the panic resumed in the call that ran it.
use std::any::Any;
use std::ffi::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{sys, Flow};

/// A closure that a term calls, as its users see it: a place where a panic may wait.
pub trait Callback: std::fmt::Debug + Send + Sync {
    #[doc(hidden)]
    fn take_panic(&self) -> Option<Box<dyn Any + Send>>;
}

pub(crate) struct Closures<F> {
    pub(crate) closures: F,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl<F> std::fmt::Debug for Closures<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Closures")
    }
}

impl<F: Send + Sync> Callback for Closures<F> {
    fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.panic.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<F> Closures<F> {
    pub(crate) fn new(closures: F) -> Arc<Closures<F>> {
        Arc::new(Closures { closures, panic: Mutex::new(None) })
    }

    pub(crate) fn guard(&self, body: impl FnOnce(&F) -> Flow) -> i32 {
        match catch_unwind(AssertUnwindSafe(|| body(&self.closures))) {
            Ok(Flow::Continue) => 0,
            Ok(Flow::Cancel) => 1,
            Ok(Flow::Fail(code)) => code.min(-1),
            Err(payload) => {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
                -1
            }
        }
    }
}

pub(crate) fn resume(callbacks: &[Arc<dyn Callback + '_>]) {
    for callback in callbacks {
        if let Some(payload) = callback.take_panic() {
            resume_unwind(payload);
        }
    }
}

/// The library calls with f64 or f32, as the problem is; closures of this crate compute in f64.
pub(crate) struct Wide<'m> {
    pub(crate) values: std::borrow::Cow<'m, [f64]>,
}

const F32: i32 = sys::fen_dtype::FEN_F32.0 as i32;

impl<'m> Wide<'m> {
    /// # Safety
    /// `data` points to n values of `dtype`, valid for `'m`.
    pub(crate) unsafe fn read(data: *const c_void, n: usize, dtype: i32) -> Wide<'m> {
        // SAFETY: the caller's promise.
        let values = unsafe {
            if dtype == F32 {
                std::slice::from_raw_parts(data.cast::<f32>(), n).iter().map(|&v| f64::from(v)).collect()
            } else {
                std::borrow::Cow::Borrowed(std::slice::from_raw_parts(data.cast::<f64>(), n))
            }
        };
        Wide { values }
    }
}

/// Runs `body` on a slice of f64 and leaves what it wrote in `data`.
///
/// # Safety
/// `data` points to n writable values of `dtype`.
pub(crate) unsafe fn write(data: *mut c_void, n: usize, dtype: i32, body: impl FnOnce(&mut [f64]) -> Flow) -> Flow {
    if dtype != F32 {
        // SAFETY: the caller's promise.
        return body(unsafe { std::slice::from_raw_parts_mut(data.cast::<f64>(), n) });
    }
    let mut wide = vec![0.0; n];
    let flow = body(&mut wide);
    for (i, value) in wide.iter().enumerate() {
        // SAFETY: i < n.
        unsafe { *data.cast::<f32>().add(i) = *value as f32 };
    }
    flow
}

/// Leaves a closure's number in `value`.
///
/// # Safety
/// `value` is writable.
pub(crate) unsafe fn answer(number: std::result::Result<f64, Flow>, value: *mut f64) -> Flow {
    match number {
        Ok(number) => {
            // SAFETY: the caller's promise.
            unsafe { *value = number };
            Flow::Continue
        }
        Err(flow) => flow,
    }
}
