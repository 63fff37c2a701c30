//! Files and directories: written so that they survive a crash, read so that nobody can make us follow a link, wait
//! or fill the memory.

use std::{
    collections::BinaryHeap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    Ticket, TransportError,
    name::{self, NEW},
};

/// After this, a temporary file is one that a process left behind when it died.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// Creates `dir`, which is `root` or lies below it, as far as it is missing.
pub(super) fn ensure_dir(root: &Path, dir: &Path) -> Result<(), TransportError> {
    for step in steps(root, dir) {
        if is_dir(step)? {
            continue;
        }
        match fs::create_dir(step) {
            Ok(()) => step.parent().map_or(Ok(()), sync_dir)?,
            // another process was quicker
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => drop(is_dir(step)?),
            Err(error) => return Err(TransportError::io("create", step, error)),
        }
    }
    Ok(())
}

/// Whether `dir`, which is `root` or lies below it, is there.
pub(super) fn check_dirs(root: &Path, dir: &Path) -> Result<bool, TransportError> {
    for step in steps(root, dir) {
        if !is_dir(step)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The directories from `root` down to `dir`. Whoever writes to a shared folder could put a link there, so each is
/// looked at before it is passed through.
fn steps<'a>(root: &Path, dir: &'a Path) -> impl Iterator<Item = &'a Path> {
    let mut steps: Vec<&Path> = dir.ancestors().take_while(|step| step.starts_with(root)).collect();
    steps.reverse();
    steps.into_iter()
}

fn is_dir(path: &Path) -> Result<bool, TransportError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        // spec: FOLDER-3
        Ok(_) => Err(TransportError::NotADirectory(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(TransportError::io("look at", path, error)),
    }
}

/// Brings a directory's names to the disk.
pub(super) fn sync_dir(dir: &Path) -> Result<(), TransportError> {
    if !cfg!(unix) {
        return Ok(()); // elsewhere directories can't be opened
    }
    match File::open(dir).and_then(|dir| dir.sync_all()) {
        Ok(()) => Ok(()),
        // some network drives know no such thing
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        Err(error) => Err(TransportError::io("write", dir, error)),
    }
}

/// A file that is written whole and on the disk, but under a name that nobody reads. Dropped, it is removed.
#[derive(Debug)]
pub(super) struct Staged {
    path: PathBuf,
}

impl Staged {
    /// Writes `bytes` into `dir`.
    pub(super) fn write(dir: &Path, bytes: &[u8]) -> Result<Self, TransportError> {
        let staged = Self { path: dir.join(name::temporary(NEW)?) };
        let failed = |error| TransportError::io("write", dir, error);
        // spec: FOLDER-11; a mode of our own could be wider
        let mut file = OpenOptions::new().write(true).create_new(true).open(&staged.path).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(staged)
    }

    /// Gives it its name, which no other file has: 128 bits of it are random. Durable after [`sync_dir`].
    pub(super) fn place(self, name: &Ticket) -> Result<(), TransportError> {
        // spec: FOLDER-8
        let to = self.path.with_file_name(&name.0);
        // dropping self afterwards finds nothing to remove
        fs::rename(&self.path, &to).map_err(|error| TransportError::io("write", &to, error))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // what stays is swept away after a day
        let _ = fs::remove_file(&self.path);
    }
}

/// Reads a file of at most `limit` bytes. None for one that is longer, not regular or not readable: it is left
/// alone, since one bad file must not stop the others.
pub(super) fn read(path: &Path, limit: usize) -> Option<Vec<u8>> {
    let file = open(path).ok()?;
    let found = file.metadata().ok()?;
    let len = usize::try_from(found.len()).ok()?;
    // spec: FOLDER-6, FOLDER-7
    if !found.is_file() || len > limit {
        return None;
    }
    let mut bytes = Vec::with_capacity(len);
    // it may grow while it is read
    let most = u64::try_from(limit).ok()?.saturating_add(1);
    file.take(most).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= limit).then_some(bytes)
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    // no link, and no waiting for the other end of a pipe
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Removes a file, which may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), TransportError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(TransportError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}

/// The oldest of our names in `dir` that sort behind `after`, at most `limit`, in order. No directory, no names.
pub(super) fn oldest(
    dir: &Path,
    after: Option<&Ticket>,
    limit: usize,
) -> Result<Vec<Ticket>, TransportError> {
    let mut kept = BinaryHeap::new();
    for entry in entries(dir)? {
        let entry = entry?;
        let Some(ticket) = entry.file_name().to_str().and_then(name::ticket) else { continue };
        // a directory is no file of ours, and could not be removed as one
        if after.is_none_or(|after| ticket > *after) && !is_known_dir(&entry) {
            kept.push(ticket);
            if kept.len() > limit {
                kept.pop();
            }
        }
    }
    Ok(kept.into_sorted_vec())
}

/// Removes the temporary files of processes that died, as far as it can: what stays is in nobody's way.
pub(super) fn sweep(dir: &Path) -> Result<(), TransportError> {
    for entry in entries(dir)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(name::is_temporary) || is_known_dir(&entry) {
            continue;
        }
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified.map(|modified| SystemTime::now().duration_since(modified).unwrap_or_default());
        // spec: FOLDER-9
        if age.is_ok_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn is_known_dir(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

/// What is in `dir`.
pub(super) fn entries(
    dir: &Path,
) -> Result<impl Iterator<Item = Result<fs::DirEntry, TransportError>>, TransportError> {
    let failed = |error| TransportError::io("read", dir, error);
    let found = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        found => Some(found.map_err(failed)?),
    };
    Ok(found.into_iter().flatten().map(move |entry| entry.map_err(failed)))
}
