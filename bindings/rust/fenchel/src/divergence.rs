use crate::error::call;
use crate::geometry::c_name;
use crate::solver::empty_result;
use crate::view::{output, pointer, zeros};
use crate::{sys, Matrix, MatrixRef, Real, Result, Sinkhorn, TransportResult, Weights};

/// A Sinkhorn divergence: zero exactly where both clouds are the same measure.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Divergence<T> {
    /// S = OT(a, b) - OT(a, a)/2 - OT(b, b)/2 + eps/2 (sum a - sum b)^2.
    pub value: f64,
    /// Of the problems (a, b), (a, a) and (b, b).
    pub results: [TransportResult; 3],
    /// Where they were asked for.
    pub gradients: Option<DivergenceGradients<T>>,
}

/// Gradients of a Sinkhorn divergence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DivergenceGradients<T> {
    /// With respect to the points x, (n, d).
    pub x: Matrix<T>,
    /// With respect to the points y, (m, d).
    pub y: Matrix<T>,
    /// With respect to the weights a, (n).
    pub a: Vec<T>,
    /// With respect to the weights b, (m).
    pub b: Vec<T>,
}

impl Sinkhorn {
    /// The Sinkhorn divergence of two weighted clouds of points, x (n, d) and y (m, d), under a cost by name.
    ///
    /// ```
    /// use fenchel::{cost, MatrixRef, Sinkhorn, Weights};
    /// let x = MatrixRef::new(&[0.0, 1.0, 2.0], 3, 1)?;
    /// let y = MatrixRef::new(&[5.0, 6.0, 7.0], 3, 1)?;
    /// let sinkhorn = Sinkhorn::new(0.5);
    /// let near = sinkhorn.divergence(x, x, Weights::Uniform, Weights::Uniform, cost::SQEUCLIDEAN)?;
    /// let far = sinkhorn.divergence(x, y, Weights::Uniform, Weights::Uniform, cost::SQEUCLIDEAN)?;
    /// assert!(near.value.abs() < 1e-6);
    /// assert!((far.value - 25.0).abs() < 1e-3); // the clouds are 5 apart
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Geometry::new`](crate::Geometry::new), [`Problem::new`](crate::Problem::new) and
    /// [`Solver::new`](crate::Solver::new); `Unsupported` under the entropy regulariser.
    pub fn divergence<'w, T: Real>(
        &self,
        x: MatrixRef<'_, T>,
        y: MatrixRef<'_, T>,
        a: impl Into<Weights<'w, T>>,
        b: impl Into<Weights<'w, T>>,
        cost: &str,
    ) -> Result<Divergence<T>> {
        self.divergence_of(x, y, a.into(), b.into(), cost, None)
    }

    /// The same with gradients with respect to points and weights.
    ///
    /// # Errors
    /// As [`Sinkhorn::divergence`].
    pub fn divergence_with_gradients<'w, T: Real>(
        &self,
        x: MatrixRef<'_, T>,
        y: MatrixRef<'_, T>,
        a: impl Into<Weights<'w, T>>,
        b: impl Into<Weights<'w, T>>,
        cost: &str,
    ) -> Result<Divergence<T>> {
        let gradients = DivergenceGradients {
            x: Matrix::zeros(x.rows(), x.cols())?,
            y: Matrix::zeros(y.rows(), y.cols())?,
            a: zeros(x.rows())?,
            b: zeros(y.rows())?,
        };
        self.divergence_of(x, y, a.into(), b.into(), cost, Some(gradients))
    }

    fn divergence_of<T: Real>(
        &self,
        x: MatrixRef<'_, T>,
        y: MatrixRef<'_, T>,
        a: Weights<'_, T>,
        b: Weights<'_, T>,
        cost: &str,
        mut gradients: Option<DivergenceGradients<T>>,
    ) -> Result<Divergence<T>> {
        let (n, m) = (x.rows(), y.rows());
        let (x, y, a, b, cost) = (x.raw(), y.raw(), a.raw(), b.raw(), c_name(cost));
        let (spec, options) = (self.spec.to_raw(), self.options.to_raw());
        let views =
            gradients.as_mut().map(|g| [g.x.raw_mut(), g.y.raw_mut(), output(&mut g.a, &[n]), output(&mut g.b, &[m])]);
        let slots: [*const sys::fen_array; 4] = match &views {
            Some(v) => [&v[0], &v[1], &v[2], &v[3]],
            None => [std::ptr::null(); 4],
        };
        let (mut value, mut results) = (0.0, [empty_result(); 3]);
        // SAFETY: inputs are borrowed; outputs are `value`, `results` and what `slots` points to; all outlive the call.
        call(|err| unsafe {
            sys::fen_sinkhorn_divergence(
                &x,
                &y,
                pointer(&a),
                pointer(&b),
                cost.as_ptr(),
                &spec,
                self.method.as_ptr(),
                &options,
                &mut value,
                slots[0],
                slots[1],
                slots[2],
                slots[3],
                results.as_mut_ptr(),
                err,
            )
        })?;
        Ok(Divergence { value, results: results.map(|r| TransportResult::from_raw(&r)), gradients })
    }
}
