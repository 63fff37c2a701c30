//! The border to C: nothing unwinds across it, pointers are looked at before they are followed, and outputs are written
//! when all has gone well.

use core::{ffi::c_char, marker::PhantomData, ptr::NonNull, slice, str};
use std::panic::{self, AssertUnwindSafe};

use entrenous::{AccountId, Address, AgreementError, DeviceId, Error, GroupId, IdentityError};

use crate::{result::Code, types::entrenous_address};

/// The longest input in bytes: more than any message, bundle, list or file that this library takes.
pub(crate) const MAX_INPUT: usize = 32 << 20;

/// A call from C whose pointers are good for what the function says, as long as it runs. They may be NULL, badly
/// aligned or overlap: that is checked.
#[derive(Debug)]
pub(crate) struct Caller(());

impl Caller {
    /// # Safety
    /// Every pointer that this value is asked about must be NULL, or good for reading (for an output: for writing) as many
    /// values as are asked for, for as long as the value lives; and no other thread writes there meanwhile.
    pub(crate) unsafe fn vouched() -> Self {
        Self(())
    }

    /// Runs a function's body. A panic ends here.
    pub(crate) fn run(&self, body: impl FnOnce() -> Result<(), Code>) -> Code {
        match panic::catch_unwind(AssertUnwindSafe(body)) {
            Ok(Ok(())) => Code::Ok,
            Ok(Err(code)) => code,
            Err(_) => Code::Panicked,
        }
    }

    /// A value of the caller's. It must be one of which every bit pattern is good.
    pub(crate) fn value<T: Copy>(&self, value: *const T) -> Result<T, Code> {
        let value = checked(value.cast_mut())?;
        // SAFETY: not NULL and aligned; vouched for by the caller
        Ok(unsafe { value.read() })
    }

    /// `len` values of the caller's; NULL is good for none.
    pub(crate) fn slice<T: Copy>(&self, values: *const T, len: usize) -> Result<&[T], Code> {
        if len == 0 {
            return Ok(&[]);
        }
        let values = checked(values.cast_mut())?;
        if len.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > MAX_INPUT) {
            return Err(Code::BadLength);
        }
        // SAFETY: not NULL, aligned and not too long; vouched for by the caller, and nothing is written as long as `self`
        // lives but outputs, after the last look at an input
        Ok(unsafe { slice::from_raw_parts(values.as_ptr(), len) })
    }

    /// A text of `len` bytes in UTF-8; it needs no NUL at its end.
    pub(crate) fn text(&self, text: *const c_char, len: usize) -> Result<&str, Code> {
        str::from_utf8(self.slice(text.cast(), len)?).map_err(|_| Code::BadText)
    }

    pub(crate) fn array<const N: usize>(&self, bytes: *const u8) -> Result<[u8; N], Code> {
        self.value(bytes.cast::<[u8; N]>())
    }

    pub(crate) fn account(&self, account: *const u8) -> Result<AccountId, Code> {
        self.array(account).map(AccountId::from_bytes)
    }

    pub(crate) fn group(&self, group: *const u8) -> Result<GroupId, Code> {
        self.array(group).map(GroupId::from_bytes)
    }

    pub(crate) fn address(&self, address: *const entrenous_address) -> Result<Address, Code> {
        let entrenous_address { account, device } = self.value(address)?;
        Ok(Address { account: AccountId::from_bytes(account), device: device_id(device)? })
    }

    /// A place for an output.
    pub(crate) fn out<T>(&self, out: *mut T) -> Result<Out<'_, T>, Code> {
        Ok(Out { place: checked(out)?, of: PhantomData })
    }

    /// A place for an output that may be NULL.
    pub(crate) fn out_or_null<T>(&self, out: *mut T) -> Result<Option<Out<'_, T>>, Code> {
        if out.is_null() { Ok(None) } else { self.out(out).map(Some) }
    }

    /// Places for `len` outputs, one after the other.
    pub(crate) fn out_slice<T>(&self, out: *mut T, len: usize) -> Result<OutSlice<'_, T>, Code> {
        if len.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > MAX_INPUT) {
            return Err(Code::BadLength);
        }
        Ok(OutSlice { first: self.out(out)?, len })
    }

    pub(crate) fn out_array<const N: usize>(&self, out: *mut u8) -> Result<Out<'_, [u8; N]>, Code> {
        self.out(out.cast())
    }
}

fn checked<T>(pointer: *mut T) -> Result<NonNull<T>, Code> {
    let pointer = NonNull::new(pointer).ok_or(Code::NullPointer)?;
    if pointer.is_aligned() { Ok(pointer) } else { Err(Code::BadArgument) }
}

/// A device's id.
pub(crate) fn device_id(device: u32) -> Result<DeviceId, Code> {
    DeviceId::new(device).ok_or(Code::BadArgument)
}

/// What somebody has typed wrongly is no message that could be dropped.
pub(crate) fn bad_text(code: Code) -> Code {
    if code == Code::Malformed { Code::BadText } else { code }
}

/// A device that the caller names, and no peer, is no matter of trust.
pub(crate) fn no_device(error: Error) -> Code {
    match error {
        Error::Untrusted(AgreementError::Identity(IdentityError::UnknownDevice)) => Code::NoDevice,
        error => error.into(),
    }
}

/// Nor is an argument that can't be.
pub(crate) fn bad_argument(code: Code) -> Code {
    if code == Code::Malformed { Code::BadArgument } else { code }
}

/// A flag: 0 or 1.
pub(crate) fn flag(flag: u32) -> Result<bool, Code> {
    match flag {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Code::BadArgument),
    }
}

/// A place of the caller's for an output.
#[derive(Debug)]
pub(crate) struct Out<'a, T> {
    place: NonNull<T>,
    of: PhantomData<&'a mut T>,
}

impl<T> Out<'_, T> {
    /// Writes the output: all has gone well.
    pub(crate) fn set(self, value: T) {
        // SAFETY: not NULL and aligned; vouched for by the caller
        unsafe { self.place.write(value) }
    }

    /// Where it is, for what writes only a part.
    pub(crate) fn into_place(self) -> *mut T {
        self.place.as_ptr()
    }

    /// Refuses two outputs in one place: one would be lost.
    pub(crate) fn apart_from<U>(&self, other: &Out<'_, U>) -> Result<(), Code> {
        let (here, there) = (self.place.addr().get(), other.place.addr().get());
        let apart = here.abs_diff(there) >= if here < there { size_of::<T>() } else { size_of::<U>() };
        if apart { Ok(()) } else { Err(Code::BadArgument) }
    }
}

/// Places of the caller's for outputs, one after the other.
#[derive(Debug)]
pub(crate) struct OutSlice<'a, T> {
    first: Out<'a, T>,
    len: usize,
}

impl<T: Copy> OutSlice<'_, T> {
    /// Writes as many values as there are places.
    pub(crate) fn set(self, values: &[T]) {
        let first = self.first.into_place();
        for (at, value) in values.iter().enumerate().take(self.len) {
            // SAFETY: within the places that the caller has vouched for
            unsafe { first.wrapping_add(at).write(*value) };
        }
    }

    pub(crate) fn apart_from<U>(&self, other: &Out<'_, U>) -> Result<(), Code> {
        let (here, there) = (self.first.place.addr().get(), other.place.addr().get());
        let len = if here < there { self.len * size_of::<T>() } else { size_of::<U>() };
        if here.abs_diff(there) >= len { Ok(()) } else { Err(Code::BadArgument) }
    }
}

/// As [`Out::apart_from`], for outputs that may be NULL.
pub(crate) fn apart<T, U>(one: &Option<Out<'_, T>>, other: &Option<Out<'_, U>>) -> Result<(), Code> {
    match (one, other) {
        (Some(one), Some(other)) => one.apart_from(other),
        _ => Ok(()),
    }
}

/// Writes an output if the caller has a place for it.
pub(crate) fn set_some<T>(out: Option<Out<'_, T>>, value: T) {
    if let Some(out) = out {
        out.set(value);
    }
}
