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
    /// The same, but for an empty file.
    StoreEmpty(PathBuf),
    /// The store's key is gone, and the store is still there.
    KeyMissing(PathBuf),
    /// Names and history are gone, and the account is still there.
    HistoryLost(PathBuf),
    /// Others may read the file with the store's key.
    ExposedKey(PathBuf),
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
            Self::StoreMissing(_) | Self::StoreEmpty(_) | Self::KeyMissing(_) | Self::HistoryLost(_) => {
                Exit::Failed
            }
            Self::Exposed(_) | Self::ExposedKey(_) | Self::Foreign(_) | Self::Shared { .. } => Exit::Refused,
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
            Self::ExposedKey(path) => {
                let path = visible_path(path);
                write!(f, "others may read {path}, the key of your store: chmod 600 {path}")
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
            Self::StoreMissing(path) => {
                let path = visible_path(path);
                write!(
                    f,
                    "the file store.sqlite is missing in {path}, where there was an account: {STORE_LOST}"
                )
            }
            Self::StoreEmpty(path) => {
                let path = visible_path(path);
                write!(
                    f,
                    "the file store.sqlite is empty in {path}, where there was an account: {STORE_LOST}"
                )
            }
            Self::KeyMissing(path) => write!(
                f,
                "the file store.key is missing in {}, and the store there opens with no other: bring that file back from a \
                 backup, of whatever age. If it is lost for good, your recovery code brings the account back into a new \
                 home: `init --recover FILE`",
                visible_path(path)
            ),
            Self::HistoryLost(path) => write!(
                f,
                "the file history.sqlite is missing or empty in {}, and with it names and history. The account is \
                 there, and goes on with an empty history: `entrenous add NAME CARD` gives a name again, and `entrenous \
                 contacts list` shows whom you know. If you have the file elsewhere, bring it back before you go on",
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

/// What to do when the store is lost.
pub(crate) const STORE_LOST: &str = "the recovery code brings the account back into a new home, without names and history: \
                          `init --recover FILE`. If you have a backup, bring the whole directory back from it: what came \
                          and went since is lost then, and every session is replaced";

impl Error for HomeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}
