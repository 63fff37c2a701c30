//! What is common to tables of an application's own functions.

use core::{ffi::c_void, fmt};

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

/// Reads a struct that begins with its own size, which tells what the application's header knew of it.
pub(crate) fn sized<T: Copy>(caller: &Caller, table: *const T, size: fn(&T) -> usize) -> Result<T, Code> {
    // the size alone first: behind it there may be less than is known here
    let found = caller.value(table.cast::<usize>())?;
    if found < size_of::<T>() {
        return Err(Code::BadArgument);
    }
    let table = caller.value(table)?;
    debug_assert_eq!(size(&table), found, "the size is the first member");
    Ok(table)
}
