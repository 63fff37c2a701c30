//! What the history fails with.

use std::{error::Error, fmt, io, path::PathBuf};

use crate::terminal::{Exit, plain, visible_path};

/// Why the history can't be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum HistoryError {
    /// The file can't be made.
    File(PathBuf, io::Error),
    /// What SQLite says.
    Sqlite(rusqlite::Error),
    /// A row is not what was written there, or the key is of another history.
    Damaged,
    /// A later version of the messenger has written the file.
    LaterVersion,
    /// The name is another account's.
    NameTaken,
    /// The system's random generator gives nothing, or what is to be sealed is too long.
    NotSealed,
}

impl HistoryError {
    /// The exit code of a command that ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::File(..) => Exit::Usage,
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DiskFull) => Exit::Temporary,
                _ => Exit::Failed,
            },
            Self::NameTaken => Exit::Refused,
            Self::Damaged | Self::LaterVersion | Self::NotSealed => Exit::Failed,
        }
    }
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "can't use {}: {}", visible_path(path), plain(error)),
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DatabaseBusy) => {
                    f.write_str("another process keeps the history busy: try again")
                }
                Some(rusqlite::ErrorCode::DiskFull) => {
                    f.write_str("no space is left for the history: free some and try again")
                }
                // SQLite doesn't always say that the disk is full
                Some(rusqlite::ErrorCode::SystemIoFailure) => write!(
                    f,
                    "the file history.sqlite in your home can't be read or written ({error}). Perhaps the disk is full: \
                     free some space and try again"
                ),
                _ => write!(
                    f,
                    "the file history.sqlite in your home can't be used ({error}): bring the whole directory back from \
                     your backup"
                ),
            },
            Self::Damaged => f.write_str(
                "the file history.sqlite in your home is damaged, or of another account: bring the whole directory back \
                 from your backup",
            ),
            Self::LaterVersion => f.write_str("a later version has written the history: use that one"),
            Self::NameTaken => f.write_str("this name is another account's"),
            Self::NotSealed => f.write_str("the system's random generator gives nothing"),
        }
    }
}

impl Error for HistoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(_, error) => Some(error),
            Self::Sqlite(error) => Some(error),
            _ => None,
        }
    }
}
