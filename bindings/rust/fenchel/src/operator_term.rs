//! Linear maps: stored matrices, maps of the catalogue, and maps by closures.
use std::ffi::c_void;
use std::sync::Arc;

use crate::callbacks::{write, Closures, Wide};
use crate::error::call;
use crate::term::Handle;
use crate::view::{input_slice, output, zeros};
use crate::{sys, Flow, IndexType, MatrixRef, Operator, Real, Result};

impl<'a> Operator<'a> {
    /// A matrix (m, n) in the caller's memory, any strides, read in place.
    ///
    /// ```
    /// use fenchel::{MatrixRef, Operator};
    /// let a = Operator::dense(MatrixRef::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3)?)?;
    /// assert_eq!(a.apply(&[1.0, 0.0, -1.0])?, [-2.0, -2.0]);
    /// assert_eq!(a.adjoint(&[1.0, 1.0])?, [5.0, 7.0, 9.0]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Empty`, `NotFinite`, `Nomem`.
    pub fn dense<T: Real>(matrix: MatrixRef<'a, T>) -> Result<Operator<'a>> {
        Operator::named("dense").matrix("matrix", matrix).build()
    }

    /// A sparse matrix (rows, n) by columns, read in place: column j holds `values[k]` in row `indices[k]` for k in
    /// `indptr[j] .. indptr[j + 1]`, rows ascending; `indptr` has n + 1 entries.
    ///
    /// # Errors
    /// `Shape`, `Range` (an index outside the rows, or not ascending), `NotFinite`, `Nomem`.
    pub fn csc<T: Real, I: IndexType>(
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

    /// A sparse matrix (m, cols) by rows, read in place, as [`Operator::csc`] with rows and columns exchanged.
    ///
    /// # Errors
    /// As [`Operator::csc`].
    pub fn csr<T: Real, I: IndexType>(
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

    /// A x, (m), of x, (n).
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Callback`.
    pub fn apply<T: Real>(&self, x: &[T]) -> Result<Vec<T>> {
        self.product(x, self.rows(), 0)
    }

    /// A^T y, (n), of y, (m).
    ///
    /// # Errors
    /// `Shape`, `NotFinite`, `Callback`.
    pub fn adjoint<T: Real>(&self, y: &[T]) -> Result<Vec<T>> {
        self.product(y, self.cols(), sys::fen_apply_flags::FEN_APPLY_TRANSPOSE.0)
    }

    fn product<T: Real>(&self, x: &[T], size: usize, flags: u32) -> Result<Vec<T>> {
        let mut out = zeros(size)?;
        let (x, y) = (input_slice(x, &[x.len()]), output(&mut out, &[size]));
        // SAFETY: both views cover slices borrowed for this call.
        self.0.run(|err| unsafe { sys::fen_operator_apply(self.raw(), flags, &x, &y, err) })?;
        Ok(out)
    }

    /// An upper bound of the spectral norm, at most 2 % above it; may take some products with A and A^T.
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

struct Map<A, B> {
    rows: usize,
    cols: usize,
    apply: A,
    adjoint: B,
}

impl<'a> Operator<'a> {
    /// A linear map by two closures: `apply(x, y)` writes A x to y, (rows), `adjoint(y, x)` writes A^T y to x, (cols).
    /// They run on the thread that solves; in an f32 problem they see copies in f64.
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
    /// `Shape` (a size of 0), `Nomem`.
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
