//! Bytes and texts of any length that are given to C.

use core::ffi::c_char;

use zeroize::Zeroizing;

use crate::{
    call::Caller,
    handle::{self, Object},
    result::entrenous_result,
};

/// Bytes or a text, wiped when freed.
#[derive(Debug)]
pub struct entrenous_buffer(Zeroizing<Vec<u8>>);

impl Object for entrenous_buffer {}

impl entrenous_buffer {
    /// A copy, with a NUL behind it.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        // at full length at once: what grows leaves copies
        let mut copy = Zeroizing::new(Vec::with_capacity(bytes.len() + 1));
        copy.extend_from_slice(bytes);
        copy.push(0);
        Self(copy)
    }

    fn bytes(&self) -> &[u8] {
        self.0.split_last().map_or(&[], |(_, bytes)| bytes)
    }
}

/// Gives the bytes of a buffer, which are good until it is freed.
///
/// Errors: `NULL_POINTER`, `BAD_HANDLE`, `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_buffer_read(
    buffer: *const entrenous_buffer,
    data: *mut *const u8,
    len: *mut usize,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let (data, len) = (caller.out(data)?, caller.out(len)?);
        data.apart_from(&len)?;
        let buffer = handle::get(buffer)?;
        data.set(buffer.bytes().as_ptr());
        len.set(buffer.bytes().len());
        Ok(())
    })
}

/// The same for a text: UTF-8, with a NUL behind it that `len` doesn't count.
///
/// Errors: `NULL_POINTER`, `BAD_HANDLE`, `WRONG_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_buffer_text(
    buffer: *const entrenous_buffer,
    text: *mut *const c_char,
    len: *mut usize,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says; both are pointers to bytes
    unsafe { entrenous_buffer_read(buffer, text.cast(), len) }
}
