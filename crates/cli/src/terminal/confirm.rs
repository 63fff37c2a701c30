//! Questions. Where security depends on the answer it is a word that nobody types by habit, and a script has to give
//! it by an explicit flag.

use std::{
    error::Error,
    fmt,
    io::{self, BufRead, IsTerminal, Read, Stderr, StdinLock, Write},
};

use super::{Exit, plain};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 1024;

/// Asks somebody.
#[derive(Debug)]
pub struct Confirm<R, W> {
    input: R,
    output: W,
    interactive: bool,
}

impl Confirm<StdinLock<'static>, Stderr> {
    /// Asks at the terminal, if standard input and error are one.
    pub fn at_terminal() -> Self {
        let interactive = io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { input: io::stdin().lock(), output: io::stderr(), interactive }
    }
}

impl<R: BufRead, W: Write> Confirm<R, W> {
    /// Asks on `output` and reads from `input`; not at all unless `interactive`.
    pub fn new(input: R, output: W, interactive: bool) -> Self {
        Self { input, output, interactive }
    }

    /// Asks a question that `y` or `yes` agrees to. `given` says that the argument `flag` already did.
    ///
    /// # Errors
    /// [`ConfirmError`].
    pub fn yes(&mut self, question: &str, given: bool, flag: &'static str) -> Result<(), ConfirmError> {
        self.ask(&format!("{question} [y/N] "), given, flag, |answer| {
            answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
        })
    }

    /// Asks for `word`, letter by letter, where security depends on it. `given` says that the argument
    /// `flag` already agreed.
    ///
    /// # Errors
    /// [`ConfirmError`].
    pub fn word(
        &mut self,
        question: &str,
        word: &str,
        given: bool,
        flag: &'static str,
    ) -> Result<(), ConfirmError> {
        let question = format!("{question}\nType \"{word}\" to go on: ");
        self.ask(&question, given, flag, |answer| answer == word)
    }

    fn ask(
        &mut self,
        question: &str,
        given: bool,
        flag: &'static str,
        agrees: impl Fn(&str) -> bool,
    ) -> Result<(), ConfirmError> {
        if given {
            return Ok(());
        }
        if !self.interactive {
            return Err(ConfirmError::NotInteractive { flag });
        }
        write!(self.output, "{question}")?;
        self.output.flush()?;
        let mut answer = Vec::new();
        self.input.by_ref().take(MAX_ANSWER).read_until(b'\n', &mut answer)?;
        match std::str::from_utf8(&answer) {
            Ok(answer) if agrees(answer.trim()) => Ok(()),
            _ => Err(ConfirmError::Declined),
        }
    }
}

/// Why nothing was agreed to.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfirmError {
    /// Nobody is there to ask.
    NotInteractive {
        /// The argument that agrees instead.
        flag: &'static str,
    },
    /// The answer was another one.
    Declined,
    /// The terminal can't be used.
    Io(io::Error),
}

impl ConfirmError {
    /// The exit code of a command that ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            // an argument is missing, and nothing was refused
            Self::NotInteractive { .. } | Self::Io(_) => Exit::Usage,
            Self::Declined => Exit::Cancelled,
        }
    }
}

impl From<io::Error> for ConfirmError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for ConfirmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInteractive { flag } => {
                write!(f, "this needs an answer, and there is no terminal to ask at: agree with {flag}")
            }
            Self::Declined => f.write_str("not confirmed: nothing was changed"),
            Self::Io(error) => write!(f, "can't ask at the terminal: {}", plain(error)),
        }
    }
}

impl Error for ConfirmError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer<T>(input: &[u8], ask: impl Fn(&mut Confirm<&[u8], Vec<u8>>) -> T) -> (T, String) {
        let mut confirm = Confirm::new(input, Vec::new(), true);
        let answered = ask(&mut confirm);
        (answered, String::from_utf8(confirm.output).expect("text"))
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for (input, agreed) in [
            (&b"y\n"[..], true),
            (b"YES\r\n", true),
            (b" yes ", true),
            (b"\n", false),
            (b"", false),
            (b"no\n", false),
            (b"yesterday\n", false),
            (b"\xff\n", false),
        ] {
            let (answered, asked) = answer(input, |confirm| confirm.yes("Remove it?", false, "--yes"));
            assert_eq!(answered.is_ok(), agreed, "{input:?}");
            assert_eq!(asked, "Remove it? [y/N] ");
        }
    }

    #[test]
    fn security_needs_the_very_word() {
        for (input, agreed) in
            [(&b"same\n"[..], true), (b"Same\n", false), (b"yes\n", false), (b"y\n", false), (b"\n", false)]
        {
            let (answered, asked) =
                answer(input, |confirm| confirm.word("The same?", "same", false, "--same"));
            assert_eq!(answered.is_ok(), agreed, "{input:?}");
            assert!(asked.ends_with("Type \"same\" to go on: "), "{asked}");
        }
    }

    #[test]
    fn nobody_is_asked_without_a_terminal() {
        let mut confirm = Confirm::new(&b"same\nyes\n"[..], Vec::new(), false);
        for refused in
            [confirm.word("The same?", "same", false, "--same"), confirm.yes("Yes?", false, "--same")]
        {
            let error = refused.expect_err("refused");
            assert_eq!(error.exit(), Exit::Usage);
            assert!(error.to_string().contains("--same"), "{error}");
        }
        assert!(confirm.word("The same?", "same", true, "--same").is_ok());
        assert!(confirm.output.is_empty());
    }
}
