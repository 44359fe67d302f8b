//! What a caller's closures get and answer as oracles of a bilevel problem, and where they are kept; `oracle_table` hands
//! them to C.
use std::any::Any;
use std::error::Error as StdError;
use std::panic::resume_unwind;

use crate::Result;

/// Where an oracle is called, and what of that is new.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct At<'v> {
    /// The unknowns of the lower level, (n).
    pub x: &'v [f64],
    /// The unknowns of the upper level, (m).
    pub theta: &'v [f64],
    /// x changed since the last call of any oracle of the problem.
    pub fresh_x: bool,
    /// theta changed since then: what was computed from the rest may be used again.
    pub fresh_theta: bool,
}

/// The gradients that an oracle is asked for, to be written in full.
#[derive(Debug)]
#[non_exhaustive]
pub struct Slopes<'v> {
    /// By x, (n).
    pub dx: Option<&'v mut [f64]>,
    /// By theta, (m).
    pub dtheta: Option<&'v mut [f64]>,
}

/// What the caller can prove of the two levels; [`Default`] is "unknown".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BilevelConstants {
    /// Modulus of strong convexity of h in x; 0 unknown.
    pub mu: f64,
    /// Lipschitz constant of dh/dx in x; infinity unknown, as for all below.
    pub lipschitz: f64,
    /// Of the Hessian H of h in x.
    pub hessian_lipschitz: f64,
    /// Norm of J = d2h/(dx dtheta).
    pub cross_norm: f64,
    /// Lipschitz constant of J in x.
    pub cross_lipschitz: f64,
    /// Of (df/dx, df/dtheta) in x.
    pub upper_lipschitz: f64,
}

impl Default for BilevelConstants {
    fn default() -> BilevelConstants {
        let unknown = f64::INFINITY;
        BilevelConstants {
            mu: 0.0,
            lipschitz: unknown,
            hessian_lipschitz: unknown,
            cross_norm: unknown,
            cross_lipschitz: unknown,
            upper_lipschitz: unknown,
        }
    }
}

/// Why an oracle has no numbers. Any error turns into one by `?`.
#[derive(Debug)]
pub enum Refusal {
    /// (x, theta) is outside its domain: a shorter step is tried. Numbers that are not finite mean the same.
    Outside,
    /// The call fails with [`Status::Callback`](crate::Status); a negative code is passed back in
    /// [`Error::detail`](crate::Error::detail), any other one as -1.
    Fail(i32),
    /// The same with the error itself, which becomes the [`source`](std::error::Error::source) of the call's.
    Error(Box<dyn StdError + Send + Sync>),
}

impl<E: StdError + Send + Sync + 'static> From<E> for Refusal {
    fn from(error: E) -> Refusal {
        Refusal::Error(Box::new(error))
    }
}

/// What an oracle answers.
pub type Answer<T> = std::result::Result<T, Refusal>;

type LevelFn<'a> = Box<dyn FnMut(&At<'_>, &mut Slopes<'_>) -> Answer<f64> + 'a>;
type ProductFn<'a> = Box<dyn FnMut(&At<'_>, usize, &[f64], &mut [f64]) -> Answer<()> + 'a>;
type ProxFn<'a> = Box<dyn FnMut(&[f64], &[f64], f64, &mut [f64]) -> Answer<f64> + 'a>;
type ProxVjpFn<'a> = Box<dyn FnMut(&[f64], &[f64], f64, &[f64], &mut Slopes<'_>) -> Answer<()> + 'a>;
type PreconditionFn<'a> = Box<dyn FnMut(&At<'_>, &[f64], &mut [f64]) -> Answer<()> + 'a>;
type ConstantsFn<'a> = Box<dyn FnMut(&[f64]) -> Answer<BilevelConstants> + 'a>;

/// The closures of a problem, and what ended the last call of one.
pub(crate) struct Oracles<'a> {
    pub(crate) n: usize,
    pub(crate) m: usize,
    pub(crate) lower: Option<LevelFn<'a>>,
    pub(crate) upper: Option<LevelFn<'a>>,
    pub(crate) lower_hvp: Option<ProductFn<'a>>,
    pub(crate) lower_cross_t: Option<ProductFn<'a>>,
    pub(crate) lower_cross: Option<ProductFn<'a>>,
    pub(crate) prox: Option<ProxFn<'a>>,
    pub(crate) prox_vjp: Option<ProxVjpFn<'a>>,
    pub(crate) precondition: Option<PreconditionFn<'a>>,
    pub(crate) constants: Option<ConstantsFn<'a>>,
    pub(crate) panic: Option<Box<dyn Any + Send>>,
    pub(crate) error: Option<Box<dyn StdError + Send + Sync>>,
}

impl<'a> Oracles<'a> {
    pub(crate) fn new(n: usize, m: usize) -> Oracles<'a> {
        Oracles {
            n,
            m,
            lower: None,
            upper: None,
            lower_hvp: None,
            lower_cross_t: None,
            lower_cross: None,
            prox: None,
            prox_vjp: None,
            precondition: None,
            constants: None,
            panic: None,
            error: None,
        }
    }

    /// Lets a closure's panic continue in the caller, and its error in the call's.
    pub(crate) fn finish<T>(&mut self, done: Result<T>) -> Result<T> {
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
        let error = self.error.take();
        done.map_err(|failed| match error {
            Some(error) => failed.caused_by(error),
            None => failed,
        })
    }
}
