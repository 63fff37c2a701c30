//! Where the file is: its folder and itself are the owner's alone, and no symbolic link.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::Error;

/// Closing a file drops the locks that SQLite holds on it elsewhere in the process (POSIX): no file is made here
/// while another thread, which finds it already, goes on to open it.
static MAKING: Mutex<()> = Mutex::new(());

/// Bytes below which SQLite takes a file for an empty one, and would begin it anew.
const HEADER: u64 = 512;

/// The file at `path` as an absolute path free of symbolic links, made empty if there was none, its folder too.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, Error> {
    let (folder, name) = parts(path)?;
    make_folder(folder)?;
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    check(folder, name, |file| {
        make_file(file)?;
        Ok(fs::symlink_metadata(file)?)
    })
}

/// The same for a file that is there: none is made.
pub(crate) fn find(path: &Path) -> Result<PathBuf, Error> {
    let (folder, name) = parts(path)?;
    let missing = || wrong(path, "it is not there");
    if !folder.is_dir() {
        return Err(missing());
    }
    check(folder, name, |_| Err(missing()))
}

/// The folder and the name of the file at `path`.
fn parts(path: &Path) -> Result<(&Path, &OsStr), Error> {
    let name = path.file_name().ok_or_else(|| wrong(path, "it names no file"))?;
    let folder = match path.parent() {
        None => Path::new("."),
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
    };
    Ok((folder, name))
}

/// Looks at the file `name` in `folder`, or at what `missing` makes of one that isn't there.
fn check(
    folder: &Path,
    name: &OsStr,
    missing: impl FnOnce(&Path) -> Result<fs::Metadata, Error>,
) -> Result<PathBuf, Error> {
    // links above the folder are the owner's to make; the file itself must be none
    let folder = fs::canonicalize(folder)?;
    let file = folder.join(name);
    owner::check_folder(&folder)?;
    let found = match fs::symlink_metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => missing(&file)?,
        found => found?,
    };
    if !found.is_file() {
        return Err(wrong(&file, "it is a folder, a symbolic link or a device"));
    }
    owner::check_file(&file, &folder)?;
    if (1..HEADER).contains(&found.len()) {
        return Err(Error::corrupt("cut off within the header"));
    }
    Ok(file)
}

/// The folder at `path` as an absolute path free of symbolic links, made if there was none: the owner's alone.
pub(crate) fn prepare_folder(path: &Path) -> Result<PathBuf, Error> {
    make_folder(path)?;
    let folder = fs::canonicalize(path)?;
    if !folder.is_dir() {
        return Err(wrong(&folder, "it is no folder"));
    }
    owner::check_folder(&folder)?;
    Ok(folder)
}

fn wrong(path: &Path, why: &'static str) -> Error {
    Error::Place { path: path.into(), why }
}

/// The longest path in bytes, as on Linux.
const MAX_PATH: usize = 4_096;

/// Makes the folder and those above it that aren't there, each durable before anything is in it; SQLite syncs the
/// last one itself.
fn make_folder(folder: &Path) -> Result<(), Error> {
    if folder.as_os_str().len() > MAX_PATH {
        return Err(wrong(Path::new(""), "the path is too long"));
    }
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.is_dir();
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    missing.into_iter().rev().try_for_each(make_one_folder)
}

fn make_one_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    owner::only(&mut builder);
    match builder.create(folder) {
        // another process was faster
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    #[cfg(unix)]
    {
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
        fs::File::open(above.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// A file beside the store, made if there is none: to be written by the owner alone, and no link.
pub(crate) fn owners_file(path: &Path) -> Result<fs::File, Error> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner::only_file(&mut options);
    let file = options.open(path)?;
    // nobody else gets into the folder, so there is no link but the owner's own
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(wrong(path, "it is a folder, a symbolic link or a device"));
    }
    Ok(file)
}

fn make_file(file: &Path) -> Result<(), Error> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    owner::only_file(&mut options);
    match options.open(file) {
        // another process was faster
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop).map_err(Error::from),
    }
}

/// Who may read: on unix, nobody but the owner. The log and the index beside the file take its mode over.
#[cfg(unix)]
mod owner {
    use std::{
        fs,
        os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
        path::Path,
    };

    use crate::Error;

    /// What the group and everybody may do: to be none.
    const OTHERS: u32 = 0o077;

    pub(super) fn only(builder: &mut fs::DirBuilder) {
        builder.mode(0o700);
    }

    pub(super) fn only_file(options: &mut fs::OpenOptions) {
        options.mode(0o600);
    }

    pub(super) fn check_folder(folder: &Path) -> Result<(), Error> {
        let found = fs::metadata(folder)?;
        check(folder, &found, found.uid())
    }

    /// Whoever gets into a folder of that mode is its owner, so a file of somebody else's was put there.
    pub(super) fn check_file(file: &Path, folder: &Path) -> Result<(), Error> {
        check(file, &fs::symlink_metadata(file)?, fs::metadata(folder)?.uid())
    }

    fn check(path: &Path, found: &fs::Metadata, owner: u32) -> Result<(), Error> {
        let mode = found.mode() & 0o7777;
        if mode & OTHERS != 0 || found.uid() != owner {
            return Err(Error::OpenToOthers { path: path.into(), mode, owner: found.uid() });
        }
        Ok(())
    }
}

/// Elsewhere a file has the access list of the user's profile that it lies in.
#[cfg(not(unix))]
mod owner {
    use std::{fs, path::Path};

    use crate::Error;

    pub(super) fn only(_: &mut fs::DirBuilder) {}

    pub(super) fn only_file(_: &mut fs::OpenOptions) {}

    pub(super) fn check_folder(_: &Path) -> Result<(), Error> {
        Ok(())
    }

    pub(super) fn check_file(_: &Path, _: &Path) -> Result<(), Error> {
        Ok(())
    }
}
