//! The file: how it is made and opened.

use std::{
    fmt,
    fs::OpenOptions,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use entrenous::StoreKey;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::{HistoryError, seal::Sealer};

/// "EntH": that the file is ours, in SQLite's header.
const APPLICATION_ID: i64 = 0x456e_7448;
/// The version of the tables.
const VERSION: i64 = 1;

/// Numbers ascend and are never used again: they are the order of the history. `message` is the id of a message once
/// it has one. `expires` and `since` are in milliseconds since 1970.
const TABLES: &str = "
CREATE TABLE entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
    message BLOB UNIQUE CHECK (length(message) = 16),
    state INTEGER NOT NULL,
    expires INTEGER,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX unfinished ON entry (state) WHERE state IN (1, 2, 4, 5);
CREATE INDEX expiring ON entry (expires) WHERE expires IS NOT NULL;
CREATE TABLE name (
    key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 16),
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE stuck (
    kind INTEGER NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 16),
    since INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
";

/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(10);

/// A handle on the history.
pub struct History {
    pub(super) connection: Connection,
    pub(super) sealer: Sealer,
}

impl History {
    /// Opens the file at `path`, and makes it if it isn't there. `key` is the store's.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn open(path: &Path, key: &StoreKey) -> Result<Self, HistoryError> {
        make_private(path)?;
        let until = Instant::now() + PATIENCE;
        // changing to the log's mode is the one thing that SQLite doesn't wait for
        let connection = loop {
            match connect(path) {
                Err(HistoryError::Sqlite(error))
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && Instant::now() < until =>
                {
                    thread::sleep(Duration::from_millis(5));
                }
                done => break done?,
            }
        };
        Ok(Self { connection, sealer: Sealer::new(key.as_bytes())? })
    }

    /// Does something in one transaction: all of it is durable afterwards, or nothing has happened. No other process
    /// writes in between.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &Sealer) -> Result<T, HistoryError>,
    ) -> Result<T, HistoryError> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        let done = work(&transaction, &self.sealer)?;
        transaction.commit()?;
        Ok(done)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").finish_non_exhaustive()
    }
}

/// SQLite's log and index take the mode of the file over.
fn make_private(path: &Path) -> Result<(), HistoryError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(HistoryError::File(path.to_owned(), error))
        }
        // there already, or an empty file for SQLite to begin in
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> Result<Connection, HistoryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON")?;
    let transaction = Transaction::new(&mut connection, TransactionBehavior::Immediate)?;
    let number = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match (number("application_id")?, number("user_version")?) {
        (0, 0) => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        (APPLICATION_ID, VERSION) => {}
        (APPLICATION_ID, _) => return Err(HistoryError::LaterVersion),
        _ => return Err(HistoryError::Damaged),
    }
    transaction.commit()?;
    Ok(connection)
}
