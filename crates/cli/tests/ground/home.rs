//! The home directory: private from the first moment, refused when it is not.

use std::{fs, path::Path};

use entrenous_cli::{
    home::{Home, HomeError},
    terminal::Exit,
};

use crate::scratch::{Scratch, names};

#[test]
fn a_missing_one_is_no_account() {
    let scratch = Scratch::new("no_home");
    let error = Home::open(&scratch.path().join("home")).expect_err("missing");
    assert_eq!(error.exit(), Exit::NotFound);
    assert!(error.to_string().contains("entrenous init"), "{error}");
    assert_eq!(names(scratch.path()), [""; 0], "looking creates nothing");
}

#[test]
fn it_is_created_once_and_found_again() {
    let scratch = Scratch::new("new_home");
    let path = scratch.path().join("below/home");
    let home = Home::create(&path).expect("created");
    assert!(!home.store().exists());
    fs::write(home.store(), b"").expect("written");
    assert!(home.store().exists());
    assert_eq!(Home::create(&path).expect("opened"), home);
    assert_eq!(Home::open(&path).expect("opened"), home);
    assert_eq!(names(&path), ["store.sqlite"]);
}

#[test]
fn a_file_is_no_home() {
    let scratch = Scratch::new("file_home");
    let path = scratch.path().join("home");
    fs::write(&path, b"").expect("written");
    for refused in [Home::open(&path), Home::create(&path)] {
        assert!(matches!(refused, Err(HomeError::NotADirectory(_))), "{refused:?}");
    }
}

#[cfg(unix)]
#[test]
fn it_is_its_user_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("private_home");
    let path = scratch.path().join("home");
    Home::create(&path).expect("created");
    let mode = || fs::metadata(&path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode() & 0o077, 0);
    for open in [0o755, 0o750, 0o705, 0o710, 0o701, 0o770, 0o720] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).expect("set");
        for refused in [Home::open(&path), Home::create(&path)] {
            let error = refused.expect_err("refused");
            assert_eq!(error.exit(), Exit::Refused);
            assert!(error.to_string().contains("chmod 700"), "{error}");
        }
        assert_eq!(mode(), open, "whether to trust it now is not ours to say");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("set");
    Home::open(&path).expect("opened");
}

#[cfg(unix)]
#[test]
fn another_user_s_directory_is_refused() {
    let scratch = Scratch::new("foreign_home");
    let path = scratch.path().join("home");
    Home::create(&path).expect("created");
    // only the superuser can give a directory away; everybody has a foreign one to look at
    let given = std::os::unix::fs::chown(&path, Some(12_345), None).is_ok();
    let foreign = if given { path.as_path() } else { Path::new("/") };
    let refused = Home::open(foreign);
    assert!(matches!(refused, Err(HomeError::Foreign(_))), "{refused:?}");
}

#[test]
fn it_does_not_lie_in_the_drop_folder() {
    let scratch = Scratch::new("shared_home");
    let (drop, home) = (scratch.path().join("drop"), scratch.path().join("home"));
    fs::create_dir_all(&drop).expect("created");
    let apart = Home::create(&home).expect("created");
    assert!(apart.keep_apart_from(&drop).is_ok());
    assert!(apart.keep_apart_from(&home.join("..").join("drop")).is_ok());
    let inside = Home::create(&drop.join("home")).expect("created");
    for shared in
        [inside.keep_apart_from(&drop), apart.keep_apart_from(&home), inside.keep_apart_from(scratch.path())]
    {
        let error = shared.expect_err("refused");
        assert!(matches!(error, HomeError::Shared { .. }), "{error}");
        assert_eq!(error.exit(), Exit::Refused);
    }
    assert!(apart.keep_apart_from(&scratch.path().join("none")).is_err());
}
