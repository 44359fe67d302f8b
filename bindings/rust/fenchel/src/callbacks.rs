//! Terms that the caller computes. A panic must not cross C: it is caught, kept, and resumed in the call that ran it.
use std::any::Any;
use std::ffi::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::call;
use crate::term::Handle;
use crate::{sys, Flow, Operator, Prox, Result, Smooth};

/// A closure that a term calls, as its users see it: a place where a panic may wait.
pub trait Callback: std::fmt::Debug + Send + Sync {
    #[doc(hidden)]
    fn take_panic(&self) -> Option<Box<dyn Any + Send>>;
}

struct Closures<F> {
    closures: F,
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
    fn new(closures: F) -> Arc<Closures<F>> {
        Arc::new(Closures { closures, panic: Mutex::new(None) })
    }

    fn guard(&self, body: impl FnOnce(&F) -> Flow) -> i32 {
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

impl Handle<'_> {
    /// A call into the library that may run this term's closures: their panic goes on from here.
    pub(crate) fn run(&self, function: impl FnOnce(*mut sys::fen_error) -> i32) -> Result<()> {
        let result = call(function);
        resume(&self.callbacks);
        result
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
struct Wide<'m> {
    values: std::borrow::Cow<'m, [f64]>,
}

const F32: i32 = sys::fen_dtype::FEN_F32.0 as i32;

impl<'m> Wide<'m> {
    /// # Safety
    /// `data` points to n values of `dtype`, valid for `'m`.
    unsafe fn read(data: *const c_void, n: usize, dtype: i32) -> Wide<'m> {
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
unsafe fn write(data: *mut c_void, n: usize, dtype: i32, body: impl FnOnce(&mut [f64]) -> Flow) -> Flow {
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

struct Map<A, B> {
    rows: usize,
    cols: usize,
    apply: A,
    adjoint: B,
}

impl<'a> Operator<'a> {
    /// A linear map by two closures: `apply(x, y)` writes A x to y, `adjoint(y, x)` writes A^T y to x.
    ///
    /// ```
    /// use fenchel::{Flow, Operator};
    /// let double = |x: &[f64], y: &mut [f64]| {
    ///     y.iter_mut().zip(x).for_each(|(y, x)| *y = 2.0 * x);
    ///     Flow::Continue
    /// };
    /// let map = Operator::from_closures(3, 3, double, double)?;
    /// assert_eq!(map.apply(&[1.0, 2.0, 3.0])?, [2.0, 4.0, 6.0]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Range` (a size of 0), `Nomem`.
    pub fn from_closures<A, B>(rows: usize, cols: usize, apply: A, adjoint: B) -> Result<Operator<'a>>
    where
        A: Fn(&[f64], &mut [f64]) -> Flow + Send + Sync + 'a,
        B: Fn(&[f64], &mut [f64]) -> Flow + Send + Sync + 'a,
    {
        let closures = Closures::new(Map { rows, cols, apply, adjoint });
        let (user, mut raw) = (Arc::as_ptr(&closures) as *mut c_void, std::ptr::null_mut());
        // SAFETY: the handle keeps the closures alive for as long as the term can be called.
        call(|err| unsafe {
            let (apply, adjoint) = (Some(apply_map::<A, B> as _), Some(adjoint_map::<A, B> as _));
            sys::fen_operator_callback(rows as i64, cols as i64, apply, adjoint, user, &mut raw, err)
        })?;
        Ok(Operator(Handle::new(raw, vec![closures])))
    }
}

unsafe extern "C" fn apply_map<A, B>(user: *mut c_void, dtype: i32, x: *const c_void, y: *mut c_void) -> i32
where
    A: Fn(&[f64], &mut [f64]) -> Flow,
{
    // SAFETY: `user` is the Closures given beside this function; x and y have the sizes of the map.
    unsafe {
        let closures = &*user.cast::<Closures<Map<A, B>>>();
        let x = Wide::read(x, closures.closures.cols, dtype);
        closures.guard(|map| write(y, map.rows, dtype, |y| (map.apply)(&x.values, y)))
    }
}

unsafe extern "C" fn adjoint_map<A, B>(user: *mut c_void, dtype: i32, y: *const c_void, x: *mut c_void) -> i32
where
    B: Fn(&[f64], &mut [f64]) -> Flow,
{
    // SAFETY: as above.
    unsafe {
        let closures = &*user.cast::<Closures<Map<A, B>>>();
        let y = Wide::read(y, closures.closures.rows, dtype);
        closures.guard(|map| write(x, map.cols, dtype, |x| (map.adjoint)(&y.values, x)))
    }
}

impl<'a> Smooth<'a> {
    /// A differentiable term by a closure: `f(x, gradient)` returns the value and writes the gradient where it is asked
    /// for. `lipschitz` bounds the gradient's Lipschitz constant, or is infinity.
    ///
    /// # Errors
    /// `Range`, `Nomem`.
    pub fn from_closure<F>(n: usize, lipschitz: f64, convex: bool, f: F) -> Result<Smooth<'a>>
    where
        F: Fn(&[f64], Option<&mut [f64]>) -> std::result::Result<f64, Flow> + Send + Sync + 'a,
    {
        let closures = Closures::new(f);
        let (user, mut raw) = (Arc::as_ptr(&closures) as *mut c_void, std::ptr::null_mut());
        // SAFETY: as for operators.
        call(|err| unsafe {
            let gradient = Some(gradient_of::<F> as _);
            sys::fen_smooth_callback(n as i64, gradient, None, lipschitz, i32::from(convex), user, &mut raw, err)
        })?;
        Ok(Smooth(Handle::new(raw, vec![closures])))
    }
}

unsafe extern "C" fn gradient_of<F>(
    user: *mut c_void,
    n: i64,
    dtype: i32,
    x: *const c_void,
    value: *mut f64,
    gradient: *mut c_void,
) -> i32
where
    F: Fn(&[f64], Option<&mut [f64]>) -> std::result::Result<f64, Flow>,
{
    // SAFETY: `user` is the Closures given beside this function; arrays have n values, value is writable.
    unsafe {
        let (closures, n) = (&*user.cast::<Closures<F>>(), n as usize);
        let x = Wide::read(x, n, dtype);
        closures.guard(|f| {
            let finish = |answer: std::result::Result<f64, Flow>| match answer {
                Ok(number) => {
                    *value = number;
                    Flow::Continue
                }
                Err(flow) => flow,
            };
            if gradient.is_null() {
                return finish(f(&x.values, None));
            }
            write(gradient, n, dtype, |g| finish(f(&x.values, Some(g))))
        })
    }
}

impl<'a> Prox<'a> {
    /// A simple term by a closure: `prox(v, step, out)` writes the proximal point and returns g there. `n` of 0 takes
    /// any size.
    ///
    /// # Errors
    /// `Range`, `Nomem`.
    pub fn from_closure<F>(n: usize, convex: bool, prox: F) -> Result<Prox<'a>>
    where
        F: Fn(&[f64], f64, &mut [f64]) -> std::result::Result<f64, Flow> + Send + Sync + 'a,
    {
        let closures = Closures::new(prox);
        let (user, mut raw) = (Arc::as_ptr(&closures) as *mut c_void, std::ptr::null_mut());
        // SAFETY: as for operators.
        call(|err| unsafe {
            sys::fen_prox_callback(n as i64, Some(prox_of::<F> as _), i32::from(convex), user, &mut raw, err)
        })?;
        Ok(Prox(Handle::new(raw, vec![closures])))
    }
}

unsafe extern "C" fn prox_of<F>(
    user: *mut c_void,
    n: i64,
    dtype: i32,
    v: *const c_void,
    step: f64,
    out: *mut c_void,
    value: *mut f64,
) -> i32
where
    F: Fn(&[f64], f64, &mut [f64]) -> std::result::Result<f64, Flow>,
{
    // SAFETY: `user` is the Closures given beside this function; arrays have n values. v and out may be one array: v is
    // copied.
    unsafe {
        let (closures, n) = (&*user.cast::<Closures<F>>(), n as usize);
        let v = Wide::read(v, n, dtype).values.into_owned();
        closures.guard(|prox| {
            write(out, n, dtype, |out| match prox(&v, step, out) {
                Ok(number) => {
                    *value = number;
                    Flow::Continue
                }
                Err(flow) => flow,
            })
        })
    }
}
