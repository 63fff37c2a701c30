//! What can go wrong in the database, and whose fault it is.

use core::fmt;
use std::{io, path::PathBuf};

use entrenous::store::FailureKind;
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the store did not do what it was asked for. Nothing was changed, but for what
/// [`Store::commit`](entrenous::store::Store::commit) says of its own errors.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's: this handle was opened by another process. A connection does not survive a fork; the child
    /// opens its own.
    #[error("this handle was opened before the process was forked")]
    Forked,
    /// The caller's: a record longer than [`MAX_RECORD`](entrenous::store::MAX_RECORD); its length in bytes.
    #[error("a record of {0} bytes")]
    TooLong(usize),
    /// The caller's: the path names no file, or a folder, or a symbolic link; for a marker, no store is there.
    #[error("{} is no place for a store: {why}", path.display())]
    Place {
        /// What was asked for.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Whoever installed the application, or another user: accounts other than the owner's may read or change
    /// the file or its folder.
    #[error("{} is open to others: mode {mode:o}, owner {owner}", path.display())]
    OpenToOthers {
        /// The file, or its folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The user id that it belongs to.
        owner: u32,
    },
    /// The caller's: the file is something else, and was left alone.
    #[error("not a store of ours")]
    NotOurs,
    /// A later version of this library has written the file, and it was left alone.
    #[error("written by a later version: format {found}, and this version knows up to {known}")]
    LaterVersion {
        /// The file's.
        found: i64,
        /// The highest that is known here.
        known: i64,
    },
    /// Another handle held the lock for longer than [`Options::busy`](crate::Options). Trying again may help.
    #[error("busy: another process holds the lock")]
    Busy,
    /// There is no room, on the disk or within [`Options::max_bytes`](crate::Options). Once there is, the handle
    /// works again.
    #[error("no room left")]
    Full,
    /// The file, its folder or the file system can't be written. A store that can only be read is of no use: what
    /// is opened or sealed has to be remembered.
    #[error("read-only")]
    ReadOnly(#[source] Cause),
    /// The file, or one of those beside it, can't be opened: mostly because the system denies access.
    #[error("can't be opened")]
    Denied(#[source] Cause),
    /// The disk's, or of whoever wrote to the file: what is there is not what SQLite or this store writes.
    #[error("corrupt")]
    Corrupt(#[source] Cause),
    /// The machine's: reading, writing or syncing failed, or there is no memory left.
    #[error("input or output failed")]
    Io(#[source] Cause),
}

/// What SQLite or the system said: for a log, not to decide by. It holds no record and no key.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct Cause(Reason);

#[derive(Debug, Error)]
enum Reason {
    #[error("{0}")]
    Sqlite(rusqlite::Error),
    #[error("{0}")]
    System(io::Error),
    #[error("{0}")]
    Found(String),
}

impl Error {
    /// What it comes to.
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Busy => FailureKind::Busy,
            Self::Full => FailureKind::Full,
            Self::ReadOnly(_) | Self::Denied(_) | Self::OpenToOthers { .. } => FailureKind::Denied,
            Self::Corrupt(_) | Self::NotOurs => FailureKind::Damaged,
            Self::Forked | Self::TooLong(_) | Self::Place { .. } | Self::LaterVersion { .. } => {
                FailureKind::Misuse
            }
            Self::Io(_) => FailureKind::Other,
        }
    }

    /// What this store itself has found wrong in the file.
    pub(crate) fn corrupt(found: impl fmt::Display) -> Self {
        Self::Corrupt(Cause(Reason::Found(found.to_string())))
    }

    /// What could not be read.
    pub(crate) fn unreadable(found: impl fmt::Display) -> Self {
        Self::Io(Cause(Reason::Found(found.to_string())))
    }

    /// What this store itself has found to be write-protected.
    pub(crate) fn read_only(found: impl fmt::Display) -> Self {
        Self::ReadOnly(Cause(Reason::Found(found.to_string())))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let cause = Cause(Reason::Sqlite(error));
        match code {
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(cause),
            Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Self::Denied(cause),
            Some(ErrorCode::NotADatabase) => Self::NotOurs,
            // A row that can't be read, or is longer than any that was written; a table that isn't there.
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::ConstraintViolation
                | ErrorCode::SchemaChanged
                | ErrorCode::TooBig
                | ErrorCode::TypeMismatch
                | ErrorCode::Unknown,
            )
            | None => Self::Corrupt(cause),
            Some(_) => Self::Io(cause),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        let cause = Cause(Reason::System(error));
        match kind {
            io::ErrorKind::PermissionDenied => Self::Denied(cause),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(cause),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(cause),
        }
    }
}
