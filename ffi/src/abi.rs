//! The two shapes in which bytes cross the boundary, and which version of it this is. A slice is
//! lent for one call; a buffer is given and has to be handed back.

use std::ptr;
use std::slice;

use coinpay_core::Error;

use crate::answer::Fault;

/// The version of this boundary. It goes up when a caller that was compiled against an older header
/// would be wrong.
pub const COINPAY_ABI_VERSION: u32 = 1;

/// Bytes that are lent.
///
/// As an argument: the caller's, read during the call and never kept. Text is UTF-8 and needs no
/// NUL at its end. `data` may be NULL where `len` is 0, which is an empty text, or, where a
/// comment says so, none at all.
///
/// As a result: the library's own and constant, valid until the library is unloaded.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct coinpay_slice {
    pub data: *const u8,
    pub len: usize,
}

impl coinpay_slice {
    pub(crate) const fn lasting(text: &'static str) -> Self {
        Self {
            data: text.as_ptr(),
            len: text.len(),
        }
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.data.is_null() && self.len == 0
    }

    /// # Safety
    /// `data` is NULL, or readable for `len` bytes that nobody changes while `self` lives.
    pub(crate) unsafe fn bytes(&self, name: &str) -> Result<&[u8], Fault> {
        if self.len == 0 {
            return Ok(&[]);
        }
        if self.data.is_null() {
            return Err(Error::invalid(name, "is NULL with a length").into());
        }
        if self.len > isize::MAX.unsigned_abs() {
            return Err(Error::invalid(name, "is longer than memory").into());
        }
        // SAFETY: not NULL and of a length that there can be; the caller says it is readable.
        Ok(unsafe { slice::from_raw_parts(self.data, self.len) })
    }

    /// # Safety
    /// As [`Self::bytes`].
    pub(crate) unsafe fn text(&self, name: &str) -> Result<&str, Fault> {
        // SAFETY: the caller's promise is the same.
        let bytes = unsafe { self.bytes(name) }?;
        std::str::from_utf8(bytes).map_err(|_| Error::invalid(name, "is not UTF-8").into())
    }
}

/// Bytes that are given: a result, or an error's document.
///
/// The caller owns them and hands them back with `coinpay_buffer_free`, on any thread, once. A NUL
/// that `len` does not count follows the bytes. Every call that takes a `coinpay_buffer *` first
/// makes it `{NULL, 0}` without freeing what it held, so one that is used again has to be freed in
/// between; after a call at most one of `out` and `err` holds bytes.
#[repr(C)]
#[derive(Debug)]
pub struct coinpay_buffer {
    pub data: *mut u8,
    pub len: usize,
}

impl coinpay_buffer {
    pub(crate) const EMPTY: Self = Self {
        data: ptr::null_mut(),
        len: 0,
    };

    pub(crate) fn holding(mut bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        bytes.push(0);
        let owned = Box::into_raw(bytes.into_boxed_slice());
        Self {
            data: owned.cast(),
            len,
        }
    }
}

/// Takes back a buffer and makes it `{NULL, 0}`, so that freeing it again does nothing.
///
/// Ownership: the bytes are the library's again. Errors: none; `buffer` may be NULL or empty.
///
/// # Safety
/// `*buffer` is empty or as a call of this library left it. No other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coinpay_buffer_free(buffer: *mut coinpay_buffer) {
    // SAFETY: NULL, or the caller's alone.
    let Some(buffer) = (unsafe { buffer.as_mut() }) else {
        return;
    };
    let taken = std::mem::replace(buffer, coinpay_buffer::EMPTY);
    if taken.data.is_null() {
        return;
    }
    let owned = ptr::slice_from_raw_parts_mut(taken.data, taken.len.saturating_add(1));
    // SAFETY: `holding` made it of a box of this length, and it was not taken back before.
    drop(unsafe { Box::from_raw(owned) });
}

/// The version of this boundary: compare it with `COINPAY_ABI_VERSION` of the header that you
/// compiled against, before any other call, and refuse to go on where they differ.
///
/// Threads: any. Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn coinpay_abi_version() -> u32 {
    COINPAY_ABI_VERSION
}

/// The version of the library, such as `0.1.0`.
///
/// Ownership: constant text of the library's. Threads: any. Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn coinpay_version() -> coinpay_slice {
    coinpay_slice::lasting(env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(slice: coinpay_slice) -> Result<Vec<u8>, String> {
        // SAFETY: every slice here is NULL or over bytes that outlive it.
        let bytes = unsafe { slice.bytes("body") };
        bytes.map(<[u8]>::to_vec).map_err(|fault| fault.document())
    }

    #[test]
    fn a_buffer_ends_in_a_nul_and_may_be_freed_twice() {
        let mut buffer = coinpay_buffer::holding(b"abc".to_vec());
        assert_eq!(buffer.len, 3);
        // SAFETY: three bytes and the NUL are there.
        let all = unsafe { slice::from_raw_parts(buffer.data, 4) };
        assert_eq!(all, b"abc\0");
        for _ in 0..2 {
            // SAFETY: as `holding` made it, then empty.
            unsafe { coinpay_buffer_free(&raw mut buffer) };
            assert!(buffer.data.is_null() && buffer.len == 0);
        }
        // SAFETY: NULL is allowed.
        unsafe { coinpay_buffer_free(ptr::null_mut()) };
    }

    #[test]
    fn a_slice_that_cannot_be_is_refused() {
        let of = |data, len| coinpay_slice { data, len };
        assert_eq!(read(of(ptr::null(), 0)), Ok(Vec::new()));
        assert_eq!(read(of(b"ab".as_ptr(), 1)), Ok(b"a".to_vec()));
        for slice in [of(ptr::null(), 1), of(b"ab".as_ptr(), usize::MAX)] {
            assert!(read(slice).is_err_and(|said| said.contains("invalid_input")));
        }
        // SAFETY: the bytes are a constant.
        let text = unsafe { of(b"\xff".as_ptr(), 1).text("text").map(str::len) };
        assert!(text.is_err());
    }
}
