//! The marker beside a store: a file that knows which database file it belongs to.
//!
//! ```text
//! version 1 | inode of the database 8 | its time of birth in ns, 0 if not known, 8 | mark 16
//! ```
//!
//! Restored from a backup the database comes back without it, or both come back as other files; so does a copied
//! home. The number of the disk is not in it: that may change whenever the machine is started.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use entrenous::marker::{MARK_LEN, Marker};

use crate::{Error, place};

const VERSION: u8 = 1;
const LEN: usize = 1 + 8 + 8 + MARK_LEN;

/// The marker of the store in one file, in files beside it: `-marker`, `-marker.new` while it is written, and
/// `-marker.lock`. It is held, and every other process waits for it, until it is dropped.
#[derive(Debug)]
pub struct FileMarker {
    database: PathBuf,
    marker: PathBuf,
    new: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl FileMarker {
    /// The marker of the store at `database`, which must be open already: the store sees to the folder and its mode.
    /// Waits until no other process holds it.
    ///
    /// # Errors
    /// [`Error::Place`], [`Error::Denied`], [`Error::ReadOnly`], [`Error::Full`], [`Error::Io`].
    pub fn of(database: impl AsRef<Path>) -> Result<Self, Error> {
        // as the store finds it, so that a link above it makes no difference
        let database = place::prepare(database.as_ref())?;
        let beside = |suffix: &str| {
            let mut name = OsString::from(&database);
            name.push(suffix);
            PathBuf::from(name)
        };
        let lock = place::owners_file(&beside("-marker.lock"))?;
        lock.lock()?;
        Ok(Self { marker: beside("-marker"), new: beside("-marker.new"), database, _lock: lock })
    }
}

impl Marker for FileMarker {
    type Error = Error;

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
    let since = found.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    let born = since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0);
    let mut identity = [VERSION; LEN - MARK_LEN];
    identity[1..9].copy_from_slice(&inode(&found).to_be_bytes());
    identity[9..].copy_from_slice(&born.to_be_bytes());
    Ok(identity)
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
