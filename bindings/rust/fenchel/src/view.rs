//! Borrowed, strided views of the caller's memory, and views of memory as C sees it.
use std::fmt;
use std::marker::PhantomData;

use crate::{sys, Error, Real, Result, Status};

/// A borrowed vector: `len` elements, `stride` elements apart.
///
/// Slices, arrays and `Vec`s turn into one by themselves; use [`VectorRef::strided`] for a column of a matrix.
#[derive(Clone, Copy)]
pub struct VectorRef<'a, T> {
    data: *const T,
    len: usize,
    stride: isize,
    borrow: PhantomData<&'a [T]>,
}

/// A borrowed matrix: element `(i, j)` lies `i * row_stride + j * col_stride` elements after the first one.
///
/// ```
/// use fenchel::MatrixRef;
/// let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let rows = MatrixRef::new(&data, 2, 3)?;
/// assert_eq!(rows.get(1, 0), Some(4.0));
/// assert_eq!(rows.transposed().get(0, 1), Some(4.0));
/// let columns = MatrixRef::strided(&data, 2, 3, 1, 2, 0)?; // the same memory, read by columns
/// assert_eq!(columns.get(1, 0), Some(2.0));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct MatrixRef<'a, T> {
    data: *const T,
    rows: usize,
    cols: usize,
    row_stride: isize,
    col_stride: isize,
    borrow: PhantomData<&'a [T]>,
}

// SAFETY: both are shared borrows of [T], whose elements are plain numbers.
unsafe impl<T: Sync> Send for VectorRef<'_, T> {}
unsafe impl<T: Sync> Sync for VectorRef<'_, T> {}
unsafe impl<T: Sync> Send for MatrixRef<'_, T> {}
unsafe impl<T: Sync> Sync for MatrixRef<'_, T> {}

/// Fails unless every element of a strided view that starts at `offset` lies in `0 .. length`.
fn check_bounds(length: usize, offset: usize, axes: &[(usize, isize)]) -> Result<()> {
    if axes.iter().any(|&(count, _)| count == 0) {
        return Ok(());
    }
    // In 128 bits a single step cannot overflow; where the whole does, the view is out of bounds anyhow.
    let reach = axes.iter().try_fold((offset as i128, offset as i128), |(first, last), &(count, stride)| {
        let span = (count as i128 - 1).checked_mul(stride as i128)?;
        Some((first.checked_add(span.min(0))?, last.checked_add(span.max(0))?))
    });
    match reach {
        Some((first, last)) if first >= 0 && last < length as i128 => Ok(()),
        Some((first, last)) => {
            let message = format!("the view reaches elements {first} .. {last}, but the slice has {length}");
            Err(Error::new(Status::Shape, message))
        }
        None => Err(Error::new(Status::Shape, "the view's strides overflow")),
    }
}

impl<'a, T: Real> VectorRef<'a, T> {
    /// `len` elements of `data`, starting at `data[offset]`, `stride` apart; the stride may be zero or negative.
    ///
    /// # Errors
    /// [`Status::Shape`] where an element would lie outside `data`.
    pub fn strided(data: &'a [T], len: usize, stride: isize, offset: usize) -> Result<VectorRef<'a, T>> {
        check_bounds(data.len(), offset, &[(len, stride)])?;
        Ok(VectorRef { data: data.as_ptr().wrapping_add(offset), len, stride, borrow: PhantomData })
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Element `i`, or None past the end.
    pub fn get(&self, i: usize) -> Option<T> {
        // SAFETY: strided() proved that every index below len stays in the slice.
        (i < self.len).then(|| unsafe { *self.data.offset(i as isize * self.stride) })
    }

    pub(crate) fn raw(&self) -> sys::fen_array {
        input::<T>(self.data, &[(self.len, self.stride)])
    }
}

impl<'a, T: Real> From<&'a [T]> for VectorRef<'a, T> {
    fn from(data: &'a [T]) -> Self {
        VectorRef { data: data.as_ptr(), len: data.len(), stride: 1, borrow: PhantomData }
    }
}

impl<'a, T: Real> From<&'a Vec<T>> for VectorRef<'a, T> {
    fn from(data: &'a Vec<T>) -> Self {
        data.as_slice().into()
    }
}

impl<'a, T: Real, const N: usize> From<&'a [T; N]> for VectorRef<'a, T> {
    fn from(data: &'a [T; N]) -> Self {
        data.as_slice().into()
    }
}

impl<T> fmt::Debug for VectorRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VectorRef").field("len", &self.len).field("stride", &self.stride).finish()
    }
}

impl<'a, T: Real> MatrixRef<'a, T> {
    /// The whole of `data` as `rows` x `cols`, row after row.
    ///
    /// # Errors
    /// [`Status::Shape`] unless `data` has exactly `rows * cols` elements.
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Result<MatrixRef<'a, T>> {
        if rows.checked_mul(cols) != Some(data.len()) {
            let message = format!("a {rows} x {cols} matrix does not have {} elements", data.len());
            return Err(Error::new(Status::Shape, message));
        }
        Ok(MatrixRef::whole(data, rows, cols))
    }

    /// `data` has `rows * cols` elements.
    pub(crate) fn whole(data: &'a [T], rows: usize, cols: usize) -> MatrixRef<'a, T> {
        debug_assert_eq!(data.len(), rows * cols);
        MatrixRef { data: data.as_ptr(), rows, cols, row_stride: cols as isize, col_stride: 1, borrow: PhantomData }
    }

    /// Any regular view of `data`; strides are counted in elements and may be zero or negative, element `(0, 0)` is
    /// `data[offset]`.
    ///
    /// # Errors
    /// [`Status::Shape`] where an element would lie outside `data`.
    pub fn strided(
        data: &'a [T],
        rows: usize,
        cols: usize,
        row_stride: isize,
        col_stride: isize,
        offset: usize,
    ) -> Result<MatrixRef<'a, T>> {
        check_bounds(data.len(), offset, &[(rows, row_stride), (cols, col_stride)])?;
        let data = data.as_ptr().wrapping_add(offset);
        Ok(MatrixRef { data, rows, cols, row_stride, col_stride, borrow: PhantomData })
    }

    /// The same memory with rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> MatrixRef<'a, T> {
        MatrixRef {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..*self
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Element `(i, j)`, or None outside.
    pub fn get(&self, i: usize, j: usize) -> Option<T> {
        let inside = i < self.rows && j < self.cols;
        // SAFETY: the constructors proved that every such element lies in the slice.
        inside.then(|| unsafe { *self.data.offset(i as isize * self.row_stride + j as isize * self.col_stride) })
    }

    pub(crate) fn raw(&self) -> sys::fen_array {
        input::<T>(self.data, &[(self.rows, self.row_stride), (self.cols, self.col_stride)])
    }

    /// `count` times this matrix, as one array of three dimensions that repeats it without a copy.
    pub(crate) fn raw_repeated(&self, count: usize) -> sys::fen_array {
        input::<T>(self.data, &[(count, 0), (self.rows, self.row_stride), (self.cols, self.col_stride)])
    }
}

impl<T> fmt::Debug for MatrixRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatrixRef")
            .field("rows", &self.rows)
            .field("cols", &self.cols)
            .field("row_stride", &self.row_stride)
            .field("col_stride", &self.col_stride)
            .finish()
    }
}

pub(crate) fn product(sizes: &[usize]) -> Result<usize> {
    let total = sizes.iter().try_fold(1usize, |total, &size| total.checked_mul(size));
    total.ok_or_else(|| Error::new(Status::TooLarge, format!("an array of shape {sizes:?} overflows")))
}

/// Zeros, or an error where a Vec would abort the process.
pub(crate) fn zeros<T: Clone + Default>(len: usize) -> Result<Vec<T>> {
    let mut data = Vec::new();
    if data.try_reserve_exact(len).is_err() {
        return Err(Error::new(Status::Nomem, format!("no memory for an array of {len} elements")));
    }
    data.resize(len, T::default());
    Ok(data)
}

fn input<T: Real>(data: *const T, axes: &[(usize, isize)]) -> sys::fen_array {
    let mut array = array::<T>(T::DTYPE, data as *mut T, axes);
    array.flags = sys::fen_array_flags::FEN_ARRAY_READONLY.0;
    array
}

/// A C-contiguous view for the library to write to.
pub(crate) fn output<T: Real>(data: &mut [T], shape: &[usize]) -> sys::fen_array {
    debug_assert_eq!(data.len(), shape.iter().product::<usize>());
    contiguous(T::DTYPE, data.as_mut_ptr(), shape)
}

/// The same for indices and sizes.
pub(crate) fn integers(data: &mut [i64], shape: &[usize]) -> sys::fen_array {
    debug_assert_eq!(data.len(), shape.iter().product::<usize>());
    contiguous(sys::fen_dtype::FEN_I64.0 as i32, data.as_mut_ptr(), shape)
}

/// A contiguous view to read from.
pub(crate) fn input_slice<T: Real>(data: &[T], shape: &[usize]) -> sys::fen_array {
    debug_assert_eq!(data.len(), shape.iter().product::<usize>());
    let mut array = contiguous(T::DTYPE, data.as_ptr() as *mut T, shape);
    array.flags = sys::fen_array_flags::FEN_ARRAY_READONLY.0;
    array
}

fn contiguous<T>(dtype: i32, data: *mut T, shape: &[usize]) -> sys::fen_array {
    let mut axes = [(0usize, 0isize); sys::FEN_MAX_DIMS as usize];
    let mut stride = 1isize;
    for (axis, &size) in axes[..shape.len()].iter_mut().zip(shape).rev() {
        *axis = (size, stride);
        stride *= size as isize;
    }
    array(dtype, data, &axes[..shape.len()])
}

fn array<T>(dtype: i32, data: *mut T, axes: &[(usize, isize)]) -> sys::fen_array {
    let mut array = sys::fen_array {
        struct_size: std::mem::size_of::<sys::fen_array>() as u32,
        dtype,
        ndim: axes.len() as i32,
        flags: 0,
        data: data.cast(),
        shape: [0; 4],
        strides: [0; 4],
    };
    for (k, &(size, stride)) in axes.iter().enumerate() {
        array.shape[k] = size as i64;
        array.strides[k] = stride as i64 * std::mem::size_of::<T>() as i64;
    }
    array
}

/// The same contiguous numbers in another shape.
pub(crate) fn shaped(array: sys::fen_array, shape: &[usize]) -> Result<sys::fen_array> {
    let count = array.shape[0] as usize;
    if shape.len() > sys::FEN_MAX_DIMS as usize || product(shape)? != count {
        return Err(Error::new(Status::Shape, format!("{count} numbers do not have the shape {shape:?}")));
    }
    let mut out = array;
    out.ndim = shape.len() as i32;
    let mut stride = array.strides[0];
    for (k, &size) in shape.iter().enumerate().rev() {
        out.shape[k] = size as i64;
        out.strides[k] = stride;
        stride *= size as i64;
    }
    Ok(out)
}

/// The address of an optional array, or NULL.
pub(crate) fn pointer(array: &Option<sys::fen_array>) -> *const sys::fen_array {
    array.as_ref().map_or(std::ptr::null(), |array| array as *const _)
}
