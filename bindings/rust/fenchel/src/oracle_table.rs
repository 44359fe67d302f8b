//! The table of oracles of a bilevel problem: C functions that call the caller's closures. Panics and errors must not
//! cross C: they are kept, the library told that the oracle failed, and both continue in the call that ran it.
use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice::{from_raw_parts, from_raw_parts_mut};

use crate::oracles::{Answer, At, Oracles, Refusal, Slopes};
use crate::sys;

impl<'a> Oracles<'a> {
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
