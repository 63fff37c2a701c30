//! Disks that are full or read-only, and files that were cut off or changed: a typed error, and no panic.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]
#![allow(clippy::cast_possible_truncation, reason = "patterns of bytes, made of small numbers")]

mod common;

use std::{
    env, fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use entrenous::store::{Commit, Record, Store};
use entrenous_store_sqlite::{Error, Options, SqliteStore};
use entrenous_testkit::rng::ScriptedRng;
use rand::RngExt;

use common::{
    Folder, batches,
    child::{self, Running},
    key, put, record, remove,
};

#[test]
#[ignore = "the other process of the tests below"]
fn child() {
    let Some((what, file, _)) = child::task() else { return };
    match what.as_str() {
        "open" => match SqliteStore::open(file).and_then(|mut store| batches::commit(&mut store, 1)) {
            Ok(_) => child::say("applied"),
            Err(error) => child::say(name(&error)),
        },
        "fill" => {
            let mut store = SqliteStore::open(file).unwrap();
            let mut last = batches::last(&store);
            let error = loop {
                match batches::commit(&mut store, last + 1) {
                    Ok(commit) => assert_eq!(commit, Commit::Applied),
                    Err(error) => break error,
                }
                last += 1;
            };
            // the handle goes on, and shows what was applied
            assert_eq!(batches::last(&store), last);
            assert!(batches::commit(&mut store, last + 1).is_err());
            child::say(name(&error));
            child::say(last);
        }
        _ => panic!("no such task: {what}"),
    }
}

fn name(error: &Error) -> String {
    format!("{error:?}").split(|c: char| !c.is_alphanumeric()).next().unwrap().into()
}

/// A limit on the length of files is a disk that refuses to take more.
#[test]
fn a_disk_that_takes_no_more_loses_nothing() {
    for limit in [64u32, 200, 1000, 3000] {
        let folder = Folder::new();
        drop(folder.open());
        let binary = env::current_exe().unwrap();
        let child = child::command(&binary, "fill", &folder.file(), 0);
        let mut limited = Command::new("sh");
        // in units of 512 bytes; the signal would end the process before SQLite sees the error
        limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"")]);
        limited.arg(&binary).args(child.get_args());
        limited.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let said = Running::start(limited).finish();
        assert_eq!(said[0], "Io", "{limit}: {said:?}");
        let store = folder.open();
        assert_eq!(batches::last(&store).to_string(), said[1]);
        store.check().unwrap();
    }
}

/// A folder on a small file system, if there is one to try: `ENTRENOUS_SMALL_DISK=/mnt/small`.
#[test]
#[ignore = "needs a file system of a megabyte or so"]
fn a_full_disk_loses_nothing() {
    let disk = env::var("ENTRENOUS_SMALL_DISK").expect("a folder on a small file system");
    let file = Path::new(&disk).join("private/store.db");
    let said = Running::start(child::command(&env::current_exe().unwrap(), "fill", &file, 0)).finish();
    assert_eq!(said[0], "Full");
    let store = SqliteStore::open(file).unwrap();
    assert_eq!(batches::last(&store).to_string(), said[1]);
    store.check().unwrap();
}

#[test]
fn a_file_at_its_limit_is_full_until_there_is_room() {
    let folder = Folder::new();
    let options = Options { max_bytes: Some(256 << 10), ..Options::default() };
    let mut store = SqliteStore::open_with(folder.file(), options).unwrap();
    let mut count = 0;
    let error = loop {
        match store.commit(&put(count, None, record(1, &[7; 5000]))) {
            Ok(commit) => assert_eq!(commit, Commit::Applied),
            Err(error) => break error,
        }
        count += 1;
    };
    assert!(matches!(error, Error::Full) && count > 20, "{error:?} after {count}");
    let found = store.load(&(0..=count).map(key).collect::<Vec<_>>()).unwrap();
    assert_eq!(found.iter().flatten().count() as u64, count);
    assert_eq!(found.last(), Some(&None));
    assert_eq!(store.commit(&remove(0, Some(1))).unwrap(), Commit::Applied);
    assert_eq!(store.commit(&put(count, None, record(1, &[8; 5000]))).unwrap(), Commit::Applied);
    store.checkpoint().unwrap();
    assert!(fs::metadata(folder.file()).unwrap().len() <= 256 << 10);
}

/// Root may write anywhere, so the child is somebody else then.
#[test]
fn what_cannot_be_written_is_not_opened() {
    const NOBODY: u32 = 65_534;
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let mut store = folder.open();
    assert_eq!(batches::commit(&mut store, 1).unwrap(), Commit::Applied);
    drop(store);
    let (private, file) = (folder.private(), folder.file());
    let binary = elsewhere.root().join("child");
    fs::copy(env::current_exe().unwrap(), &binary).unwrap();
    let root = fs::metadata(&file).unwrap().uid() == 0;
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for (path, mode) in [(folder.root(), 0o755), (elsewhere.root(), 0o755), (&binary, 0o755)] {
        set(path, mode);
    }
    if root {
        [&private, &file].into_iter().for_each(|path| chown(path, Some(NOBODY), Some(NOBODY)).unwrap());
    }
    for (folder_mode, file_mode, expected) in [
        (0o500, 0o600, &["ReadOnly", "Denied"][..]),
        (0o700, 0o400, &["ReadOnly"]),
        (0o700, 0o000, &["Denied"]),
    ] {
        set(&file, file_mode);
        set(&private, folder_mode);
        let mut child = child::command(&binary, "open", &file, 0);
        if root {
            child.uid(NOBODY).gid(NOBODY);
        }
        let said = Running::start(child).finish();
        assert!(expected.contains(&said[0].as_str()), "{folder_mode:o} {file_mode:o}: {said:?}");
        set(&private, 0o700);
        set(&file, 0o600);
        // root finds it as it was
        assert_eq!(batches::last(&folder.open()), 1);
    }
}

/// Records of many lengths, some of them in overflow pages.
fn filled(folder: &Folder) -> Vec<Record> {
    let mut store = folder.open();
    let records: Vec<_> = (0..60).map(|n| record(n, &[n as u8 | 0x80; 4000][..(n as usize * 67)])).collect();
    for (n, record) in (0..).zip(&records) {
        assert_eq!(store.commit(&put(n, None, record.clone())).unwrap(), Commit::Applied);
    }
    records
}

/// Opens what is left of a file and reads everything; how many records were as they had been.
fn look(folder: &Folder, genuine: &[Record], what: &str) -> Result<usize, Error> {
    let typed = |error: &Error| {
        let expected =
            matches!(error, Error::Corrupt(_) | Error::NotOurs | Error::LaterVersion { .. } | Error::Io(_));
        assert!(expected, "{what}: {error:?}");
    };
    let mut store = folder.try_open().inspect_err(typed)?;
    let sound = store.check().inspect_err(typed);
    let mut same = 0;
    for (n, genuine) in (0..).zip(genuine) {
        match store.load(&[key(n)]) {
            Ok(found) => same += usize::from(found[0].as_ref() == Some(genuine)),
            Err(error) => typed(&error),
        }
    }
    // writing into it doesn't panic either, and is told truly
    match store.commit(&put(1000, None, record(1, b"new"))) {
        Ok(commit) => assert_eq!(
            (commit, store.load(&[key(1000)]).ok()),
            (Commit::Applied, Some(vec![Some(record(1, b"new"))]))
        ),
        Err(error) => typed(&error),
    }
    sound.map(|()| same)
}

#[test]
fn a_file_that_was_cut_off_is_corrupt() {
    let folder = Folder::new();
    let records = filled(&folder);
    let whole = fs::read(folder.file()).unwrap();
    assert_eq!(look(&folder, &records, "whole").unwrap(), records.len());
    for length in (1..whole.len()).step_by(9973) {
        fs::write(folder.file(), &whole[..length]).unwrap();
        assert!(look(&folder, &records, "cut").is_err(), "{length} of {}", whole.len());
    }
}

#[test]
fn a_flipped_bit_harms_no_other_record_unseen() {
    let flips = child::number("ENTRENOUS_FLIPS", 150);
    let folder = Folder::new();
    let records = filled(&folder);
    let whole = fs::read(folder.file()).unwrap();
    let mut rng = ScriptedRng::new(3);
    let (mut refused, mut lost) = (0, 0);
    for flip in 0..flips {
        // the first pages bear the structure: half of the flips hit the header and the roots
        let at = rng.random_range(0..if flip % 2 == 0 { 8192 } else { whole.len() });
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << rng.random_range(0..8);
        fs::write(folder.file(), &damaged).unwrap();
        match look(&folder, &records, &format!("byte {at}")) {
            Err(_) => refused += 1,
            // one bit is in one record: its seal breaks, or its key is another one now
            Ok(same) => {
                assert!(same + 1 >= records.len(), "byte {at}: {same}");
                lost += records.len() - same;
            }
        }
    }
    println!("{flips} flips: {refused} refused, {lost} within a record");
    assert!(refused > 0 && lost > 0);
}
