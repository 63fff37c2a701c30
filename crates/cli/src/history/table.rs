//! The entries: added once, shown once, sent once.

use entrenous::{Env, MessageId, System, Timestamp};
use rusqlite::{OptionalExtension, Row as SqlRow, Transaction, params};

use super::{
    Delivery, Entry, History, HistoryError,
    seal::{Key, Sealer, Table, random},
};

/// An entry where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number: the order of the history.
    pub number: i64,
    /// Its id for scripts: 16 bytes that never change.
    pub key: [u8; 16],
    /// The message's id, the same on every device; none for notices and for what is not sealed yet.
    pub message: Option<MessageId>,
    /// How far it is.
    pub delivery: Delivery,
    /// What it is.
    pub entry: Entry,
}

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its number.
    pub number: i64,
    /// What names it to the client: the same for every process that sends it.
    pub token: [u8; 8],
    /// What it is.
    pub entry: Entry,
    /// Whether it was marked before: a process may have died while it sent it.
    pub again: bool,
}

pub(super) const COLUMNS: &str = "number, key, message, state, sealed";

impl History {
    /// Adds what has come, each under a key that is the same when it comes again: then it is left out.
    ///
    /// # Errors
    /// [`HistoryError`]; nothing is added.
    pub fn add(&mut self, arrived: &[Arrived]) -> Result<(), HistoryError> {
        self.write(|transaction, sealer| {
            for Arrived { key, message, expires, entry } in arrived {
                let known = "SELECT 1 FROM entry WHERE key = ?1 OR message = ?2";
                let message = message.as_ref().map(|id| *id.as_bytes());
                if transaction.query_row(known, params![key, message], |_| Ok(())).optional()?.is_some() {
                    continue;
                }
                let sealed = sealer.seal(Table::Entries, key, &entry.to_bytes()?)?;
                let expires = expires.map(|at| i64::try_from(at.as_ms()).unwrap_or(i64::MAX));
                transaction.execute(
                    "INSERT INTO entry (key, message, state, expires, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![key, message, Delivery::New as i64, expires, sealed],
                )?;
            }
            Ok(())
        })
    }

    /// Queues a message that is to be sent, and gives its number.
    ///
    /// # Errors
    /// [`HistoryError`]; nothing is queued.
    pub fn queue(&mut self, entry: &Entry) -> Result<i64, HistoryError> {
        self.write(|transaction, sealer| {
            let key = random::<16>()?;
            let sealed = sealer.seal(Table::Entries, &key, &entry.to_bytes()?)?;
            transaction.execute(
                "INSERT INTO entry (key, state, sealed) VALUES (?1, ?2, ?3)",
                params![key, Delivery::Queued as i64, sealed],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// The message that is to be sent next, marked as being sent. One that was marked before comes first. None when
    /// nothing above `after` is to be sent.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn next_draft(&mut self, after: i64) -> Result<Option<Draft>, HistoryError> {
        self.write(|transaction, sealer| {
            let query = format!(
                "SELECT {COLUMNS} FROM entry WHERE state = 5 OR (state = 4 AND number > ?1)
                 ORDER BY state DESC, number LIMIT 1"
            );
            let found = transaction.query_row(&query, params![after], raw).optional()?;
            let Some(row) = found.map(|raw| raw.open(sealer)).transpose()? else { return Ok(None) };
            set_state(transaction, row.number, Delivery::Sending)?;
            let [token @ .., _, _, _, _, _, _, _, _] = row.key;
            let again = row.delivery == Delivery::Sending;
            Ok(Some(Draft { number: row.number, token, entry: row.entry, again }))
        })
    }

    /// The client has the message, under this id. It waits until it is handed over.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn given_to_client(&mut self, number: i64, id: &MessageId) -> Result<(), HistoryError> {
        self.write(|transaction, _| {
            transaction.execute(
                "UPDATE entry SET state = ?2, message = ?3 WHERE number = ?1",
                params![number, Delivery::Waiting as i64, id.as_bytes()],
            )?;
            Ok(())
        })
    }

    /// Sets how far an entry is.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn set(&mut self, number: i64, delivery: Delivery) -> Result<(), HistoryError> {
        self.write(|transaction, _| set_state(transaction, number, delivery))
    }

    /// How far an entry is, and its message's id; none for one that is not there.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn row(&self, number: i64) -> Result<Option<Row>, HistoryError> {
        let query = format!("SELECT {COLUMNS} FROM entry WHERE number = ?1");
        let found = self.connection.query_row(&query, params![number], raw).optional()?;
        found.map(|raw| raw.open(&self.sealer)).transpose()
    }

    /// The oldest entries that were not shown, at most `limit`, marked as being shown. Those that were marked before
    /// come as [`Delivery::Showing`].
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn begin_showing(&mut self, limit: usize) -> Result<Vec<Row>, HistoryError> {
        self.write(|transaction, sealer| {
            let query = format!("SELECT {COLUMNS} FROM entry WHERE state IN (1, 2) ORDER BY number LIMIT ?1");
            let rows = collect(transaction, sealer, &query, i64::try_from(limit).unwrap_or(i64::MAX))?;
            for row in &rows {
                set_state(transaction, row.number, Delivery::Showing)?;
            }
            Ok(rows)
        })
    }

    /// They have been shown.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn shown(&mut self, rows: &[Row]) -> Result<(), HistoryError> {
        self.write(|transaction, _| {
            rows.iter().try_for_each(|row| set_state(transaction, row.number, Delivery::Shown))
        })
    }

    /// Marks as shown what `over` picks of what was not: there is nothing left to say about it.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn mark_shown(&mut self, over: impl Fn(&Entry) -> bool) -> Result<(), HistoryError> {
        self.write(|transaction, sealer| {
            let query = format!("SELECT {COLUMNS} FROM entry WHERE state = 1 ORDER BY number LIMIT ?1");
            let rows = collect(transaction, sealer, &query, i64::MAX)?;
            let mut over = rows.iter().filter(|row| over(&row.entry));
            over.try_for_each(|row| set_state(transaction, row.number, Delivery::Shown))
        })
    }

    /// How many entries are in one of these states.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn count(&self, deliveries: &[Delivery]) -> Result<usize, HistoryError> {
        let mut statement = self.connection.prepare_cached("SELECT count(*) FROM entry WHERE state = ?1")?;
        let mut count = 0;
        for delivery in deliveries {
            let of: i64 = statement.query_row(params![*delivery as i64], |row| row.get(0))?;
            count += usize::try_from(of).unwrap_or_default();
        }
        Ok(count)
    }

    /// The newest `limit` entries that `wanted` picks, oldest first.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn last(&self, limit: usize, wanted: impl Fn(&Entry) -> bool) -> Result<Vec<Row>, HistoryError> {
        let query = format!("SELECT {COLUMNS} FROM entry ORDER BY number DESC");
        let mut statement = self.connection.prepare(&query)?;
        let mut found = statement.query_map([], raw)?;
        let mut rows = Vec::new();
        while rows.len() < limit {
            let Some(raw) = found.next() else { break };
            let row = raw?.open(&self.sealer)?;
            if wanted(&row.entry) {
                rows.push(row);
            }
        }
        rows.reverse();
        Ok(rows)
    }

    /// Removes the messages whose time to live is over.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn remove_expired(&mut self) -> Result<(), HistoryError> {
        let now = i64::try_from(System::new().now().as_ms()).unwrap_or(i64::MAX);
        let mut over = self.connection.prepare_cached("SELECT 1 FROM entry WHERE expires <= ?1")?;
        if !over.exists(params![now])? {
            return Ok(());
        }
        drop(over);
        self.write(|transaction, _| {
            transaction.execute("DELETE FROM entry WHERE expires <= ?1", params![now])?;
            Ok(())
        })
    }
}

/// Something that has come, before it is an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its key: the same when it comes again.
    pub key: [u8; 16],
    /// The message's id.
    pub message: Option<MessageId>,
    /// When it is to vanish.
    pub expires: Option<Timestamp>,
    /// What it is.
    pub entry: Entry,
}

struct Raw {
    number: i64,
    key: Key,
    message: Option<[u8; 16]>,
    state: i64,
    sealed: Vec<u8>,
}

fn raw(row: &SqlRow<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        number: row.get(0)?,
        key: row.get(1)?,
        message: row.get(2)?,
        state: row.get(3)?,
        sealed: row.get(4)?,
    })
}

impl Raw {
    fn open(self, sealer: &Sealer) -> Result<Row, HistoryError> {
        let Self { number, key, message, state, sealed } = self;
        Ok(Row {
            number,
            key,
            message: message.map(MessageId::from_bytes),
            delivery: Delivery::from_number(state)?,
            entry: Entry::from_bytes(&sealer.open(Table::Entries, &key, &sealed)?)?,
        })
    }
}

pub(super) fn collect(
    transaction: &Transaction<'_>,
    sealer: &Sealer,
    query: &str,
    limit: i64,
) -> Result<Vec<Row>, HistoryError> {
    let mut statement = transaction.prepare_cached(query)?;
    let found = statement.query_map(params![limit], raw)?;
    found.map(|raw| raw?.open(sealer)).collect()
}

pub(super) fn set_state(
    transaction: &Transaction<'_>,
    number: i64,
    delivery: Delivery,
) -> Result<(), HistoryError> {
    let mut statement = transaction.prepare_cached("UPDATE entry SET state = ?2 WHERE number = ?1")?;
    statement.execute(params![number, delivery as i64])?;
    Ok(())
}
