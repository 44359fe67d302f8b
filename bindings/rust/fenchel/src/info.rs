//! What the library tells of itself: version, catalogues, settings by name.
use std::ffi::{c_void, CStr};
use std::os::raw::c_char;

use crate::error::{call, check};
use crate::geometry::c_name;
use crate::{sys, Result, Termination};

fn text(pointer: *const c_char) -> &'static str {
    if pointer.is_null() {
        return "";
    }
    // SAFETY: every string that the library returns is static and ends with a zero.
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap_or("")
}

/// The library's version, "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: takes nothing.
    text(unsafe { sys::fen_version() })
}

/// The library's ABI generation. This crate was written for [`ABI_VERSION`].
pub fn abi_version() -> i32 {
    // SAFETY: takes nothing.
    unsafe { sys::fen_abi_version() }
}

/// The ABI generation that this crate was written for.
pub const ABI_VERSION: i32 = sys::FEN_ABI_VERSION;

/// The instruction set in use: "baseline", "avx2", "avx512" or "neon".
pub fn target() -> &'static str {
    // SAFETY: takes nothing.
    text(unsafe { sys::fen_target() })
}

/// Everything that the core declares once, as JSON.
pub fn describe() -> &'static str {
    // SAFETY: takes nothing.
    text(unsafe { sys::fen_describe() })
}

/// Name and one sentence of each entry of a catalogue, "cost" or "transport_method"; empty for an unknown one.
///
/// ```
/// assert!(fenchel::terms("cost").iter().any(|(name, _)| *name == fenchel::cost::L1));
/// assert!(fenchel::terms("typo").is_empty());
/// ```
pub fn terms(kind: &str) -> Vec<(&'static str, &'static str)> {
    let kind = c_name(kind);
    // SAFETY: the kind ends with a zero.
    let entry = |index| unsafe {
        (text(sys::fen_term_name(kind.as_ptr(), index)), text(sys::fen_term_doc(kind.as_ptr(), index)))
    };
    // SAFETY: as above.
    (0..unsafe { sys::fen_term_count(kind.as_ptr()) }).map(entry).collect()
}

/// One setting, as the library describes it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SettingInfo {
    /// Its name in every language.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Its default.
    pub default: f64,
    /// Least legal value.
    pub lower: f64,
    /// Greatest legal value.
    pub upper: f64,
}

pub(crate) fn settings(structure: &str) -> Vec<SettingInfo> {
    let structure = c_name(structure);
    // SAFETY: the name ends with a zero; `info` knows its size.
    let entry = |index| unsafe {
        let mut info = sys::fen_setting_info {
            struct_size: std::mem::size_of::<sys::fen_setting_info>() as u32,
            ..Default::default()
        };
        check(sys::fen_setting_at(structure.as_ptr(), index, &mut info)).ok()?;
        let (name, doc) = (text(info.name), text(info.doc));
        Some(SettingInfo { name, doc, default: info.default_value, lower: info.lower, upper: info.upper })
    };
    // SAFETY: as above.
    (0..unsafe { sys::fen_setting_count(structure.as_ptr()) }).filter_map(entry).collect()
}

// SAFETY: `raw` is the struct that `structure` names.
pub(crate) unsafe fn set_by_name(structure: &str, raw: *mut c_void, name: &str, text: &str) -> Result<()> {
    let (structure, name, text) = (c_name(structure), c_name(name), c_name(text));
    call(|err| unsafe { sys::fen_setting_set(structure.as_ptr(), raw, name.as_ptr(), text.as_ptr(), err) })
}

// SAFETY: as set_by_name.
pub(crate) unsafe fn get_by_name(structure: &str, raw: *const c_void, name: &str) -> Result<f64> {
    let (structure, name, mut value) = (c_name(structure), c_name(name), 0.0);
    call(|err| unsafe { sys::fen_setting_get(structure.as_ptr(), raw, name.as_ptr(), &mut value, err) })?;
    Ok(value)
}

// Introspection and access by name; the generated declared.rs asks for it after each struct of settings.
macro_rules! by_name {
    ($type:ident, $raw:ident) => {
        impl $type {
            /// Every setting with its range, default and meaning.
            pub fn describe() -> Vec<$crate::SettingInfo> {
                $crate::info::settings(stringify!($raw))
            }

            /// Sets one field by name; `text` is a decimal number, or the name of a value.
            ///
            /// # Errors
            /// `Name` (the message lists the nearest valid names), `Range`.
            pub fn set(&mut self, name: &str, text: &str) -> $crate::Result<()> {
                let mut raw = self.to_raw();
                let address: *mut sys::$raw = &mut raw;
                // SAFETY: the structure's name and the struct behind the address belong together.
                unsafe { $crate::info::set_by_name(stringify!($raw), address.cast(), name, text)? };
                *self = $type::from_raw(&raw);
                Ok(())
            }

            /// One field by name, as a number.
            ///
            /// # Errors
            /// `Name` (the message lists the nearest valid names).
            pub fn get(&self, name: &str) -> $crate::Result<f64> {
                let raw = self.to_raw();
                let address: *const sys::$raw = &raw;
                // SAFETY: as in set().
                unsafe { $crate::info::get_by_name(stringify!($raw), address.cast(), name) }
            }
        }
    };
}
pub(crate) use by_name;

impl Termination {
    /// Whether a fresh residual of the returned iterate meets the tolerance.
    pub fn converged(self) -> bool {
        self == Termination::Converged
    }
}
