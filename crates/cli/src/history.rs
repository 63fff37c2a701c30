//! What the messenger itself keeps: the messages that were written and received, each once, and the names that the
//! user gives to accounts. It knows no keys but its own, and nothing of sessions.
//!
//! One SQLite file beside the store, its owner's alone. The client holds what has come until it is acknowledged;
//! it is acknowledged when it is here. What is to be sent is here before the client has it. So a process may be killed
//! at any point, and nothing is lost or there twice.
//!
//! Texts and names are sealed with a key that comes from the store's: whoever has the file without that key sees how
//! many entries there are, how long each is, which are still to be sent or shown, and when one is to vanish.

mod database;
mod entry;
mod error;
mod names;
mod seal;
mod stuck;
mod table;
mod waiting;

pub use database::History;
pub use entry::{Conversation, Delivery, Entry, Kind, OfGroup};
pub use error::HistoryError;
pub use names::Named;
pub use stuck::Stuck;
pub use table::{Arrived, Draft, Row};
