//! The index of a write-ahead log: memory that all connections of a file share.

use core::{ffi::c_void, sync::atomic::AtomicU64};
use std::collections::BTreeSet;

use crate::locks::IndexLocks;

/// Gone when the last connection leaves it, as it is when the first process after a crash finds the file.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// SQLite writes it from any thread, with its own barriers.
    regions: Vec<Box<[AtomicU64]>>,
    users: BTreeSet<u64>,
    pub(crate) locks: IndexLocks,
}

impl Index {
    pub(crate) fn regions(&self) -> usize {
        self.regions.len()
    }

    /// Makes regions of `size` bytes until there are so many.
    pub(crate) fn grow(&mut self, count: usize, size: usize) {
        let region = || (0..size.div_ceil(8)).map(|_| AtomicU64::new(0)).collect();
        self.regions.resize_with(count.max(self.regions.len()), region);
    }

    /// Where a region begins, which stays there until its last user leaves.
    pub(crate) fn map(&mut self, handle: u64, region: usize) -> *mut c_void {
        self.users.insert(handle);
        self.regions.get(region).map_or(core::ptr::null_mut(), |region| region.as_ptr().cast_mut().cast())
    }

    pub(crate) fn leave(&mut self, handle: u64) {
        self.locks.leave(handle);
        self.users.remove(&handle);
        if self.users.is_empty() {
            self.regions.clear();
        }
    }
}
