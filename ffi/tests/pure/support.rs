//! The caller's side of the boundary: places without a value, what a call left in them, and which
//! exports were called how.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Once;

use coinpay::{coinpay_buffer, coinpay_buffer_free, coinpay_slice, coinpay_status};
use serde_json::Value as Json;

/// Why a call failed, as the caller reads it.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) Json);

impl Failed {
    pub(crate) fn code(&self) -> &str {
        self.0["code"].as_str().expect("every error has a code")
    }
}

/// An export, and whether it went well.
type Call = (&'static str, bool);

thread_local! {
    /// What this thread called.
    static CALLED: RefCell<BTreeSet<Call>> = const { RefCell::new(BTreeSet::new()) };
}

pub(crate) fn note(export: &'static str, well: bool) {
    CALLED.with_borrow_mut(|called| called.insert((export, well)));
}

/// Runs a test that has to call each of `exports` with what it wants and with what it refuses.
pub(crate) fn covers(exports: &[&'static str], test: impl FnOnce()) {
    CALLED.take();
    test();
    let called = CALLED.take();
    for export in exports {
        for well in [true, false] {
            assert!(called.contains(&(*export, well)), "{export}, well: {well}");
        }
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> coinpay_slice {
    let (data, len) = (bytes.as_ptr(), bytes.len());
    coinpay_slice { data, len }
}

pub(crate) fn text(text: &str) -> coinpay_slice {
    bytes(text.as_bytes())
}

pub(crate) fn none() -> coinpay_slice {
    let (data, len) = (ptr::null(), 0);
    coinpay_slice { data, len }
}

/// What is no slice of bytes: no data with a length, and more than there can be.
pub(crate) fn impossible() -> [coinpay_slice; 2] {
    let (data, len) = (ptr::null(), 7);
    let nowhere = coinpay_slice { data, len };
    let endless = coinpay_slice {
        data: b"x".as_ptr(),
        len: usize::MAX,
    };
    [nowhere, endless]
}

/// What is no text either.
pub(crate) fn no_texts() -> [coinpay_slice; 3] {
    let [nowhere, endless] = impossible();
    [nowhere, endless, bytes(b"\xff\xfe")]
}

/// Makes a call that gives bytes.
pub(crate) fn given(
    export: &'static str,
    call: impl FnOnce(*mut coinpay_buffer, *mut coinpay_buffer) -> coinpay_status,
) -> Result<Vec<u8>, Failed> {
    let mut out = MaybeUninit::uninit();
    let result = told(export, |err| call(out.as_mut_ptr(), err));
    // SAFETY: every call writes its `out` before anything else.
    let held = taken(unsafe { out.assume_init() });
    assert_eq!(held.is_some(), result.is_ok(), "{export}");
    result.map(|()| held.unwrap_or_default())
}

/// Makes a call whose results go elsewhere.
pub(crate) fn told(
    export: &'static str,
    call: impl FnOnce(*mut coinpay_buffer) -> coinpay_status,
) -> Result<(), Failed> {
    let mut err = MaybeUninit::uninit();
    panics_are_printed();
    let status = call(err.as_mut_ptr());
    // SAFETY: every call writes its `err` before anything else.
    let held = taken(unsafe { err.assume_init() });
    note(export, status == coinpay_status::Ok);
    let Some(document) = held else {
        assert_eq!(status, coinpay_status::Ok, "{export}");
        return Ok(());
    };
    let failed = Failed(serde_json::from_slice(&document).expect("an error's document is JSON"));
    assert_eq!(failed.code(), name(status as u32), "{export}");
    for field in ["message", "retryable", "http_status"] {
        assert!(failed.0.get(field).is_some(), "{export}: {field}");
    }
    Err(failed)
}

/// The library prints no panics, its host's included, from its first call on.
fn panics_are_printed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: NULL is allowed for both.
        unsafe { coinpay::coinpay_qr_svg(none(), ptr::null_mut(), ptr::null_mut()) };
        drop(std::panic::take_hook());
    });
}

/// The bytes of a buffer, which is freed, and freed once more.
fn taken(mut buffer: coinpay_buffer) -> Option<Vec<u8>> {
    if buffer.data.is_null() {
        assert_eq!(buffer.len, 0);
        return None;
    }
    // SAFETY: as a call left it: so many bytes, and a NUL.
    let all = unsafe { std::slice::from_raw_parts(buffer.data, buffer.len + 1) };
    let (nul, held) = all.split_last().expect("a NUL at least");
    assert_eq!(*nul, 0);
    let held = held.to_vec();
    for well in [true, false] {
        // SAFETY: as a call left it, then empty.
        unsafe { coinpay_buffer_free(&raw mut buffer) };
        assert!(buffer.data.is_null() && buffer.len == 0);
        note("coinpay_buffer_free", well);
    }
    Some(held)
}

pub(crate) fn name(status: u32) -> String {
    let name = coinpay::coinpay_status_name(status);
    note("coinpay_status_name", name.len > 0);
    lasting(name)
}

/// A text that is the library's own.
pub(crate) fn lasting(slice: coinpay_slice) -> String {
    // SAFETY: constant text.
    let held = unsafe { std::slice::from_raw_parts(slice.data, slice.len) };
    String::from_utf8(held.to_vec()).expect("its texts are UTF-8")
}

/// The code that a call ends in.
pub(crate) fn code<T>(result: Result<T, Failed>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(failed) => failed.code().to_owned(),
    }
}

/// A pointer that several threads use at once, as the header allows.
#[derive(Clone, Copy)]
pub(crate) struct Shared<T>(pub(crate) *const T);

// SAFETY: only for handles of which the header says that any thread may use them.
unsafe impl<T> Send for Shared<T> {}

// SAFETY: as above.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(crate) fn get(&self) -> *const T {
        self.0
    }
}
