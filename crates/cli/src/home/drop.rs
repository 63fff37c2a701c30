//! The drop folder that an account uses: kept in the home, so that a command which doesn't name it goes to the same one.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Home, HomeError, Lock, replace::replace};

/// The file with the drop folder's path.
const DROP: &str = "drop-folder";

impl Home {
    /// The drop folder that was used first, or that the user has gone over to; none before.
    ///
    /// # Errors
    /// [`HomeError::EmptyDrop`]; [`HomeError::Io`].
    pub fn drop_folder(&self) -> Result<Option<PathBuf>, HomeError> {
        let path = self.path().join(DROP);
        match fs::read(&path) {
            Ok(bytes) if bytes.is_empty() => Err(HomeError::EmptyDrop(path)),
            Ok(bytes) => Ok(Some(from_bytes(bytes).into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(HomeError::Io(path, error)),
        }
    }

    /// Keeps `drop` as the folder that is used from now on. The lock of sending shows that no other process does.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn use_drop_folder(&self, drop: &Path, _: &Lock) -> Result<(), HomeError> {
        let path = self.path().join(DROP);
        // the same from wherever the next command is called
        let drop = std::path::absolute(drop).map_err(|error| HomeError::Io(path.clone(), error))?;
        replace(&path, &to_bytes(&drop))
    }
}

#[cfg(unix)]
fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn to_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
