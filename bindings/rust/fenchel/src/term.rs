//! Terms of the catalogue: operators, smooth terms and simple terms, made by name.
use std::ffi::CString;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::callbacks::Callback;
use crate::error::call;
use crate::geometry::c_name;
use crate::view::{input_slice, integers, output, product};
use crate::{sys, Error, MatrixRef, Real, Result, Status};

mod sealed {
    pub trait Sealed {}
}

/// The three kinds of terms: [`Operator`], [`Smooth`], [`Prox`]. Sealed.
pub trait Kind<'a>: sealed::Sealed + Sized {
    #[doc(hidden)]
    const KIND: &'static str;
    #[doc(hidden)]
    fn wrap(handle: Arc<Handle<'a>>) -> Self;
    #[doc(hidden)]
    fn handle(&self) -> &Arc<Handle<'a>>;
}

/// A `fen_term`, and the closures it calls.
#[doc(hidden)]
#[derive(Debug)]
pub struct Handle<'a> {
    pub(crate) raw: *mut sys::fen_term,
    pub(crate) callbacks: Vec<Arc<dyn Callback + 'a>>,
    borrow: PhantomData<&'a [f64]>,
}

// SAFETY: a fen_term is immutable; the header allows threads to share it. Closures are Send + Sync.
unsafe impl Send for Handle<'_> {}
unsafe impl Sync for Handle<'_> {}

impl<'a> Handle<'a> {
    pub(crate) fn new(raw: *mut sys::fen_term, callbacks: Vec<Arc<dyn Callback + 'a>>) -> Arc<Handle<'a>> {
        Arc::new(Handle { raw, callbacks, borrow: PhantomData })
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        // SAFETY: made by a create function, destroyed once. What is made of it keeps what it needs.
        unsafe { sys::fen_term_destroy(self.raw) }
    }
}

enum Value<'a> {
    Number(f64),
    Owned(sys::fen_array, #[allow(dead_code)] Vec<u64>), // the view, and the memory behind it
    Borrowed(sys::fen_array),
    Term(Arc<Handle<'a>>),
}

/// The parameters of a term that is to be made; [`TermBuilder::build`] checks them all.
///
/// ```
/// use fenchel::{Prox, Status};
/// let g = Prox::named("l1").number("lam", 0.5).array("weights", &[1.0, 0.0, 2.0]).build()?;
/// assert_eq!(g.apply(&[3.0, 3.0, 3.0], 1.0)?.0, [2.5, 3.0, 2.0]);
///
/// let error = Prox::named("l1").number("lambda", 0.5).build().unwrap_err();
/// assert_eq!(error.status(), Status::Name); // the message lists the nearest names
/// # Ok::<(), fenchel::Error>(())
/// ```
#[must_use]
pub struct TermBuilder<'a, K> {
    name: CString,
    values: Vec<(CString, Value<'a>)>,
    kind: PhantomData<K>,
}

impl<'a, K: Kind<'a>> TermBuilder<'a, K> {
    fn new(name: &str) -> Self {
        TermBuilder { name: c_name(name), values: Vec::new(), kind: PhantomData }
    }

    fn with(mut self, name: &str, value: Value<'a>) -> Self {
        self.values.push((c_name(name), value));
        self
    }

    /// A number, or an integer; flags are 0 and 1.
    pub fn number(self, name: &str, value: f64) -> Self {
        self.with(name, Value::Number(value))
    }

    /// An array of one dimension, copied.
    pub fn array<T: Real>(self, name: &str, values: &[T]) -> Self {
        let mut memory = copied(values);
        let mut view = input_slice(values, &[values.len()]);
        view.data = memory.as_mut_ptr().cast();
        self.with(name, Value::Owned(view, memory))
    }

    /// An array of indices, copied.
    pub fn indices(self, name: &str, values: &[i64]) -> Self {
        let mut memory = copied(values);
        // SAFETY: `memory` holds as many 64-bit integers, and the view is used while it lives.
        let slice = unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr().cast::<i64>(), values.len()) };
        let view = integers(slice, &[values.len()]);
        self.with(name, Value::Owned(view, memory))
    }

    /// A matrix, read in place where the parameter is a borrowed one: it stays borrowed for `'a`.
    pub fn matrix<T: Real>(self, name: &str, values: MatrixRef<'a, T>) -> Self {
        self.with(name, Value::Borrowed(values.raw()))
    }

    /// Numbers that the term reads in place.
    pub fn borrowed<T: Real>(self, name: &str, values: &'a [T]) -> Self {
        self.with(name, Value::Borrowed(input_slice(values, &[values.len()])))
    }

    /// Indices that the term reads in place.
    pub fn borrowed_indices<I: Index>(self, name: &str, values: &'a [I]) -> Self {
        self.with(name, Value::Borrowed(I::view(values)))
    }

    /// A term; given several times where the parameter is a list.
    pub fn term(self, name: &str, term: &impl Kind<'a>) -> Self {
        self.with(name, Value::Term(Arc::clone(term.handle())))
    }

    /// Makes the term.
    ///
    /// # Errors
    /// `Name` (an unknown term or parameter, with the nearest ones), `NullArgument` (a required parameter is missing),
    /// `Range`, `Shape`, `Dtype`, `NotFinite`, `Nomem`; `State` for [`TermBuilder::array`] where the term would read
    /// the array in place.
    pub fn build(self) -> Result<K> {
        let kind = c_name(K::KIND);
        let null = std::ptr::null();
        let mut params = Vec::with_capacity(self.values.len());
        let mut callbacks = Vec::new();
        for (name, value) in &self.values {
            let mut param = sys::fen_param { name: name.as_ptr(), value: 0.0, array: null, term: std::ptr::null() };
            match value {
                Value::Number(number) => param.value = *number,
                Value::Owned(view, _) => {
                    self.refuse_borrowed(&kind, name)?;
                    param.array = view;
                }
                Value::Borrowed(view) => param.array = view,
                Value::Term(term) => {
                    param.term = term.raw;
                    callbacks.extend(term.callbacks.iter().cloned());
                }
            }
            params.push(param);
        }
        let mut raw = std::ptr::null_mut();
        // SAFETY: all pointers are valid for the call; what is read in place later is borrowed for 'a.
        call(|err| unsafe {
            let count = params.len() as i32;
            sys::fen_term_create(kind.as_ptr(), self.name.as_ptr(), params.as_ptr(), count, &mut raw, err)
        })?;
        Ok(K::wrap(Handle::new(raw, callbacks)))
    }

    /// The builder's own copies end with it.
    fn refuse_borrowed(&self, kind: &std::ffi::CStr, parameter: &CString) -> Result<()> {
        let flag = sys::fen_param_flags::FEN_PARAM_BORROWED.0;
        // SAFETY: names end with zeros, `info` knows its size; strings of the library are static.
        let borrowed = unsafe {
            let count = sys::fen_term_parameter_count(kind.as_ptr(), self.name.as_ptr());
            (0..count).any(|index| {
                let mut info = sys::fen_param_info {
                    struct_size: std::mem::size_of::<sys::fen_param_info>() as u32,
                    ..Default::default()
                };
                let code = sys::fen_term_parameter(kind.as_ptr(), self.name.as_ptr(), index, &mut info);
                code == 0 && info.flags & flag != 0 && std::ffi::CStr::from_ptr(info.name) == parameter.as_c_str()
            })
        };
        if !borrowed {
            return Ok(());
        }
        let message = format!("{} is read in place: give it by borrowed() or matrix()", parameter.to_string_lossy());
        Err(Error::new(Status::State, message))
    }
}

/// The bytes of numbers, aligned for any of them.
fn copied<T: Copy>(values: &[T]) -> Vec<u64> {
    let bytes = std::mem::size_of_val(values);
    let mut memory = vec![0u64; bytes / 8 + 1];
    // SAFETY: `memory` has room for `bytes`, and numbers are plain bytes.
    unsafe { std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), memory.as_mut_ptr().cast::<u8>(), bytes) };
    memory
}

/// The two index types of sparse matrices: `i32` and `i64`. Sealed.
pub trait Index: sealed::Sealed + Copy {
    #[doc(hidden)]
    fn view(values: &[Self]) -> sys::fen_array;
}

macro_rules! index {
    ($type:ty, $dtype:ident) => {
        impl sealed::Sealed for $type {}
        impl Index for $type {
            fn view(values: &[$type]) -> sys::fen_array {
                let mut view = sys::fen_array::default();
                let shape = values.len() as i64;
                let dtype = sys::fen_dtype::$dtype.0 as i32;
                // SAFETY: writes the view alone.
                unsafe { sys::fen_array_init(&mut view, dtype, 1, &shape, values.as_ptr() as *mut _) };
                view.flags = sys::fen_array_flags::FEN_ARRAY_READONLY.0;
                view
            }
        }
    };
}
index!(i32, FEN_I32);
index!(i64, FEN_I64);

macro_rules! kind {
    ($type:ident, $name:literal, $about:literal) => {
        #[doc = $about]
        ///
        /// Immutable and `Send + Sync`; cloning is cheap and shares it. Data that it reads in place stay borrowed for
        /// `'a`.
        #[derive(Debug, Clone)]
        pub struct $type<'a>(pub(crate) Arc<Handle<'a>>);

        impl sealed::Sealed for $type<'_> {}
        impl<'a> Kind<'a> for $type<'a> {
            const KIND: &'static str = $name;
            fn wrap(handle: Arc<Handle<'a>>) -> Self {
                $type(handle)
            }
            fn handle(&self) -> &Arc<Handle<'a>> {
                &self.0
            }
        }

        impl<'a> $type<'a> {
            /// Begins a term of the catalogue by name.
            pub fn named(name: &str) -> TermBuilder<'a, $type<'a>> {
                TermBuilder::new(name)
            }

            /// What it can do: names of capabilities.
            pub fn capabilities(&self) -> Vec<String> {
                let mut text = [0u8; 512];
                // SAFETY: the library writes at most as many bytes as it is told.
                let made = call(|err| unsafe {
                    sys::fen_term_capabilities(self.raw(), text.as_mut_ptr().cast(), text.len() as i64, err)
                });
                let end = text.iter().position(|&byte| byte == 0).unwrap_or(0);
                match made {
                    Ok(()) => String::from_utf8_lossy(&text[..end]).split(' ').map(str::to_owned).collect(),
                    Err(_) => Vec::new(),
                }
            }

            pub(crate) fn raw(&self) -> *const sys::fen_term {
                self.0.raw
            }
        }
    };
}

kind!(Operator, "operator", "A linear map A, m x n.");
kind!(Smooth, "smooth", "A differentiable term f.");
kind!(Prox, "prox", "A simple term g: one whose proximal map is known.");

impl<'a> Operator<'a> {
    /// A matrix in the caller's memory, any strides.
    ///
    /// # Errors
    /// `Empty`, `NotFinite`, `Nomem`.
    pub fn dense<T: Real>(matrix: MatrixRef<'a, T>) -> Result<Operator<'a>> {
        Operator::named("dense").matrix("matrix", matrix).build()
    }

    /// A sparse matrix by columns, read in place: column j holds `indices[indptr[j] .. indptr[j + 1]]`, ascending.
    ///
    /// # Errors
    /// `Shape`, `Range` (an index outside the rows, or not ascending), `NotFinite`, `Nomem`.
    pub fn csc<T: Real, I: Index>(
        rows: usize,
        indptr: &'a [I],
        indices: &'a [I],
        values: &'a [T],
    ) -> Result<Operator<'a>> {
        Operator::named("csc")
            .borrowed_indices("indptr", indptr)
            .borrowed_indices("indices", indices)
            .borrowed("values", values)
            .number("rows", rows as f64)
            .build()
    }

    /// A sparse matrix by rows, read in place.
    ///
    /// # Errors
    /// As [`Operator::csc`].
    pub fn csr<T: Real, I: Index>(
        cols: usize,
        indptr: &'a [I],
        indices: &'a [I],
        values: &'a [T],
    ) -> Result<Operator<'a>> {
        Operator::named("csr")
            .borrowed_indices("indptr", indptr)
            .borrowed_indices("indices", indices)
            .borrowed("values", values)
            .number("cols", cols as f64)
            .build()
    }

    /// m, the number of outputs.
    pub fn rows(&self) -> usize {
        // SAFETY: a live handle.
        unsafe { sys::fen_term_rows(self.raw()) as usize }
    }

    /// n, the number of inputs.
    pub fn cols(&self) -> usize {
        // SAFETY: a live handle.
        unsafe { sys::fen_term_cols(self.raw()) as usize }
    }

    /// A x.
    ///
    /// # Errors
    /// `Shape`, `Callback`.
    pub fn apply<T: Real>(&self, x: &[T]) -> Result<Vec<T>> {
        self.product(x, self.rows(), 0)
    }

    /// A^T y.
    ///
    /// # Errors
    /// `Shape`, `Callback`.
    pub fn adjoint<T: Real>(&self, y: &[T]) -> Result<Vec<T>> {
        self.product(y, self.cols(), sys::fen_apply_flags::FEN_APPLY_TRANSPOSE.0)
    }

    fn product<T: Real>(&self, x: &[T], size: usize, flags: u32) -> Result<Vec<T>> {
        let mut out = crate::view::zeros(size)?;
        let (x, y) = (input_slice(x, &[x.len()]), output(&mut out, &[size]));
        // SAFETY: both views cover slices borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_operator_apply(self.raw(), flags, &x, &y, err) })?;
        Ok(out)
    }

    /// An upper bound of the spectral norm, at most 2 % above it.
    ///
    /// # Errors
    /// `Callback`, `Nomem`.
    pub fn norm(&self) -> Result<f64> {
        let mut norm = 0.0;
        // SAFETY: `norm` is writable.
        self.0.run(|err| unsafe { sys::fen_operator_norm(self.raw(), &mut norm, err) })?;
        Ok(norm)
    }
}

impl<'a> Smooth<'a> {
    /// sum_i (y_i - (A x)_i)^2 / 2. More parameters (weights, offset, intercept, mean): [`Smooth::named`].
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Nomem`.
    pub fn least_squares<T: Real>(a: &Operator<'a>, y: &[T]) -> Result<Smooth<'a>> {
        Smooth::named("least_squares").term("A", a).array("y", y).build()
    }

    /// sum_i log(1 + exp(-y_i (A x)_i)).
    ///
    /// # Errors
    /// `Shape`, `Range` (a target that is no class), `Nomem`.
    pub fn logistic<T: Real>(a: &Operator<'a>, y: &[T]) -> Result<Smooth<'a>> {
        Smooth::named("logistic").term("A", a).array("y", y).build()
    }

    /// n, the unknowns, a free intercept included.
    pub fn size(&self) -> usize {
        // SAFETY: a live handle.
        unsafe { sys::fen_term_cols(self.raw()) as usize }
    }

    /// f(x).
    ///
    /// # Errors
    /// `Shape`, `Callback`.
    pub fn value<T: Real>(&self, x: &[T]) -> Result<f64> {
        let (x, mut value) = (input_slice(x, &[x.len()]), 0.0);
        // SAFETY: the view covers a slice borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_smooth_gradient(self.raw(), &x, &mut value, std::ptr::null(), err) })?;
        Ok(value)
    }

    /// f(x) and its gradient.
    ///
    /// # Errors
    /// `Shape`, `Callback`.
    pub fn gradient<T: Real>(&self, x: &[T]) -> Result<(f64, Vec<T>)> {
        let (mut out, mut value) = (crate::view::zeros(x.len())?, 0.0);
        let (x, gradient) = (input_slice(x, &[x.len()]), output(&mut out, &[x.len()]));
        // SAFETY: both views cover slices borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_smooth_gradient(self.raw(), &x, &mut value, &gradient, err) })?;
        Ok((value, out))
    }

    /// The Hessian at x times v.
    ///
    /// # Errors
    /// `Unsupported` without the capability hvp, `Shape`, `Callback`.
    pub fn hvp<T: Real>(&self, x: &[T], v: &[T]) -> Result<Vec<T>> {
        let mut out = crate::view::zeros(x.len())?;
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

impl<'a> Prox<'a> {
    /// lam sum_j |x_j|.
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

    /// The proximal point argmin_x g(x) + |x - v|^2 / (2 step), and g there.
    ///
    /// # Errors
    /// `Shape`, `Range` (step not above 0), `Callback`.
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

    /// The proximal points of the rows of v, (k, n) in one slice, shared out over threads; and g at each.
    ///
    /// # Errors
    /// As [`Prox::apply`].
    pub fn apply_rows<T: Real>(&self, v: &mut [T], rows: usize, step: f64, num_threads: i32) -> Result<Vec<f64>> {
        let cols = v.len().checked_div(rows).unwrap_or(0);
        if product(&[rows, cols])? != v.len() {
            let message = format!("v has {} elements, which {rows} rows do not divide", v.len());
            return Err(Error::new(Status::Shape, message));
        }
        let mut values = crate::view::zeros(rows)?;
        let view = output(v, &[rows, cols]);
        // SAFETY: the view covers v, and there is a value for each row.
        self.0.run(|err| unsafe {
            let values = values.as_mut_ptr();
            sys::fen_prox_apply(self.raw(), &view, step, std::ptr::null(), &view, values, num_threads, err)
        })?;
        Ok(values)
    }

    /// g(x): infinity outside the domain.
    ///
    /// # Errors
    /// `Shape`, `Callback`.
    pub fn value<T: Real>(&self, x: &[T]) -> Result<f64> {
        let (x, mut value) = (input_slice(x, &[x.len()]), 0.0);
        // SAFETY: the view covers a slice borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_prox_value(self.raw(), &x, &mut value, err) })?;
        Ok(value)
    }

    /// J^T cotangent, J an element of the generalised Jacobian of the proximal map at v.
    ///
    /// # Errors
    /// `Unsupported` without the capability vjp, `Shape`.
    pub fn vjp<T: Real>(&self, v: &[T], step: f64, cotangent: &[T]) -> Result<Vec<T>> {
        let mut out = crate::view::zeros(v.len())?;
        let (v, c, y) =
            (input_slice(v, &[v.len()]), input_slice(cotangent, &[cotangent.len()]), output(&mut out, &[v.len()]));
        // SAFETY: all views cover slices borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_prox_vjp(self.raw(), &v, step, &c, &y, err) })?;
        Ok(out)
    }

    /// g*(u) = sup_x <u, x> - g(x).
    ///
    /// # Errors
    /// `Unsupported` without the capability conjugate, `Shape`.
    pub fn conjugate<T: Real>(&self, u: &[T]) -> Result<f64> {
        let (u, mut value) = (input_slice(u, &[u.len()]), 0.0);
        // SAFETY: the view covers a slice borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_prox_conjugate(self.raw(), &u, &mut value, err) })?;
        Ok(value)
    }
}
