//! How far we are with the lines of a text.

use std::fs;

use indicatif::ProgressBar;

use crate::{args::Input, terminal::progress};

/// A bar over the bytes of a file, or a running count of those of a pipe.
pub(super) fn of(input: &Input) -> ProgressBar {
    progress::bytes(match input {
        Input::Standard => None,
        Input::File(path) => fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len()),
    })
}
