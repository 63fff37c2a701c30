//! A home that is being made: unless an account comes of it, nothing stays.

use std::{fs, path::Path};

use super::{Home, HomeError, Lock};

/// Locked by the process that makes an account.
const MAKING: &str = "making.lock";

/// A home in which no account was made yet. Dropped without [`NewHome::keep`], it takes away what was made in it.
#[derive(Debug)]
pub struct NewHome {
    home: Home,
    /// Whether the directory was there before.
    directory: bool,
    /// Whether what is in it stays.
    keep: bool,
    /// Two at once would take away each other's.
    _lock: Lock,
}

impl NewHome {
    /// Creates the directory, outside the drop folder.
    ///
    /// # Errors
    /// [`HomeError::Shared`], before anything is made; [`HomeError::Busy`]; as [`Home::create`].
    pub fn create(path: &Path, drop: &Path) -> Result<Self, HomeError> {
        Home::refuse_inside(path, drop)?;
        let directory = path.exists();
        let home = Home::create(path)?;
        let lock = Lock::take(&home.path().join(MAKING))?.ok_or_else(|| HomeError::Busy(path.to_owned()))?;
        // what an account, or a process that was interrupted, has left is not ours to remove
        let keep = home.holds_something()?;
        Ok(Self { home, directory, keep, _lock: lock })
    }

    /// The directory, which stays a home whatever happens from now on.
    pub fn keep(&mut self) -> Home {
        self.keep = true;
        self.home.clone()
    }

    /// The directory.
    pub fn home(&self) -> &Home {
        &self.home
    }
}

impl Drop for NewHome {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        // best effort: the error that led here is what the user has to see
        let entries = fs::read_dir(self.home.path()).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.is_file()) {
            let _ = fs::remove_file(path);
        }
        if !self.directory {
            let _ = fs::remove_dir(self.home.path());
        }
    }
}

impl Home {
    fn holds_something(&self) -> Result<bool, HomeError> {
        let entries = fs::read_dir(self.path());
        let mut entries = entries.map_err(|error| HomeError::Io(self.path().to_owned(), error))?;
        Ok(entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != MAKING)))
    }

    /// Refuses a home that would lie in the drop folder, before it is made.
    fn refuse_inside(path: &Path, drop: &Path) -> Result<(), HomeError> {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let Ok(drop) = fs::canonicalize(drop) else { return Ok(()) };
        let home = absolute(path);
        // links count where they lead to, as far as there is something
        let found = home.ancestors().find_map(|above| fs::canonicalize(above).ok().map(|real| (above, real)));
        let Some((above, real)) = found else { return Ok(()) };
        let home = home.strip_prefix(above).map_or(real.clone(), |rest| real.join(rest));
        match home.starts_with(&drop) {
            true => Err(HomeError::Shared { home, drop }),
            false => Ok(()),
        }
    }
}
