//! A record as a run has written it: open for whoever reads it next in the run, and encoded once, at its end.

use core::{any::Any, cell::OnceCell, fmt};

use zeroize::Zeroizing;

use super::Stored;
use crate::Error;

/// A record that was written, and not sealed yet.
pub(super) struct Written {
    format: u8,
    /// None where the record is read from its bytes.
    open: Option<Box<dyn Encode>>,
    /// None yet, of what is open, and of what is encoded [later](Self::later).
    bytes: OnceCell<Zeroizing<Vec<u8>>>,
}

/// A record of some kind.
trait Encode: Any {
    fn encode(&self) -> Zeroizing<Vec<u8>>;
}

impl<T: Stored> Encode for T {
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        self.to_bytes()
    }
}

impl Written {
    pub(super) fn new<T: Stored>(record: &T) -> Self {
        let written = |open, bytes| Self { format: T::FORMAT, open, bytes };
        match record.copy() {
            Some(copy) => written(Some(Box::new(copy)), OnceCell::new()),
            None => written(None, OnceCell::from(record.to_bytes())),
        }
    }

    /// One whose bytes are [set](Self::set_bytes) later.
    pub(super) fn later<T: Stored>() -> Self {
        Self { format: T::FORMAT, open: None, bytes: OnceCell::new() }
    }

    /// Sets the bytes, if there are none yet.
    pub(super) fn set_bytes(&self, record: impl FnOnce() -> Zeroizing<Vec<u8>>) {
        self.bytes.get_or_init(record);
    }

    pub(super) fn read<T: Stored>(&self) -> Result<T, Error> {
        let open = self.open.as_deref().and_then(|open| (open as &dyn Any).downcast_ref::<T>());
        match open.and_then(T::copy) {
            Some(record) => Ok(record),
            None => T::from_bytes(self.bytes()),
        }
    }

    /// Its bytes, which must have been set if that was to come later.
    pub(super) fn bytes(&self) -> &[u8] {
        if let Some(open) = self.open.as_deref() {
            self.set_bytes(|| open.encode());
        }
        self.bytes.get().map_or(&[], |bytes| bytes.as_slice())
    }

    /// Its format, and its bytes.
    pub(super) fn into_bytes(mut self) -> (u8, Zeroizing<Vec<u8>>) {
        self.bytes();
        (self.format, self.bytes.take().unwrap_or_default())
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Written({} bytes)", self.bytes().len())
    }
}
