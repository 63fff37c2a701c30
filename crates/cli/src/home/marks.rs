//! Where the mark of a home's store lies: outside the home, where what brings the home back from a backup doesn't reach.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Home, HomeError, default::default_marks, replace::replace};

/// Names the folder of the mark: whoever runs the next command may have another environment.
const PLACE: &str = "marks.path";

impl Home {
    /// The folder of the mark, if this home has one, be it that it can't be used now. One that is not there any more is
    /// none: the home has come to another machine.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn marks(&self) -> Result<Option<PathBuf>, HomeError> {
        let file = self.path().join(PLACE);
        match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(HomeError::Io(file, error)),
            Ok(bytes) => Ok(path_of(bytes).filter(|folder| folder.is_absolute() && !is_gone(folder))),
        }
    }

    /// The folder in which the mark is to lie from now on; none where nothing but the home is known.
    pub fn new_marks(&self) -> Option<PathBuf> {
        default_marks()
    }

    /// The mark lies in `folder` from now on; it is held, so that one process writes this.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn use_marks(&self, folder: &Path) -> Result<(), HomeError> {
        replace(&self.path().join(PLACE), folder.as_os_str().as_encoded_bytes())
    }
}

impl Home {
    /// The mark lies beside the store from now on: a folder that comes back has an old one.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn use_no_marks(&self) -> Result<(), HomeError> {
        let file = self.path().join(PLACE);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(HomeError::Io(file, error)),
            _ => Ok(()),
        }
    }
}

/// What can't be looked at now is not gone.
fn is_gone(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}
