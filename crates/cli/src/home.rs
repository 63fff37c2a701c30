//! The home directory: where an account's store is. It is the user's alone; nothing in it is ever shared.
//!
//! Several processes may work in it at the same time: store and history cope with that. What has to happen in one
//! order, sending and showing, is done under a lock each, which the system takes back from a process that dies.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

mod default;
mod drop;
mod error;
mod lock;
mod marks;
mod new;
mod replace;

pub use default::{default_drop, default_home};
pub use error::HomeError;
pub(crate) use error::STORE_LOST;
pub use lock::Lock;
pub use new::NewHome;

/// The store's file. It makes further ones beside it, whose names begin with this one.
const STORE: &str = "store.sqlite";

/// The store's key, where no passphrase protects it.
const KEY: &str = "store.key";
/// Names and history.
const HISTORY: &str = "history.sqlite";
/// Locked by the process that sends.
const SENDING: &str = "sending.lock";
/// Shared by the processes that collect mail.
const COLLECTING: &str = "collecting.lock";
/// Locked by the process that shows what has come.
const SHOWING: &str = "showing.lock";

/// A home directory that only its user can enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
}

impl Home {
    /// The home directory at `path`, which has to be there.
    ///
    /// # Errors
    /// [`HomeError::Missing`], [`HomeError::NotADirectory`], [`HomeError::Exposed`] when others may enter or read
    /// it, [`HomeError::Foreign`] when it is another user's, [`HomeError::Io`].
    pub fn open(path: &Path) -> Result<Self, HomeError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => HomeError::Missing(path.to_owned()),
            _ => HomeError::Io(path.to_owned(), error),
        };
        // absolute and without links: what was checked is what is used
        let path = fs::canonicalize(path).map_err(failed)?;
        let found = fs::metadata(&path).map_err(failed)?;
        if !found.is_dir() {
            return Err(HomeError::NotADirectory(path));
        }
        check_access(&path, &found)?;
        Ok(Self { path })
    }

    /// Creates the directory for its user alone (0700) if it is missing, and opens it.
    ///
    /// # Errors
    /// As [`Self::open`]: one that is there already is not changed, and refused if others may read it.
    pub fn create(path: &Path) -> Result<Self, HomeError> {
        let failed = |error| HomeError::Io(path.to_owned(), error);
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        match private_dir().create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
            _ => Self::open(path),
        }
    }

    /// The directory, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The store's file, whether or not it is there.
    pub fn store(&self) -> PathBuf {
        self.path.join(STORE)
    }

    /// The file with the store's key, whether or not it is there.
    pub fn key(&self) -> PathBuf {
        self.path.join(KEY)
    }

    /// The file with names and history, whether or not it is there.
    pub fn history(&self) -> PathBuf {
        self.path.join(HISTORY)
    }

    /// Waits until no other process sends, and keeps others from it.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn lock_sending(&self) -> Result<Lock, HomeError> {
        Lock::wait(&self.path.join(SENDING))
    }

    /// Waits until no other process collects mail, and keeps others from it.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn lock_comparing(&self) -> Result<Lock, HomeError> {
        Lock::wait(&self.path.join(COLLECTING))
    }

    /// Collects mail along with others; none while a process compares, and collects alone.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn share_collecting(&self) -> Result<Option<Lock>, HomeError> {
        Lock::share(&self.path.join(COLLECTING))
    }

    /// Keeps others from showing what has come; none when another process does.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn lock_showing(&self) -> Result<Option<Lock>, HomeError> {
        Lock::take(&self.path.join(SHOWING))
    }

    /// Refuses a drop folder that is this directory or has it inside: it would hand the account's secrets to all
    /// who share it.
    ///
    /// # Errors
    /// [`HomeError::Shared`]; [`HomeError::Io`] when the drop folder can't be found.
    pub fn keep_apart_from(&self, drop: &Path) -> Result<(), HomeError> {
        let drop = fs::canonicalize(drop).map_err(|error| HomeError::Io(drop.to_owned(), error))?;
        if self.path.starts_with(&drop) {
            return Err(HomeError::Shared { home: self.path.clone(), drop });
        }
        Ok(())
    }
}

#[cfg(unix)]
fn private_dir() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    // from the first moment on, not by a later chmod
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_dir() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

#[cfg(unix)]
fn check_access(path: &Path, found: &fs::Metadata) -> Result<(), HomeError> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(HomeError::Foreign(path.to_owned()));
    }
    match found.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(HomeError::Exposed(path.to_owned())),
    }
}

/// Elsewhere the rights are those of the user's profile, in which the default lies.
#[cfg(not(unix))]
fn check_access(_: &Path, _: &fs::Metadata) -> Result<(), HomeError> {
    Ok(())
}
