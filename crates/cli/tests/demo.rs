//! The built binary, as a user runs it.

#![allow(clippy::expect_used, reason = "helpers of tests may fail the test")]

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

fn entrenous(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entrenous"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    entrenous(arguments).output().expect("it runs")
}

fn converse(name: &str, text: &[u8]) -> Output {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, text).expect("written");
    run(&["demo", "--conversation", file.to_str().expect("a plain path"), "--seed", "7"])
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// The number in the row of this name.
fn figure(output: &Output, row: &str) -> u64 {
    let text = stdout(output);
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(row)).expect("such a row");
    line.split_whitespace().next().expect("a number").replace(',', "").parse().expect("a number")
}

#[test]
fn the_demo_tells_its_story() {
    let output = run(&["demo", "--seed", "1"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let story = stdout(&output);
    let landmarks = [
        "1. Keys are published",
        "2. Alice begins a session",
        "The same sixty digits",
        "3. They talk over a hostile network",
        "refused; sent again; opened",
        "4. Others try",
        "nothing opened twice",
        "another account than Bob's (IdentityMismatch)",
        "5. They heal, against quantum computers too",
        "then both report the renewal",
        "6. A group: one member is removed",
        "Each has read what the two others wrote",
        "Bob   refuses it",
        "2 members, no ghost",
        "nothing read",
        "7. What it comes to",
        "ML-KEM",
    ];
    let mut rest = story.as_str();
    for landmark in landmarks {
        let at = rest.find(landmark);
        assert!(at.is_some(), "{landmark} in its place in {story}");
        rest = &rest[at.unwrap_or_default()..];
    }
    assert!(!story.contains('\x1b'), "no escape codes in a pipe");
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_conversation_arrives_intact() {
    let mut text = Vec::new();
    for n in 0..1000_u32 {
        text.extend(match n % 5 {
            0 => Vec::new(),
            1 => vec![0xff, 0xfe, 0, b'\r'],
            2 => vec![b'x'; n as usize * 7],
            _ => format!("line {n}, été comme hiver").into_bytes(),
        });
        text.push(b'\n');
    }
    text.extend(b"the last one has no line feed");
    let output = converse("mixed.txt", &text);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    assert_eq!((figure(&output, "sent"), figure(&output, "delivered")), (1001, 1001));
    for row in ["refused", "duplicates", "lost", "out of order"] {
        assert!(figure(&output, row) > 10, "{row}");
    }
    assert!(figure(&output, "renewals") >= 6, "three epochs, seen by both: {}", stdout(&output));
    assert!(stdout(&output).ends_with("\nEvery line arrived intact.\n"));
    assert_eq!(stderr(&output), "", "no progress bar in a pipe");
}

#[test]
fn a_long_line_is_a_message() {
    let output = converse("long.txt", &vec![b'x'; 3 << 20]);
    assert!(output.status.success());
    assert_eq!(figure(&output, "delivered"), 1);
}

#[test]
fn standard_input_is_a_conversation_too() {
    let mut child = entrenous(&["demo", "--conversation", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("piped").write_all(b"one\n\ntwo").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert_eq!(figure(&output, "delivered"), 3);
}

#[test]
fn an_empty_file_is_no_error() {
    let output = converse("empty.txt", b"");
    assert!(output.status.success());
    assert_eq!(figure(&output, "sent"), 0);
}

#[test]
fn a_seed_repeats() {
    let text = "a line\n".repeat(500);
    let [one, two] = ["once.txt", "twice.txt"].map(|name| converse(name, text.as_bytes()));
    for row in ["refused", "duplicates", "lost", "sent again", "out of order"] {
        assert_eq!(figure(&one, row), figure(&two, row), "{row}");
    }
}

#[test]
fn what_can_not_be_read_is_said_plainly() {
    let output = run(&["demo", "--conversation", "no such file.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    let said = stderr(&output);
    assert!(
        said.starts_with("entrenous: can't read no such file.txt: ") && said.lines().count() == 1,
        "{said}"
    );

    let output = run(&["demo", "--conversation", env!("CARGO_TARGET_TMPDIR")]);
    assert_eq!(output.status.code(), Some(2), "a directory");
    assert!(stderr(&output).starts_with("entrenous: can't read "));
}

#[test]
fn a_line_beyond_the_limit_is_named() {
    let mut text = b"short\n".to_vec();
    text.resize(text.len() + (16 << 20) + 1, b'x');
    let output = converse("too-long.txt", &text);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("entrenous: line 2 of "), "{}", stderr(&output));
}

#[test]
fn wrong_arguments_are_a_usage_error() {
    for arguments in [&["demo", "--sed", "1"][..], &["demo", "--seed", "x"], &["dmo"], &[]] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    for arguments in [&["demo"][..], &["demo", "--conversation", "-"]] {
        let mut child =
            entrenous(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn help_has_examples_and_version_is_told() {
    for (arguments, words) in [
        (&["--help"][..], "entrenous --drop /shared publish"),
        (&["--help"], "demo "),
        (&["demo", "--help"], "entrenous demo --conversation notes.txt"),
    ] {
        let output = run(arguments);
        assert!(output.status.success());
        assert!(stdout(&output).contains(words), "{words}");
    }
    assert_eq!(stdout(&run(&["--version"])), concat!("entrenous ", env!("CARGO_PKG_VERSION"), "\n"));
}
