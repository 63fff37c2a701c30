//! The passphrase: typed without echo, or read from a file or descriptor. Never an argument, which every process
//! on the machine could read.

use std::{
    error::Error,
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{Exit, plain, visible_path};

/// The longest passphrase, in bytes. More is a wrong file rather than a passphrase.
const MAX_LEN: usize = 1024;

/// A passphrase, of 1 to 1024 bytes as they were typed: no normalization. Wiped when dropped.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Checks the length.
    fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, PassphraseError> {
        match bytes.len() {
            0 => Err(PassphraseError::Empty),
            len if len > MAX_LEN => Err(PassphraseError::TooLong),
            _ => Ok(Self(bytes)),
        }
    }

    /// The first line of `input`, without its end.
    fn from_reader(mut input: impl Read) -> io::Result<Result<Self, PassphraseError>> {
        // as long as it will ever be, so that growing leaves no copies behind; with room for \r\n
        let mut buffer = Zeroizing::new(vec![0; MAX_LEN + 2]);
        let mut len = 0;
        while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
            match input.read(rest) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if buffer.get(..len).is_some_and(|read| read.contains(&b'\n')) {
                break;
            }
        }
        buffer.truncate(len);
        if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            buffer.truncate(end);
            if buffer.last() == Some(&b'\r') {
                buffer.pop();
            }
        }
        Ok(Self::new(buffer))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Where the passphrase comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseSource {
    /// The terminal, typed without echo.
    Ask,
    /// The first line of a file that only its owner may read.
    File(PathBuf),
    /// The first line of what an open file descriptor of this number gives (Unix).
    Descriptor(u32),
}

impl PassphraseSource {
    /// A passphrase that was chosen earlier.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read(&self) -> Result<Passphrase, PassphraseError> {
        match self {
            Self::Ask => ask("Passphrase: "),
            Self::File(path) => from_file(path),
            Self::Descriptor(number) => from_file(Path::new(&format!("/dev/fd/{number}"))),
        }
    }

    /// A new passphrase; one that is typed is asked for twice.
    ///
    /// # Errors
    /// [`PassphraseError::Differ`]; else as [`Self::read`].
    pub fn choose(&self) -> Result<Passphrase, PassphraseError> {
        if *self != Self::Ask {
            return self.read();
        }
        let first = ask("New passphrase: ")?;
        let again = ask("The same again: ")?;
        // both were typed by whoever sits here: nothing to hide from them
        if first.as_bytes() == again.as_bytes() { Ok(first) } else { Err(PassphraseError::Differ) }
    }
}

fn ask(prompt: &str) -> Result<Passphrase, PassphraseError> {
    match rpassword::prompt_password(prompt) {
        Ok(typed) => Passphrase::new(Zeroizing::new(typed.into_bytes())),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(PassphraseError::Cancelled),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(PassphraseError::Cancelled),
        // there is no terminal, or it can't hide what is typed
        Err(_) => Err(PassphraseError::NoTerminal),
    }
}

fn from_file(path: &Path) -> Result<Passphrase, PassphraseError> {
    let failed = |error| PassphraseError::File(path.to_owned(), error);
    let file = File::open(path).map_err(failed)?;
    if is_exposed(&file).map_err(failed)? {
        return Err(PassphraseError::Exposed(path.to_owned()));
    }
    Passphrase::from_reader(file).map_err(failed)?
}

/// Whether others may read the file. Pipes belong to who made them.
#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let found = file.metadata()?;
    Ok(found.is_file() && found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Why there is no passphrase.
#[derive(Debug)]
#[non_exhaustive]
pub enum PassphraseError {
    /// There is no terminal to ask at.
    NoTerminal,
    /// The file can't be read.
    File(PathBuf, io::Error),
    /// Others may read the file.
    Exposed(PathBuf),
    /// It is empty.
    Empty,
    /// It is longer than 1024 bytes.
    TooLong,
    /// The two that were typed differ.
    Differ,
    /// The user gave up.
    Cancelled,
}

impl PassphraseError {
    /// The exit code of a command that ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoTerminal | Self::File(..) | Self::Empty | Self::TooLong | Self::Differ => Exit::Usage,
            Self::Exposed(_) => Exit::Refused,
            Self::Cancelled => Exit::Cancelled,
        }
    }
}

impl fmt::Display for PassphraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTerminal => {
                f.write_str("there is no terminal to ask for the passphrase: use --passphrase-file")
            }
            Self::File(path, error) => {
                write!(f, "can't read the passphrase from {}: {}", visible_path(path), plain(error))
            }
            Self::Exposed(path) => {
                let path = visible_path(path);
                write!(
                    f,
                    "others may read the passphrase in {path}: chmod 600 {path}, and think of a new one"
                )
            }
            Self::Empty => f.write_str("the passphrase is empty"),
            Self::TooLong => write!(f, "the passphrase is longer than {MAX_LEN} bytes"),
            Self::Differ => f.write_str("the two passphrases differ: nothing was changed"),
            Self::Cancelled => f.write_str("no passphrase was given"),
        }
    }
}

impl Error for PassphraseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(_, error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Result<Vec<u8>, PassphraseError> {
        Passphrase::from_reader(input).expect("memory reads").map(|passphrase| passphrase.as_bytes().to_vec())
    }

    #[test]
    fn it_is_the_first_line_byte_for_byte() {
        for (input, passphrase) in [
            (&b"open sesame"[..], &b"open sesame"[..]),
            (b"open sesame\n", b"open sesame"),
            (b"open sesame\r\nmore\n", b"open sesame"),
            (b" spaces \n", b" spaces "),
            (b"\xff\x00\r", b"\xff\x00\r"),
        ] {
            assert_eq!(read(input).expect("a passphrase"), passphrase);
        }
    }

    #[test]
    fn empty_and_endless_ones_are_refused() {
        for input in [&b""[..], b"\n", b"\r\n", b"\nlate"] {
            assert!(matches!(read(input), Err(PassphraseError::Empty)), "{input:?}");
        }
        let longest = vec![b'x'; MAX_LEN];
        assert_eq!(read(&longest).expect("fits"), longest);
        for end in [&b"\n"[..], b"\r\n"] {
            assert_eq!(read(&[&longest, end].concat()).expect("fits"), longest);
        }
        assert!(matches!(read(&vec![b'x'; MAX_LEN + 1]), Err(PassphraseError::TooLong)));
        let endless = Passphrase::from_reader(io::repeat(b'x')).expect("ends");
        assert!(matches!(endless, Err(PassphraseError::TooLong)));
    }

    #[test]
    fn it_does_not_show() {
        let passphrase = Passphrase::from_reader(&b"open sesame"[..]).expect("reads").expect("one");
        assert_eq!(format!("{passphrase:?}"), "Passphrase(..)");
    }
}
