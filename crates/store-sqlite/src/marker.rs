//! The marker of a store: a file that knows which database file it belongs to.
//!
//! ```text
//! version 1 | inode of the database 8 | its time of birth in ns, 0 if not known, 8 | mark 16
//! ```
//!
//! Restored from a backup the database comes back without it, or as another file; so does a copied home. What is written
//! over in place stays the same file, so the marker has to lie where the same restoring doesn't reach. The number of
//! the disk is not in it: that may change whenever the machine is started.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use entrenous::{
    marker::{MARK_LEN, Marker},
    store::FailureKind,
};

use crate::{Error, place};

const VERSION: u8 = 1;
const LEN: usize = 1 + 8 + 8 + MARK_LEN;

/// The marker of the store in one file. It is held, and every other process waits for it, until it is dropped.
#[derive(Debug)]
pub struct FileMarker {
    database: PathBuf,
    marker: PathBuf,
    new: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl FileMarker {
    /// The marker in `folder` of the store at `database`, which must be there: a marker makes no store.
    /// `folder` is made for the owner alone, and refused if others may read it; several stores may have it in common.
    /// It is to lie where nothing that brings the database back reaches: the state directory of a user
    /// (`$XDG_STATE_HOME`), the directory without backup that Android has (`getNoBackupFilesDir`), on Apple's systems
    /// one with `isExcludedFromBackup`. The file in it is named after the database's own inode and time of birth, so
    /// that a database that is moved on its disk takes its marker along. Where a time of birth is not known it is
    /// named after the path.
    ///
    /// Waits until no other process holds it.
    ///
    /// # Errors
    /// [`Error::Place`] when `folder` is, or is in, the database's own one, or there is no database;
    /// [`Error::OpenToOthers`], [`Error::Denied`], [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn in_folder(folder: impl AsRef<Path>, database: impl AsRef<Path>) -> Result<Self, Error> {
        let database = place::find(database.as_ref())?;
        let folder = place::prepare_folder(folder.as_ref())?;
        if database.parent().is_some_and(|home| folder.starts_with(home)) {
            let why = "it is where the store is, and would be brought back with it";
            return Err(Error::Place { path: folder, why });
        }
        let name = name_of(&database)?;
        Self::hold(database, &folder.join(name))
    }

    /// The marker of the store at `database` beside it, in files whose names begin with its own: where no other place is to
    /// be had. It is not noticed when both are written over in place, as by `cp -a` or `rsync --inplace`.
    ///
    /// # Errors
    /// [`Error::Place`] when there is no database; [`Error::Denied`], [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn beside(database: impl AsRef<Path>) -> Result<Self, Error> {
        // as the store finds it, so that a link above it makes no difference
        let database = place::find(database.as_ref())?;
        let marker = path_beside(&database);
        Self::hold(database, &marker)
    }

    /// Takes the mark along that lies [beside](Self::beside) the store, for a folder that is used from now on. One that is of
    /// another file counts for nothing, and so does any where this marker has a mark already. None stays beside the store.
    ///
    /// # Errors
    /// As [`Self::beside`].
    pub fn take_along(&mut self) -> Result<(), Error> {
        let marker = path_beside(&self.database);
        if let Err(error) = fs::symlink_metadata(&marker) {
            return match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error.into()),
            };
        }
        let mut beside = Self::hold(self.database.clone(), &marker)?;
        if self.read()?.is_none()
            && let Some(mark) = beside.read()?
        {
            self.write(&mark)?;
        }
        match fs::remove_file(&marker) {
            // another process was faster
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => Ok(removed?),
        }
    }

    /// The marker at `marker`, with `.new` while it is written, and `.lock`.
    fn hold(database: PathBuf, marker: &Path) -> Result<Self, Error> {
        let beside = |suffix: &str| {
            let mut name = OsString::from(marker);
            name.push(suffix);
            PathBuf::from(name)
        };
        let lock = place::owners_file(&beside(".lock"))?;
        lock.lock()?;
        Ok(Self { marker: marker.to_owned(), new: beside(".new"), database, _lock: lock })
    }
}

/// The marker beside a database.
fn path_beside(database: &Path) -> PathBuf {
    let mut marker = OsString::from(database);
    marker.push("-marker");
    marker.into()
}

/// The name that the marker of a database has among those of others.
fn name_of(database: &Path) -> Result<String, Error> {
    let found = fs::symlink_metadata(database)?;
    let (inode, born) = (inode(&found), born(&found));
    Ok(match born {
        0 => format!("path-{:016x}", fnv(database.as_os_str().as_encoded_bytes())),
        _ => format!("{inode:016x}-{born:016x}"),
    })
}

/// FNV-1a: names that seldom meet, for paths that one user has chosen.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl Marker for FileMarker {
    type Error = Error;

    fn kind(error: &Error) -> FailureKind {
        error.kind()
    }

    fn read(&mut self) -> Result<Option<[u8; MARK_LEN]>, Error> {
        let mut bytes = Vec::new();
        match File::open(&self.marker) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // one byte more than there should be shows what is too long
            file => file?.take(LEN as u64 + 1).read_to_end(&mut bytes)?,
        };
        let expected = identity(&self.database)?;
        // of another version, cut off, or of another file: it is not the mark of this store
        let Some((identity, mark)) = bytes.split_last_chunk::<MARK_LEN>() else { return Ok(None) };
        Ok((identity == expected).then_some(*mark))
    }

    fn write(&mut self, mark: &[u8; MARK_LEN]) -> Result<(), Error> {
        let new = &self.new;
        let mut file = place::owners_file(new)?;
        file.set_len(0)?;
        file.write_all(&identity(&self.database)?)?;
        file.write_all(mark)?;
        file.sync_all()?;
        fs::rename(new, &self.marker)?;
        #[cfg(unix)]
        if let Some(folder) = self.marker.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// What tells the database from a copy of it.
fn identity(database: &Path) -> Result<[u8; LEN - MARK_LEN], Error> {
    let found = fs::symlink_metadata(database)?;
    let mut identity = [VERSION; LEN - MARK_LEN];
    identity[1..9].copy_from_slice(&inode(&found).to_be_bytes());
    identity[9..].copy_from_slice(&born(&found).to_be_bytes());
    Ok(identity)
}

/// When it was made, in nanoseconds since 1970; 0 if nobody knows.
fn born(found: &fs::Metadata) -> u64 {
    let since = found.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

#[cfg(unix)]
fn inode(found: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    found.ino()
}

/// Elsewhere the time of birth has to do.
#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with the place is the user's to mend, as it is with the store.
    #[test]
    fn a_marker_says_what_became_of_it() {
        let kind = |error: Error| <FileMarker as Marker>::kind(&error);
        assert_eq!(kind(Error::Full), FailureKind::Full);
        assert_eq!(kind(Error::read_only("the disk is")), FailureKind::Denied);
        assert_eq!(kind(io::Error::from(io::ErrorKind::StorageFull).into()), FailureKind::Full);
        assert_eq!(kind(io::Error::from(io::ErrorKind::ReadOnlyFilesystem).into()), FailureKind::Denied);
    }

    #[test]
    fn names_are_apart() {
        assert_ne!(fnv(b"/home/a/store"), fnv(b"/home/b/store"));
        // the test value of the algorithm's authors
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
