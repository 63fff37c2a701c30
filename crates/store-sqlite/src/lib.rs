//! The durable store: one SQLite file that only its owner can read, holding records that the client has sealed.
//!
//! ```
//! use entrenous_store_sqlite::SqliteStore;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("private/entrenous.db");
//! let store = SqliteStore::open(&path)?;
//! store.check()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a commit promises
//!
//! Changes go to a write-ahead log beside the file (`journal_mode = WAL`), each commit closed by a frame with a
//! checksum over all before it. With `synchronous = FULL` the log is synced before a commit is answered with
//! [`Commit::Applied`]: it survives a crash of the process, of the machine,
//! and a power cut, as far as the disk keeps what it says it has written (`fullfsync` where the system knows it).
//! After a crash the log is read up to the last whole commit; half of one is never seen. A commit that ends in
//! an error may still come to light after a crash, if nothing was committed since; and then as a whole. What a
//! process has left in the log may be read and yet not be durable, after a sync that failed: it is written once more and synced by the
//! next one that opens it, before anything is built upon it or moved to the main file. Where there is no room for that it can be read, and a commit is [`Error::Full`].
//!
//! The tests let a disk in memory fail, fill up or lose what was not synced at each point at which an operation asks something of it;
//! `docs/assurance/crashes.md` says what that simulates, and what not.
//!
//! # Several handles and processes
//!
//! They may have one file open. A commit takes the write lock before it compares (`BEGIN IMMEDIATE`), so there is
//! no other in between; it tries for the lock as long as [`Options::busy`] says and is [`Error::Busy`] then,
//! having changed nothing. Loads wait for nobody, and see the records of all their keys at one moment. A commit
//! that only compares writes nothing and takes no write lock.
//! A handle moves between threads but is used by one at a time, and is no handle in a forked child
//! ([`Error::Forked`]). File systems over a network don't lock well enough: the file belongs on a local disk. A
//! process that has it open must not open it by other means, a copy included: POSIX drops the locks of a process
//! on a file with the first descriptor of it that is closed.
//!
//! # Where the file is
//!
//! In a folder that only the owner may enter: it is made so (0700) if there is none, the file too (0600), and its
//! log (`-wal`) and index (`-shm`) take that over. A folder or file that others may read or write is refused, and
//! so is a symbolic link in the place of the file; what is above the folder is the application's. A store that can
//! only be read is refused as well: opening a message already has to be remembered. Nothing but a marker
//! in a folder of its own is written outside the folder, temporary files included.
//!
//! # A file that is restored or copied
//!
//! The client notices it by the mark in a [`FileMarker`], which knows the file that it belongs to. It lies in a folder
//! that the application chooses ([`FileMarker::in_folder`]), where no backup and no restoring of the file reaches; beside
//! the file ([`FileMarker::beside`]) only where there is no such place.
//!
//! # What the file shows
//!
//! Records are sealed before they come here, so there is no second encryption of the file. It shows how many records
//! there are, how long they are and, to who sees it often, which are written; and whoever can write to it can bring back an
//! earlier file, or a single earlier record; the threat model says what of that the client notices.
//! Removed and replaced records are overwritten with zeros in the file (`secure_delete`); in the log they stay, sealed,
//! until later commits have been written over them, about [`MAX_LOG`] later, or it is emptied: at
//! [`SqliteStore::checkpoint`], and when the last handle is closed. Pages that SQLite has rearranged may hold older copies of a record until [`SqliteStore::compact`], and
//! what a file system or a flash disk keeps of overwritten blocks is beyond a database.

mod connection;
mod error;
mod log;
mod marker;
mod options;
mod place;
mod records;
mod schema;
mod upkeep;

use std::path::Path;

use entrenous::store::{Changes, Commit, FailureKind, Record, RecordKey, Store};

use connection::Handle;
pub use error::{Cause, Error};
#[doc(hidden)]
pub use log::Renew;
pub use marker::FileMarker;
pub use options::Options;
pub use upkeep::MAX_LOG;

/// A handle on the store in one file. Another one on the same file is opened, not cloned.
#[derive(Debug)]
pub struct SqliteStore {
    handle: Handle,
}

impl SqliteStore {
    /// Opens the file at `path`, and makes it and its folder if they aren't there.
    ///
    /// # Errors
    /// Each of [`Error`] but [`Error::Forked`] and [`Error::TooLong`]. A file that is not ours is left as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, Options::default())
    }

    /// As [`SqliteStore::open`], with other options than the default.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        Self::open_on(path, options, log::renew)
    }

    /// As [`SqliteStore::open_with`], where SQLite's file system is not the system's: for tests with a made-up disk.
    #[doc(hidden)]
    pub fn open_on(path: impl AsRef<Path>, options: Options, renew: Renew) -> Result<Self, Error> {
        Ok(Self { handle: Handle::open(path.as_ref(), options, renew)? })
    }
}

impl Store for SqliteStore {
    type Error = Error;

    fn kind(error: &Error) -> FailureKind {
        error.kind()
    }

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        self.handle.patiently(|connection| records::load(connection, keys))
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Error> {
        if !changes.writes() {
            return self.handle.patiently(|connection| records::compare(connection, changes));
        }
        self.handle.settle()?;
        let commit = self.handle.patiently(|connection| records::apply(connection, changes))?;
        if commit == Commit::Applied {
            drop(self.bound_log());
        }
        Ok(commit)
    }
}
