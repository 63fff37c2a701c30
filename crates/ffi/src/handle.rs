//! Handles: what C holds of an object is a number in the shape of a pointer, and never followed. A handle that was
//! freed, made up, or of another type is told from a live one, and no number is given twice.

use core::{any::Any, ffi::c_void, ptr};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    call::Caller,
    result::{Code, entrenous_result},
};

/// Every object that C holds a handle of.
static TABLE: RwLock<Table> = RwLock::new(Table { last: 0, objects: BTreeMap::new() });

struct Table {
    /// The number that was given last.
    last: usize,
    objects: BTreeMap<usize, Arc<dyn Object>>,
}

/// What C can hold a handle of.
pub(crate) trait Object: Any + Send + Sync {
    /// For a list: how many elements it has.
    fn count(&self) -> Option<usize> {
        None
    }
}

impl Table {
    fn next_number(&mut self) -> Result<usize, Code> {
        if self.last == 0 {
            self.last = first_number();
        }
        self.last = self.last.checked_add(1).ok_or(Code::TooManyHandles)?;
        Ok(self.last)
    }
}

/// Where numbers begin: anywhere, so that a small number, or one of another copy of this library, is none of ours; but where
/// pointers of a program are, since there are languages that look at that, and far from the end.
fn first_number() -> usize {
    const UNUSED_BITS: u32 = if usize::BITS == 64 { 17 } else { 1 };
    let anything = RandomState::new().hash_one(0_u8).to_ne_bytes();
    let (bytes, _) = anything.split_at(size_of::<usize>());
    bytes.iter().fold(0_usize, |number, byte| (number << 8) | usize::from(*byte)) >> UNUSED_BITS
}

/// Gives an object to C.
pub(crate) fn give<T: Object>(object: T) -> Result<*mut T, Code> {
    // an object that gets none is dropped when the table is unlocked: what a store does then may come back here
    let number = TABLE.write().unwrap_or_else(PoisonError::into_inner).next_number()?;
    let object = Arc::new(object);
    TABLE.write().unwrap_or_else(PoisonError::into_inner).objects.insert(number, object);
    Ok(ptr::without_provenance_mut(number))
}

/// Gives an object to C, or NULL if there is none.
pub(crate) fn give_some<T: Object>(object: Option<T>) -> Result<*mut T, Code> {
    object.map_or(Ok(ptr::null_mut()), give)
}

/// The object of a handle. It stays as long as the result is held, also when the handle is freed meanwhile.
pub(crate) fn get<T: Object>(handle: *const T) -> Result<Arc<T>, Code> {
    let object: Arc<dyn Any + Send + Sync> = find(handle.addr())?;
    object.downcast().map_err(|_| Code::WrongHandle)
}

fn find(number: usize) -> Result<Arc<dyn Object>, Code> {
    if number == 0 {
        return Err(Code::NullPointer);
    }
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    table.objects.get(&number).map(Arc::clone).ok_or(Code::BadHandle)
}

fn take(handle: *const c_void) -> Result<Arc<dyn Object>, Code> {
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    table.objects.remove(&handle.addr()).ok_or(Code::BadHandle)
}

/// Takes back what was lent to a callback.
pub(crate) fn put_back<T>(handle: *mut T) {
    // freed by the callback already: nothing is left to do
    drop(take(handle.cast()));
}

/// Frees a handle of any type, and wipes what is secret in its object. NULL is nothing to do. What was read from the object
/// by pointer must not be used any more. Another thread that is using it ends what it is doing first: the object goes then.
///
/// Errors: `BAD_HANDLE` for what is no handle, or was freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_free(handle: *mut c_void) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        if !handle.is_null() {
            // dropped after the table is unlocked: what a store does then may come back here
            drop(take(handle)?);
        }
        Ok(())
    })
}

/// Gives the number of elements of a list, of any type of list.
///
/// Errors: `NULL_POINTER`, `BAD_HANDLE`, `WRONG_HANDLE` for a handle of what is no list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_count(list: *const c_void, count: *mut usize) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let count = caller.out(count)?;
        count.set(find(list.addr())?.count().ok_or(Code::WrongHandle)?);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Object for u8 {}
    impl Object for u16 {}
    impl Object for String {}

    #[test]
    fn no_number_is_given_twice() {
        let first = give(1_u8).unwrap();
        drop(take(first.cast()).unwrap());
        let second = give(1_u8).unwrap();
        assert_ne!(first, second);
        assert_eq!(get(first).err(), Some(Code::BadHandle));
        assert_eq!(take(first.cast()).err(), Some(Code::BadHandle));
        assert_eq!(get(second.cast::<u16>()).err(), Some(Code::WrongHandle));
        assert_eq!(*get(second).unwrap(), 1);
        drop(take(second.cast()).unwrap());
    }

    #[test]
    fn an_object_stays_as_long_as_it_is_used() {
        let handle = give(String::from("in use")).unwrap();
        let used = get(handle).unwrap();
        drop(take(handle.cast()).unwrap());
        assert_eq!(*used, "in use");
    }

    #[test]
    fn the_numbers_end() {
        let mut table = Table { last: usize::MAX, objects: BTreeMap::new() };
        assert_eq!(table.next_number(), Err(Code::TooManyHandles));
    }
}
