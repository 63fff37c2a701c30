//! The store's key: a file beside the store that only its user may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

use entrenous::{StoreKey, System};
use zeroize::Zeroizing;

use super::Trouble;
use crate::{
    home::{Home, HomeError},
    terminal::{Exit, visible_path},
};

const KEY_LEN: usize = 32;

/// The key that was made before; none if there is none.
pub(super) fn load(home: &Home) -> Result<Option<StoreKey>, Trouble> {
    let path = home.key();
    let failed = |error| Trouble::from(HomeError::Io(path.clone(), error));
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    if is_exposed(&file).map_err(failed)? {
        return Err(HomeError::ExposedKey(path).into());
    }
    // one byte more shows a file that is too long
    let mut bytes = Zeroizing::new([0; KEY_LEN + 1]);
    let mut len = 0;
    while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).map_err(failed)? {
            0 => break,
            read => len += read,
        }
    }
    match bytes.first_chunk::<KEY_LEN>() {
        Some(key) if len == KEY_LEN => Ok(Some(StoreKey::from_bytes(key))),
        _ => Err(Trouble::said(
            Exit::Failed,
            format!("{} is damaged: bring it back from your backup", visible_path(&path)),
        )),
    }
}

/// The key that was made before, or a new one.
pub(super) fn load_or_make(home: &Home) -> Result<StoreKey, Trouble> {
    if let Some(key) = load(home)? {
        return Ok(key);
    }
    let key = StoreKey::generate(&mut System::new())?;
    let path = home.key();
    let temporary = path.with_extension(format!("new-{}", std::process::id()));
    let failed = |error| Trouble::from(HomeError::Io(path.clone(), error));
    write_private(&temporary, key.as_bytes()).map_err(failed)?;
    // a link, unlike a renaming, never takes the place of the key that another process has made in the meantime
    let linked = fs::hard_link(&temporary, &path);
    fs::remove_file(&temporary).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => sync_parent(&path).map_err(failed)?,
    }
    load(home)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

#[cfg(not(unix))]
fn sync_parent(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}
