//! What keeps the file small, and looks whether it is sound.

use crate::{Error, SqliteStore, log, records};

/// Bytes of log after which SQLite moves it into the main file and begins it anew: as many as it takes by itself.
/// Larger means fewer syncs of the main file; smaller, that what was removed is gone sooner.
pub const MAX_LOG: u64 = 4 << 20;

/// Bytes of log at which readers are waited for: SQLite by itself doesn't, and some that follow close upon each
/// other would let it grow for ever. It may be longer by one commit.
const TOO_LONG: u64 = 2 * MAX_LOG;

/// How SQLite's check says that the disk did not give it a page, which is no fault of the page.
const UNREADABLE: [&str; 2] = ["unable to get the page", "failed to get page"];

impl SqliteStore {
    /// Empties the log into the main file. What was removed or replaced before is in neither of them afterwards,
    /// but for what [the crate](crate#what-the-file-shows) says. An application does it when it goes to sleep.
    ///
    /// # Errors
    /// [`Error::Busy`] when another handle has not let go of the log within [`Options::busy`](crate::Options);
    /// the store goes on as well with what is left.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        self.handle.settle()?;
        self.handle.patiently(log::empty)
    }

    /// Writes the main file anew without the room that removed records have left, gives that back to the disk,
    /// and empties the log. Takes up to twice the file's size on the disk, as much memory as the records have,
    /// and other handles wait meanwhile.
    ///
    /// # Errors
    /// As [`SqliteStore::checkpoint`]; [`Error::Full`] when there is no room for it.
    pub fn compact(&mut self) -> Result<(), Error> {
        self.handle.settle()?;
        self.handle.patiently(|connection| Ok(connection.execute_batch("VACUUM")?))?;
        self.checkpoint()
    }

    /// Reads the whole file and looks whether every page, and every record's form, is as this store writes it.
    /// What was changed within a record only the client can see, whose seal it breaks.
    ///
    /// # Errors
    /// [`Error::Corrupt`] with the first thing found; [`Error::Io`] when something could not be read.
    pub fn check(&self) -> Result<(), Error> {
        let connection = self.handle.get()?;
        let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if UNREADABLE.iter().any(|words| found.contains(words)) {
            return Err(Error::unreadable(found));
        }
        if found != "ok" {
            return Err(Error::corrupt(found));
        }
        let mut statement = connection.prepare("SELECT generation, bytes FROM record")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            records::record(row)?;
        }
        Ok(())
    }

    /// Empties a log that has become too long. The commit before is durable whatever becomes of this, so its
    /// caller tells nobody: the next commit tries again, and what is wrong with the disk shows in
    /// [`SqliteStore::checkpoint`].
    pub(crate) fn bound_log(&self) -> Result<(), Error> {
        if log::bytes(&self.handle.file)? > TOO_LONG {
            log::empty(self.handle.get()?)?;
        }
        Ok(())
    }
}
