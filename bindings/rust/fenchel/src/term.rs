//! What the three kinds of terms have in common: a shared handle and the closures it calls.
use std::marker::PhantomData;
use std::sync::Arc;

use crate::callbacks::{resume, Callback};
use crate::error::call;
use crate::{sys, Result, TermBuilder};

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// The three kinds of terms: [`Operator`], [`Smooth`], [`Prox`]. Sealed.
pub trait TermKind<'a>: sealed::Sealed + Sized {
    #[doc(hidden)]
    const KIND: &'static str;
    #[doc(hidden)]
    fn wrap(handle: Arc<Handle<'a>>) -> Self;
    #[doc(hidden)]
    fn handle(&self) -> &Arc<Handle<'a>>;
}

/// A `fen_term`, and the closures it calls.
#[doc(hidden)]
#[derive(Debug)]
pub struct Handle<'a> {
    pub(crate) raw: *mut sys::fen_term,
    pub(crate) callbacks: Vec<Arc<dyn Callback + 'a>>,
    borrow: PhantomData<&'a [f64]>,
}

// SAFETY: a fen_term is immutable; the header allows threads to share it. Closures are Send + Sync.
unsafe impl Send for Handle<'_> {}
unsafe impl Sync for Handle<'_> {}

impl<'a> Handle<'a> {
    pub(crate) fn new(raw: *mut sys::fen_term, callbacks: Vec<Arc<dyn Callback + 'a>>) -> Arc<Handle<'a>> {
        Arc::new(Handle { raw, callbacks, borrow: PhantomData })
    }

    /// A call into the library that may run this term's closures: their panic goes on from here.
    pub(crate) fn run(&self, function: impl FnOnce(*mut sys::fen_error) -> i32) -> Result<()> {
        let result = call(function);
        resume(&self.callbacks);
        result
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        // SAFETY: made by a create function, destroyed once. What is made of it keeps what it needs.
        unsafe { sys::fen_term_destroy(self.raw) }
    }
}

macro_rules! kind {
    ($type:ident, $name:literal, $about:literal) => {
        #[doc = $about]
        ///
        /// Immutable and `Send + Sync`: threads may share one and call it at the same time. Cloning is cheap and shares
        /// it. Data that it reads in place stay borrowed for `'a`; what is made of it keeps it alive.
        #[derive(Debug, Clone)]
        pub struct $type<'a>(pub(crate) Arc<Handle<'a>>);

        impl sealed::Sealed for $type<'_> {}
        impl<'a> TermKind<'a> for $type<'a> {
            const KIND: &'static str = $name;
            fn wrap(handle: Arc<Handle<'a>>) -> Self {
                $type(handle)
            }
            fn handle(&self) -> &Arc<Handle<'a>> {
                &self.0
            }
        }

        impl<'a> $type<'a> {
            /// Begins a term of the catalogue by name; [`terms`](crate::terms) lists the names.
            pub fn named(name: &str) -> TermBuilder<'a, $type<'a>> {
                TermBuilder::new(name)
            }

            /// What it can do: names of capabilities.
            pub fn capabilities(&self) -> Vec<String> {
                let mut text = [0u8; 512];
                // SAFETY: the library writes at most as many bytes as it is told.
                let made = call(|err| unsafe {
                    sys::fen_term_capabilities(self.raw(), text.as_mut_ptr().cast(), text.len() as i64, err)
                });
                let end = text.iter().position(|&byte| byte == 0).unwrap_or(0);
                match made {
                    Ok(()) => String::from_utf8_lossy(&text[..end]).split(' ').map(str::to_owned).collect(),
                    Err(_) => Vec::new(),
                }
            }

            pub(crate) fn raw(&self) -> *const sys::fen_term {
                self.0.raw
            }
        }
    };
}

kind!(Operator, "operator", "A linear map A, m x n.");
kind!(Smooth, "smooth", "A differentiable term f.");
kind!(Prox, "prox", "A simple term g: one whose proximal map is known.");
