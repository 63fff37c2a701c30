//! Bare SQLite, as durable as our store.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use entrenous::store::{Action, Changes};
use rusqlite::{Connection, params};

pub struct Bare(Connection);

impl Bare {
    pub fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("a new file");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
                 CREATE TABLE record (key BLOB PRIMARY KEY, generation INTEGER, bytes BLOB) WITHOUT ROWID",
            )
            .expect("a new file");
        Self(connection)
    }

    /// Writes the rows that `changes` write, in one commit.
    pub fn write(&mut self, changes: &Changes) -> Duration {
        let start = Instant::now();
        let transaction = self.0.transaction().expect("no other");
        for (key, change) in changes {
            let Action::Put(record) = &change.action else { continue };
            transaction
                .prepare_cached("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| {
                    let generation = record.generation.get().cast_signed();
                    insert.execute(params![key.as_bytes().as_slice(), generation, record.bytes])
                })
                .expect("a sound disk");
        }
        transaction.commit().expect("a sound disk");
        start.elapsed()
    }
}
