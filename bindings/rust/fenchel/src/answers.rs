//! What a solved problem answers. Each question fails with `State` before the first solve.
use crate::error::call;
use crate::geometry::c_name;
use crate::view::{integers, output, product, zeros};
use crate::{sys, Error, Matrix, MatrixRef, Real, Result, Solver, Status};

/// A plan in compressed sparse rows: row `i` has the entries `indptr[i] .. indptr[i + 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Csr<T> {
    /// n.
    pub rows: usize,
    /// m.
    pub cols: usize,
    /// Where each row starts, (n + 1).
    pub indptr: Vec<i64>,
    /// The column of each entry, ascending in a row.
    pub indices: Vec<i64>,
    /// The value of each entry.
    pub values: Vec<T>,
}

/// How pairs are drawn from a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SampleMode {
    /// A column for each row, n in all; rows without mass get -1.
    PerRow,
    /// Independent pairs (i, j) ~ P / mass.
    Joint,
    /// Distinct pairs, successive sampling.
    WithoutReplacement,
}

/// Pairs of indices drawn from a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// i of each pair.
    pub rows: Vec<i64>,
    /// j of each pair; -1 where row i has no mass.
    pub cols: Vec<i64>,
}

/// What a derivative is taken with respect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wrt {
    /// The row weights, (n).
    A,
    /// The column weights, (m).
    B,
    /// The cost matrix, (n, m).
    Cost,
    /// The points that send, (n, d).
    X,
    /// The points that receive, (m, d).
    Y,
}

impl Wrt {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Wrt::A => "a",
            Wrt::B => "b",
            Wrt::Cost => "cost",
            Wrt::X => "x",
            Wrt::Y => "y",
        }
    }
}

impl<T: Real> Solver<'_, T> {
    /// The plan P, (n, m).
    ///
    /// ```
    /// let cost = [0.0, 1.0, 1.0, 0.0];
    /// let solution = fenchel::sinkhorn(&[0.5, 0.5], &[0.25, 0.75], fenchel::MatrixRef::new(&cost, 2, 2)?, 0.1)?;
    /// let plan = solution.plan()?;
    /// assert!((plan.row(0).iter().sum::<f64>() - 0.5).abs() < 1e-8);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `State`, `TooLarge`, `Nomem`.
    pub fn plan(&self) -> Result<Matrix<T>> {
        let mut plan = Matrix::zeros(self.rows(), self.cols())?;
        let view = plan.raw_mut();
        // SAFETY: the view covers `plan`, which outlives the call.
        call(|err| unsafe { sys::fen_transport_plan(self.raw(), &view, err) })?;
        Ok(plan)
    }

    /// The plan, row after row, into memory of the caller: n m elements.
    ///
    /// # Errors
    /// `State`, `Shape`.
    pub fn plan_into(&self, plan: &mut [T]) -> Result<()> {
        let (n, m) = (self.rows(), self.cols());
        if product(&[n, m])? != plan.len() {
            let message = format!("plan has {} elements, not {n} x {m}", plan.len());
            return Err(Error::new(Status::Shape, message));
        }
        let view = output(plan, &[n, m]);
        // SAFETY: the view covers the slice, borrowed mutably for this call.
        call(|err| unsafe { sys::fen_transport_plan(self.raw(), &view, err) })
    }

    /// The entries of the plan above `threshold`; no n x m array is formed.
    ///
    /// ```
    /// let cost = [0.0, 1.0, 1.0, 0.0];
    /// let solution = fenchel::sinkhorn(&[0.5, 0.5], &[0.5, 0.5], fenchel::MatrixRef::new(&cost, 2, 2)?, 0.1)?;
    /// let sparse = solution.plan_csr(1e-3)?;
    /// assert_eq!((sparse.indptr, sparse.indices), (vec![0, 1, 2], vec![0, 1]));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `State`, `Range` (a threshold that is negative or NaN), `Nomem`.
    pub fn plan_csr(&self, threshold: f64) -> Result<Csr<T>> {
        let null = std::ptr::null();
        let mut count = 0;
        // SAFETY: without arrays the call only counts.
        call(|err| unsafe { sys::fen_transport_plan_csr(self.raw(), threshold, &mut count, null, null, null, err) })?;
        let nnz = count as usize;
        let (mut indptr, mut indices, mut values) = (zeros(self.rows() + 1)?, zeros(nnz)?, zeros::<T>(nnz)?);
        let views =
            (integers(&mut indptr, &[self.rows() + 1]), integers(&mut indices, &[nnz]), output(&mut values, &[nnz]));
        // SAFETY: the views cover the three vectors, which outlive the call.
        call(|err| unsafe {
            sys::fen_transport_plan_csr(self.raw(), threshold, &mut count, &views.0, &views.1, &views.2, err)
        })?;
        Ok(Csr { rows: self.rows(), cols: self.cols(), indptr, indices, values })
    }

    /// P v: (m, k) to (n, k), without forming P.
    ///
    /// ```
    /// # use fenchel::MatrixRef;
    /// let cost = [0.0, 1.0, 1.0, 0.0_f64];
    /// let solution = fenchel::sinkhorn(&[0.5, 0.5], &[0.5, 0.5], MatrixRef::new(&cost, 2, 2)?, 0.1)?;
    /// let y = MatrixRef::new(&[10.0_f64, 20.0], 2, 1)?;
    /// let moved = solution.barycentric(y)?; // where each row's mass goes, on average
    /// assert!((moved[(0, 0)] - 10.0).abs() < 0.01 && (moved[(1, 0)] - 20.0).abs() < 0.01);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `State`, `Shape`, `NotFinite`.
    pub fn apply(&self, v: MatrixRef<'_, T>) -> Result<Matrix<T>> {
        self.apply_flags(0, v)
    }

    /// P^T v: (n, k) to (m, k).
    ///
    /// # Errors
    /// As [`Solver::apply`].
    pub fn apply_transpose(&self, v: MatrixRef<'_, T>) -> Result<Matrix<T>> {
        self.apply_flags(sys::fen_apply_flags::FEN_APPLY_TRANSPOSE.0, v)
    }

    /// P v with each row divided by the mass of its row of P: the barycentric projection. Rows without mass are 0.
    ///
    /// # Errors
    /// As [`Solver::apply`].
    pub fn barycentric(&self, v: MatrixRef<'_, T>) -> Result<Matrix<T>> {
        self.apply_flags(sys::fen_apply_flags::FEN_APPLY_NORMALIZE.0, v)
    }

    /// P^T v with each row divided by the mass of its column of P.
    ///
    /// # Errors
    /// As [`Solver::apply`].
    pub fn barycentric_transpose(&self, v: MatrixRef<'_, T>) -> Result<Matrix<T>> {
        self.apply_flags(sys::fen_apply_flags::FEN_APPLY_TRANSPOSE.0 | sys::fen_apply_flags::FEN_APPLY_NORMALIZE.0, v)
    }

    fn apply_flags(&self, flags: u32, v: MatrixRef<'_, T>) -> Result<Matrix<T>> {
        let transposed = flags & sys::fen_apply_flags::FEN_APPLY_TRANSPOSE.0 != 0;
        let mut out = Matrix::zeros(if transposed { self.cols() } else { self.rows() }, v.cols())?;
        let (input, view) = (v.raw(), out.raw_mut());
        // SAFETY: the input is borrowed, the view covers `out`; both outlive the call.
        call(|err| unsafe { sys::fen_transport_apply(self.raw(), flags, &input, &view, err) })?;
        Ok(out)
    }

    /// Pairs drawn from the plan: a function of plan, mode and seed only. `count` is ignored for
    /// [`SampleMode::PerRow`], which draws n.
    ///
    /// # Errors
    /// `State`, `Range` (more distinct pairs than the plan has), `Nomem`.
    pub fn sample(&self, mode: SampleMode, count: usize, seed: u64) -> Result<Sample> {
        let (count, mode) = match mode {
            SampleMode::PerRow => (self.rows(), sys::fen_sample_mode::FEN_SAMPLE_PER_ROW),
            SampleMode::Joint => (count, sys::fen_sample_mode::FEN_SAMPLE_JOINT),
            SampleMode::WithoutReplacement => (count, sys::fen_sample_mode::FEN_SAMPLE_WITHOUT_REPLACEMENT),
        };
        let (mut rows, mut cols) = (zeros(count)?, zeros(count)?);
        let views = (integers(&mut rows, &[count]), integers(&mut cols, &[count]));
        // SAFETY: the views cover the two vectors, which outlive the call.
        call(|err| unsafe { sys::fen_transport_sample(self.raw(), mode.0 as i32, seed, &views.0, &views.1, err) })?;
        Ok(Sample { rows, cols })
    }

    /// Gradient of the optimal value by the envelope theorem, row after row, of the shape that [`Wrt`] states.
    ///
    /// # Errors
    /// `State`, `Unsupported` (points of a geometry without points; weights under the entropy regulariser).
    pub fn gradient(&self, with_respect_to: Wrt) -> Result<Vec<T>> {
        let shape = self.shape_of(with_respect_to);
        let mut gradient = zeros(product(&shape)?)?;
        let (name, view) = (c_name(with_respect_to.name()), output(&mut gradient, &shape));
        // SAFETY: the view covers `gradient`, which outlives the call.
        call(|err| unsafe { sys::fen_transport_gradient(self.raw(), name.as_ptr(), &view, err) })?;
        Ok(gradient)
    }

    pub(crate) fn shape_of(&self, side: Wrt) -> Vec<usize> {
        let dim = self.size.dim.max(1); // without points the library says that there are none
        match side {
            Wrt::A => vec![self.rows()],
            Wrt::B => vec![self.cols()],
            Wrt::Cost => vec![self.rows(), self.cols()],
            Wrt::X => vec![self.rows(), dim],
            Wrt::Y => vec![self.cols(), dim],
        }
    }
}
