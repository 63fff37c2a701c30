//! What is common to tables of an application's own functions.

use core::{ffi::c_void, fmt, ptr};

use crate::{call::Caller, result::Code};

/// Called once, when nothing uses a table's context any more.
pub(crate) type ReleaseFn = unsafe extern "C" fn(context: *mut c_void);

/// What an application's functions get to see again.
#[derive(Clone, Copy)]
pub(crate) struct Context(pub(crate) *mut c_void);

// SAFETY: the application says that its functions may be called from every thread
unsafe impl Send for Context {}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context")
    }
}

/// Releases a context when dropped.
#[derive(Debug)]
pub(crate) struct Release {
    context: Context,
    release: Option<ReleaseFn>,
}

impl Release {
    pub(crate) fn new(context: *mut c_void, release: Option<ReleaseFn>) -> Self {
        Self { context: Context(context), release }
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: the application's function with its own context, once
            unsafe { release(self.context.0) }
        }
    }
}

/// A struct that begins with its own size, so that it can grow.
///
/// # Safety
/// Its first member is a `usize`, and every pattern of bytes is good in it.
pub(crate) unsafe trait Grows: Copy {
    /// What it was in its first version: the place of the first member that was added, once one is.
    const FIRST_SIZE: usize = size_of::<Self>();
    /// What members say that the caller's header didn't know.
    const DEFAULT: Self;
}

/// Reads a struct that begins with its own size, which tells what the application's header knew of it: what is behind that is
/// as in the default.
pub(crate) fn sized<T: Grows>(caller: &Caller, table: *const T) -> Result<T, Code> {
    let mut default = T::DEFAULT;
    let size = caller.value(table.cast::<usize>())?;
    if size < T::FIRST_SIZE {
        return Err(Code::BadArgument);
    }
    let known = caller.slice(table.cast::<u8>(), size.min(size_of::<T>()))?;
    // SAFETY: as many bytes as both have, and every pattern of them is good as the trait says
    unsafe { ptr::copy_nonoverlapping(known.as_ptr(), (&raw mut default).cast::<u8>(), known.len()) };
    Ok(default)
}

/// Writes as much of a struct as there is room for, in a place of `size` bytes.
pub(crate) fn set_sized<T: Grows>(caller: &Caller, out: *mut T, value: T, size: usize) -> Result<(), Code> {
    let out = caller.out(out)?.into_place();
    let known = size.min(size_of::<T>());
    // SAFETY: vouched for by the caller, as far as the size says
    unsafe { ptr::copy_nonoverlapping((&raw const value).cast::<u8>(), out.cast(), known) };
    Ok(())
}
