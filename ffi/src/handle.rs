//! Opaque handles: boxes whose pointers the host holds. Given once, lent to any number of calls,
//! taken back once.

use std::ptr;

use crate::answer::{Fault, null};

/// Makes the place for a handle NULL, so that a call that fails leaves no stray pointer.
///
/// # Safety
/// `place` is NULL, or writable and the caller's alone.
pub(crate) unsafe fn clear<T>(place: *mut *mut T) {
    if !place.is_null() {
        // SAFETY: the caller's promise, and it is not NULL. No reference is made: C's variable may
        // hold nothing yet.
        unsafe { place.write(ptr::null_mut()) };
    }
}

/// Gives a handle to the host.
///
/// # Safety
/// As [`clear`].
pub(crate) unsafe fn give<T>(
    name: &str,
    place: *mut *mut T,
    make: impl FnOnce() -> Result<T, Fault>,
) -> Result<(), Fault> {
    if place.is_null() {
        return Err(null(name));
    }
    let handle = Box::into_raw(Box::new(make()?));
    // SAFETY: the caller's promise, and it is not NULL.
    unsafe { place.write(handle) };
    Ok(())
}

/// Lends what a handle stands for.
///
/// # Safety
/// `handle` is NULL, or was given by [`give`] and is not taken back while the result lives.
pub(crate) unsafe fn lend<'a, T>(name: &str, handle: *const T) -> Result<&'a T, Fault> {
    // SAFETY: the caller's promise.
    unsafe { handle.as_ref() }.ok_or_else(|| null(name))
}

/// Takes a handle back. NULL is nothing.
///
/// # Safety
/// `handle` is NULL, or was given by [`give`], was not taken back yet, and is lent to nobody.
pub(crate) unsafe fn take<T>(handle: *mut T) {
    if handle.is_null() {
        return;
    }
    // SAFETY: the caller's promise, and it is not NULL.
    let owned = unsafe { Box::from_raw(handle) };
    // What closes with it, a connection or a file, may panic, and that must not cross either.
    let closing = std::panic::AssertUnwindSafe(move || drop(owned));
    let _closed = std::panic::catch_unwind(closing);
}
