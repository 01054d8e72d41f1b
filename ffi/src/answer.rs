//! How every call ends: a status, and bytes in `out` or a document in `err`. The one guard that
//! keeps a panic from crossing the boundary is here.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use coinpay_core::pure::{Refusal, error_document};
use coinpay_core::{Error, ErrorCode};
use serde_json::Value as Json;

use crate::abi::coinpay_buffer;
use crate::status::coinpay_status;

/// Why a call failed: a code, and what `err` says of it.
#[derive(Debug)]
pub(crate) struct Fault {
    code: ErrorCode,
    document: Json,
}

impl Fault {
    pub(crate) fn document(&self) -> String {
        self.document.to_string()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self {
            code: error.code,
            document: error_document(&error),
        }
    }
}

impl From<ErrorCode> for Fault {
    fn from(code: ErrorCode) -> Self {
        Error::from(code).into()
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.error.code,
            document: refusal.document(),
        }
    }
}

thread_local! {
    /// Where this thread panicked last, for the message.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs a call whose results go through pointers of its own. `err` may be NULL.
///
/// # Safety
/// `err` is NULL, or writable and the caller's alone.
pub(crate) unsafe fn guard(
    err: *mut coinpay_buffer,
    call: impl FnOnce() -> Result<(), Fault>,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { put(err, coinpay_buffer::EMPTY) };
    match caught(call) {
        Ok(()) => coinpay_status::Ok,
        Err(fault) => {
            if !err.is_null() {
                let document = coinpay_buffer::holding(fault.document().into_bytes());
                // SAFETY: the caller's promise.
                unsafe { put(err, document) };
            }
            fault.code.into()
        }
    }
}

/// Runs a call that gives bytes in `out`.
///
/// # Safety
/// `out` and `err` are NULL, or writable and the caller's alone.
pub(crate) unsafe fn give(
    out: *mut coinpay_buffer,
    err: *mut coinpay_buffer,
    call: impl FnOnce() -> Result<Vec<u8>, Fault>,
) -> coinpay_status {
    // SAFETY: the caller's promise.
    unsafe { put(out, coinpay_buffer::EMPTY) };
    let run = || {
        if out.is_null() {
            return Err(null("out"));
        }
        let buffer = coinpay_buffer::holding(call()?);
        // SAFETY: the caller's promise.
        unsafe { put(out, buffer) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { guard(err, run) }
}

/// Writes a buffer without looking at what was there. No reference is made: a caller that passes
/// one place for two arguments gets what was written last.
///
/// # Safety
/// `place` is NULL, or writable and the caller's alone.
unsafe fn put(place: *mut coinpay_buffer, buffer: coinpay_buffer) {
    if !place.is_null() {
        // SAFETY: the caller's promise, and it is not NULL.
        unsafe { place.write(buffer) };
    }
}

/// The fault of an argument that must not be NULL.
pub(crate) fn null(name: &str) -> Fault {
    Error::invalid(name, "is NULL").into()
}

fn caught<T>(call: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    static HOOK: Once = Once::new();
    HOOK.call_once(note_places);
    // What a panic leaves behind is a flow, which its lock then refuses, or a local value.
    panic::catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        // Dropping what was thrown may panic once more.
        let _dropped = panic::catch_unwind(AssertUnwindSafe(move || drop(payload)));
        let place = PLACE.with_borrow(Clone::clone);
        let what = format!("a panic in the library was caught ({place}); please report it");
        Err(Error::new(ErrorCode::Internal, what).into())
    })
}

/// Our copy of the standard library prints nothing into the host's log: a panic's text could
/// quote a customer. The place is enough to find the defect.
fn note_places() {
    if cfg!(test) {
        return;
    }
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |place| {
            let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
            format!("{file}:{}", place.line())
        });
        PLACE.set(place);
    }));
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;
    use crate::abi::coinpay_buffer_free;

    /// What a call ends in, with what it left in `out` and `err`.
    fn run(call: impl FnOnce() -> Result<Vec<u8>, Fault>) -> (coinpay_status, [String; 2]) {
        let (mut out, mut err) = (coinpay_buffer::EMPTY, coinpay_buffer::EMPTY);
        // SAFETY: both are ours.
        let status = unsafe { give(&raw mut out, &raw mut err, call) };
        let texts = [&mut out, &mut err].map(|buffer| {
            let mut bytes = Vec::new();
            if !buffer.data.is_null() {
                // SAFETY: as the call left it.
                let held = unsafe { std::slice::from_raw_parts(buffer.data, buffer.len) };
                bytes.extend_from_slice(held);
            }
            // SAFETY: as the call left it, once.
            unsafe { coinpay_buffer_free(buffer) };
            String::from_utf8_lossy(&bytes).into_owned()
        });
        (status, texts)
    }

    #[test]
    fn a_result_fills_out_and_an_error_fills_err() {
        let (status, [out, err]) = run(|| Ok(b"yes".to_vec()));
        assert_eq!(
            (status, out.as_str(), err.as_str()),
            (coinpay_status::Ok, "yes", "")
        );
        let (status, [out, err]) = run(|| Err(ErrorCode::StoreBusy.into()));
        assert_eq!((status, out.as_str()), (coinpay_status::StoreBusy, ""));
        assert!(err.contains(r#""code":"store_busy""#) && err.contains(r#""retryable":true"#));
    }

    #[test]
    #[expect(clippy::panic, reason = "this is what has to be caught")]
    fn a_panic_becomes_a_status_and_its_text_is_not_repeated() {
        struct Twice;
        impl Drop for Twice {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        let (status, [out, err]) = run(|| panic!("hunter2"));
        assert_eq!((status, out.as_str()), (coinpay_status::Internal, ""));
        assert!(err.contains("panic") && !err.contains("hunter2"), "{err}");
        assert_eq!(run(|| panic::panic_any(Twice)).0, coinpay_status::Internal);
    }

    #[test]
    fn a_call_without_room_for_its_result_is_not_made_and_err_is_optional() {
        let made = || -> Result<Vec<u8>, Fault> { Ok(b"made".to_vec()) };
        // SAFETY: NULL is allowed.
        let status = unsafe { give(ptr::null_mut(), ptr::null_mut(), made) };
        assert_eq!(status, coinpay_status::InvalidInput);
    }
}
