//! Derivatives of quadratic programs and their multipliers.
use crate::error::call;
use crate::solution_derivative::empty_derivative;
use crate::view::{input_slice, output, shaped, zeros};
use crate::{sys, Derivative, DerivativeOptions, DerivativeResult, Error, Real, Result, Status};

/// Constraints of a [`Program`] with their multipliers.
#[derive(Debug, Clone, Copy)]
pub struct Constraints<'v, T> {
    /// (count, n), row after row.
    pub rows: &'v [T],
    /// (count): the right-hand sides.
    pub values: &'v [T],
    /// (count): the multipliers.
    pub multipliers: &'v [T],
}

/// A convex quadratic program at its solution, whoever found it: min 1/2 x'Px + q'x subject to Ex = e (nu), Gx <= h (lam),
/// with Px + q + E'nu + G'lam = 0.
///
/// ```
/// use fenchel::{Constraints, DerivativeOptions, Program};
/// // min 1/2 x^2 - 2 x subject to x <= 1: x = 1, lam = 1
/// let bound = Constraints { rows: &[1.0], values: &[1.0], multipliers: &[1.0] };
/// let program = Program { p: Some(&[1.0]), inequalities: Some(bound), ..Program::new(&[-2.0], &[1.0]) };
/// let back = program.vjp(&[("x", &[1.0])], &["h", "q"], &DerivativeOptions::default())?;
/// assert_eq!(back.value, [[1.0], [0.0]]); // the bound alone moves x
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Program<'v, T> {
    /// P, (n, n), row after row; its symmetric part is read; positive semidefinite. None: 0.
    pub p: Option<&'v [T]>,
    /// (n).
    pub q: &'v [T],
    /// E, e and nu.
    pub equalities: Option<Constraints<'v, T>>,
    /// G, h and lam.
    pub inequalities: Option<Constraints<'v, T>>,
    /// The solution, (n).
    pub x: &'v [T],
}

/// What [`Program::jvp`] returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProgramTangent<T> {
    /// (n).
    pub x: Vec<T>,
    /// Of the multipliers of the equalities.
    pub nu: Vec<T>,
    /// Of those of the inequalities.
    pub lam: Vec<T>,
}

const NAMES: [&str; 9] = ["P", "q", "E", "e", "G", "h", "x", "nu", "lam"];

fn slot(name: &str) -> Result<usize> {
    let found = NAMES.iter().position(|known| *known == name);
    found.ok_or_else(|| {
        Error::new(Status::Name, format!("{name:?} is no part of a program; known: {}", NAMES.join(", ")))
    })
}

fn bundle(views: &[Option<sys::fen_array>; 9]) -> sys::fen_kkt_bundle {
    let at = |k: usize| views[k].as_ref().map_or(std::ptr::null(), |view| view as *const sys::fen_array);
    sys::fen_kkt_bundle {
        struct_size: std::mem::size_of::<sys::fen_kkt_bundle>() as u32,
        P: at(0),
        q: at(1),
        E: at(2),
        e: at(3),
        G: at(4),
        h: at(5),
        x: at(6),
        nu: at(7),
        lam: at(8),
    }
}

impl<'v, T: Real> Program<'v, T> {
    /// Without P and constraints.
    pub fn new(q: &'v [T], x: &'v [T]) -> Self {
        Program { p: None, q, equalities: None, inequalities: None, x }
    }

    fn shape(&self, slot: usize) -> Vec<usize> {
        let n = self.x.len();
        let rows = |constraints: &Option<Constraints<'_, T>>| constraints.as_ref().map_or(0, |c| c.values.len());
        let (equal, bound) = (rows(&self.equalities), rows(&self.inequalities));
        match slot {
            0 => vec![n, n],
            2 => vec![equal, n],
            4 => vec![bound, n],
            3 | 7 => vec![equal],
            5 | 8 => vec![bound],
            _ => vec![n],
        }
    }

    fn view(&self, slot: usize, values: &[T]) -> Result<sys::fen_array> {
        shaped(input_slice(values, &[values.len()]), &self.shape(slot))
    }

    fn point(&self) -> Result<[Option<sys::fen_array>; 9]> {
        let mut out = [None; 9];
        out[0] = self.p.map(|p| self.view(0, p)).transpose()?;
        (out[1], out[6]) = (Some(self.view(1, self.q)?), Some(self.view(6, self.x)?));
        for (first, third, constraints) in [(2, 7, &self.equalities), (4, 8, &self.inequalities)] {
            if let Some(c) = constraints {
                out[first] = Some(self.view(first, c.rows)?);
                out[first + 1] = Some(self.view(first + 1, c.values)?);
                out[third] = Some(self.view(third, c.multipliers)?);
            }
        }
        Ok(out)
    }

    fn given(&self, values: &[(&str, &[T])]) -> Result<[Option<sys::fen_array>; 9]> {
        let mut out = [None; 9];
        for (name, array) in values {
            let k = slot(name)?;
            out[k] = Some(self.view(k, array)?);
        }
        Ok(out)
    }

    /// Cotangents of the solution, of "x", "nu", "lam" (those left out are 0), pulled back to the parts of the program named
    /// in `wanted`, out of "P", "q", "E", "e", "G", "h": their values come back in that order, row after row.
    ///
    /// # Errors
    /// `Singular` where active constraints are dependent or P is singular along them, `Uncertified`, `Name`, `Shape`,
    /// `NotFinite`, `Overlap` for a name in both lists.
    pub fn vjp(
        &self,
        cotangents: &[(&str, &[T])],
        wanted: &[&str],
        options: &DerivativeOptions,
    ) -> Result<Derivative<Vec<Vec<T>>>> {
        let (options, mut result) = (options.to_raw(), empty_derivative());
        let (point, mut views) = (self.point()?, self.given(cotangents)?);
        let mut value = Vec::with_capacity(wanted.len());
        for name in wanted {
            value.push(zeros::<T>(self.shape(slot(name)?).iter().product())?);
        }
        for (name, v) in wanted.iter().zip(value.iter_mut()) {
            let (k, size) = (slot(name)?, v.len());
            if views[k].is_some() {
                return Err(Error::new(Status::Overlap, format!("{name} is given and wanted, or wanted twice")));
            }
            views[k] = Some(shaped(output(v, &[size]), &self.shape(k))?);
        }
        let (at, arrays) = (bundle(&point), bundle(&views));
        // SAFETY: inputs are borrowed and the output views cover `value`; all outlive the call.
        call(|err| unsafe { sys::fen_kkt_vjp(&at, &arrays, &options, &mut result, err) })?;
        Ok(Derivative { value, result: DerivativeResult::from_raw(&result) })
    }

    /// How the solution and the multipliers move with tangents of "P", "q", "E", "e", "G", "h"; those left out are 0.
    ///
    /// # Errors
    /// As [`Program::vjp`].
    pub fn jvp(&self, tangents: &[(&str, &[T])], options: &DerivativeOptions) -> Result<Derivative<ProgramTangent<T>>> {
        let (options, mut result) = (options.to_raw(), empty_derivative());
        let (point, mut views) = (self.point()?, self.given(tangents)?);
        let rows = |k: usize| self.shape(k)[0];
        let (mut x, mut nu, mut lam) = (zeros::<T>(rows(6))?, zeros::<T>(rows(7))?, zeros::<T>(rows(8))?);
        for (k, out) in [(6, &mut x), (7, &mut nu), (8, &mut lam)] {
            if views[k].is_some() {
                return Err(Error::new(Status::Name, format!("{} is no tangent of a program", NAMES[k])));
            }
            if !out.is_empty() {
                let size = out.len();
                views[k] = Some(output(out, &[size]));
            }
        }
        let (at, arrays) = (bundle(&point), bundle(&views));
        // SAFETY: as above.
        call(|err| unsafe { sys::fen_kkt_jvp(&at, &arrays, &options, &mut result, err) })?;
        Ok(Derivative { value: ProgramTangent { x, nu, lam }, result: DerivativeResult::from_raw(&result) })
    }
}
