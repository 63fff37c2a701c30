//! The write-ahead log, as the file beside the main one that it is.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::Error;

/// Writes a file once more as it is, and syncs it and its folder. One that is not there is well.
pub type Renew = fn(&Path) -> io::Result<()>;

/// Bytes that are read and written at once.
const CHUNK: usize = 1 << 16;

/// The log of the store in `file`.
pub(crate) fn path(file: &Path) -> PathBuf {
    let mut log = file.to_owned().into_os_string();
    log.push("-wal");
    log.into()
}

pub(crate) fn bytes(file: &Path) -> Result<u64, Error> {
    match fs::metadata(path(file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        found => Ok(found?.len()),
    }
}

/// Makes durable what is read in the log. What a process has left there need not be: a sync that has failed is not made up for
/// by the next one, as Linux has it. So all of it is written once more, while nobody may add to it or begin it anew.
pub(crate) fn make_durable(connection: &Connection, file: &Path, renew: Renew) -> Result<(), Error> {
    let alone = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    renew(&path(file))?;
    Ok(alone.rollback()?)
}

/// Moves what the log holds to the main file and cuts it to nothing; busy when not all of that was possible.
pub(crate) fn empty(connection: &Connection) -> Result<(), Error> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(Error::Busy) }
}

/// [`Renew`] on the system's disk.
pub(crate) fn renew(log: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut chunk = vec![0; CHUNK];
    let mut at = 0;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let count = file.read(&mut chunk)?;
        let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else { break };
        file.seek(SeekFrom::Start(at))?;
        file.write_all(read)?;
        at += count as u64;
    }
    if at == 0 {
        return Ok(());
    }
    file.sync_all()?;
    #[cfg(unix)]
    if let Some(folder) = log.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewed_file_is_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("store.db-wal");
        renew(&log).unwrap();
        assert!(!log.exists());
        for len in [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let content: Vec<u8> = (0..len).map(|at| at.to_le_bytes()[0]).collect();
            fs::write(&log, &content).unwrap();
            renew(&log).unwrap();
            assert!(fs::read(&log).unwrap() == content, "{len}");
        }
    }
}
