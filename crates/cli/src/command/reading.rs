//! What commands read from standard input: a card or code, an answer, the content of a message.
//!
//! A script gives all of it and ends it. A person types or pastes a line and waits: one line is read then, and what has to
//! be ended in another way says so.

use std::{
    fs::File,
    io::{self, BufRead, IsTerminal, Read, Write},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{args::Input, messenger::Trouble};

/// The longest card or code that is read, in bytes: more than any has.
const MAX_TEXT: usize = 4096;

/// What an argument says, or standard input if it is `-`: a card or a code, at most 4,096 bytes.
pub(super) fn argument_or_input(argument: &str) -> Result<Zeroizing<String>, Trouble> {
    if argument != "-" {
        return Ok(Zeroizing::new(argument.trim().to_owned()));
    }
    let typed = io::stdin().is_terminal();
    let read = card_or_code(io::stdin().lock(), typed, io::stderr());
    read.map_err(|error| Trouble::Input(Input::Standard, error))
}

/// What is in a file, or standard input if its name is `-`: a code that must not be an argument.
pub(super) fn file_or_input(path: &Path) -> Result<Zeroizing<String>, Trouble> {
    if path == Path::new("-") {
        return argument_or_input("-");
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_TEXT));
    let read = File::open(path).and_then(|file| file.take(MAX_TEXT as u64).read_to_string(&mut text));
    read.map_err(|error| Trouble::Input(Input::File(path.to_owned()), error))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// A line of standard input: the answer of a script.
pub(super) fn answer() -> Result<String, Trouble> {
    let mut line = String::new();
    let read = io::stdin().lock().take(MAX_TEXT as u64).read_line(&mut line);
    read.map_err(|error| Trouble::Input(Input::Standard, error))?;
    Ok(line.trim().to_owned())
}

/// Tells who types a message how to come to its end.
pub(super) fn say_how_it_ends(what: &str) {
    if io::stdin().is_terminal() {
        let keys = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
        // who can't see it is nobody who types
        let _ = writeln!(io::stderr(), "{what}; {keys} on a line of its own ends it:");
    }
}

/// All of the input, or one line of it that is `typed`, after asking for it.
fn card_or_code(input: impl BufRead, typed: bool, mut ask: impl Write) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_TEXT));
    let mut input = input.take(MAX_TEXT as u64);
    if typed {
        write!(ask, "Paste or type it, then Enter: ")?;
        ask.flush()?;
        input.read_line(&mut text)?;
    } else {
        input.read_to_string(&mut text)?;
    }
    Ok(Zeroizing::new(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "test code")]

    use super::*;

    #[test]
    fn who_types_is_asked_and_ends_with_enter() {
        let (mut input, mut asked) = (&b" EN1L-CODE \nmore"[..], Vec::new());
        let text = card_or_code(&mut input, true, &mut asked).expect("memory reads");
        assert_eq!((text.as_str(), input), ("EN1L-CODE", &b"more"[..]));
        assert!(String::from_utf8(asked).expect("text").contains("Enter"));
    }

    #[test]
    fn a_script_is_read_to_its_end_and_not_asked() {
        let (mut input, mut asked) = (&b"\nEN1L-\nCODE\n"[..], Vec::new());
        let text = card_or_code(&mut input, false, &mut asked).expect("memory reads");
        assert_eq!((text.as_str(), asked.len()), ("EN1L-\nCODE", 0));
    }
}
