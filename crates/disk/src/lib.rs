//! A disk that fails, fills up, loses and tears: a virtual file system of SQLite in memory, for the tests of the durable
//! store. Not published. It has `unsafe`, in `vfs` alone: what SQLite calls is C.
//!
//! ```
//! use entrenous_disk::{Disk, Fault, Keep};
//! use rusqlite::Connection;
//!
//! let disk = Disk::mount("/made-up");
//! let connection = Connection::open("/made-up/file.db")?;
//! connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")?;
//! disk.arm(Fault::Die, 3);
//! assert!(connection.execute_batch("INSERT INTO t VALUES (1)").is_err());
//! drop(connection);
//! disk.power_cut(Keep::Nothing);
//! let rows = |connection: &Connection| connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0));
//! let found: i64 = rows(&Connection::open("/made-up/file.db")?)?;
//! assert_eq!(found, 0);
//! # Ok::<(), rusqlite::Error>(())
//! ```
//!
//! # What is simulated
//!
//! A [`Disk`] serves the files of one folder to every connection of this process that names no other file system, as SQLite's
//! own would: locks, and the index of a write-ahead log in memory that connections share. Real time and randomness stay.
//! Each file has what is durable, and what was written since the last sync in its order. A power cut keeps of that
//! whatever [`Keep`] says: writes whole, absent or torn at 512 bytes. A file that was made or deleted is so for
//! good once its folder is synced, which happens where SQLite on Unix syncs it.
//!
//! A sync that fails forgets: what it should have made durable is read back, but no later sync cares for it, as Linux
//! has it. A write that fails is half made. A read is never short but at the end of a file: SQLite on Unix asks again
//! until it is there.
//!
//! The main file is there from the first time it is opened, and for good: who makes it is not SQLite. Sectors are
//! never torn within, nor does a write harm what is beside it (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, which SQLite
//! takes for granted on Unix).
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "test code: a broken assumption ends the test"
)]

mod chance;
mod disk;
mod fault;
mod file;
mod index;
mod locks;
mod renew;
mod vfs;

pub use disk::{Contents, Disk};
pub use fault::{Fault, Keep, Point, Span};
pub use renew::renew;
