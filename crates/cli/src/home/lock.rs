//! Locks among the processes of one account.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use super::HomeError;

/// A lock that this process has, until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "it is held, not read")] File);

impl Lock {
    /// Waits for the lock.
    pub(super) fn wait(path: &Path) -> Result<Self, HomeError> {
        let file = open(path)?;
        file.lock().map_err(|error| HomeError::Io(path.to_owned(), error))?;
        Ok(Self(file))
    }

    /// Takes the lock together with others who share it; none while somebody has it alone.
    pub(super) fn share(path: &Path) -> Result<Option<Self>, HomeError> {
        let file = open(path)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(HomeError::Io(path.to_owned(), error)),
        }
    }

    /// Takes the lock if nobody has it.
    pub(super) fn take(path: &Path) -> Result<Option<Self>, HomeError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(HomeError::Io(path.to_owned(), error)),
        }
    }
}

fn open(path: &Path) -> Result<File, HomeError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options.open(path).map_err(|error| HomeError::Io(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "test code")]

    use super::*;

    #[test]
    fn one_has_it_at_a_time() {
        let path = std::env::temp_dir().join(format!("entrenous-lock-{}", std::process::id()));
        let lock = Lock::take(&path).expect("opened").expect("free");
        assert!(Lock::take(&path).expect("opened").is_none());
        assert!(Lock::share(&path).expect("opened").is_none());
        drop(lock);
        let shared = [Lock::share(&path), Lock::share(&path)];
        assert!(shared.iter().all(|lock| matches!(lock, Ok(Some(_)))));
        assert!(Lock::take(&path).expect("opened").is_none());
        drop(shared);
        let _again = Lock::wait(&path).expect("free again");
        assert!(Lock::take(&path).expect("opened").is_none());
        std::fs::remove_file(&path).expect("removed");
    }
}
