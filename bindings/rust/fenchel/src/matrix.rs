//! The owned matrix that answers come in.
use std::ops::{Index, IndexMut};

use crate::view::{output, product, zeros};
use crate::{sys, MatrixRef, Real, Result};

/// An owned matrix, row after row: the form in which plans and other two-dimensional answers come.
///
/// ```
/// let mut m = fenchel::Matrix::<f64>::zeros(2, 3)?;
/// m[(1, 2)] = 7.0;
/// assert_eq!(m.row(1), [0.0, 0.0, 7.0]);
/// assert_eq!(m.as_view().rows(), 2);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<T> {
    data: Vec<T>,
    rows: usize,
    cols: usize,
}

impl<T: Real> Matrix<T> {
    /// `data` has `rows * cols` elements.
    pub(crate) fn from_vec(data: Vec<T>, rows: usize, cols: usize) -> Matrix<T> {
        debug_assert_eq!(data.len(), rows * cols);
        Matrix { data, rows, cols }
    }

    /// A matrix of zeros.
    ///
    /// # Errors
    /// [`Status::TooLarge`](crate::Status::TooLarge) where the size overflows, [`Status::Nomem`](crate::Status::Nomem) where there is not enough memory.
    pub fn zeros(rows: usize, cols: usize) -> Result<Matrix<T>> {
        Ok(Matrix { data: zeros(product(&[rows, cols])?)?, rows, cols })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Row `i`. Panics past the end.
    pub fn row(&self, i: usize) -> &[T] {
        &self.data[i * self.cols..(i + 1) * self.cols]
    }

    /// All elements, row after row.
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// All elements, row after row, without a copy.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// A borrowed view.
    pub fn as_view(&self) -> MatrixRef<'_, T> {
        MatrixRef::whole(&self.data, self.rows, self.cols)
    }

    pub(crate) fn raw_mut(&mut self) -> sys::fen_array {
        output(&mut self.data, &[self.rows, self.cols])
    }
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;
    fn index(&self, (i, j): (usize, usize)) -> &T {
        assert!(j < self.cols, "column {j} of {}", self.cols);
        &self.data[i * self.cols + j]
    }
}

impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        assert!(j < self.cols, "column {j} of {}", self.cols);
        &mut self.data[i * self.cols + j]
    }
}
