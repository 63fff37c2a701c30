//! What is common to tables of an application's own functions.

use core::{cell::Cell, ffi::c_void, fmt, ptr};

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

thread_local! {
    /// Whether this thread is in a function of the application's that this library has called.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Calls a function of the application's. What that asks of any client or store meanwhile is refused: it could wait for what
/// waits for it, on this thread or over others.
pub(crate) fn call<T>(function: impl FnOnce() -> T) -> T {
    let outside = INSIDE.replace(true);
    let answer = function();
    INSIDE.set(outside);
    answer
}

pub(crate) fn is_inside() -> bool {
    INSIDE.get()
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
            call(|| unsafe { release(self.context.0) });
        }
    }
}

/// A struct that begins with its own size, so that it can grow.
///
/// # Safety
/// Its first member is a `usize`, and every pattern of bytes is good in it.
pub(crate) unsafe trait Grows: Copy {
    /// What it was in its first version: the end of the last member that it had then.
    const FIRST_SIZE: usize;
    /// What members say that the caller's header didn't know.
    const DEFAULT: Self;
}

/// What the caller's header knew of a struct, in bytes.
pub(crate) fn size_of_caller<T: Grows>(caller: &Caller, table: *const T) -> Result<usize, Code> {
    let size = caller.value(table.cast::<usize>())?;
    if size < T::FIRST_SIZE { Err(Code::BadArgument) } else { Ok(size) }
}

/// Reads a struct that begins with its own size, which tells what the application's header knew of it: what is behind that is
/// as in the default.
pub(crate) fn sized<T: Grows>(caller: &Caller, table: *const T) -> Result<T, Code> {
    let mut default = T::DEFAULT;
    let size = size_of_caller(caller, table)?;
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
