//! Derivatives of solutions: x*(theta) = argmin f + g, or any x* with F(x*, theta) = 0. Each says how wrong it can be.
use std::any::Any;
use std::ffi::{c_void, CString};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

use crate::error::call;
use crate::geometry::c_name;
use crate::view::{input_slice, output, product, shaped, zeros};
use crate::{sys, Composite, DerivativeOptions, DerivativeResult, Flow, Real, Result};

/// A derivative and how far it can be trusted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Derivative<V> {
    /// What was asked for.
    pub value: V,
    /// Status, achieved residuals, bounds.
    pub result: DerivativeResult,
}

pub(crate) fn empty_derivative() -> sys::fen_derivative_result {
    sys::fen_derivative_result {
        struct_size: std::mem::size_of::<sys::fen_derivative_result>() as u32,
        ..Default::default()
    }
}

fn entries(names: &[CString], arrays: &[sys::fen_array]) -> Vec<sys::fen_solution_array> {
    let pairs = names.iter().zip(arrays);
    pairs.map(|(name, array)| sys::fen_solution_array { parameter: name.as_ptr(), array }).collect()
}

impl<T: Real> Composite<'_, T> {
    /// A cotangent, (n), of the solution x, (n), pulled back to parameters: one linear system, however many of them.
    /// `parameters` are names out of [`solution_parameter`](crate::solution_parameter) with the shapes given there; the
    /// values come back in their order, row after row. x may come from any solver.
    ///
    /// ```
    /// use fenchel::{Composite, DerivativeOptions, MatrixRef, MinimizeOptions, Operator, Prox, Smooth};
    /// let a = Operator::dense(MatrixRef::new(&[1.0, 0.0, 0.0, 1.0], 2, 2)?)?;
    /// let f = Smooth::least_squares(&a, &[3.0, 0.5])?;
    /// let problem = Composite::<f64>::new().smooth(&f).prox(&Prox::elastic_net(1.0, 1.0)?);
    /// let x = problem.minimize_by("cd", &MinimizeOptions { tol: 1e-14, ..Default::default() })?.x; // (1, 0)
    /// let wanted: [(&str, &[usize]); 2] = [("f.y", &[2]), ("g.l1", &[1])];
    /// let back = problem.solution_vjp(&x, &[1.0, 1.0], &wanted, &DerivativeOptions::default())?;
    /// assert!((back.value[0][0] - 0.5).abs() < 1e-9 && back.value[0][1] == 0.0); // the second unknown stays 0
    /// assert!((back.value[1][0] + 0.5).abs() < 1e-9 && back.result.bound < 1e-6);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Singular` where the Hessian on the active set is, `Uncertified` where [`DerivativeOptions::require_certified`] is
    /// set and no bound is proved, `Unsupported` (f without hvp, g without a derivative, several terms g, an operator, a
    /// parameter that the problem lacks), `Name`, `Shape`, `NotFinite`, `Callback`.
    pub fn solution_vjp(
        &self,
        x: &[T],
        cotangent: &[T],
        parameters: &[(&str, &[usize])],
        options: &DerivativeOptions,
    ) -> Result<Derivative<Vec<Vec<T>>>> {
        let (problem, options, mut result) = (self.problem()?, options.to_raw(), empty_derivative());
        let names: Vec<CString> = parameters.iter().map(|(name, _)| c_name(name)).collect();
        let mut value = Vec::with_capacity(parameters.len());
        for (_, shape) in parameters {
            value.push(zeros::<T>(product(shape)?)?);
        }
        let mut arrays = Vec::with_capacity(parameters.len());
        for (v, (_, shape)) in value.iter_mut().zip(parameters) {
            let size = v.len();
            arrays.push(shaped(output(v, &[size]), shape)?);
        }
        let outputs = entries(&names, &arrays);
        let (x, cotangent) = (input_slice(x, &[x.len()]), input_slice(cotangent, &[cotangent.len()]));
        // SAFETY: all views cover slices borrowed for this call, and outputs has as many entries as the call is told.
        self.run(|err| unsafe {
            let count = outputs.len() as i32;
            sys::fen_solution_vjp(problem.0, &x, &cotangent, outputs.as_ptr(), count, &options, &mut result, err)
        })?;
        Ok(Derivative { value, result: DerivativeResult::from_raw(&result) })
    }

    /// How the solution x, (n), moves with its parameters: dx, (n), the sum over them of dx / dp times its tangent.
    /// `tangents` are names out of [`solution_parameter`](crate::solution_parameter) with their shapes and values.
    ///
    /// # Errors
    /// As [`Composite::solution_vjp`].
    pub fn solution_jvp(
        &self,
        x: &[T],
        tangents: &[(&str, &[usize], &[T])],
        options: &DerivativeOptions,
    ) -> Result<Derivative<Vec<T>>> {
        let (problem, options, mut result) = (self.problem()?, options.to_raw(), empty_derivative());
        let names: Vec<CString> = tangents.iter().map(|(name, ..)| c_name(name)).collect();
        let arrays = tangents.iter().map(|(_, shape, v)| shaped(input_slice(v, &[v.len()]), shape));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let inputs = entries(&names, &arrays);
        let mut value = zeros(x.len())?;
        let (x, dx) = (input_slice(x, &[x.len()]), output(&mut value, &[x.len()]));
        // SAFETY: as above.
        self.run(|err| unsafe {
            let count = inputs.len() as i32;
            sys::fen_solution_jvp(problem.0, &x, inputs.as_ptr(), count, &dx, &options, &mut result, err)
        })?;
        Ok(Derivative { value, result: DerivativeResult::from_raw(&result) })
    }
}

/// Which product with a Jacobian of F a closure is asked for; see [`Condition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RootProduct {
    /// dF/dx, (n) to (n).
    Dx,
    /// Its transpose; never asked for where the condition is symmetric.
    DxTransposed,
    /// dF/dtheta, (m) to (n).
    Dtheta,
    /// Its transpose, (n) to (m).
    DthetaTransposed,
    /// About the inverse of dF/dx, positive definite, (n) to (n); asked for where the condition is preconditioned.
    Precondition,
    /// The diagonal of dF/dx (of T's Jacobian for a fixed point), (n); asked for once where the condition has one.
    Diagonal,
}

/// Any condition F(x, theta) = 0 that defines x, (n), by theta, (m), given as products with F's Jacobians at the solution:
/// a closure `products(which, v, out)`. It runs on this thread; a panic in it comes out of the call.
///
/// ```
/// use fenchel::{Condition, DerivativeOptions, Flow, RootProduct};
/// // F(x, theta) = 2 x - theta: x = theta / 2
/// let condition = Condition { symmetric: true, ..Condition::new(3, 3) };
/// let products = |which, v: &[f64], out: &mut [f64]| {
///     let factor = if which == RootProduct::Dx { 2.0 } else { -1.0 };
///     out.iter_mut().zip(v).for_each(|(out, v)| *out = factor * v);
///     Flow::Continue
/// };
/// let moved = condition.jvp(products, &[1.0, 2.0, 3.0], &DerivativeOptions::default())?;
/// assert!((moved.value[2] - 1.5).abs() < 1e-9);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// The size of x.
    pub n: usize,
    /// The size of theta.
    pub m: usize,
    /// dF/dx is symmetric.
    pub symmetric: bool,
    /// x = T(x, theta): the products are those of T, and F = x - T.
    pub fixed_point: bool,
    /// The closure knows [`RootProduct::Precondition`].
    pub preconditioned: bool,
    /// The closure knows [`RootProduct::Diagonal`]: conjugate gradients divide by it where there is no preconditioner.
    pub diagonal: bool,
}

struct Products<F> {
    closure: F,
    n: usize,
    m: usize,
    panic: Option<Box<dyn Any + Send>>,
}

unsafe extern "C" fn multiply<F>(user: *mut c_void, what: i32, v: *const f64, out: *mut f64) -> i32
where
    F: FnMut(RootProduct, &[f64], &mut [f64]) -> Flow,
{
    // SAFETY: `user` is the Products<F> given beside this function; the library calls on the thread that lent it.
    let products = unsafe { &mut *user.cast::<Products<F>>() };
    let (n, m) = (products.n, products.m);
    let (which, from, to) = match what {
        0 => (RootProduct::Dx, n, n),
        1 => (RootProduct::DxTransposed, n, n),
        2 => (RootProduct::Dtheta, m, n),
        3 => (RootProduct::DthetaTransposed, n, m),
        4 => (RootProduct::Precondition, n, n),
        5 => (RootProduct::Diagonal, n, n),
        _ => return -1,
    };
    // SAFETY: the header gives these sizes; v and out do not meet.
    let (v, out) = unsafe { (std::slice::from_raw_parts(v, from), std::slice::from_raw_parts_mut(out, to)) };
    match catch_unwind(AssertUnwindSafe(|| (products.closure)(which, v, out))) {
        Ok(Flow::Continue) => 0,
        Ok(Flow::Cancel) => 1,
        Ok(Flow::Fail(code)) => code.min(-1),
        Err(payload) => {
            products.panic = Some(payload);
            -1
        }
    }
}

impl Condition {
    /// A condition without structure.
    pub fn new(n: usize, m: usize) -> Condition {
        Condition { n, m, symmetric: false, fixed_point: false, preconditioned: false, diagonal: false }
    }

    fn flags(&self) -> u32 {
        let flag = |set, flag: sys::fen_root_flags| if set { flag.0 } else { 0 };
        flag(self.symmetric, sys::fen_root_flags::FEN_ROOT_SYMMETRIC)
            | flag(self.fixed_point, sys::fen_root_flags::FEN_ROOT_FIXED_POINT)
            | flag(self.preconditioned, sys::fen_root_flags::FEN_ROOT_PRECONDITIONED)
            | flag(self.diagonal, sys::fen_root_flags::FEN_ROOT_HAS_DIAGONAL)
    }

    fn run<F>(&self, closure: F, function: impl FnOnce(sys::fen_root_fn, *mut c_void) -> Result<()>) -> Result<()>
    where
        F: FnMut(RootProduct, &[f64], &mut [f64]) -> Flow,
    {
        let mut products = Products { closure, n: self.n, m: self.m, panic: None };
        let user: *mut Products<F> = &mut products;
        let done = function(Some(multiply::<F>), user.cast());
        if let Some(payload) = products.panic.take() {
            resume_unwind(payload);
        }
        done
    }

    /// A cotangent, (n), of x pulled back to theta, (m). `adjoint`, (n): its contents are the start of the linear system,
    /// zeros for none, and the solution is left there for the next call.
    ///
    /// # Errors
    /// `Singular`, `Uncertified`, `Shape`, `NotFinite`, `Callback` where the closure failed or cancelled.
    pub fn vjp(
        &self,
        products: impl FnMut(RootProduct, &[f64], &mut [f64]) -> Flow,
        cotangent: &[f64],
        adjoint: &mut [f64],
        options: &DerivativeOptions,
    ) -> Result<Derivative<Vec<f64>>> {
        let (mut value, options, mut result) = (zeros(self.m)?, options.to_raw(), empty_derivative());
        let (seed, size) = (input_slice(cotangent, &[cotangent.len()]), adjoint.len());
        let (start, image) = (output(adjoint, &[size]), output(&mut value, &[self.m]));
        self.run(products, |function, user| {
            let (n, m) = (self.n as i64, self.m as i64);
            // SAFETY: all views cover slices borrowed for this call; the closure outlives it.
            call(|err| unsafe {
                let flags = self.flags();
                sys::fen_implicit_vjp(n, m, flags, function, user, &seed, &start, &image, &options, &mut result, err)
            })
        })?;
        Ok(Derivative { value, result: DerivativeResult::from_raw(&result) })
    }

    /// How x, (n), moves with theta along a tangent, (m).
    ///
    /// # Errors
    /// As [`Condition::vjp`].
    pub fn jvp(
        &self,
        products: impl FnMut(RootProduct, &[f64], &mut [f64]) -> Flow,
        tangent: &[f64],
        options: &DerivativeOptions,
    ) -> Result<Derivative<Vec<f64>>> {
        let (mut value, options, mut result) = (zeros(self.n)?, options.to_raw(), empty_derivative());
        let (given, moved) = (input_slice(tangent, &[tangent.len()]), output(&mut value, &[self.n]));
        self.run(products, |function, user| {
            let (n, m) = (self.n as i64, self.m as i64);
            // SAFETY: as above.
            call(|err| unsafe {
                let flags = self.flags();
                sys::fen_implicit_jvp(n, m, flags, function, user, &given, &moved, &options, &mut result, err)
            })
        })?;
        Ok(Derivative { value, result: DerivativeResult::from_raw(&result) })
    }
}
