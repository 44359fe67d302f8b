//! Bilevel problems whose caller is asked instead of called back.
use std::slice::{from_raw_parts, from_raw_parts_mut};

use crate::bilevel::empty_result;
use crate::error::{call, check};
use crate::geometry::c_name;
use crate::oracles::BilevelConstants;
use crate::view::{input_slice, output, pointer, zeros};
use crate::{sys, BilevelOptions, BilevelOracle, BilevelResult, BilevelSolution, Hypergradient, Result};

/// A bilevel problem, solved request by request: [`next`](Self::next) says which oracle is wanted and where, the caller fills
/// in the numbers, until there is none left. Answers are those of [`BilevelProblem`](crate::BilevelProblem) to the last bit.
/// For hosts whose numbers come from elsewhere: from another process, a queue, a loop of its own.
///
/// `Send`, not `Sync`. The solver has a thread of its own, which sleeps while the caller computes; an exchange costs some
/// microseconds. Dropped at any request, it ends the solve.
///
/// ```
/// use fenchel::{BilevelOptions, BilevelOracle, BilevelSession};
/// // x*(t) = argmin (x - t)^2 / 2, F(t) = (x* - 1)^2 / 2
/// let options = BilevelOptions { mu: 1.0, ..Default::default() };
/// let oracles = [BilevelOracle::Lower, BilevelOracle::Upper];
/// let mut session = BilevelSession::solve("implicit", &oracles, &[0.0], &[0.0], None, None, &options)?;
/// while let Some(mut request) = session.next()? {
///     let upper = request.oracle == BilevelOracle::Upper;
///     let (x, t) = (request.x[0], request.theta[0]);
///     let residual = if upper { x - 1.0 } else { x - t };
///     request.value(residual * residual / 2.0);
///     request.dx.iter_mut().for_each(|dx| dx[0] = residual);
///     request.dtheta.iter_mut().for_each(|dtheta| dtheta[0] = if upper { 0.0 } else { -residual });
/// }
/// assert!((session.solution()?.theta[0] - 1.0).abs() < 1e-2);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug)]
pub struct BilevelSession {
    raw: *mut sys::fen_bilevel_session,
    n: usize,
    m: usize,
    answer: i32,
    over: bool,
}

// SAFETY: nothing in it belongs to a thread; one at a time uses it.
unsafe impl Send for BilevelSession {}

/// What the solver wants to know: to be answered in full before the next one. Slices that are not arguments of the oracle are
/// empty, or None.
#[derive(Debug)]
#[non_exhaustive]
pub struct BilevelRequest<'s> {
    /// Which oracle is asked.
    pub oracle: BilevelOracle,
    /// x changed since the last request.
    pub fresh_x: bool,
    /// theta changed since then.
    pub fresh_theta: bool,
    /// How many rows v and out have (products).
    pub count: usize,
    /// Of prox and its derivative.
    pub step: f64,
    /// (n).
    pub x: &'s [f64],
    /// (m).
    pub theta: &'s [f64],
    /// Rows of (n), or (m) for [`BilevelOracle::LowerCross`].
    pub v: &'s [f64],
    /// The cotangent of [`BilevelOracle::ProxVjp`], (n).
    pub c: &'s [f64],
    /// Wanted: the gradient by x, or the product by v of [`BilevelOracle::ProxVjp`], (n).
    pub dx: Option<&'s mut [f64]>,
    /// Wanted: the gradient or product by theta, (m).
    pub dtheta: Option<&'s mut [f64]>,
    /// Rows of (n), or (m) for [`BilevelOracle::LowerCrossT`].
    pub out: &'s mut [f64],
    value: Option<&'s mut f64>,
    constants: Option<&'s mut sys::fen_bilevel_constants>,
    answer: &'s mut i32,
}

impl BilevelRequest<'_> {
    /// Answers with h, f or g; ignored where no value is wanted.
    pub fn value(&mut self, number: f64) {
        if let Some(value) = &mut self.value {
            **value = number;
        }
    }

    /// Answers [`BilevelOracle::Constants`].
    pub fn constants(&mut self, known: &BilevelConstants) {
        if let Some(c) = &mut self.constants {
            (c.mu, c.lipschitz, c.hessian_lipschitz) = (known.mu, known.lipschitz, known.hessian_lipschitz);
            (c.cross_norm, c.cross_lipschitz) = (known.cross_norm, known.cross_lipschitz);
            c.upper_lipschitz = known.upper_lipschitz;
        }
    }

    /// Answers that (x, theta) is outside the domain: a shorter step is tried.
    pub fn outside(&mut self) {
        *self.answer = 1;
    }

    /// Answers that there is none: the next call of [`BilevelSession::next`] fails, with this negative number as detail (any
    /// other one as -1).
    pub fn fail(&mut self, code: i32) {
        *self.answer = code.min(-1);
    }
}

impl BilevelSession {
    /// One hypergradient at theta, (m), from x, (n), with the oracles that will be answered; lower and upper must be among them.
    ///
    /// # Errors
    /// `NullArgument` without lower or upper, `Range`, `Shape`, `NotFinite`, `Nomem`.
    pub fn hypergradient(
        oracles: &[BilevelOracle],
        theta: &[f64],
        x: &[f64],
        options: &BilevelOptions,
    ) -> Result<BilevelSession> {
        BilevelSession::create(std::ptr::null(), oracles, theta, x, None, None, options)
    }

    /// A method out of [`bilevel_method`](crate::bilevel_method), with bounds of theta, (m), or none.
    ///
    /// # Errors
    /// As above; `Name` for an unknown method.
    pub fn solve(
        method: &str,
        oracles: &[BilevelOracle],
        theta: &[f64],
        x: &[f64],
        low: Option<&[f64]>,
        high: Option<&[f64]>,
        options: &BilevelOptions,
    ) -> Result<BilevelSession> {
        let method = c_name(method);
        BilevelSession::create(method.as_ptr(), oracles, theta, x, low, high, options)
    }

    fn create(
        method: *const std::os::raw::c_char,
        oracles: &[BilevelOracle],
        theta: &[f64],
        x: &[f64],
        low: Option<&[f64]>,
        high: Option<&[f64]>,
        options: &BilevelOptions,
    ) -> Result<BilevelSession> {
        let bits = oracles.iter().fold(0u32, |bits, oracle| bits | 1u32.wrapping_shl(oracle.code() as u32));
        let (n, m, options, mut raw) = (x.len(), theta.len(), options.to_raw(), std::ptr::null_mut());
        let (at, start) = (input_slice(theta, &[m]), input_slice(x, &[n]));
        let (low, high) = (low.map(|v| input_slice(v, &[v.len()])), high.map(|v| input_slice(v, &[v.len()])));
        // SAFETY: the views cover slices borrowed for this call, which copies them.
        call(|err| unsafe {
            let (low, high) = (pointer(&low), pointer(&high));
            let (n, m) = (n as i64, m as i64);
            sys::fen_bilevel_session_create(bits, n, m, method, &at, &start, low, high, &options, &mut raw, err)
        })?;
        Ok(BilevelSession { raw, n, m, answer: 0, over: false })
    }

    /// The next request, the last one being answered; None at the end, from then on.
    ///
    /// # Errors
    /// As [`BilevelProblem::solve`](crate::BilevelProblem::solve) where the solve fails, `Nomem` where there is no thread;
    /// `State` after a failure.
    #[allow(clippy::should_implement_trait)] // a request borrows the session
    pub fn next(&mut self) -> Result<Option<BilevelRequest<'_>>> {
        if self.over {
            return Ok(None);
        }
        let mut raw = sys::fen_bilevel_request {
            struct_size: std::mem::size_of::<sys::fen_bilevel_request>() as u32,
            ..unasked()
        };
        // SAFETY: the session lives, and the request of before, whose borrow has ended, was the only other user.
        call(|err| unsafe { sys::fen_bilevel_session_next(self.raw, self.answer, &mut raw, err) })?;
        self.answer = 0;
        let oracle = BilevelOracle::from_code(raw.oracle);
        self.over = oracle == BilevelOracle::Done;
        if self.over {
            return Ok(None);
        }
        let (n, m, count) = (self.n, self.m, raw.count.max(1) as usize);
        let from = if oracle == BilevelOracle::LowerCross { m } else { n };
        let to = if oracle == BilevelOracle::LowerCrossT { m } else { n };
        let set = |bit: sys::fen_bilevel_fresh| u64::from(raw.fresh) & bit.0 as u64 != 0;
        // SAFETY: the header gives these sizes; the memory is the caller's until the next call on the session, which the
        // borrow of self holds off.
        Ok(Some(unsafe {
            BilevelRequest {
                oracle,
                fresh_x: set(sys::fen_bilevel_fresh::FEN_FRESH_X),
                fresh_theta: set(sys::fen_bilevel_fresh::FEN_FRESH_THETA),
                count: raw.count as usize,
                step: raw.step,
                x: read(raw.x, n),
                theta: read(raw.theta, m),
                v: read(raw.v, count * from),
                c: read(raw.c, n),
                dx: wanted(raw.dx, n),
                dtheta: wanted(raw.dtheta, m),
                out: wanted(raw.out, count * to).unwrap_or(&mut []),
                value: raw.value.as_mut(),
                constants: raw.constants.as_mut(),
                answer: &mut self.answer,
            }
        }))
    }

    /// A method then ends soon, with the best found so far.
    pub fn cancel(&mut self) {
        // SAFETY: the session lives.
        let _ = check(unsafe { sys::fen_bilevel_session_cancel(self.raw) }); // fails without a session only
    }

    fn result(&self, gradient: Option<&mut Vec<f64>>) -> Result<BilevelSolution> {
        let (mut theta, mut x, mut result) = (zeros(self.m)?, zeros(self.n)?, empty_result());
        let (outer, inner) = (output(&mut theta, &[self.m]), output(&mut x, &[self.n]));
        let slope = gradient.map(|z| output(z, &[self.m]));
        // SAFETY: the views cover vectors that live here.
        call(|err| unsafe {
            sys::fen_bilevel_session_result(self.raw, &outer, &inner, pointer(&slope), &mut result, err)
        })?;
        Ok(BilevelSolution { theta, x, result: BilevelResult::from_raw(&result) })
    }

    /// The best found, after the end.
    ///
    /// # Errors
    /// `State` before the end, or where the solve failed.
    pub fn solution(&self) -> Result<BilevelSolution> {
        self.result(None)
    }

    /// The hypergradient, after the end.
    ///
    /// # Errors
    /// As [`solution`](Self::solution); `State` too where the session is that of a method.
    pub fn gradient(&self) -> Result<Hypergradient> {
        let mut value = zeros(self.m)?;
        let BilevelSolution { x, result, .. } = self.result(Some(&mut value))?;
        Ok(Hypergradient { value, x, result })
    }
}

impl Drop for BilevelSession {
    fn drop(&mut self) {
        // SAFETY: made by create, and destroyed here alone.
        unsafe { sys::fen_bilevel_session_destroy(self.raw) }
    }
}

fn unasked() -> sys::fen_bilevel_request {
    // SAFETY: a struct of numbers and pointers, for which zero is a value.
    unsafe { std::mem::zeroed() }
}

unsafe fn read<'s>(data: *const f64, len: usize) -> &'s [f64] {
    // SAFETY: the caller's promise.
    if data.is_null() {
        &[]
    } else {
        unsafe { from_raw_parts(data, len) }
    }
}

unsafe fn wanted<'s>(data: *mut f64, len: usize) -> Option<&'s mut [f64]> {
    // SAFETY: the caller's promise.
    if data.is_null() {
        None
    } else {
        Some(unsafe { from_raw_parts_mut(data, len) })
    }
}
