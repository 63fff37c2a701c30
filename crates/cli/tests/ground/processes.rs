//! Many threads and several processes at once: nothing is lost, nothing is taken twice, nobody sees half a file.

use std::{
    collections::BTreeSet,
    env,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use entrenous_cli::transport::{Folder, Offer, Transport};

use crate::scratch::{Scratch, address, collect, mailbox};

const PROCESSES: u32 = 3;
const THREADS: u32 = 4;
const EACH: u32 = 40;

/// Runs one of the ignored tests as a process of its own.
pub(crate) fn spawn(test: &str, drop: &Path, number: u32) -> Child {
    Command::new(env::current_exe().expect("this file"))
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .env("GROUND_DROP", drop)
        .env("GROUND_NUMBER", number.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs")
}

/// The folder and number of a process that [`spawn`] began; none when somebody runs all ignored tests.
pub(crate) fn spawned() -> Option<(Folder, u32)> {
    let drop = env::var_os("GROUND_DROP")?;
    let number = env::var("GROUND_NUMBER").ok()?.parse().expect("a number");
    Some((Folder::open(Path::new(&drop)).expect("opened"), number))
}

/// What the processes print on lines that begin with `=`.
pub(crate) fn printed(children: Vec<Child>) -> Vec<String> {
    let mut lines = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        lines.extend(text.lines().filter_map(|line| Some(line.split_once('=')?.1.to_owned())));
    }
    lines
}

/// An envelope that tells its number, and whether it is whole.
fn envelope(number: u32) -> Vec<u8> {
    number.to_be_bytes().repeat(1 + usize::try_from(number % 2000).expect("small"))
}

fn number_of(envelope: &[u8]) -> u32 {
    let number = u32::from_be_bytes(*envelope.first_chunk().expect("a number"));
    assert_eq!(envelope, self::envelope(number), "whole");
    number
}

#[test]
#[ignore = "run by another test, as a process of its own"]
fn child_delivers() {
    let Some((folder, number)) = spawned() else { return };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let folder = &folder;
            scope.spawn(move || {
                for n in 0..EACH {
                    let n = (number * THREADS + thread) * EACH + n;
                    folder.deliver(&mailbox(), Some(&address(1, 2)), &envelope(n)).expect("delivered");
                }
            });
        }
    });
}

// spec: FOLDER-8
#[test]
fn envelopes_of_many_writers_all_arrive_whole_under_a_reader_s_eyes() {
    let scratch = Scratch::new("many_writers");
    let children: Vec<Child> =
        (0..PROCESSES).map(|n| spawn("processes::child_delivers", scratch.path(), n)).collect();
    let folder = scratch.folder();
    let all = PROCESSES * THREADS * EACH;
    let mut numbers = BTreeSet::new();
    let patience = Instant::now();
    while numbers.len() < usize::try_from(all).expect("small") {
        assert!(patience.elapsed() < Duration::from_secs(120), "{} of {all}", numbers.len());
        let batch = collect(&folder, &mailbox());
        assert_eq!(batch.left_alone, 0, "nobody sees half a file");
        for arrived in batch.arrived {
            assert!(numbers.insert(number_of(&arrived.envelope)), "once");
            folder.remove(&mailbox(), &arrived.ticket).expect("removed");
        }
    }
    assert_eq!(numbers, (0..all).collect());
    printed(children);
}

#[test]
#[ignore = "run by another test, as a process of its own"]
fn child_takes() {
    let Some((folder, _)) = spawned() else { return };
    let taken: Vec<u32> = thread::scope(|scope| {
        let takers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let take =
                        || folder.take(&address(1, 7)).expect("asked").expect("there is a last resort");
                    let bundles = std::iter::repeat_with(take).take_while(|bundle| bundle.one_time);
                    bundles.map(|bundle| number_of(&bundle.bytes)).collect::<Vec<_>>()
                })
            })
            .collect();
        takers.into_iter().flat_map(|taker| taker.join().expect("it ends")).collect()
    });
    let mut out = std::io::stdout().lock();
    for number in taken {
        writeln!(out, "={number}").expect("written");
    }
}

// spec: FOLDER-12
#[test]
fn a_one_time_bundle_is_taken_by_exactly_one_of_many_processes() {
    let scratch = Scratch::new("many_takers");
    let bundles: Vec<Vec<u8>> = (0..400).map(envelope).collect();
    let offer = Offer { one_time: &bundles, last_resort: Some(b"last"), replaces: false };
    scratch.folder().publish(&address(1, 7), &offer).expect("published");
    let children = (0..PROCESSES).map(|n| spawn("processes::child_takes", scratch.path(), n)).collect();
    let mut taken: Vec<u32> = printed(children).iter().map(|line| line.parse().expect("a number")).collect();
    taken.sort_unstable();
    assert_eq!(taken, (0..400).collect::<Vec<_>>());
    assert_eq!(scratch.folder().stock(&address(1, 7)).expect("counted"), 0);
}
