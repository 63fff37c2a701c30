//! A folder with a store in it, and changes in few words.
#![allow(dead_code, reason = "each test takes what it needs of it")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

pub(crate) mod batches;
pub(crate) mod child;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use entrenous::store::{Action, Change, Changes, Generation, Record, RecordKey};
use entrenous_store_sqlite::{Error, SqliteStore};
use tempfile::TempDir;

/// Removed with all that is in it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    /// Made by the store when it is opened.
    pub(crate) fn private(&self) -> PathBuf {
        self.root().join("private")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.private().join("store.db")
    }

    pub(crate) fn try_open(&self) -> Result<SqliteStore, Error> {
        SqliteStore::open(self.file())
    }

    pub(crate) fn open(&self) -> SqliteStore {
        self.try_open().unwrap()
    }

    /// Makes the folder and puts a file of these bytes there, as the store would have made them.
    pub(crate) fn put(&self, bytes: &[u8]) {
        let mut builder = fs::DirBuilder::new();
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            builder.mode(0o700);
            options.mode(0o600);
        }
        builder.recursive(true).create(self.private()).unwrap();
        options.open(self.file()).unwrap().write_all(bytes).unwrap();
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.private()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// What is in the file and in its log.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = self.names().into_iter().filter(|name| !name.ends_with("-shm"));
        files.flat_map(|name| fs::read(self.private().join(name)).unwrap()).collect()
    }
}

/// A key as hashes are: spread over all there are.
pub(crate) fn key(n: u64) -> RecordKey {
    let spread = u128::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    RecordKey::from_bytes(spread.to_be_bytes())
}

pub(crate) fn record(generation: u64, bytes: &[u8]) -> Record {
    Record { generation: Generation::new(generation).unwrap(), bytes: bytes.to_vec() }
}

pub(crate) fn put(n: u64, expected: Option<u64>, record: Record) -> Changes {
    one(n, expected, Action::Put(record))
}

pub(crate) fn remove(n: u64, expected: Option<u64>) -> Changes {
    one(n, expected, Action::Remove)
}

pub(crate) fn keep(n: u64, expected: Option<u64>) -> Changes {
    one(n, expected, Action::Keep)
}

fn one(n: u64, expected: Option<u64>, action: Action) -> Changes {
    let expected = expected.map(|generation| Generation::new(generation).unwrap());
    Changes::from_iter([(key(n), Change { expected, action })])
}
