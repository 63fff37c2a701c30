//! Why a directory is no home.

use std::{error::Error, fmt, io, path::PathBuf};

use crate::terminal::{Exit, plain, visible_path};

/// Why a directory can't be the home directory.
#[derive(Debug)]
#[non_exhaustive]
pub enum HomeError {
    /// Neither an argument nor the environment says where it is.
    NoDefault,
    /// It is not there.
    Missing(PathBuf),
    /// It is something else.
    NotADirectory(PathBuf),
    /// Others may enter or read it.
    Exposed(PathBuf),
    /// It belongs to another user.
    Foreign(PathBuf),
    /// It lies in the drop folder.
    Shared {
        /// The home directory.
        home: PathBuf,
        /// The drop folder.
        drop: PathBuf,
    },
    /// Another process is making an account there.
    Busy(PathBuf),
    /// The store is gone, and what belongs to it is still there.
    StoreMissing(PathBuf),
    /// The file that names the drop folder is empty.
    EmptyDrop(PathBuf),
    /// Anything else that the system says about a path.
    Io(PathBuf, io::Error),
}

impl HomeError {
    /// The exit code of a command that ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Missing(_) => Exit::NotFound,
            Self::Busy(_) => Exit::Temporary,
            Self::StoreMissing(_) => Exit::Failed,
            Self::Exposed(_) | Self::Foreign(_) | Self::Shared { .. } => Exit::Refused,
            Self::NoDefault | Self::NotADirectory(_) | Self::EmptyDrop(_) | Self::Io(..) => Exit::Usage,
        }
    }
}

impl fmt::Display for HomeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDefault => {
                f.write_str("where is your home? Name a directory with --home, or set ENTRENOUS_HOME")
            }
            Self::Missing(path) => {
                write!(f, "there is no account in {}: make one with `entrenous init`", visible_path(path))
            }
            Self::NotADirectory(path) => write!(f, "{} is no directory", visible_path(path)),
            Self::Exposed(path) => {
                let path = visible_path(path);
                write!(f, "others may read {path}, where your keys are: chmod 700 {path}")
            }
            Self::Foreign(path) => {
                write!(f, "{} belongs to another user: use a directory of your own", visible_path(path))
            }
            Self::Shared { home, drop } => write!(
                f,
                "your keys in {} would lie in the drop folder {}, which is shared: move one of them",
                visible_path(home),
                visible_path(drop)
            ),
            Self::Busy(path) => {
                write!(f, "another process is making an account in {}: try again", visible_path(path))
            }
            Self::StoreMissing(path) => write!(
                f,
                "the file store.sqlite is missing in {}, where there was an account: bring the whole directory back \
                 from your backup. If it is lost for good, your recovery code brings the account back into a new home: \
                 `init --recover FILE`",
                visible_path(path)
            ),
            Self::EmptyDrop(path) => write!(
                f,
                "the file {} named your drop folder, and is empty: remove it, and name the folder that your contacts use \
                 with --drop",
                visible_path(path)
            ),
            Self::Io(path, error) => write!(f, "can't use {}: {}", visible_path(path), plain(error)),
        }
    }
}

impl Error for HomeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}
