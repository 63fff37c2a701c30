//! The two calls: records read, and changes compared and made.

use entrenous::store::{Action, Change, Changes, Commit, Generation, MAX_RECORD, Record, RecordKey};
use rusqlite::{
    Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params, types::ValueRef,
};

use crate::Error;

/// The records of `keys`, all of one moment.
pub(crate) fn load(connection: &Connection, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
    match keys {
        [] => Ok(Vec::new()),
        [key] => Ok(vec![read(connection, key)?]),
        keys => {
            let moment = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
            keys.iter().map(|key| read(&moment, key)).collect()
        }
    }
}

/// Compares only: reads a moment, and waits for no one.
pub(crate) fn compare(connection: &Connection, changes: &Changes) -> Result<Commit, Error> {
    let moment = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    for (key, change) in changes {
        if !is_as_expected(&moment, key, change.expected)? {
            return Ok(Commit::Conflict);
        }
    }
    Ok(Commit::Applied)
}

/// Compares and writes with the lock held from the beginning. Each statement names the generation that it expects;
/// the first that finds another ends the transaction, and what came before it is undone.
pub(crate) fn apply(connection: &Connection, changes: &Changes) -> Result<Commit, Error> {
    for (_, change) in changes {
        if let Action::Put(Record { bytes, .. }) = &change.action
            && bytes.len() > MAX_RECORD
        {
            return Err(Error::TooLong(bytes.len()));
        }
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for (key, change) in changes {
        if !make(&transaction, key, change)? {
            transaction.rollback()?;
            return Ok(Commit::Conflict);
        }
    }
    transaction.commit()?;
    Ok(Commit::Applied)
}

/// Makes one change if the record is as expected, and says whether it was.
fn make(transaction: &Transaction<'_>, key: &RecordKey, change: &Change) -> Result<bool, Error> {
    let key_bytes = key.as_bytes().as_slice();
    let rows = match (change.expected, &change.action) {
        (expected, Action::Keep) | (expected @ None, Action::Remove) => {
            return is_as_expected(transaction, key, expected);
        }
        (Some(expected), Action::Remove) => transaction
            .prepare_cached("DELETE FROM record WHERE key = ?1 AND generation = ?2")?
            .execute(params![key_bytes, stored(expected)])?,
        (Some(expected), Action::Put(Record { generation, bytes })) => transaction
            .prepare_cached("UPDATE record SET generation = ?3, bytes = ?4 WHERE key = ?1 AND generation = ?2")?
            .execute(params![key_bytes, stored(expected), stored(*generation), bytes.as_slice()])?,
        (None, Action::Put(Record { generation, bytes })) => transaction
            .prepare_cached(
                "INSERT INTO record (key, generation, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING",
            )?
            .execute(params![key_bytes, stored(*generation), bytes.as_slice()])?,
    };
    Ok(rows == 1)
}

fn is_as_expected(
    connection: &Connection,
    key: &RecordKey,
    expected: Option<Generation>,
) -> Result<bool, Error> {
    let found = connection
        .prepare_cached("SELECT generation FROM record WHERE key = ?1")?
        .query_row(params![key.as_bytes().as_slice()], |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(found == expected.map(stored))
}

fn read(connection: &Connection, key: &RecordKey) -> Result<Option<Record>, Error> {
    let mut statement = connection.prepare_cached("SELECT generation, bytes FROM record WHERE key = ?1")?;
    let mut rows = statement.query(params![key.as_bytes().as_slice()])?;
    rows.next()?.map(record).transpose()
}

/// The record of a row (generation, bytes), as this store would have written it.
pub(crate) fn record(row: &Row<'_>) -> Result<Record, Error> {
    let generation = u64::try_from(row.get::<_, i64>(0)?).ok().and_then(Generation::new);
    let generation = generation.ok_or_else(|| Error::corrupt("a negative generation"))?;
    match row.get_ref(1)? {
        ValueRef::Blob(bytes) if bytes.len() <= MAX_RECORD => {
            Ok(Record { generation, bytes: bytes.to_vec() })
        }
        _ => Err(Error::corrupt("a record that is too long, or no bytes")),
    }
}

/// SQLite's integers are signed, and generations end below 2^63 for that.
fn stored(generation: Generation) -> i64 {
    generation.get().cast_signed()
}
