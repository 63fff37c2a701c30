//! A folder whose store lies on a disk in memory.

use core::time::Duration;
use std::fs;

use entrenous::store::{Action, Changes, Record, RecordKey, Store};
use entrenous_disk::{Contents, Disk, Fault, Keep};
use entrenous_store_sqlite::{Error, Options, Renew, SqliteStore};

use crate::common::{Folder, key};

/// The records that there may be, by number.
pub(crate) const RECORDS: u64 = 40;

/// All records, as a load shows them.
pub(crate) type State = Vec<Option<Record>>;

pub(crate) struct Machine {
    folder: Folder,
    pub(crate) disk: Disk,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let private = fs::canonicalize(folder.root()).unwrap().join("private");
        Self { folder, disk: Disk::mount(private) }
    }

    /// No other process is there, so there is nobody to wait for.
    pub(crate) fn open(&self) -> Result<SqliteStore, Error> {
        self.open_by(entrenous_disk::renew)
    }

    /// The same, with another way to write a log once more.
    pub(crate) fn open_by(&self, renew: Renew) -> Result<SqliteStore, Error> {
        let options = Options { busy: Duration::ZERO, ..Options::default() };
        SqliteStore::open_on(self.folder.file(), options, renew)
    }

    /// The store looks at the real folder for the length of its log: from now on it finds this.
    pub(crate) fn pretend_log(&self, length: u64) {
        self.disk.repair();
        drop(self.open().unwrap());
        let log = fs::File::create(self.folder.private().join("store.db-wal")).unwrap();
        log.set_len(length).unwrap();
    }

    pub(crate) fn log_bytes(&self) -> usize {
        self.disk.length("store.db-wal").unwrap_or(0)
    }

    /// Ends the process without letting it do anything more, and leaves of the disk what `keep` says.
    pub(crate) fn kill(&self, store: impl Sized, keep: Keep) {
        self.disk.arm(Fault::Die, 0);
        drop(store);
        self.disk.power_cut(keep);
    }

    /// What is on the disk when `work` is done and the process has ended, having closed its store or not.
    pub(crate) fn prepared(work: impl FnOnce(&Self, &mut SqliteStore), closed: bool) -> Contents {
        let machine = Self::new();
        let mut store = machine.open().unwrap();
        work(&machine, &mut store);
        if closed {
            drop(store);
        } else {
            machine.kill(store, Keep::Everything);
        }
        machine.disk.contents()
    }
}

pub(crate) fn keys() -> Vec<RecordKey> {
    (0..RECORDS).map(key).collect()
}

pub(crate) fn state(store: &SqliteStore) -> Result<State, Error> {
    store.load(&keys())
}

/// The state that `changes` lead to.
pub(crate) fn after(before: &State, changes: &Changes) -> State {
    let mut state = before.clone();
    for (n, key) in keys().iter().enumerate() {
        match changes.into_iter().find(|(changed, _)| *changed == key).map(|(_, change)| &change.action) {
            None | Some(Action::Keep) => {}
            Some(Action::Remove) => state[n] = None,
            Some(Action::Put(record)) => state[n] = Some(record.clone()),
        }
    }
    state
}
