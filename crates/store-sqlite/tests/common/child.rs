//! This test binary once more, as a process of its own that can be killed.

use core::time::Duration;
use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
};

/// Where the child is told what to do; a run of all tests finds nothing there.
const TASK: &str = "ENTRENOUS_TEST_CHILD";

/// Long enough for a slow machine; a child that says nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the child has been told: a task, the file, a number.
pub(crate) fn task() -> Option<(String, String, u64)> {
    let task = env::var(TASK).ok()?;
    let parts: Vec<_> = task.split('|').collect();
    let [what, file, number] = parts.as_slice() else { panic!("a task of three parts") };
    Some(((*what).into(), (*file).into(), number.parse().unwrap()))
}

/// Says a line to the parent.
pub(crate) fn say(line: impl core::fmt::Display) {
    // the harness may have left its own line unfinished
    println!("\n={line}");
}

/// A child at work, and what it says.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
}

/// The command for the child; `binary` is this one, or a copy of it.
pub(crate) fn command(binary: &Path, what: &str, file: &Path, number: u64) -> Command {
    let mut command = Command::new(binary);
    command.args(["child", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(TASK, format!("{what}|{}|{number}", file.display()));
    command
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let said = output.lines().map_while(Result::ok);
            said.filter_map(|line| line.strip_prefix('=').map(str::to_owned))
                .try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    pub(crate) fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a child that goes on")
    }

    /// What it has said and nobody has read.
    pub(crate) fn said(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// Kills it at once (SIGKILL); what it had said and nobody had read.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.iter().collect()
    }

    /// What it says until it ends, well.
    pub(crate) fn finish(mut self) -> Vec<String> {
        let said = self.lines.iter().collect();
        assert!(self.child.wait().unwrap().success());
        said
    }
}

/// A number from the environment, for longer runs.
pub(crate) fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |value| value.parse().unwrap())
}
