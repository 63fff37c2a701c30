//! The home directory: where an account's store is. It is the user's alone; nothing in it is ever shared.
//!
//! There is no lock: the store copes with several processes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

mod default;
mod error;

pub use default::{default_drop, default_home};
pub use error::HomeError;

/// The store's file. It makes further ones beside it, whose names begin with this one.
const STORE: &str = "store.sqlite";

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

    /// The store's file, whether or not it is there.
    pub fn store(&self) -> PathBuf {
        self.path.join(STORE)
    }

    /// Whether an account was made here.
    pub fn has_store(&self) -> bool {
        self.store().exists()
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
