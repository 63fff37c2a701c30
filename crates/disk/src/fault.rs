//! What goes wrong, where, and what a power cut leaves.

use core::ffi::c_int;

use rusqlite::ffi;

/// What SQLite asks of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// A file is opened, and made if it is to be.
    Open,
    /// A file is deleted.
    Delete,
    /// Whether a file is there.
    Access,
    /// Bytes are read.
    Read,
    /// Bytes are written.
    Write,
    /// A file is cut off.
    Truncate,
    /// What was written is made durable.
    Sync,
    /// How long a file is.
    Size,
    /// A file is locked.
    Lock,
    /// A part of the shared index is mapped.
    MapIndex,
    /// A part of the shared index is made.
    GrowIndex,
    /// The shared index is locked.
    LockIndex,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Open,
        Self::Delete,
        Self::Access,
        Self::Read,
        Self::Write,
        Self::Truncate,
        Self::Sync,
        Self::Size,
        Self::Lock,
        Self::MapIndex,
        Self::GrowIndex,
        Self::LockIndex,
    ];

    /// The error that SQLite on Unix has for a failure of the system there.
    pub(crate) fn failure(self) -> c_int {
        match self {
            Self::Open => ffi::SQLITE_CANTOPEN,
            Self::Delete => ffi::SQLITE_IOERR_DELETE,
            Self::Access => ffi::SQLITE_IOERR_ACCESS,
            Self::Read => ffi::SQLITE_IOERR_READ,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Self::Sync => ffi::SQLITE_IOERR_FSYNC,
            Self::Size => ffi::SQLITE_IOERR_FSTAT,
            Self::Lock => ffi::SQLITE_IOERR_LOCK,
            Self::MapIndex => ffi::SQLITE_IOERR_SHMMAP,
            Self::GrowIndex => ffi::SQLITE_IOERR_SHMSIZE,
            Self::LockIndex => ffi::SQLITE_IOERR_SHMLOCK,
        }
    }
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// At one point.
    Once,
    /// From that point on.
    Lasting,
}

/// What goes wrong. Each has its own occasions, which are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// At any point the process ends: what it asked for has reached the system, and nothing after it does.
    Die,
    /// Where something would need room there is none.
    Full(Span),
    /// At any point the system fails.
    Fail(Span),
}

impl Fault {
    pub(crate) fn concerns(self, point: Point) -> bool {
        match self {
            Self::Die | Self::Fail(_) => true,
            Self::Full(_) => matches!(point, Point::Write | Point::GrowIndex),
        }
    }

    pub(crate) fn lasts(self) -> bool {
        matches!(self, Self::Die | Self::Full(Span::Lasting) | Self::Fail(Span::Lasting))
    }

    /// What SQLite gets to see.
    pub(crate) fn code(self, point: Point) -> c_int {
        match self {
            Self::Full(_) if point == Point::Write => ffi::SQLITE_FULL,
            _ => point.failure(),
        }
    }
}

/// What a power cut leaves of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Everything: it was no power cut, only the process has ended.
    Everything,
    /// Everything, but that of each file's last write only the first half has arrived.
    TornEnd,
    /// Of each write, by a chance of this seed, everything, nothing, or some of its sectors.
    Some(u64),
}
