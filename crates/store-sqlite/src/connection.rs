//! A connection: how it is opened, and by which process.

use core::time::Duration;
use std::{
    fmt,
    path::{Path, PathBuf},
    process, thread,
    time::Instant,
};

use entrenous::store::MAX_RECORD;
use rusqlite::{Connection, OpenFlags, config::DbConfig, limits::Limit};

use crate::{
    Error, MAX_LOG, Options,
    log::{self, Renew},
    place, schema,
};

/// The longest row or statement that SQLite takes, in bytes: a record with its key.
const MAX_ROW: usize = MAX_RECORD + 4096;

/// How long SQLite itself waits for a lock. It looks ever more seldom, ten times a second in the end, and then the
/// others may be faster every time: a handle among busy ones would not get through at all. So an operation is begun
/// anew this often, for as long as [`Options::busy`] says.
const TURN: Duration = Duration::from_millis(10);

/// Between two turns: some locks SQLite doesn't wait for.
const PAUSE: Duration = Duration::from_millis(1);

/// A connection that is used by the process that opened it, and by no other.
pub(crate) struct Handle {
    /// None only while it is dropped.
    connection: Option<Connection>,
    /// The file that it is on.
    pub(crate) file: PathBuf,
    options: Options,
    process: u32,
    renew: Renew,
    /// Whether there may be something in the log that is read and not durable.
    in_doubt: bool,
}

impl Handle {
    pub(crate) fn open(path: &Path, options: Options, renew: Renew) -> Result<Self, Error> {
        let file = place::prepare(path)?;
        let (connection, in_doubt) = patiently(options, || connect(&file, options, renew))?;
        Ok(Self { connection: Some(connection), file, options, process: process::id(), renew, in_doubt })
    }

    /// Makes durable what opening had no room for: nothing may be built upon a log that is read and is not durable.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        if self.in_doubt {
            self.patiently(|connection| settle(connection, &self.file, self.renew))?;
            self.in_doubt = false;
        }
        Ok(())
    }

    /// The connection, in the process that it belongs to.
    pub(crate) fn get(&self) -> Result<&Connection, Error> {
        self.check_process()?;
        self.connection.as_ref().ok_or(Error::Forked)
    }

    /// Does something that changes nothing when it is [`Error::Busy`], and does it again until the wait is over.
    pub(crate) fn patiently<T>(
        &self,
        operation: impl Fn(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let connection = self.get()?;
        patiently(self.options, || operation(connection))
    }

    fn check_process(&self) -> Result<(), Error> {
        if process::id() == self.process { Ok(()) } else { Err(Error::Forked) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            // closing it would move the log of a process that goes on, without its locks
            core::mem::forget(self.connection.take());
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connection: _, file, options, process, renew: _, in_doubt: _ } = self;
        write!(f, "Handle({}, {options:?}, process {process})", file.display())
    }
}

fn patiently<T>(options: Options, operation: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    let until = Instant::now() + options.wait();
    loop {
        match operation() {
            Err(Error::Busy) if Instant::now() < until => thread::sleep(PAUSE),
            done => return done,
        }
    }
}

/// The connection, and whether what is read there may not be durable.
fn connect(file: &Path, options: Options, renew: Renew) -> Result<(Connection, bool), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(TURN)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(MAX_ROW).unwrap_or(i32::MAX))?;
    // the file is input as well: nothing in it is run, and a broken page is found before it is used
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // a log that may not be durable is not moved, not when it is closed either: half of a commit could be left
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY")?;
    if connection.is_readonly("main")? {
        return Err(Error::read_only("the file is write-protected"));
    }
    schema::check(&connection)?;
    durable(&connection)?;
    // what there is no room for can be read, and not yet be built upon
    let in_doubt = match settle(&connection, file, renew) {
        Err(Error::Full) if schema::is_current(&connection)? => true,
        settled => {
            settled?;
            false
        }
    };
    schema::bring_up(&mut connection)?;
    if let Some(bytes) = options.max_bytes {
        let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes / u64::from(page)).unwrap_or(i64::MAX).max(1);
        // 0 would ask what it is, and leave it
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok((connection, in_doubt))
}

/// Makes the log durable, which may be moved then.
fn settle(connection: &Connection, file: &Path, renew: Renew) -> Result<(), Error> {
    log::make_durable(connection, file, renew)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// What [the crate](crate) says of commits and of removed records.
fn durable(connection: &Connection) -> Result<(), Error> {
    log_ahead(connection)?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = ON",
    )?;
    // moved into the main file by the commit that makes it so long, and then written from its start again: one that
    // is cut and grows anew is synced with its new length each time, which makes a short commit half as slow again
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let log = i64::try_from(MAX_LOG).unwrap_or(i64::MAX);
    let pages = log.checked_div(page).ok_or_else(|| Error::corrupt("pages of no size"))?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", pages, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", log, |_| Ok(()))?;
    Ok(())
}

/// Sets the mode of the journal. The file is only written at the end of the statement, after it has named the mode: who
/// stops at its row would not see that it failed, and go on with a journal that is less durable.
fn log_ahead(connection: &Connection) -> Result<(), Error> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    let mut is_wal = false;
    while let Some(row) = rows.next()? {
        is_wal = row.get_ref(0)?.as_str().is_ok_and(|mode| mode == "wal");
    }
    if is_wal { Ok(()) } else { Err(Error::read_only("this file system keeps no write-ahead log")) }
}

#[cfg(test)]
mod tests {
    use entrenous::store::{Changes, Store};

    use super::*;
    use crate::SqliteStore;

    #[test]
    fn a_handle_of_another_process_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("private/store.db");
        let mut store = SqliteStore::open(&path).unwrap();
        store.handle.process ^= 1;
        assert!(matches!(store.load(&[]), Err(Error::Forked)));
        assert!(matches!(store.commit(&Changes::new()), Err(Error::Forked)));
        assert!(matches!(store.check(), Err(Error::Forked)));
        assert!(matches!(store.checkpoint(), Err(Error::Forked)));
        assert!(matches!(store.compact(), Err(Error::Forked)));
        // closing the last connection would remove the log, as it does below
        let log = folder.path().join("private/store.db-wal");
        drop(store);
        assert!(log.exists());
    }

    #[test]
    fn every_connection_is_set_up_to_be_durable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("private/store.db");
        for _ in 0..2 {
            let handle = Handle::open(&path, Options::default(), log::renew).unwrap();
            let number = |name| {
                let connection = handle.get().unwrap();
                connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap()
            };
            let full = 2;
            assert_eq!(number("synchronous"), full);
            for on in ["fullfsync", "checkpoint_fullfsync", "secure_delete", "cell_size_check"] {
                assert_eq!(number(on), 1, "{on}");
            }
            assert_eq!(number("trusted_schema"), 0);
            assert_eq!(number("wal_autocheckpoint"), 1024);
            assert_eq!(number("journal_size_limit"), 4 << 20);
        }
        assert!(!folder.path().join("private/store.db-wal").exists());
    }
}
