//! Differentiable terms: the usual losses, values and derivatives, terms by closures.
use std::ffi::c_void;
use std::sync::Arc;

use crate::callbacks::{answer, write, Closures, Wide};
use crate::error::call;
use crate::term::Handle;
use crate::view::{input_slice, output, zeros};
use crate::{sys, Flow, Operator, Real, Result, Smooth};

impl<'a> Smooth<'a> {
    /// sum_i (y_i - (A x)_i)^2 / 2, y (m) for A (m, n). With more parameters (weights, offset, intercept, mean):
    /// [`Smooth::named`].
    ///
    /// ```
    /// use fenchel::{MatrixRef, Operator, Smooth};
    /// let a = Operator::dense(MatrixRef::new(&[1.0, 0.0, 0.0, 2.0], 2, 2)?)?;
    /// let f = Smooth::least_squares(&a, &[1.0, 1.0])?;
    /// assert_eq!(f.gradient(&[0.0, 0.0])?, (1.0, vec![-1.0, -2.0]));
    /// let doubled = Smooth::named("least_squares").term("A", &a).array("y", &[1.0, 1.0]).array("weights", &[2.0, 2.0]);
    /// assert_eq!(doubled.build()?.value(&[0.0, 0.0])?, 2.0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Nomem`.
    pub fn least_squares<T: Real>(a: &Operator<'a>, y: &[T]) -> Result<Smooth<'a>> {
        Smooth::named("least_squares").term("A", a).array("y", y).build()
    }

    /// sum_i log(1 + exp(-y_i (A x)_i)), y (m) of -1 and 1 for A (m, n).
    ///
    /// # Errors
    /// `Shape`, `Range` (a target that is no class), `Nomem`.
    pub fn logistic<T: Real>(a: &Operator<'a>, y: &[T]) -> Result<Smooth<'a>> {
        Smooth::named("logistic").term("A", a).array("y", y).build()
    }

    /// n, the number of unknowns, a free intercept included.
    pub fn size(&self) -> usize {
        // SAFETY: a live handle.
        unsafe { sys::fen_term_cols(self.raw()) as usize }
    }

    /// f(x) at x, (n).
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Callback`.
    pub fn value<T: Real>(&self, x: &[T]) -> Result<f64> {
        let (x, mut value) = (input_slice(x, &[x.len()]), 0.0);
        // SAFETY: the view covers a slice borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_smooth_gradient(self.raw(), &x, &mut value, std::ptr::null(), err) })?;
        Ok(value)
    }

    /// f(x) and its gradient, (n), at x, (n).
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Callback`.
    pub fn gradient<T: Real>(&self, x: &[T]) -> Result<(f64, Vec<T>)> {
        let (mut out, mut value) = (zeros(x.len())?, 0.0);
        let (x, gradient) = (input_slice(x, &[x.len()]), output(&mut out, &[x.len()]));
        // SAFETY: both views cover slices borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_smooth_gradient(self.raw(), &x, &mut value, &gradient, err) })?;
        Ok((value, out))
    }

    /// The Hessian at x times v, all of them (n).
    ///
    /// # Errors
    /// `Unsupported` without the capability hvp, `Shape`, `NotFinite`, `Callback`.
    pub fn hvp<T: Real>(&self, x: &[T], v: &[T]) -> Result<Vec<T>> {
        let mut out = zeros(x.len())?;
        let (x, v, y) = (input_slice(x, &[x.len()]), input_slice(v, &[v.len()]), output(&mut out, &[x.len()]));
        // SAFETY: all views cover slices borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_smooth_hvp(self.raw(), &x, &v, &y, err) })?;
        Ok(out)
    }

    /// An upper bound of the gradient's Lipschitz constant, or infinity.
    ///
    /// # Errors
    /// `Callback`, `Nomem`.
    pub fn lipschitz(&self) -> Result<f64> {
        let mut constant = 0.0;
        // SAFETY: `constant` is writable.
        self.0.run(|err| unsafe { sys::fen_smooth_lipschitz(self.raw(), &mut constant, err) })?;
        Ok(constant)
    }
}

impl<'a> Smooth<'a> {
    /// A differentiable term of n unknowns by a closure: `f(x, gradient)` returns the value at x, (n), and writes the
    /// gradient, (n), where it is asked for. `lipschitz` bounds the gradient's Lipschitz constant, or is infinity.
    ///
    /// Closures run on the thread that solves, of which there may be several: they are `Fn + Send + Sync`. `Err(flow)`
    /// cancels or fails the solve; a panic comes out of the call that ran the closure. In an f32 problem closures see
    /// copies in f64.
    ///
    /// ```
    /// use fenchel::{Composite, Prox, Smooth};
    /// let f = Smooth::from_closure(2, 1.0, true, |x, gradient| {
    ///     let residual = [x[0] - 3.0, x[1] - 0.5];
    ///     if let Some(gradient) = gradient {
    ///         gradient.copy_from_slice(&residual);
    ///     }
    ///     Ok(residual.iter().map(|r| r * r / 2.0).sum())
    /// })?;
    /// let solution = Composite::<f64>::new().smooth(&f).prox(&Prox::l1(1.0)?).minimize()?;
    /// assert!((solution.x[0] - 2.0).abs() < 1e-6 && solution.x[1] == 0.0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Range` (n of 0, a negative `lipschitz`), `Nomem`.
    pub fn from_closure<F>(n: usize, lipschitz: f64, convex: bool, f: F) -> Result<Smooth<'a>>
    where
        F: Fn(&[f64], Option<&mut [f64]>) -> std::result::Result<f64, Flow> + Send + Sync + 'a,
    {
        let closures = Closures::new((f, ()));
        let user = Arc::as_ptr(&closures) as *mut c_void;
        // SAFETY: `user` is what gradient_of expects; the handle keeps it alive for as long as the term can be called.
        let raw = unsafe { callback_term(n, lipschitz, convex, gradient_of::<F, ()>, None, user)? };
        Ok(Smooth(Handle::new(raw, vec![closures])))
    }

    /// As [`Smooth::from_closure`] with the Hessian: `hvp(x, v, out)` writes its product with v at x, all of them (n).
    ///
    /// # Errors
    /// As [`Smooth::from_closure`].
    pub fn from_closures<F, H>(n: usize, lipschitz: f64, convex: bool, f: F, hvp: H) -> Result<Smooth<'a>>
    where
        F: Fn(&[f64], Option<&mut [f64]>) -> std::result::Result<f64, Flow> + Send + Sync + 'a,
        H: Fn(&[f64], &[f64], &mut [f64]) -> Flow + Send + Sync + 'a,
    {
        let closures = Closures::new((f, hvp));
        let user = Arc::as_ptr(&closures) as *mut c_void;
        // SAFETY: as above, and for hvp_of.
        let raw = unsafe { callback_term(n, lipschitz, convex, gradient_of::<F, H>, Some(hvp_of::<F, H>), user)? };
        Ok(Smooth(Handle::new(raw, vec![closures])))
    }
}

type Gradient = unsafe extern "C" fn(*mut c_void, i64, i32, *const c_void, *mut f64, *mut c_void) -> i32;

/// # Safety
/// `user` is what both functions expect, and outlives the term.
unsafe fn callback_term(
    n: usize,
    lipschitz: f64,
    convex: bool,
    gradient: Gradient,
    hvp: sys::fen_hvp_fn,
    user: *mut c_void,
) -> Result<*mut sys::fen_term> {
    let (convex, mut raw) = (i32::from(convex), std::ptr::null_mut());
    // SAFETY: the caller's promise; `raw` is writable.
    call(|err| unsafe {
        sys::fen_smooth_callback(n as i64, Some(gradient), hvp, lipschitz, convex, user, &mut raw, err)
    })?;
    Ok(raw)
}

unsafe extern "C" fn gradient_of<F, H>(
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
        let (closures, n) = (&*user.cast::<Closures<(F, H)>>(), n as usize);
        let x = Wide::read(x, n, dtype);
        closures.guard(|(f, _)| {
            if gradient.is_null() {
                return answer(f(&x.values, None), value);
            }
            write(gradient, n, dtype, |g| answer(f(&x.values, Some(g)), value))
        })
    }
}

unsafe extern "C" fn hvp_of<F, H>(
    user: *mut c_void,
    n: i64,
    dtype: i32,
    x: *const c_void,
    v: *const c_void,
    out: *mut c_void,
) -> i32
where
    H: Fn(&[f64], &[f64], &mut [f64]) -> Flow,
{
    // SAFETY: as above.
    unsafe {
        let (closures, n) = (&*user.cast::<Closures<(F, H)>>(), n as usize);
        let (x, v) = (Wide::read(x, n, dtype), Wide::read(v, n, dtype));
        closures.guard(|(_, hvp)| write(out, n, dtype, |out| hvp(&x.values, &v.values, out)))
    }
}
