//! Where the mark of a home's store lies: outside the home, where what brings the home back from a backup doesn't reach.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use super::{Home, HomeError, default::default_marks};

/// Names the folder of the mark: whoever runs the next command may have another environment.
const PLACE: &str = "marks.path";

impl Home {
    /// The folder of the mark, if this home has one that is still there.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn marks(&self) -> Result<Option<PathBuf>, HomeError> {
        let file = self.path().join(PLACE);
        match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(HomeError::Io(file, error)),
            Ok(bytes) => Ok(path_of(bytes).filter(|folder| folder.is_absolute() && folder.is_dir())),
        }
    }

    /// The folder in which the mark is to lie from now on; none where nothing but the home is known.
    pub fn new_marks(&self) -> Option<PathBuf> {
        default_marks()
    }

    /// The mark lies in `folder` from now on.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn use_marks(&self, folder: &Path) -> Result<(), HomeError> {
        let (file, new) = (self.path().join(PLACE), self.path().join(format!("{PLACE}.new")));
        let written = fs::File::create(&new).and_then(|mut made| {
            made.write_all(folder.as_os_str().as_encoded_bytes())?;
            made.sync_all()?;
            fs::rename(&new, &file)
        });
        written.map_err(|error| HomeError::Io(file, error))
    }
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
