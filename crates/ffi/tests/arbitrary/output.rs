//! A place for what a function writes: when it fails, not one byte of it may be written.

use core::{mem::MaybeUninit, slice};

use entrenous_ffi::result::entrenous_result;

const BEFORE: u8 = 0xa5;

/// What `call` says, and what it has written if that is `OK`.
pub(crate) fn output<T>(call: impl FnOnce(*mut T) -> entrenous_result) -> (entrenous_result, Option<T>) {
    let mut place = MaybeUninit::<T>::uninit();
    let bytes = place.as_mut_ptr().cast::<u8>();
    // SAFETY: the place is as long as a T
    unsafe { bytes.write_bytes(BEFORE, size_of::<T>()) };
    let result = call(place.as_mut_ptr());
    if result == entrenous_result::Ok {
        // SAFETY: a function that says so has written its output
        return (result, Some(unsafe { place.assume_init() }));
    }
    // SAFETY: every byte was written above
    let after = unsafe { slice::from_raw_parts(bytes, size_of::<T>()) };
    assert!(after.iter().all(|byte| *byte == BEFORE), "{result:?} has written something");
    (result, None)
}
