//! The bilevel problem of tests/capi/test_bilevel.c, whose answers are closed forms.
#![allow(dead_code)]
use fenchel::*;
use std::cell::Cell;

pub const N: usize = 3;
pub const M: usize = 2;

/// h = sum_j a_j x_j^2 / 2 - x_0 t_0 - x_1 t_1, f = ||x - b||^2 / 2 + w ||t||^2 / 2: x_j = t_j / a_j.
pub const A: [f64; N] = [1.0, 2.0, 4.0];
pub const B: [f64; N] = [1.0, -1.0, 0.5];
pub const W: f64 = 0.1;

/// dF/dt_j.
pub fn slope(t: &[f64], j: usize) -> f64 {
    (t[j] / A[j] - B[j]) / A[j] + W * t[j]
}

/// Where F is least.
pub fn best(j: usize) -> f64 {
    B[j] * A[j] / (1.0 + W * A[j] * A[j])
}

pub fn lower(at: &At<'_>, slopes: &mut Slopes<'_>) -> f64 {
    lower_of(at.x, at.theta, slopes.dx.as_deref_mut(), slopes.dtheta.as_deref_mut())
}

pub fn lower_of(x: &[f64], t: &[f64], dx: Option<&mut [f64]>, dtheta: Option<&mut [f64]>) -> f64 {
    if let Some(dx) = dx {
        (0..N).for_each(|j| dx[j] = A[j] * x[j] - if j < M { t[j] } else { 0.0 });
    }
    if let Some(dtheta) = dtheta {
        (0..M).for_each(|j| dtheta[j] = -x[j]);
    }
    (0..N).fold(-x[0] * t[0] - x[1] * t[1], |sum, j| sum + A[j] * x[j] * x[j] / 2.0)
}

pub fn upper(at: &At<'_>, slopes: &mut Slopes<'_>) -> f64 {
    upper_of(at.x, at.theta, slopes.dx.as_deref_mut(), slopes.dtheta.as_deref_mut())
}

pub fn upper_of(x: &[f64], t: &[f64], dx: Option<&mut [f64]>, dtheta: Option<&mut [f64]>) -> f64 {
    if let Some(dx) = dx {
        (0..N).for_each(|j| dx[j] = x[j] - B[j]);
    }
    if let Some(dtheta) = dtheta {
        (0..M).for_each(|j| dtheta[j] = W * t[j]);
    }
    let sum = (0..N).fold(0.0, |sum, j| sum + (x[j] - B[j]) * (x[j] - B[j]) / 2.0);
    (0..M).fold(sum, |sum, j| sum + W * t[j] * t[j] / 2.0)
}

pub fn hvp(count: usize, v: &[f64], out: &mut [f64]) {
    (0..count * N).for_each(|i| out[i] = A[i % N] * v[i]);
}

pub fn cross_t(count: usize, v: &[f64], out: &mut [f64]) {
    (0..count).for_each(|k| (0..M).for_each(|j| out[k * M + j] = -v[k * N + j]));
}

/// What is proved of it; both matrices are constant.
pub fn constants() -> BilevelConstants {
    BilevelConstants {
        mu: 1.0,
        lipschitz: 4.0,
        hessian_lipschitz: 0.0,
        cross_norm: 1.0,
        cross_lipschitz: 0.0,
        upper_lipschitz: 1.0,
    }
}

/// Counts the calls of all oracles, and has one of them answer otherwise.
#[derive(Default)]
pub struct Trip<'t> {
    pub calls: Cell<usize>,
    pub at: usize,
    pub answer: Option<&'t dyn Fn() -> Refusal>,
}

impl Trip<'_> {
    fn called(&self) -> Answer<()> {
        self.calls.set(self.calls.get() + 1);
        match self.answer {
            Some(answer) if self.calls.get() == self.at => Err(answer()),
            _ => Ok(()),
        }
    }
}

pub fn problem<'t>(trip: &'t Trip<'t>) -> BilevelProblem<'t> {
    plain(trip)
        .lower_hvp(move |_, count, v, out| {
            hvp(count, v, out);
            trip.called()
        })
        .lower_cross_t(move |_, count, v, out| {
            cross_t(count, v, out);
            trip.called()
        })
        .constants(move |_| trip.called().map(|()| constants()))
}

/// Without second derivatives.
pub fn plain<'t>(trip: &'t Trip<'t>) -> BilevelProblem<'t> {
    BilevelProblem::new(N, M)
        .lower(move |at, slopes| trip.called().map(|()| lower(at, slopes)))
        .upper(move |at, slopes| trip.called().map(|()| upper(at, slopes)))
}
