//! What a transport fails with: where, and what to do about it.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

use crate::terminal::{Exit, plain, visible_path};

/// Why a transport did not do what it was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportError {
    /// The drop folder is not there.
    Missing(PathBuf),
    /// What was named as the drop folder is no directory.
    NoFolder(PathBuf),
    /// A file or a symbolic link stands where a directory belongs. Following it might lead anywhere.
    NotADirectory(PathBuf),
    /// No space is left.
    Full(PathBuf),
    /// It is read-only, or we have no right to it.
    ReadOnly(PathBuf),
    /// What was to be carried is longer than the transport takes.
    TooLong {
        /// What it is.
        what: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The most that is taken, in bytes.
        limit: usize,
    },
    /// A directory has as many files as the transport puts there.
    Crowded {
        /// The directory.
        path: PathBuf,
        /// The most files it takes.
        limit: usize,
    },
    /// Anything else that the system says.
    Io {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system's random generator gives nothing.
    NoRandomness,
}

impl TransportError {
    /// The exit code of a command that ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            // the drop folder itself is named by the user; a link within may be somebody's trap
            Self::Missing(_) | Self::NoFolder(_) => Exit::Usage,
            Self::NotADirectory(_) => Exit::Refused,
            Self::Full(_) | Self::Crowded { .. } => Exit::Temporary,
            Self::Io { source, .. } if is_passing(source) => Exit::Temporary,
            Self::ReadOnly(_) | Self::TooLong { .. } | Self::Io { .. } => Exit::Usage,
            Self::NoRandomness => Exit::Failed,
        }
    }

    /// Sorts what the system says about `path`.
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path),
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly(path),
            _ => Self::Io { doing, path, source },
        }
    }

    /// Whether what was named is gone, so that a second try may help.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// What a network drive says while it is away.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut
            | io::ErrorKind::StaleNetworkFileHandle
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::ResourceBusy
    )
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(
                f,
                "there is no drop folder {}: create it, or name another one with --drop",
                visible_path(path)
            ),
            Self::NoFolder(path) => {
                write!(f, "{} is no directory: name the drop folder with --drop", visible_path(path))
            }
            Self::NotADirectory(path) => write!(
                f,
                "{} is no directory, and a link is not followed: see who has put it there, or use another drop folder",
                visible_path(path)
            ),
            Self::Full(path) => {
                write!(f, "no space is left for {}: free some and try again", visible_path(path))
            }
            Self::ReadOnly(path) => write!(
                f,
                "{} is read-only or closed to you: give yourself the right to read and write there, or use another drop folder",
                visible_path(path)
            ),
            Self::TooLong { what, len, limit } => {
                write!(f, "the {what} has {len} bytes, and the folder takes {limit}")
            }
            Self::Crowded { path, limit } => write!(
                f,
                "{} has {limit} files already: its owner has to collect them first",
                visible_path(path)
            ),
            Self::Io { doing, path, source } => {
                write!(f, "can't {doing} {}: {}", visible_path(path), plain(source))
            }
            Self::NoRandomness => f.write_str("the system's random generator gives nothing"),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_and_what_to_do() {
        let of = |kind: io::ErrorKind| TransportError::io("write", Path::new("/d/x\u{1b}"), kind.into());
        let known = [
            (io::ErrorKind::StorageFull, Exit::Temporary, "free some"),
            (io::ErrorKind::QuotaExceeded, Exit::Temporary, "free some"),
            (io::ErrorKind::ReadOnlyFilesystem, Exit::Usage, "the right to read and write"),
            (io::ErrorKind::PermissionDenied, Exit::Usage, "the right to read and write"),
            (io::ErrorKind::TimedOut, Exit::Temporary, "can't write"),
            (io::ErrorKind::InvalidFilename, Exit::Usage, "can't write"),
        ];
        for (kind, exit, words) in known {
            let error = of(kind);
            let said = error.to_string();
            assert!(said.contains(words) && said.contains("/d/x\\u{1b}"), "{said}");
            assert_eq!(error.exit(), exit, "{said}");
        }
        assert!(of(io::ErrorKind::NotFound).is_gone());
        assert!(!of(io::ErrorKind::StorageFull).is_gone());
    }
}
