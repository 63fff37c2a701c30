//! What is in the file: one table, whose version the file names, and the steps from each version to the next.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::Error;

/// "Entr": that the file is ours, in SQLite's header.
const APPLICATION_ID: i64 = 0x456e_7472;

/// Step n leads from version n to version n + 1. A released step never changes.
///
/// No row number: rows lie by their keys, which are keyed hashes, so that the file doesn't tell in what order
/// they were made.
const STEPS: &[&str] = &["CREATE TABLE record (
    key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 16),
    generation INTEGER NOT NULL CHECK (generation >= 0),
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID"];

/// Whether the file is ours, and one that this version knows; an empty one is. Nothing is written.
pub(crate) fn check(connection: &Connection) -> Result<(), Error> {
    version_seen(connection, STEPS).map(drop)
}

/// Brings an empty file, or one of an earlier version, to the current one. Others are left as they are.
pub(crate) fn bring_up(connection: &mut Connection) -> Result<(), Error> {
    bring_up_by(connection, STEPS)
}

/// Whether there is nothing to bring up.
pub(crate) fn is_current(connection: &Connection) -> Result<bool, Error> {
    Ok(version_seen(connection, STEPS)? == last(STEPS))
}

fn bring_up_by(connection: &mut Connection, steps: &[&str]) -> Result<(), Error> {
    let last = last(steps);
    if version_seen(connection, steps)? < last {
        let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
        // another process may have done it before the lock was ours
        let from = version(&transaction, last)?;
        for step in steps.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", last)?;
        transaction.commit()?;
    }
    verify(connection, steps)
}

fn last(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

/// The version of the file as one moment shows it, while others may be making it.
fn version_seen(connection: &Connection, steps: &[&str]) -> Result<i64, Error> {
    let moment = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    version(&moment, last(steps))
}

/// The version of the file, within a transaction: from 0 for an empty one to `last`.
fn version(connection: &Connection, last: i64) -> Result<i64, Error> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    let (application, version): (i64, i64) = (number("application_id")?, number("user_version")?);
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, version) {
        (0, 0) if objects == 0 => Ok(0),
        (APPLICATION_ID, 1..) if version <= last => Ok(version),
        (APPLICATION_ID, 1..) => Err(Error::LaterVersion { found: version, known: last }),
        _ => Err(Error::NotOurs),
    }
}

/// Nothing but what the steps make: no trigger and no view runs in our name.
fn verify(connection: &Connection, steps: &[&str]) -> Result<(), Error> {
    let fresh = Connection::open_in_memory()?;
    steps.iter().try_for_each(|step| fresh.execute_batch(step))?;
    if objects(connection)? != objects(&fresh)? {
        return Err(Error::corrupt("other tables than this version makes"));
    }
    Ok(())
}

fn objects(connection: &Connection) -> Result<Vec<(String, String, Option<String>)>, Error> {
    let mut statement =
        connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A first version as it could have been, and how the present one would come out of it.
    const EARLIER: &[&str] = &["CREATE TABLE record (key BLOB PRIMARY KEY, bytes BLOB NOT NULL)"];
    const LATER: &[&str] = &[
        EARLIER[0],
        "CREATE TABLE next (key BLOB PRIMARY KEY, generation INTEGER NOT NULL, bytes BLOB NOT NULL);
         INSERT INTO next SELECT key, 7, bytes FROM record;
         DROP TABLE record;
         ALTER TABLE next RENAME TO record",
    ];
    const BROKEN: &[&str] = &[EARLIER[0], "DELETE FROM record; DROP TABLE nothing"];

    fn earlier() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        bring_up_by(&mut connection, EARLIER).unwrap();
        connection.execute("INSERT INTO record VALUES (x'01', x'02')", []).unwrap();
        connection
    }

    #[test]
    fn an_earlier_version_is_brought_up_with_its_rows() {
        let mut connection = earlier();
        bring_up_by(&mut connection, LATER).unwrap();
        assert_eq!(version(&connection, 2).unwrap(), 2);
        let row = connection.query_row("SELECT key, generation, bytes FROM record", [], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
        });
        assert_eq!(row.unwrap(), (vec![1], 7, vec![2]));
        bring_up_by(&mut connection, LATER).unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_the_earlier_version() {
        let mut connection = earlier();
        assert!(bring_up_by(&mut connection, BROKEN).is_err());
        bring_up_by(&mut connection, EARLIER).unwrap();
        let rows: i64 = connection.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_later_version_is_refused() {
        let mut connection = earlier();
        bring_up_by(&mut connection, LATER).unwrap();
        let refused = bring_up_by(&mut connection, EARLIER);
        assert!(matches!(refused, Err(Error::LaterVersion { found: 2, known: 1 })), "{refused:?}");
    }

    #[test]
    fn triggers_and_further_tables_are_refused() {
        for addition in [
            "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END",
            "CREATE TABLE more (a)",
            "CREATE VIEW v AS SELECT 1",
            "CREATE INDEX i ON record (generation)",
        ] {
            let mut connection = Connection::open_in_memory().unwrap();
            bring_up(&mut connection).unwrap();
            connection.execute_batch(addition).unwrap();
            let refused = bring_up(&mut connection);
            assert!(matches!(refused, Err(Error::Corrupt(_))), "{addition}: {refused:?}");
        }
    }
}
