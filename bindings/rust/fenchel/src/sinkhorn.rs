use std::ffi::CString;
use std::ops::Deref;

use crate::geometry::c_name;
use crate::view::zeros;
use crate::{
    Cost, Flow, Geometry, Problem, Progress, Real, Result, SinkhornOptions, Solver, TransportResult, TransportSpec,
    Weights,
};

/// Solves one transport problem with default settings: the main job in one call.
///
/// `a` (n) and `b` (m) are slices, arrays, `Vec`s, strided [`VectorRef`](crate::VectorRef)s or [`Weights::Uniform`];
/// `cost` is a [`MatrixRef`](crate::MatrixRef) (n, m), or a [`Cost`]; `eps` is in units of the cost. Everything is `f32`
/// or everything is `f64`. Use [`Sinkhorn`] for other settings.
///
/// ```
/// use fenchel::{sinkhorn, MatrixRef};
/// let (a, b) = ([0.5, 0.5], [0.25, 0.75]);
/// let cost = [0.0, 1.0, 1.0, 0.0];
/// let solution = sinkhorn(&a, &b, MatrixRef::new(&cost, 2, 2)?, 0.05)?;
/// assert!(solution.result.termination.converged());
/// assert!((solution.result.cost - 0.25).abs() < 1e-6); // a quarter of the mass moves by 1
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// As [`Geometry::new`], [`Problem::new`] and [`Solver::solve`]. Not to converge is no error: look at
/// [`TransportResult::termination`].
pub fn sinkhorn<'a, 'w, T: Real>(
    a: impl Into<Weights<'w, T>>,
    b: impl Into<Weights<'w, T>>,
    cost: impl Into<Cost<'a, T>>,
    eps: f64,
) -> Result<Solution<'a, T>> {
    Sinkhorn::new(eps).solve(a, b, cost)
}

/// Settings of a solve, one setter each; the defaults are those of every language.
///
/// ```
/// use fenchel::{MatrixRef, Sinkhorn, Weights};
/// let cost = [0.0_f32, 1.0, 2.0, 1.0, 0.0, 1.0];
/// let cost = MatrixRef::new(&cost, 2, 3)?;
/// let solution = Sinkhorn::new(0.1)
///     .method("sinkhorn")
///     .rho_a(2.0) // unbalanced
///     .rho_b(2.0)
///     .max_iter(500)
///     .solve(Weights::Uniform, Weights::Uniform, cost)?;
/// assert_eq!(solution.phi.len(), 2);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sinkhorn {
    pub(crate) spec: TransportSpec,
    pub(crate) options: SinkhornOptions,
    pub(crate) method: CString,
}

/// A solved problem: potentials, result, and through [`Deref`] all that a [`Solver`] answers.
#[derive(Debug)]
pub struct Solution<'a, T> {
    /// Potential of the rows, (n), in units of the cost.
    pub phi: Vec<T>,
    /// Potential of the columns, (m).
    pub psi: Vec<T>,
    /// How the solve went.
    pub result: TransportResult,
    solver: Solver<'a, T>,
}

impl<'a, T> Deref for Solution<'a, T> {
    type Target = Solver<'a, T>;
    fn deref(&self) -> &Solver<'a, T> {
        &self.solver
    }
}

impl<'a, T> Solution<'a, T> {
    /// The solver behind it, for instance to solve again from a warm start.
    pub fn into_solver(self) -> Solver<'a, T> {
        self.solver
    }
}

impl Sinkhorn {
    /// Defaults at this regularisation, in units of the cost.
    #[must_use]
    pub fn new(eps: f64) -> Sinkhorn {
        let spec = TransportSpec { eps, ..Default::default() };
        Sinkhorn::from_parts(spec, SinkhornOptions::default())
    }

    /// From whole structs.
    #[must_use]
    pub fn from_parts(spec: TransportSpec, options: SinkhornOptions) -> Sinkhorn {
        Sinkhorn { spec, options, method: c_name(crate::transport_method::AUTO) }
    }

    /// The method by name, out of the catalogue [`transport_method`](crate::transport_method). Default: "auto".
    #[must_use]
    pub fn method(mut self, name: &str) -> Sinkhorn {
        self.method = c_name(name);
        self
    }

    /// The problem's part of the settings.
    pub fn spec(&self) -> &TransportSpec {
        &self.spec
    }

    /// The solver's part of the settings.
    pub fn options(&self) -> &SinkhornOptions {
        &self.options
    }

    /// Makes a solver, unsolved: for warm starts and cancel handles.
    ///
    /// # Errors
    /// As [`Geometry::new`], [`Problem::new`] and [`Solver::new`].
    pub fn solver<'a, 'w, T: Real>(
        &self,
        a: impl Into<Weights<'w, T>>,
        b: impl Into<Weights<'w, T>>,
        cost: impl Into<Cost<'a, T>>,
    ) -> Result<Solver<'a, T>> {
        let geometry = Geometry::new(cost)?;
        let problem = Problem::new(&geometry, a, b, &self.spec)?;
        Solver::with_c_name(&problem, &self.method, &self.options)
    }

    /// Makes a solver and solves.
    ///
    /// # Errors
    /// As [`sinkhorn`].
    pub fn solve<'a, 'w, T: Real>(
        &self,
        a: impl Into<Weights<'w, T>>,
        b: impl Into<Weights<'w, T>>,
        cost: impl Into<Cost<'a, T>>,
    ) -> Result<Solution<'a, T>> {
        let mut solver = self.solver(a, b, cost)?;
        let result = solver.solve()?;
        finish(solver, result)
    }

    /// The same with a monitor, called on this thread as [`Solver::solve_with`] says.
    ///
    /// # Errors
    /// As [`sinkhorn`], and `Callback`.
    pub fn solve_with<'a, 'w, T: Real>(
        &self,
        a: impl Into<Weights<'w, T>>,
        b: impl Into<Weights<'w, T>>,
        cost: impl Into<Cost<'a, T>>,
        monitor: impl FnMut(&Progress) -> Flow,
    ) -> Result<Solution<'a, T>> {
        let mut solver = self.solver(a, b, cost)?;
        let result = solver.solve_with(monitor)?;
        finish(solver, result)
    }
}

fn finish<T: Real>(solver: Solver<'_, T>, result: TransportResult) -> Result<Solution<'_, T>> {
    let (mut phi, mut psi) = (zeros(solver.rows())?, zeros(solver.cols())?);
    solver.potentials_into(&mut phi, &mut psi)?;
    Ok(Solution { phi, psi, result, solver })
}
