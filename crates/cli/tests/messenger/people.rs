//! People with a home each, who share a drop folder.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// A directory with the drop folder and the homes, removed when the test succeeds.
#[derive(Debug)]
pub(crate) struct World(PathBuf);

impl World {
    pub(crate) fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("messenger").join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("drop")).expect("created");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Somebody without an account.
    pub(crate) fn nobody(&self, name: &str) -> Person {
        Person { home: self.path(name), drop: self.path("drop") }
    }

    /// Somebody with an account who has published.
    pub(crate) fn person(&self, name: &str) -> Person {
        let person = self.nobody(name);
        person.does(&["init"]);
        person.does(&["publish"]);
        person
    }

    /// The directory of a person's mail.
    pub(crate) fn mailbox(&self, of: &Person) -> PathBuf {
        let status = &of.records(&["status"])[0];
        let part = |name: &str| status[name].as_str().expect("text").to_owned();
        self.path("drop").join("v1/mail").join(part("account")).join(part("device"))
    }

    /// Envelopes that wait for a person.
    pub(crate) fn mail_of(&self, of: &Person) -> Vec<PathBuf> {
        let mailbox = self.mailbox(of);
        of.mail().into_iter().filter(|path| path.starts_with(&mailbox)).collect()
    }

    /// Two who know each other.
    pub(crate) fn two(&self) -> (Person, Person) {
        let (alice, bob) = (self.person("alice"), self.person("bob"));
        alice.does(&["add", "bob", &bob.account()]);
        bob.does(&["add", "alice", &alice.account()]);
        (alice, bob)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Somebody at a machine.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) home: PathBuf,
    pub(crate) drop: PathBuf,
}

impl Person {
    /// The command, its output to be read.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.plain(&[]);
        command.arg("--drop").arg(&self.drop).args(arguments);
        command
    }

    /// The command without a drop folder.
    pub(crate) fn plain(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entrenous"));
        command.arg("--home").arg(&self.home).args(arguments);
        // what nobody names is not the tester's
        command.env("XDG_DATA_HOME", self.home.with_extension("data"));
        for variable in ["ENTRENOUS_HOME", "ENTRENOUS_DROP", "ENTRENOUS_PASSPHRASE_FILE", "NO_COLOR"] {
            command.env_remove(variable);
        }
        // beside the home, and of no other test
        command.env("XDG_STATE_HOME", self.home.with_extension("state"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn runs(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    /// Runs a command that succeeds, and gives what it said.
    pub(crate) fn does(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs a command that fails with this exit code, and gives its complaint.
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).expect("text")
    }

    /// Runs a command on standard input.
    pub(crate) fn given(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("it runs");
        child.stdin.take().expect("piped").write_all(input).expect("it reads");
        child.wait_with_output().expect("it ends")
    }

    /// Runs a command that succeeds on standard input.
    pub(crate) fn does_with(&self, arguments: &[&str], input: &[u8]) -> String {
        let output = self.given(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// What a command says to a script.
    pub(crate) fn records(&self, arguments: &[&str]) -> Vec<Value> {
        let arguments = [&["--json"], arguments].concat();
        self.does(&arguments).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    pub(crate) fn account(&self) -> String {
        let status = &self.records(&["status"])[0];
        status["account"].as_str().expect("an id").to_owned()
    }

    /// The messages of the whole history: direction and text.
    pub(crate) fn history(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let rows = self.records(&["history", "--last", "0"]).into_iter();
        let messages = rows.filter(|row| row["type"] == "message");
        messages.map(|row| (text(&row["direction"]), text(&row["text"]))).collect()
    }

    /// The texts that have come.
    pub(crate) fn received(&self) -> Vec<String> {
        let came = self.history().into_iter().filter(|(direction, _)| direction == "received");
        came.map(|(_, text)| text).collect()
    }

    /// The texts that were written here.
    pub(crate) fn written(&self) -> Vec<String> {
        let sent = self.history().into_iter().filter(|(direction, _)| direction == "sent");
        sent.map(|(_, text)| text).collect()
    }

    /// Envelopes that wait in all mailboxes. What a killed process has left half-written under a name of its own is
    /// none, and swept later.
    pub(crate) fn mail(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut places = vec![self.drop.join("v1/mail")];
        while let Some(place) = places.pop() {
            for entry in fs::read_dir(place).into_iter().flatten() {
                let path = entry.expect("read").path();
                if path.is_dir() { places.push(path) } else { files.push(path) }
            }
        }
        files
            .retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".new-")));
        files.sort();
        files
    }
}

/// Ends a process as a power cut would.
pub(crate) fn kill(mut child: Child) -> Output {
    child.kill().expect("it runs");
    child.wait_with_output().expect("it ends")
}
