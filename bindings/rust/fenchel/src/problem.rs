use std::marker::PhantomData;

use crate::error::call;
use crate::geometry::{c_name, Size};
use crate::view::pointer;
use crate::{sys, Geometry, Real, Result, SinkhornOptions, TransportSpec, VectorRef};

/// The weights of one side.
///
/// Slices, arrays, `Vec`s and [`VectorRef`]s turn into one by themselves.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'a, T> {
    /// 1/n each.
    Uniform,
    /// These: finite, not negative; exact zeros are legal and their rows of the plan are exactly zero.
    Given(VectorRef<'a, T>),
}

impl<'a, T, V: Into<VectorRef<'a, T>>> From<V> for Weights<'a, T> {
    fn from(weights: V) -> Self {
        Weights::Given(weights.into())
    }
}

impl<T: Real> Weights<'_, T> {
    pub(crate) fn raw(&self) -> Option<sys::fen_array> {
        match self {
            Weights::Uniform => None,
            Weights::Given(vector) => Some(vector.raw()),
        }
    }
}

/// An immutable transport problem: a geometry, weights on both sides and a [`TransportSpec`].
///
/// `Send + Sync`: threads may share one, each with a [`Solver`](crate::Solver) of its own. The weights are copied and
/// the [`Geometry`] may be dropped first; a cost matrix stays borrowed for `'a`.
#[derive(Debug)]
pub struct Problem<'a, T> {
    handle: *mut sys::fen_problem,
    pub(crate) size: Size,
    borrow: PhantomData<&'a [T]>,
}

// SAFETY: a fen_problem is immutable; the header allows threads to share it.
unsafe impl<T: Real> Send for Problem<'_, T> {}
unsafe impl<T: Real> Sync for Problem<'_, T> {}

impl<'a, T: Real> Problem<'a, T> {
    /// Checks the weights against the geometry and makes the problem.
    ///
    /// Where both `rho` are infinite the total masses must agree; `b` is then rescaled to the mass of `a`.
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Negative`, `Mass`, `Range` (eps or rho not above 0), `Unsupported`, `Nomem`.
    pub fn new<'w>(
        geometry: &Geometry<'a, T>,
        a: impl Into<Weights<'w, T>>,
        b: impl Into<Weights<'w, T>>,
        spec: &TransportSpec,
    ) -> Result<Problem<'a, T>> {
        let (a, b, spec) = (a.into().raw(), b.into().raw(), spec.to_raw());
        let mut handle = std::ptr::null_mut();
        // SAFETY: the weights are copied before the call returns; the problem keeps the geometry alive.
        call(|err| unsafe {
            sys::fen_transport_create(geometry.raw(), pointer(&a), pointer(&b), &spec, &mut handle, err)
        })?;
        Ok(Problem { handle, size: geometry.size, borrow: PhantomData })
    }

    /// n, the number of rows of the plan.
    pub fn rows(&self) -> usize {
        self.size.rows
    }

    /// m, the number of columns of the plan.
    pub fn cols(&self) -> usize {
        self.size.cols
    }

    /// Bytes that a solver of this method would take, the problem's data excluded.
    ///
    /// # Errors
    /// `Name`, `Range`, `Unsupported`, `TooLarge`.
    pub fn workspace(&self, method: &str, options: &SinkhornOptions) -> Result<usize> {
        let (method, options, mut bytes) = (c_name(method), options.to_raw(), 0);
        // SAFETY: all pointers are valid for the call.
        call(|err| unsafe { sys::fen_sinkhorn_workspace(self.handle, method.as_ptr(), &options, &mut bytes, err) })?;
        Ok(bytes as usize)
    }

    pub(crate) fn raw(&self) -> *const sys::fen_problem {
        self.handle
    }
}

impl<T> Drop for Problem<'_, T> {
    fn drop(&mut self) {
        // SAFETY: made by a create function, destroyed once. Solvers keep what they need of it.
        unsafe { sys::fen_problem_destroy(self.handle) }
    }
}
