use std::ffi::CStr;
use std::fmt;
use std::sync::Arc;

use crate::{sys, Status};

/// What every fallible call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed call: which kind, and a message that names the argument, its value and the legal range.
///
/// ```
/// let cost = [0.0, 1.0, 1.0, 0.0];
/// let cost = fenchel::MatrixRef::new(&cost, 2, 2)?;
/// let error = fenchel::sinkhorn(&[0.5, 0.5], &[0.5, -0.5], cost, 0.1).unwrap_err();
/// assert_eq!(error.status(), fenchel::Status::Negative);
/// assert!(error.to_string().contains('b'));
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// Errors are equal where these are; the cause, an error of the caller's own, does not count.
#[derive(Debug, Clone)]
pub struct Error {
    status: Status,
    detail: i32,
    message: String,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl PartialEq for Error {
    fn eq(&self, other: &Error) -> bool {
        (self.status, self.detail, &self.message) == (other.status, other.detail, &other.message)
    }
}

impl Eq for Error {}

impl Error {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Error {
        Error { status, detail: 0, message: message.into(), cause: None }
    }

    /// With the error of a closure that ended the call.
    pub(crate) fn caused_by(mut self, cause: Box<dyn std::error::Error + Send + Sync>) -> Error {
        self.cause = Some(cause.into());
        self
    }

    /// The kind of failure.
    pub fn status(&self) -> Status {
        self.status
    }

    /// For [`Status::Callback`] the value that [`Flow::Fail`](crate::Flow::Fail) carried, else 0.
    pub fn detail(&self) -> i32 {
        self.detail
    }

    /// The message without the kind.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.status)
    }
}

impl std::error::Error for Error {
    /// The error that a closure of the caller returned, where that ended the call.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn std::error::Error + 'static))
    }
}

/// Calls into the library with a fresh `fen_error` and turns its status into a Result.
pub(crate) fn call(function: impl FnOnce(*mut sys::fen_error) -> i32) -> Result<()> {
    // Not zeroed as a whole: the library writes the message on failure only.
    let mut raw = std::mem::MaybeUninit::<sys::fen_error>::uninit();
    let pointer = raw.as_mut_ptr();
    // SAFETY: the four places are written before anything reads them; message[0] makes it an empty string.
    unsafe {
        std::ptr::addr_of_mut!((*pointer).struct_size).write(std::mem::size_of::<sys::fen_error>() as u32);
        std::ptr::addr_of_mut!((*pointer).code).write(0);
        std::ptr::addr_of_mut!((*pointer).detail).write(0);
        std::ptr::addr_of_mut!((*pointer).message).cast::<u8>().write(0);
    }
    let code = function(pointer);
    if code == 0 {
        return Ok(());
    }
    let status = Status::from_code(code);
    // SAFETY: detail and the first byte of message are initialised, and the library ends every message with a zero.
    let (detail, text) = unsafe {
        let text = CStr::from_ptr(std::ptr::addr_of!((*pointer).message).cast());
        ((*pointer).detail, text.to_string_lossy().into_owned())
    };
    let message = if text.is_empty() { status.message().to_owned() } else { text };
    Err(Error { status, detail, message, cause: None })
}

/// For the few calls that return a status and take no `fen_error`.
pub(crate) fn check(code: i32) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    let status = Status::from_code(code);
    Err(Error::new(status, status.message()))
}
