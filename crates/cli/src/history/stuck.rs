//! What can't be delivered, or can't be opened, and since when: after a while it is given up.

use std::collections::BTreeMap;

use rusqlite::params;

use super::{History, HistoryError, seal::Key};

/// What is stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Envelopes in the client's outbox whose mailbox takes no more.
    Outgoing = 1,
    /// Envelopes in the mailbox that can't be opened.
    Incoming = 2,
    /// The same, as far as the user was told of them.
    Told = 3,
}

impl History {
    /// Notes at `now` that exactly `keys` are stuck, and gives those that have been since `until` or before. Times
    /// are milliseconds since 1970.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn stuck(
        &mut self,
        kind: Stuck,
        keys: &[Key],
        now: u64,
        until: u64,
    ) -> Result<Vec<Key>, HistoryError> {
        let mut known = BTreeMap::new();
        let mut statement = self.connection.prepare_cached("SELECT key, since FROM stuck WHERE kind = ?1")?;
        let mut rows = statement.query(params![kind as i64])?;
        while let Some(row) = rows.next()? {
            known.insert(row.get::<_, Key>(0)?, row.get::<_, i64>(1)?);
        }
        drop(rows);
        drop(statement);
        let until = i64::try_from(until).unwrap_or(i64::MAX);
        let over = keys.iter().filter(|key| known.get(*key).is_some_and(|since| *since <= until)).copied();
        let over = over.collect();
        // most of the time nothing has changed, and nothing is written
        let fresh: Vec<&Key> = keys.iter().filter(|key| known.remove(*key).is_none()).collect();
        if fresh.is_empty() && known.is_empty() {
            return Ok(over);
        }
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        self.write(|transaction, _| {
            for key in known.keys() {
                transaction
                    .execute("DELETE FROM stuck WHERE kind = ?1 AND key = ?2", params![kind as i64, key])?;
            }
            let insert = "INSERT OR IGNORE INTO stuck (kind, key, since) VALUES (?1, ?2, ?3)";
            for key in fresh {
                transaction.execute(insert, params![kind as i64, key, now])?;
            }
            Ok(())
        })?;
        Ok(over)
    }

    /// How many are stuck.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn count_stuck(&self, kind: Stuck) -> Result<usize, HistoryError> {
        let query = "SELECT count(*) FROM stuck WHERE kind = ?1";
        let count: i64 = self.connection.query_row(query, params![kind as i64], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }
}
