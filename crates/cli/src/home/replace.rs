//! Small files of the home: after a crash or a power cut each is the old one or the new one, whole.

use std::{ffi::OsString, fs, io::Write, path::Path};

use super::HomeError;

/// Writes the file at `path` anew. One process at a time: what one that died has left half-written is written over.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    let mut new = OsString::from(path);
    new.push(".new");
    let written = fs::File::create(&new).and_then(|mut made| {
        made.write_all(bytes)?;
        made.sync_all()?;
        fs::rename(&new, path)?;
        #[cfg(unix)]
        if let Some(home) = path.parent() {
            fs::File::open(home)?.sync_all()?;
        }
        Ok(())
    });
    written.map_err(|error| HomeError::Io(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "test code")]

    use super::*;

    #[test]
    fn what_a_dead_process_has_left_is_in_nobodys_way() {
        let home = std::env::temp_dir().join(format!("entrenous-replace-{}", std::process::id()));
        fs::create_dir(&home).expect("created");
        let file = home.join("file");
        fs::write(home.join("file.new"), "longer than what is written now").expect("written");
        for bytes in [b"one".as_slice(), b"two"] {
            replace(&file, bytes).expect("written");
            assert_eq!(fs::read(&file).expect("there"), bytes);
            assert_eq!(fs::read_dir(&home).expect("there").count(), 1);
        }
        fs::remove_dir_all(&home).expect("removed");
    }
}
