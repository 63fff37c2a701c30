//! The folder itself: created, missing, full, closed to us; rights as the umask has them.

use std::{fs, path::Path};

use entrenous_cli::{
    terminal::Exit,
    transport::{Folder, Offer, Transport, TransportError},
};

use crate::scratch::{Scratch, address, mailbox};

#[test]
fn it_is_created_only_when_asked() {
    let scratch = Scratch::new("created");
    let drop = scratch.path().join("some/drop");
    let error = Folder::open(&drop).expect_err("missing");
    assert_eq!(error.exit(), Exit::Usage);
    assert!(error.to_string().contains("some/drop: create it"), "{error}");
    assert!(!drop.exists());
    for _ in 0..2 {
        Folder::create(&drop).expect("created");
    }
    Folder::open(&drop).expect("opened").deliver(&mailbox(), None, b"x").expect("delivered");
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_takes_no_files_is_named() {
    // the kernel's own directory takes none, whoever asks
    let folder = Folder::open(Path::new("/proc/self")).expect("a directory");
    let error = folder.deliver(&mailbox(), None, b"x").expect_err("refused");
    let said = error.to_string();
    assert!(said.contains("/v1") && !said.contains("os error"), "{said}");
}

/// Everything in a tree with its rights.
#[cfg(unix)]
fn modes(path: &Path, found: &mut Vec<(String, bool, u32)>) {
    use std::os::unix::fs::MetadataExt;
    for entry in fs::read_dir(path).expect("read") {
        let path = entry.expect("read").path();
        let about = fs::symlink_metadata(&path).expect("there");
        found.push((path.display().to_string(), about.is_dir(), about.mode() & 0o777));
        if about.is_dir() {
            modes(&path, found);
        }
    }
}

#[cfg(unix)]
// spec: FOLDER-11
#[test]
fn rights_are_those_that_the_umask_leaves() {
    let scratch = Scratch::new("umask");
    // what this process gives by its umask
    let probe = scratch.path().join("probe");
    fs::create_dir(&probe).expect("created");
    fs::write(probe.join("file"), b"").expect("written");
    let mut expected = Vec::new();
    modes(scratch.path(), &mut expected);
    let of = |dir: bool| expected.iter().find(|found| found.1 == dir).expect("both").2;

    let folder = scratch.folder();
    folder.deliver(&mailbox(), None, b"x").expect("delivered");
    let offer = Offer { one_time: &[vec![1]], last_resort: Some(b"x"), replaces: false };
    folder.publish(&address(1, 7), &offer).expect("published");
    let mut found = Vec::new();
    modes(scratch.path(), &mut found);
    assert!(found.len() > 10, "{found:?}");
    for (path, dir, mode) in &found {
        assert_eq!(*mode, of(*dir), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_closed_to_us_is_said_to_be() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("closed");
    let probe = scratch.path().join("probe");
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o555)).expect("closed");
    // nothing is closed to the superuser
    let superuser = fs::write(&probe, b"").is_ok();
    let refused = scratch.folder().deliver(&mailbox(), None, b"x");
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).expect("opened");
    match refused {
        Ok(()) => assert!(superuser),
        Err(error) => assert!(matches!(error, TransportError::ReadOnly(_)), "{error}"),
    }
}
