//! How the messenger speaks: to a person at a terminal, or to a script that reads its output. It knows nothing of
//! messages; it shows what it is given, and asks.
//!
//! What is said goes to standard output, for a person or as JSON ([`Output`]); questions, progress and errors go to
//! standard error. What peers wrote passes [`visible`] before a terminal sees it.

use std::io;

mod color;
mod confirm;
mod exit;
mod output;
mod passphrase;
pub(crate) mod progress;
mod qr;
mod time;
mod visible;

pub use color::{Color, Palette, Tone};
pub use confirm::{Confirm, ConfirmError};
pub use exit::Exit;
pub use output::{Output, Record, as_typed, content};
pub use passphrase::{Passphrase, PassphraseError, PassphraseSource};
pub use qr::{QrError, draw_qr};
pub use time::{clock, rfc3339};
pub use visible::{visible, visible_lines, visible_path};

/// Columns of the terminal that standard output goes to; none when it is no terminal.
pub fn columns() -> Option<u16> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        // a terminal that doesn't know says 0
        (size.ws_col > 0).then_some(size.ws_col)
    }
    #[cfg(not(unix))]
    {
        None
    }
}

/// The system's words without its number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
