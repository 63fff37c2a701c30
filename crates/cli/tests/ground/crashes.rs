//! Processes that are killed while they write: what was delivered is there, what was not leaves no trace that
//! anybody reads.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

use entrenous_cli::transport::Transport;

use crate::{
    processes::{spawn, spawned},
    scratch::{Scratch, collect, mailbox, mailbox_dir, names},
};

/// Long enough that a kill often hits the middle of writing.
const LEN: usize = 1 << 20;

#[test]
#[ignore = "run by another test, which kills it"]
fn child_delivers_until_it_is_killed() {
    let Some((folder, _)) = spawned() else { return };
    let mut out = std::io::stdout().lock();
    for n in 0..=u8::MAX {
        folder.deliver(&mailbox(), None, &vec![n; LEN]).expect("delivered");
        writeln!(out, "={n}").expect("written");
    }
}

// spec: FOLDER-8
#[test]
fn a_killed_writer_leaves_nothing_half_done() {
    let scratch = Scratch::new("killed");
    let dir = mailbox_dir(scratch.path());
    let mut abandoned = false;
    for round in 0..80_u64 {
        let mut child = spawn("crashes::child_delivers_until_it_is_killed", scratch.path(), 0);
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        // wait until it is at work
        let mut reported = String::new();
        while !reported.contains('=') {
            assert!(lines.read_line(&mut reported).expect("read") > 0, "it reports before it ends");
        }
        if round % 2 == 0 {
            // then any moment
            thread::sleep(Duration::from_micros(round * 70));
        } else {
            // then the moment between writing and renaming, which chance seldom meets on a busy machine
            while !is_writing(&dir) && child.try_wait().expect("asked").is_none() {}
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        std::io::Read::read_to_string(&mut lines, &mut reported).expect("read");
        let done = reported.matches('=').count();

        abandoned |= is_writing(&dir);
        sweep(&dir);
        let folder = scratch.folder();
        let batch = collect(&folder, &mailbox());
        assert_eq!(batch.left_alone, 0, "no half file has a name");
        // it may have been killed between delivering and saying so
        assert!((done..=done + 1).contains(&batch.arrived.len()), "{} of {done}", batch.arrived.len());
        for (n, arrived) in (0_u8..).zip(&batch.arrived) {
            assert!(arrived.envelope == [n; LEN], "the one of this number, whole and in order");
            folder.remove(&mailbox(), &arrived.ticket).expect("removed");
        }
    }
    assert!(abandoned, "some were killed between writing and renaming");
    assert_eq!(collect(&scratch.folder(), &mailbox()).arrived, []);
}

/// Whether a file is there that has no name yet.
fn is_writing(dir: &Path) -> bool {
    names(dir).iter().any(|name| name.starts_with(".new-"))
}

/// Removes what the dead left, so that the next one is seen.
fn sweep(dir: &Path) {
    for name in names(dir).iter().filter(|name| name.starts_with(".new-")) {
        fs::remove_file(dir.join(name)).expect("removed");
    }
}

// spec: FOLDER-9
#[test]
fn what_a_dead_process_left_is_swept_away_after_a_day_and_not_before() {
    let scratch = Scratch::new("swept");
    scratch.folder().deliver(&mailbox(), None, b"x").expect("delivered");
    let dir = mailbox_dir(scratch.path());
    let put = |name: &str, age: Duration| {
        let file = fs::File::create(dir.join(name)).expect("created");
        file.set_modified(SystemTime::now() - age).expect("dated");
    };
    let hour = Duration::from_secs(3600);
    let random = "000102030405060708090a0b0c0d0e0";
    put(&format!(".new-{random}a"), 25 * hour);
    put(&format!(".taken-{random}b"), 25 * hour);
    put(&format!(".new-{random}c"), 23 * hour);
    put(".new-somebody-else", 25 * hour);
    assert_eq!(collect(&scratch.folder(), &mailbox()).arrived.len(), 1);
    let left = names(&dir);
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!(left[..2], [format!(".new-{random}c"), ".new-somebody-else".to_owned()]);
}
