//! The C interface of fenchel, declaration by declaration. `fenchel/fenchel.h` is its documentation.
//!
//! Everything here is written by bindgen (`bindings/rust/bindgen.sh`) and committed, so that building needs neither
//! bindgen nor libclang. Enums are newtypes over the C integer: a value that a later library adds stays legal.
//! Most programs want the safe crate `fenchel` instead.
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case)]
#![allow(clippy::all, clippy::pedantic)]

include!("bindings.rs");
