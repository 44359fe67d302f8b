//! Regularised optimisation in Rust, in `f32` and `f64`: composite problems over a catalogue of terms, and entropic optimal
//! transport, balanced and unbalanced, over cost matrices, clouds of points and grids, with derivatives, divergences,
//! sampling and batches. A safe layer over `libfenchel`, without other dependencies.
//!
//! # Composite problems
//! Minimise `f(x) + sum_i g_i(A_i x)`:
//! 1. [`lasso`], [`elastic_net`], [`logistic`] and [`lasso_path`] fit a linear model in one call.
//! 2. [`Composite`] puts a problem together of a [`Smooth`] term f, [`Prox`] terms g and [`Operator`]s A, by name out of
//!    the catalogue ([`terms`]) or by closures; [`Composite::path`], [`Composite::cross_validate`], [`Composite::unfold`].
//! 3. [`Minimizer`]: warm starts, progress, cancel handles, traces, dual points.
//! 4. [`Composite::solution_vjp`] and [`Composite::solution_jvp`] differentiate solutions, [`Program`] quadratic programs,
//!    [`Condition`] whatever a condition defines; [`Tuner`] finds the weights of a penalty by them.
//! 5. [`BilevelProblem`]: hypergradients and bilevel solves where both levels are closures; [`BilevelSession`]
//!    asks instead.
//!
//! ```
//! use fenchel::{Composite, MatrixRef, Operator, Prox, Smooth};
//!
//! // fill in a line of which three values are known, as flat as they allow
//! let (known, line) = ([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], [2.0, 0.0, 0.0, 2.0, 0.0, 5.0]);
//! let f = Smooth::least_squares(&Operator::named("diagonal").array("d", &known).build()?, &line)?;
//! let jumps = Operator::named("differences").indices("shape", &[6]).build()?;
//! let solution = Composite::<f64>::new().smooth(&f).prox_of(&Prox::l1(0.1)?, &jumps).minimize()?;
//! assert!((solution.x[1] - 2.05).abs() < 1e-4);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! # Optimal transport
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
//! Terms, [`Geometry`] and [`Problem`] are immutable, `Send + Sync`. A [`Solver`] or [`Minimizer`] is `Send`, not `Sync`; a
//! [`CancelHandle`] may be used from any thread. No thread is alive between calls, and results do not depend on
//! `num_threads`.
//!
//! # Panics
//! A panic in a monitor, in a closure of a term or in an oracle is caught before it reaches C, which is told that the callback failed;
//! it comes out of the call that ran the closure, and the solver is as good as before. The library itself never unwinds.
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

pub use fenchel_sys as sys;

mod answers;
mod batch;
mod bilevel;
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
mod kernel_tuner;
mod matrix;
mod minimizer;
mod models;
mod monitor;
mod operator_term;
mod oracle_table;
mod oracles;
mod paths;
mod problem;
mod program_derivative;
mod prox_term;
mod real;
mod session;
mod sinkhorn;
mod smooth_term;
mod solution_derivative;
mod solver;
mod term;
mod term_builder;
mod tuner;
mod view;

pub use answers::{Csr, Sample, SampleMode, Wrt};
pub use batch::{Batch, BatchSolution};
pub use bilevel::{BilevelProblem, BilevelSolution, Hypergradient};
pub use composite::{Composite, Minimum};
pub use declared::*;
pub use derivative::{Cotangent, ProblemCotangent, SolutionTangent, Tangent};
pub use divergence::{Divergence, DivergenceGradients};
pub use error::{Error, Result};
pub use geometry::{Cost, Geometry};
pub use info::{abi_version, describe, target, terms, version, SettingInfo, ABI_VERSION};
pub use kernel_tuner::{kernel_ridge, kernel_ridge_vjp, KernelCotangents, KernelRidge, KernelTuned};
pub use matrix::Matrix;
pub use minimizer::{Minimizer, TraceRecord};
pub use models::{elastic_net, lasso, lasso_path, logistic};
pub use monitor::Flow;
pub use oracles::{Answer, At, BilevelConstants, Refusal, Slopes};
pub use paths::{factors, Path};
pub use problem::{Problem, Weights};
pub use program_derivative::{Constraints, Program, ProgramTangent};
pub use real::Real;
pub use session::{BilevelRequest, BilevelSession};
pub use sinkhorn::{sinkhorn, Sinkhorn, Solution};
pub use solution_derivative::{Condition, Derivative, RootProduct};
pub use solver::{CancelHandle, Solver};
pub use term::{Operator, Prox, Smooth, TermKind};
pub use term_builder::{IndexType, TermBuilder};
pub use tuner::{Tuned, Tuner};
pub use view::{MatrixRef, VectorRef};

/// The examples in this crate's README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
