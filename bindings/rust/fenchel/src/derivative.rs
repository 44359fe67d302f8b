//! Implicit derivatives of the solution map (a, b, cost or points) -> (phi, psi, plan).
use crate::error::call;
use crate::view::{input_slice, output, pointer, product, zeros};
use crate::{sys, Matrix, MatrixRef, Real, Result, Solver, Wrt};

/// Cotangents of a solution; None counts as zero.
#[derive(Debug, Clone, Copy)]
pub struct Cotangent<'v, T> {
    /// Of phi, (n).
    pub phi: Option<&'v [T]>,
    /// Of psi, (m).
    pub psi: Option<&'v [T]>,
    /// Of the plan, (n, m).
    pub plan: Option<MatrixRef<'v, T>>,
}

/// Tangents of a problem; None counts as zero.
#[derive(Debug, Clone, Copy)]
pub struct Tangent<'v, T> {
    /// Of the row weights, (n).
    pub a: Option<&'v [T]>,
    /// Of the column weights, (m).
    pub b: Option<&'v [T]>,
    /// Of the cost matrix, (n, m).
    pub cost: Option<MatrixRef<'v, T>>,
    /// Of the sending points, (n, d).
    pub x: Option<MatrixRef<'v, T>>,
    /// Of the receiving points, (m, d).
    pub y: Option<MatrixRef<'v, T>>,
}

impl<T> Default for Cotangent<'_, T> {
    fn default() -> Self {
        Cotangent { phi: None, psi: None, plan: None }
    }
}

impl<T> Default for Tangent<'_, T> {
    fn default() -> Self {
        Tangent { a: None, b: None, cost: None, x: None, y: None }
    }
}

/// What [`Solver::vjp`] returns: the sides that were asked for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProblemCotangent<T> {
    /// (n).
    pub a: Option<Vec<T>>,
    /// (m).
    pub b: Option<Vec<T>>,
    /// (n, m).
    pub cost: Option<Matrix<T>>,
    /// (n, d).
    pub x: Option<Matrix<T>>,
    /// (m, d).
    pub y: Option<Matrix<T>>,
}

/// What [`Solver::jvp`] returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SolutionTangent<T> {
    /// (n).
    pub phi: Vec<T>,
    /// (m).
    pub psi: Vec<T>,
    /// (n, m), where it was asked for.
    pub plan: Option<Matrix<T>>,
}

impl<T: Real> Solver<'_, T> {
    /// Pulls cotangents of the solution back to the sides of the problem named in `wanted`. `tol` is the relative
    /// tolerance of the linear solve; 0 picks one by dtype.
    ///
    /// ```
    /// # use fenchel::{Cotangent, MatrixRef, Wrt};
    /// let cost = [0.0, 1.0, 1.0, 0.0];
    /// let solution = fenchel::sinkhorn(&[0.5, 0.5], &[0.5, 0.5], MatrixRef::new(&cost, 2, 2)?, 0.5)?;
    /// let cotangent = Cotangent { phi: Some(&[1.0, -1.0]), ..Default::default() };
    /// let back = solution.vjp(&cotangent, &[Wrt::Cost], 0.0)?;
    /// assert_eq!(back.cost.map(|c| (c.rows(), c.cols())), Some((2, 2)));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `State`, `Shape`, `Singular` (the tolerance was missed), `Unsupported` (grids; points of other geometries).
    pub fn vjp(&self, cotangent: &Cotangent<'_, T>, wanted: &[Wrt], tol: f64) -> Result<ProblemCotangent<T>> {
        let phi = cotangent.phi.map(|v| input_slice(v, &[v.len()]));
        let psi = cotangent.psi.map(|v| input_slice(v, &[v.len()]));
        let plan = cotangent.plan.map(|v| v.raw());
        let mut out: [Option<Matrix<T>>; 5] = [None, None, None, None, None];
        for &side in wanted {
            let shape = self.shape_of(side);
            out[side as usize] = Some(Matrix::zeros(shape[0], shape.get(1).copied().unwrap_or(1))?);
        }
        let mut views = [None; 5];
        for (k, (view, matrix)) in views.iter_mut().zip(&mut out).enumerate() {
            *view = matrix.as_mut().map(Matrix::raw_mut).map(|mut v| {
                v.ndim = if k < 2 { 1 } else { 2 }; // a and b are vectors
                v
            });
        }
        let mut bundle = empty_bundle();
        (bundle.phi, bundle.psi, bundle.plan) = (pointer(&phi), pointer(&psi), pointer(&plan));
        (bundle.a, bundle.b, bundle.cost) = (pointer(&views[0]), pointer(&views[1]), pointer(&views[2]));
        (bundle.x, bundle.y) = (pointer(&views[3]), pointer(&views[4]));
        // SAFETY: inputs are borrowed and the output views cover `out`; all outlive the call.
        call(|err| unsafe { sys::fen_transport_vjp(self.raw(), tol, &bundle, err) })?;
        let [a, b, cost, x, y] = out;
        Ok(ProblemCotangent { a: a.map(Matrix::into_vec), b: b.map(Matrix::into_vec), cost, x, y })
    }

    /// Pushes tangents of the problem forward to the potentials, and to the plan if `plan` is true.
    ///
    /// # Errors
    /// As [`Solver::vjp`].
    pub fn jvp(&self, tangent: &Tangent<'_, T>, plan: bool, tol: f64) -> Result<SolutionTangent<T>> {
        let a = tangent.a.map(|v| input_slice(v, &[v.len()]));
        let b = tangent.b.map(|v| input_slice(v, &[v.len()]));
        let cost = tangent.cost.map(|v| v.raw());
        let (x, y) = (tangent.x.map(|v| v.raw()), tangent.y.map(|v| v.raw()));
        let (n, m) = (self.rows(), self.cols());
        let (mut phi, mut psi) = (zeros(n)?, zeros(m)?);
        let mut plan_out = if plan { Some(Matrix::zeros(n, m)?) } else { None };
        debug_assert!(product(&[n, m]).is_ok() || !plan);
        let (phi_view, psi_view) = (Some(output(&mut phi, &[n])), Some(output(&mut psi, &[m])));
        let plan_view = plan_out.as_mut().map(Matrix::raw_mut);
        let mut bundle = empty_bundle();
        (bundle.a, bundle.b, bundle.cost) = (pointer(&a), pointer(&b), pointer(&cost));
        (bundle.x, bundle.y) = (pointer(&x), pointer(&y));
        (bundle.phi, bundle.psi, bundle.plan) = (pointer(&phi_view), pointer(&psi_view), pointer(&plan_view));
        // SAFETY: inputs are borrowed and the output views cover phi, psi and plan_out; all outlive the call.
        call(|err| unsafe { sys::fen_transport_jvp(self.raw(), tol, &bundle, err) })?;
        Ok(SolutionTangent { phi, psi, plan: plan_out })
    }
}

fn empty_bundle() -> sys::fen_transport_bundle {
    sys::fen_transport_bundle {
        struct_size: std::mem::size_of::<sys::fen_transport_bundle>() as u32,
        ..Default::default()
    }
}
