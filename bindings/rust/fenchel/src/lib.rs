//! Optimal transport in Rust: entropic problems, balanced and unbalanced, over cost matrices, clouds of points and grids,
//! in `f32` and `f64`; derivatives, divergences, sampling and batches. A safe layer over `libfenchel`, without other
//! dependencies.
//!
//! Three ways in, in order of ease:
//! 1. [`sinkhorn`] solves one problem in one call; [`Sinkhorn`] is the same with settings.
//! 2. [`Geometry`], [`Problem`] and [`Solver`]: warm starts, progress, cancel handles, threads.
//! 3. [`Sinkhorn::batch`]: one call, many problems, a status each.
//!
//! ```
//! use fenchel::{cost, sinkhorn, Cost, MatrixRef, Weights};
//!
//! // two clouds of points in the plane; the cost is computed on the fly
//! let x = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0];
//! let y = [0.1, 0.0, 1.1, 0.1];
//! let cost = Cost::points(MatrixRef::new(&x, 3, 2)?, MatrixRef::new(&y, 2, 2)?, cost::SQEUCLIDEAN);
//!
//! let solution = sinkhorn(Weights::Uniform, &[0.6, 0.4], cost, 0.01)?;
//! println!("{} after {} passes", solution.result.termination, solution.result.passes);
//! let plan = solution.plan()?;
//! assert_eq!((plan.rows(), plan.cols()), (3, 2));
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # Threads
//! [`Geometry`] and [`Problem`] are immutable, `Send + Sync`. A [`Solver`] is `Send`, not `Sync`; a [`CancelHandle`] may
//! be used from any thread. No thread is alive between calls, and results do not depend on `num_threads`.
//!
//! # Panics
//! A panic in a monitor is caught before it reaches C and comes out of the call that ran the monitor. The library itself
//! never unwinds.
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

pub use fenchel_sys as sys;

mod answers;
mod batch;
mod callbacks;
mod composite;
#[rustfmt::skip]
#[allow(clippy::unnecessary_cast)] // the sign of a C enum differs by platform
mod declared;
mod derivative;
mod divergence;
mod error;
mod geometry;
mod info;
mod monitor;
mod paths;
mod problem;
mod real;
mod sinkhorn;
mod solver;
mod term;
mod view;

pub use answers::{Csr, Sample, SampleMode, Wrt};
pub use batch::{Batch, BatchSolution};
pub use composite::{Composite, Minimizer, Minimum, TraceRecord};
pub use declared::*;
pub use derivative::{Cotangent, ProblemCotangent, SolutionTangent, Tangent};
pub use divergence::{Divergence, DivergenceGradients};
pub use error::{Error, Result};
pub use geometry::{Cost, Geometry};
pub use info::{abi_version, describe, target, terms, version, SettingInfo, ABI_VERSION};
pub use monitor::Flow;
pub use paths::{elastic_net, factors, lasso, logistic, Path};
pub use problem::{Problem, Weights};
pub use real::Real;
pub use sinkhorn::{sinkhorn, Sinkhorn, Solution};
pub use solver::{CancelHandle, Solver};
pub use term::{Operator, Prox, Smooth, TermBuilder};
pub use view::{Matrix, MatrixRef, VectorRef};

/// The examples in this crate's README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
