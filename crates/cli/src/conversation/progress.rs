//! How far we are, on standard error, when somebody looks.

use std::{fs, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Input;

/// A bar over the bytes of a file, or a running count where the size is not known. It hides itself when
/// standard error is no terminal.
pub(super) fn of(input: &Input) -> ProgressBar {
    let size = match input {
        Input::Standard => None,
        Input::File(path) => fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|data| data.len()),
    };
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), "{wide_bar} {bytes} of {total_bytes}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {elapsed}"),
    };
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        // a plainer bar is no reason to fail
        Err(_) => bar,
    }
}
