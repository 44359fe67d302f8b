//! A term of the catalogue, made by name out of numbers, arrays and other terms.
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::sync::Arc;

use crate::callbacks::resume;
use crate::error::call;
use crate::geometry::c_name;
use crate::term::{sealed, Handle, TermKind};
use crate::view::{input_slice, integers};
use crate::{sys, Error, MatrixRef, Real, Result, Status};

enum Value<'a> {
    Number(f64),
    Owned(sys::fen_array, #[allow(dead_code)] Vec<u64>), // the view, and the memory behind it
    Borrowed(sys::fen_array),
    Term(Arc<Handle<'a>>),
}

/// The parameters of a term that is to be made; [`TermBuilder::build`] checks them all.
///
/// ```
/// use fenchel::{Prox, Status};
/// let g = Prox::named("l1").number("lam", 0.5).array("weights", &[1.0, 0.0, 2.0]).build()?;
/// assert_eq!(g.apply(&[3.0, 3.0, 3.0], 1.0)?.0, [2.5, 3.0, 2.0]);
///
/// let error = Prox::named("l1").number("lambda", 0.5).build().unwrap_err();
/// assert_eq!(error.status(), Status::Name); // the message lists the nearest names
/// # Ok::<(), fenchel::Error>(())
/// ```
#[must_use]
pub struct TermBuilder<'a, K> {
    name: CString,
    values: Vec<(CString, Value<'a>)>,
    kind: PhantomData<K>,
}

impl<'a, K: TermKind<'a>> TermBuilder<'a, K> {
    pub(crate) fn new(name: &str) -> Self {
        TermBuilder { name: c_name(name), values: Vec::new(), kind: PhantomData }
    }

    fn with(mut self, name: &str, value: Value<'a>) -> Self {
        self.values.push((c_name(name), value));
        self
    }

    /// A number, or an integer; flags are 0 and 1, choices count from 0.
    pub fn number(self, name: &str, value: f64) -> Self {
        self.with(name, Value::Number(value))
    }

    /// An array of one dimension, copied.
    pub fn array<T: Real>(self, name: &str, values: &[T]) -> Self {
        let mut memory = copied(values);
        let mut view = input_slice(values, &[values.len()]);
        view.data = memory.as_mut_ptr().cast();
        self.with(name, Value::Owned(view, memory))
    }

    /// An array of indices, shapes or axes, copied.
    pub fn indices(self, name: &str, values: &[i64]) -> Self {
        let mut memory = copied(values);
        // SAFETY: `memory` holds as many 64-bit integers, and the view is used while it lives.
        let slice = unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr().cast::<i64>(), values.len()) };
        let view = integers(slice, &[values.len()]);
        self.with(name, Value::Owned(view, memory))
    }

    /// A matrix (m, n) with any strides, read in place where the parameter is a borrowed one: it stays borrowed for `'a`.
    pub fn matrix<T: Real>(self, name: &str, values: MatrixRef<'a, T>) -> Self {
        self.with(name, Value::Borrowed(values.raw()))
    }

    /// An array of one dimension that the term reads in place: it stays borrowed for `'a`.
    pub fn borrowed<T: Real>(self, name: &str, values: &'a [T]) -> Self {
        self.with(name, Value::Borrowed(input_slice(values, &[values.len()])))
    }

    /// Indices that the term reads in place: they stay borrowed for `'a`.
    pub fn borrowed_indices<I: IndexType>(self, name: &str, values: &'a [I]) -> Self {
        self.with(name, Value::Borrowed(I::view(values)))
    }

    /// A term; given several times where the parameter is a list.
    pub fn term(self, name: &str, term: &impl TermKind<'a>) -> Self {
        self.with(name, Value::Term(Arc::clone(term.handle())))
    }

    /// Makes the term.
    ///
    /// # Errors
    /// `Name` (an unknown term or parameter, with the nearest ones), `NullArgument` (a required parameter is missing),
    /// `Range`, `Shape`, `Dtype`, `NotFinite`, `Nomem`; `State` for [`TermBuilder::array`] where the term would read
    /// the array in place.
    pub fn build(self) -> Result<K> {
        let kind = c_name(K::KIND);
        let mut callbacks = Vec::new();
        for (name, value) in &self.values {
            match value {
                Value::Owned(..) => self.refuse_borrowed(&kind, name)?,
                Value::Term(term) => callbacks.extend(term.callbacks.iter().cloned()),
                Value::Number(_) | Value::Borrowed(_) => {}
            }
        }
        let mut raw = std::ptr::null_mut();
        // SAFETY: all pointers are valid for the call; what is read in place later is borrowed for 'a.
        let made = self.with_params(|params| {
            call(|err| unsafe {
                let count = params.len() as i32;
                sys::fen_term_create(kind.as_ptr(), self.name.as_ptr(), params.as_ptr(), count, &mut raw, err)
            })
        });
        resume(&callbacks);
        made?;
        Ok(K::wrap(Handle::new(raw, callbacks)))
    }

    /// The parameters as C takes them, for one call.
    pub(crate) fn with_params<R>(&self, run: impl FnOnce(&[sys::fen_param]) -> R) -> R {
        let null = std::ptr::null();
        let param = |(name, value): &(CString, Value<'a>)| {
            let mut param = sys::fen_param { name: name.as_ptr(), value: 0.0, array: null, term: std::ptr::null() };
            match value {
                Value::Number(number) => param.value = *number,
                Value::Owned(view, _) | Value::Borrowed(view) => param.array = view,
                Value::Term(term) => param.term = term.raw,
            }
            param
        };
        run(&self.values.iter().map(param).collect::<Vec<_>>())
    }

    /// The builder's own copies end with it.
    fn refuse_borrowed(&self, kind: &CStr, parameter: &CString) -> Result<()> {
        let flag = sys::fen_param_flags::FEN_PARAM_BORROWED.0;
        // SAFETY: names end with zeros, `info` knows its size; strings of the library are static.
        let borrowed = unsafe {
            let count = sys::fen_term_parameter_count(kind.as_ptr(), self.name.as_ptr());
            (0..count).any(|index| {
                let mut info = sys::fen_param_info {
                    struct_size: std::mem::size_of::<sys::fen_param_info>() as u32,
                    ..Default::default()
                };
                let code = sys::fen_term_parameter(kind.as_ptr(), self.name.as_ptr(), index, &mut info);
                code == 0 && info.flags & flag != 0 && CStr::from_ptr(info.name) == parameter.as_c_str()
            })
        };
        if !borrowed {
            return Ok(());
        }
        let message = format!("{} is read in place: give it by borrowed() or matrix()", parameter.to_string_lossy());
        Err(Error::new(Status::State, message))
    }
}

/// The bytes of numbers, aligned for any of them.
fn copied<T: Copy>(values: &[T]) -> Vec<u64> {
    let bytes = std::mem::size_of_val(values);
    let mut memory = vec![0u64; bytes / 8 + 1];
    // SAFETY: `memory` has room for `bytes`, and numbers are plain bytes.
    unsafe { std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), memory.as_mut_ptr().cast::<u8>(), bytes) };
    memory
}

/// The two index types of sparse matrices: `i32` and `i64`. Sealed.
pub trait IndexType: sealed::Sealed + Copy {
    #[doc(hidden)]
    fn view(values: &[Self]) -> sys::fen_array;
}

macro_rules! index {
    ($type:ty, $dtype:ident) => {
        impl sealed::Sealed for $type {}
        impl IndexType for $type {
            fn view(values: &[$type]) -> sys::fen_array {
                let mut view = sys::fen_array::default();
                let shape = values.len() as i64;
                let dtype = sys::fen_dtype::$dtype.0 as i32;
                // SAFETY: writes the view alone.
                unsafe { sys::fen_array_init(&mut view, dtype, 1, &shape, values.as_ptr() as *mut _) };
                view.flags = sys::fen_array_flags::FEN_ARRAY_READONLY.0;
                view
            }
        }
    };
}
index!(i32, FEN_I32);
index!(i64, FEN_I64);
