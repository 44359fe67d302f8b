//! Simple terms: proximal maps, values, conjugates, derivatives, terms by closures.
use std::ffi::c_void;
use std::sync::Arc;

use crate::callbacks::{answer, write, Closures, Wide};
use crate::error::call;
use crate::term::Handle;
use crate::view::{input_slice, output, product, zeros};
use crate::{sys, Error, Flow, Prox, Real, Result, Status};

impl<'a> Prox<'a> {
    /// lam sum_j |x_j|.
    ///
    /// ```
    /// let g = fenchel::Prox::l1(0.5)?;
    /// assert_eq!(g.apply(&[3.0, -0.25], 2.0)?, (vec![2.0, 0.0], 1.0)); // the point, and g there
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Range`.
    pub fn l1(lam: f64) -> Result<Prox<'a>> {
        Prox::named("l1").number("lam", lam).build()
    }

    /// l1 sum_j |x_j| + l2 / 2 sum_j x_j^2.
    ///
    /// # Errors
    /// `Range`.
    pub fn elastic_net(l1: f64, l2: f64) -> Result<Prox<'a>> {
        Prox::named("elastic_net").number("l1", l1).number("l2", l2).build()
    }

    /// The proximal point argmin_x g(x) + |x - v|^2 / (2 step), (n) as v is, and g there.
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Range` (step not above 0), `Callback`.
    pub fn apply<T: Real>(&self, v: &[T], step: f64) -> Result<(Vec<T>, f64)> {
        let mut out = v.to_vec();
        let value = self.apply_in_place(&mut out, step)?;
        Ok((out, value))
    }

    /// The same in the caller's memory; returns g at the result.
    ///
    /// # Errors
    /// As [`Prox::apply`].
    pub fn apply_in_place<T: Real>(&self, v: &mut [T], step: f64) -> Result<f64> {
        let (size, mut value) = (v.len(), 0.0);
        let view = output(v, &[size]);
        // SAFETY: the view covers a slice borrowed mutably for this call; in place is allowed.
        self.0.run(|err| unsafe {
            sys::fen_prox_apply(self.raw(), &view, step, std::ptr::null(), &view, &mut value, 1, err)
        })?;
        Ok(value)
    }

    /// The proximal point with a step for each coordinate: argmin_x g(x) + sum_j (x_j - v_j)^2 / (2 steps_j), (n), and g
    /// there.
    ///
    /// # Errors
    /// As [`Prox::apply`]; `Unsupported` without the capability vector_step.
    pub fn apply_steps<T: Real>(&self, v: &[T], steps: &[T]) -> Result<(Vec<T>, f64)> {
        let (mut out, mut value) = (v.to_vec(), 0.0);
        let (view, steps) = (output(&mut out, &[v.len()]), input_slice(steps, &[steps.len()]));
        // SAFETY: both views cover slices borrowed for this call; in place is allowed.
        self.0.run(|err| unsafe { sys::fen_prox_apply(self.raw(), &view, 1.0, &steps, &view, &mut value, 1, err) })?;
        Ok((out, value))
    }

    /// The proximal points of the rows of v, (k, n) in one slice, in place and shared out over `num_threads` (0: one a CPU);
    /// and g at each, (k).
    ///
    /// # Errors
    /// As [`Prox::apply`].
    pub fn apply_rows<T: Real>(&self, v: &mut [T], rows: usize, step: f64, num_threads: i32) -> Result<Vec<f64>> {
        let cols = v.len().checked_div(rows).unwrap_or(0);
        if product(&[rows, cols])? != v.len() {
            let message = format!("v has {} elements, which {rows} rows do not divide", v.len());
            return Err(Error::new(Status::Shape, message));
        }
        let mut values = zeros(rows)?;
        let view = output(v, &[rows, cols]);
        // SAFETY: the view covers v, and there is a value for each row.
        self.0.run(|err| unsafe {
            let values = values.as_mut_ptr();
            sys::fen_prox_apply(self.raw(), &view, step, std::ptr::null(), &view, values, num_threads, err)
        })?;
        Ok(values)
    }

    /// g(x) at x, (n): infinity outside the domain.
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Callback`.
    pub fn value<T: Real>(&self, x: &[T]) -> Result<f64> {
        let (x, mut value) = (input_slice(x, &[x.len()]), 0.0);
        // SAFETY: the view covers a slice borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_prox_value(self.raw(), &x, &mut value, err) })?;
        Ok(value)
    }

    /// J^T cotangent, all of them (n), J an element of the generalised Jacobian of the proximal map at v.
    ///
    /// # Errors
    /// `Unsupported` without the capability vjp, `Shape`, `NotFinite`, `Range` (step not above 0).
    pub fn vjp<T: Real>(&self, v: &[T], step: f64, cotangent: &[T]) -> Result<Vec<T>> {
        let mut out = zeros(v.len())?;
        let (v, c, y) =
            (input_slice(v, &[v.len()]), input_slice(cotangent, &[cotangent.len()]), output(&mut out, &[v.len()]));
        // SAFETY: all views cover slices borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_prox_vjp(self.raw(), &v, step, &c, &y, err) })?;
        Ok(out)
    }

    /// g*(u) = sup_x <u, x> - g(x) at u, (n).
    ///
    /// # Errors
    /// `Unsupported` without the capability conjugate, `Shape`, `NotFinite`.
    pub fn conjugate<T: Real>(&self, u: &[T]) -> Result<f64> {
        let (u, mut value) = (input_slice(u, &[u.len()]), 0.0);
        // SAFETY: the view covers a slice borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_prox_conjugate(self.raw(), &u, &mut value, err) })?;
        Ok(value)
    }
}

impl<'a> Prox<'a> {
    /// A simple term of n unknowns by a closure: `prox(v, step, out)` writes the proximal point of v, (n), to out and
    /// returns g there. With a step of 0 g(v) alone is asked for. It runs as
    /// [`Smooth::from_closure`](crate::Smooth::from_closure) says.
    ///
    /// ```
    /// use fenchel::Prox;
    /// let at_least_one = Prox::from_closure(2, true, |v, _step, out| {
    ///     out.iter_mut().zip(v).for_each(|(out, v)| *out = v.max(1.0));
    ///     Ok(0.0)
    /// })?;
    /// assert_eq!(at_least_one.apply(&[0.0, 3.0], 1.0)?.0, [1.0, 3.0]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Range` (n of 0), `Nomem`.
    pub fn from_closure<F>(n: usize, convex: bool, prox: F) -> Result<Prox<'a>>
    where
        F: Fn(&[f64], f64, &mut [f64]) -> std::result::Result<f64, Flow> + Send + Sync + 'a,
    {
        let closures = Closures::new(prox);
        let (user, mut raw) = (Arc::as_ptr(&closures) as *mut c_void, std::ptr::null_mut());
        // SAFETY: `user` is what prox_of expects; the handle keeps it alive for as long as the term can be called.
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
    // SAFETY: `user` is the Closures given beside this function; arrays have n values, and out is never v.
    unsafe {
        let (closures, n) = (&*user.cast::<Closures<F>>(), n as usize);
        let v = Wide::read(v, n, dtype);
        closures.guard(|prox| write(out, n, dtype, |out| answer(prox(&v.values, step, out), value)))
    }
}
