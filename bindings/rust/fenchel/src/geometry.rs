use std::ffi::CString;
use std::marker::PhantomData;

use crate::error::call;
use crate::view::pointer;
use crate::{sys, Matrix, MatrixRef, Real, Result};

/// Who sends mass to whom, at what cost: the description that a [`Geometry`] is made from.
///
/// A [`MatrixRef`] turns into one by itself, so a cost matrix can be passed wherever a cost is asked for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Cost<'a, T> {
    /// A cost matrix (n, m). Read in place where its rows are contiguous, else packed once.
    Matrix(MatrixRef<'a, T>),
    /// Two clouds of points, (n, d) and (m, d); the cost is computed on the fly in O((n + m) d) memory.
    Points {
        /// Points that send mass, one a row.
        x: MatrixRef<'a, T>,
        /// Points that receive it; None means `x` again.
        y: Option<MatrixRef<'a, T>>,
        /// A name out of the catalogue [`cost`](crate::cost).
        cost: &'a str,
    },
    /// A regular grid of one to three dimensions, sending to itself: n = m = the product of `shape`.
    Grid {
        /// Points along each axis; the last axis varies fastest.
        shape: &'a [usize],
        /// Distance of neighbours along each axis; None means 1 / shape\[k\].
        spacing: Option<&'a [f64]>,
        /// "sqeuclidean" or "l1".
        cost: &'a str,
    },
}

impl<'a, T: Real> Cost<'a, T> {
    /// [`Cost::Points`] with two clouds.
    pub fn points(x: MatrixRef<'a, T>, y: MatrixRef<'a, T>, cost: &'a str) -> Cost<'a, T> {
        Cost::Points { x, y: Some(y), cost }
    }

    /// [`Cost::Grid`] over the unit cube.
    pub fn grid(shape: &'a [usize], cost: &'a str) -> Cost<'a, T> {
        Cost::Grid { shape, spacing: None, cost }
    }
}

impl<'a, T> From<MatrixRef<'a, T>> for Cost<'a, T> {
    fn from(matrix: MatrixRef<'a, T>) -> Self {
        Cost::Matrix(matrix)
    }
}

impl<'a, T: Real> From<&'a Matrix<T>> for Cost<'a, T> {
    fn from(matrix: &'a Matrix<T>) -> Self {
        Cost::Matrix(matrix.as_view())
    }
}

/// An immutable geometry. It borrows a cost matrix for `'a`; points and grids are copied.
///
/// `Send + Sync`: threads may share one.
///
/// ```
/// use fenchel::{cost, Cost, Geometry, MatrixRef};
/// let x = [0.0, 0.0, 1.0, 0.0, 0.0, 2.0]; // three points of the plane
/// let x = MatrixRef::new(&x, 3, 2)?;
/// let geometry = Geometry::new(Cost::points(x, x, cost::SQEUCLIDEAN))?;
/// assert_eq!((geometry.rows(), geometry.cols()), (3, 3));
/// assert_eq!(geometry.cost()?[(1, 2)], 5.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug)]
pub struct Geometry<'a, T> {
    handle: *mut sys::fen_geometry,
    pub(crate) size: Size,
    borrow: PhantomData<&'a [T]>,
}

/// Rows, columns, and the dimension of the points (0 where there are none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub rows: usize,
    pub cols: usize,
    pub dim: usize,
}

// SAFETY: a fen_geometry is immutable; the header allows threads to share it.
unsafe impl<T: Real> Send for Geometry<'_, T> {}
unsafe impl<T: Real> Sync for Geometry<'_, T> {}

impl<'a, T: Real> Geometry<'a, T> {
    /// Checks the data and makes the geometry.
    ///
    /// # Errors
    /// `Empty`, `Shape`, `Stride`, `NotFinite`, `Name` (an unknown cost), `Range`, `TooLarge`, `Nomem`.
    pub fn new(cost: impl Into<Cost<'a, T>>) -> Result<Geometry<'a, T>> {
        let (handle, dim) = match cost.into() {
            Cost::Matrix(matrix) => (create_matrix(&matrix)?, 0),
            Cost::Points { x, y, cost } => (create_points(&x, y.as_ref(), cost)?, x.cols()),
            Cost::Grid { shape, spacing, cost } => (create_grid(shape, spacing, cost, T::DTYPE)?, 0),
        };
        // SAFETY: the handle was just made.
        let (rows, cols) = unsafe { (sys::fen_geometry_rows(handle), sys::fen_geometry_cols(handle)) };
        let size = Size { rows: rows as usize, cols: cols as usize, dim };
        Ok(Geometry { handle, size, borrow: PhantomData })
    }

    /// n, the number of rows of the plan.
    pub fn rows(&self) -> usize {
        self.size.rows
    }

    /// m, the number of columns of the plan.
    pub fn cols(&self) -> usize {
        self.size.cols
    }

    /// The cost matrix written out, (n, m).
    ///
    /// # Errors
    /// `TooLarge`, `Nomem`.
    pub fn cost(&self) -> Result<Matrix<T>> {
        let mut out = Matrix::zeros(self.rows(), self.cols())?;
        let view = out.raw_mut();
        // SAFETY: the view covers `out`, which outlives the call.
        call(|err| unsafe { sys::fen_geometry_cost(self.handle, &view, err) })?;
        Ok(out)
    }

    pub(crate) fn raw(&self) -> *const sys::fen_geometry {
        self.handle
    }
}

impl<T> Drop for Geometry<'_, T> {
    fn drop(&mut self) {
        // SAFETY: made by a create function, destroyed once. Problems keep what they need of it.
        unsafe { sys::fen_geometry_destroy(self.handle) }
    }
}

/// A name for the library; a NUL inside cannot be a known name, and must not cut one out either.
pub(crate) fn c_name(name: &str) -> CString {
    CString::new(name).unwrap_or_else(|_| CString::new(name.replace('\0', "?")).unwrap_or_default())
}

fn create_matrix<T: Real>(matrix: &MatrixRef<'_, T>) -> Result<*mut sys::fen_geometry> {
    let mut handle = std::ptr::null_mut();
    let view = matrix.raw();
    // SAFETY: the view's memory is borrowed for as long as the Geometry and all that is made from it.
    call(|err| unsafe { sys::fen_matrix_create(&view, &mut handle, err) })?;
    Ok(handle)
}

fn create_points<T: Real>(
    x: &MatrixRef<'_, T>,
    y: Option<&MatrixRef<'_, T>>,
    cost: &str,
) -> Result<*mut sys::fen_geometry> {
    let mut handle = std::ptr::null_mut();
    let (x, y, cost) = (x.raw(), y.map(MatrixRef::raw), c_name(cost));
    // SAFETY: the points are copied before the call returns.
    call(|err| unsafe { sys::fen_point_cloud_create(&x, pointer(&y), cost.as_ptr(), &mut handle, err) })?;
    Ok(handle)
}

fn create_grid(shape: &[usize], spacing: Option<&[f64]>, cost: &str, dtype: i32) -> Result<*mut sys::fen_geometry> {
    if let Some(spacing) = spacing {
        if spacing.len() != shape.len() {
            let message = format!("spacing has {} entries for a grid of {} axes", spacing.len(), shape.len());
            return Err(crate::Error::new(crate::Status::Shape, message));
        }
    }
    let mut handle = std::ptr::null_mut();
    let (sizes, cost): (Vec<i64>, _) = (shape.iter().map(|&s| s as i64).collect(), c_name(cost));
    let spacing = spacing.map_or(std::ptr::null(), <[f64]>::as_ptr);
    // SAFETY: sizes and spacing hold one entry an axis; both are copied before the call returns.
    call(|err| unsafe {
        sys::fen_grid_create(sizes.len() as i32, sizes.as_ptr(), spacing, cost.as_ptr(), dtype, &mut handle, err)
    })?;
    Ok(handle)
}
