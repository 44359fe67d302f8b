//! Closures of the caller behind the table of oracles of a bilevel problem. Panics and errors must not cross C: they are
//! kept, the library told that the oracle failed, and both continue in the call that ran it.
use std::any::Any;
use std::error::Error as StdError;
use std::ffi::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::slice::{from_raw_parts, from_raw_parts_mut};

use crate::{sys, Result};

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
    panic: Option<Box<dyn Any + Send>>,
    error: Option<Box<dyn StdError + Send + Sync>>,
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

    /// The table that the library calls: valid for as long as self stays where it is.
    pub(crate) fn table(&mut self) -> sys::fen_bilevel_oracles {
        fn given<T, F>(closure: &Option<T>, function: F) -> Option<F> {
            closure.as_ref().map(|_| function)
        }
        sys::fen_bilevel_oracles {
            struct_size: std::mem::size_of::<sys::fen_bilevel_oracles>() as u32,
            reserved: 0,
            n: self.n as i64,
            m: self.m as i64,
            lower: given(&self.lower, lower as _),
            upper: given(&self.upper, upper as _),
            lower_hvp: given(&self.lower_hvp, lower_hvp as _),
            lower_cross_t: given(&self.lower_cross_t, lower_cross_t as _),
            lower_cross: given(&self.lower_cross, lower_cross as _),
            prox: given(&self.prox, prox as _),
            prox_vjp: given(&self.prox_vjp, prox_vjp as _),
            precondition: given(&self.precondition, precondition as _),
            constants: given(&self.constants, constants as _),
            user: (self as *mut Oracles<'a>).cast(),
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

/// What C is told; keeps what it must not see.
///
/// # Safety
/// `user` is what [`Oracles::table`] put there, and nobody else uses it now: the library calls on the thread that lent it.
unsafe fn guard<'a>(user: *mut c_void, body: impl FnOnce(&mut Oracles<'a>) -> Answer<()>) -> i32 {
    // SAFETY: the caller's promise.
    let oracles = unsafe { &mut *user.cast::<Oracles<'a>>() };
    match catch_unwind(AssertUnwindSafe(|| body(oracles))) {
        Ok(Ok(())) => 0,
        Ok(Err(Refusal::Outside)) => 1,
        Ok(Err(Refusal::Fail(code))) => code.min(-1),
        Ok(Err(Refusal::Error(error))) => {
            oracles.error = Some(error);
            -1
        }
        Err(payload) => {
            oracles.panic = Some(payload);
            -1
        }
    }
}

/// The closure that a function of the table was made for.
fn made<T>(closure: &mut Option<T>) -> Answer<&mut T> {
    closure.as_mut().ok_or(Refusal::Fail(-1))
}

// What the functions below read and write has the sizes that the header gives, and is theirs during the call.

unsafe fn at<'v>(x: *const f64, n: usize, theta: *const f64, m: usize, fresh: u32) -> At<'v> {
    // SAFETY: see above.
    let (x, theta) = unsafe { (from_raw_parts(x, n), from_raw_parts(theta, m)) };
    let set = |bit: sys::fen_bilevel_fresh| u64::from(fresh) & bit.0 as u64 != 0;
    let (fresh_x, fresh_theta) =
        (set(sys::fen_bilevel_fresh::FEN_FRESH_X), set(sys::fen_bilevel_fresh::FEN_FRESH_THETA));
    At { x, theta, fresh_x, fresh_theta }
}

unsafe fn slopes<'v>(dx: *mut f64, n: usize, dtheta: *mut f64, m: usize) -> Slopes<'v> {
    // SAFETY: see above; null where it is not wanted.
    let wanted =
        |data: *mut f64, len| if data.is_null() { None } else { Some(unsafe { from_raw_parts_mut(data, len) }) };
    Slopes { dx: wanted(dx, n), dtheta: wanted(dtheta, m) }
}

unsafe fn store(value: *mut f64, number: f64) {
    if !value.is_null() {
        // SAFETY: see above.
        unsafe { *value = number };
    }
}

macro_rules! level {
    ($name:ident) => {
        unsafe extern "C" fn $name(
            user: *mut c_void,
            x: *const f64,
            theta: *const f64,
            fresh: u32,
            value: *mut f64,
            dx: *mut f64,
            dtheta: *mut f64,
        ) -> i32 {
            // SAFETY: see above.
            unsafe {
                guard(user, |o| {
                    let number =
                        made(&mut o.$name)?(&at(x, o.n, theta, o.m, fresh), &mut slopes(dx, o.n, dtheta, o.m))?;
                    store(value, number);
                    Ok(())
                })
            }
        }
    };
}
level!(lower);
level!(upper);

macro_rules! product {
    ($name:ident, $from:ident, $to:ident) => {
        unsafe extern "C" fn $name(
            user: *mut c_void,
            x: *const f64,
            theta: *const f64,
            fresh: u32,
            count: i64,
            v: *const f64,
            out: *mut f64,
        ) -> i32 {
            // SAFETY: see above.
            unsafe {
                guard(user, |o| {
                    let rows = count as usize;
                    let (v, out) = (from_raw_parts(v, rows * o.$from), from_raw_parts_mut(out, rows * o.$to));
                    made(&mut o.$name)?(&at(x, o.n, theta, o.m, fresh), rows, v, out)
                })
            }
        }
    };
}
product!(lower_hvp, n, n);
product!(lower_cross_t, n, m);
product!(lower_cross, m, n);

unsafe extern "C" fn prox(
    user: *mut c_void,
    v: *const f64,
    theta: *const f64,
    step: f64,
    out: *mut f64,
    value: *mut f64,
) -> i32 {
    // SAFETY: see above.
    unsafe {
        guard(user, |o| {
            let (v, theta, out) = (from_raw_parts(v, o.n), from_raw_parts(theta, o.m), from_raw_parts_mut(out, o.n));
            let number = made(&mut o.prox)?(v, theta, step, out)?;
            store(value, number);
            Ok(())
        })
    }
}

unsafe extern "C" fn prox_vjp(
    user: *mut c_void,
    v: *const f64,
    theta: *const f64,
    step: f64,
    c: *const f64,
    dv: *mut f64,
    dtheta: *mut f64,
) -> i32 {
    // SAFETY: see above.
    unsafe {
        guard(user, |o| {
            let (v, theta, c) = (from_raw_parts(v, o.n), from_raw_parts(theta, o.m), from_raw_parts(c, o.n));
            made(&mut o.prox_vjp)?(v, theta, step, c, &mut slopes(dv, o.n, dtheta, o.m))
        })
    }
}

unsafe extern "C" fn precondition(
    user: *mut c_void,
    x: *const f64,
    theta: *const f64,
    fresh: u32,
    r: *const f64,
    out: *mut f64,
) -> i32 {
    // SAFETY: see above.
    unsafe {
        guard(user, |o| {
            let (r, out) = (from_raw_parts(r, o.n), from_raw_parts_mut(out, o.n));
            made(&mut o.precondition)?(&at(x, o.n, theta, o.m, fresh), r, out)
        })
    }
}

unsafe extern "C" fn constants(user: *mut c_void, theta: *const f64, out: *mut sys::fen_bilevel_constants) -> i32 {
    // SAFETY: see above.
    unsafe {
        guard(user, |o| {
            let c = made(&mut o.constants)?(from_raw_parts(theta, o.m))?;
            let out = &mut *out; // its size stays as the library set it
            (out.mu, out.lipschitz, out.hessian_lipschitz) = (c.mu, c.lipschitz, c.hessian_lipschitz);
            (out.cross_norm, out.cross_lipschitz) = (c.cross_norm, c.cross_lipschitz);
            out.upper_lipschitz = c.upper_lipschitz;
            Ok(())
        })
    }
}
