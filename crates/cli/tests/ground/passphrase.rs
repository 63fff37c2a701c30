//! Passphrases from files and descriptors.

use std::{fs, path::PathBuf};

use entrenous_cli::terminal::{Exit, PassphraseError, PassphraseSource};

use crate::scratch::Scratch;

#[cfg(unix)]
fn file(scratch: &Scratch, mode: u32) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = scratch.path().join("passphrase");
    fs::write(&path, b"open sesame\n").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
    path
}

#[cfg(unix)]
#[test]
fn a_private_file_holds_it() {
    let scratch = Scratch::new("passphrase_file");
    for mode in [0o600, 0o400] {
        let source = PassphraseSource::File(file(&scratch, mode));
        assert_eq!(source.read().expect("read").as_bytes(), b"open sesame");
        assert_eq!(source.choose().expect("read").as_bytes(), b"open sesame");
        fs::remove_file(scratch.path().join("passphrase")).expect("removed");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_refused() {
    let scratch = Scratch::new("exposed_passphrase");
    for mode in [0o644, 0o640, 0o604, 0o620] {
        let error = PassphraseSource::File(file(&scratch, mode)).read().expect_err("refused");
        assert!(matches!(error, PassphraseError::Exposed(_)), "{error}");
        assert_eq!(error.exit(), Exit::Refused);
    }
}

#[cfg(unix)]
#[test]
fn an_open_pipe_gives_it() {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    std::io::Write::write_all(&mut writer, b"open sesame\nmore").expect("written");
    drop(writer);
    let number = u32::try_from(std::os::fd::AsRawFd::as_raw_fd(&reader)).expect("a descriptor");
    let passphrase = PassphraseSource::Descriptor(number).read().expect("read");
    assert_eq!(passphrase.as_bytes(), b"open sesame");
}

#[test]
fn what_is_not_there_is_named() {
    let scratch = Scratch::new("no_passphrase");
    let error = PassphraseSource::File(scratch.path().join("none")).read().expect_err("missing");
    assert_eq!(error.exit(), Exit::Usage);
    assert!(error.to_string().contains("no_passphrase/none: "), "{error}");
    assert!(PassphraseSource::Descriptor(9_999).read().is_err());
}
