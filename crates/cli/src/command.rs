//! The messenger's commands as they are typed. Each file has one command: its arguments, and what it does.

use std::{
    io::{self, StdoutLock},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use entrenous::ShortString;

use crate::{
    home::{Home, HomeError, default_drop, default_home},
    messenger::Trouble,
    terminal::{Color, Exit, Output, Palette, PassphraseSource, visible_path},
};

pub mod add;
mod card;
pub mod contacts;
pub mod devices;
pub mod group;
pub mod history;
pub mod init;
pub mod passphrase;
pub mod publish;
mod reading;
pub mod receive;
pub mod send;
pub mod status;
pub mod verify;
mod writing;

use reading::{answer, argument_or_input, file_or_input, say_how_it_ends};

/// What the help of the program ends with: the first steps, and the exit codes.
pub fn first_steps() -> String {
    format!("{FIRST_STEPS}\n\n{}", Exit::table())
}

const FIRST_STEPS: &str = "\
First steps (the two share a folder; each has a home of their own):
  entrenous init                     make an account, once
  entrenous --drop /shared publish   now others can write to it; /shared is remembered
  entrenous status --card            what you give to your friends
  entrenous add bob CARD             what Bob gave to you
  entrenous send bob 'hello'
  entrenous receive --follow
  entrenous verify bob               make sure that nobody is in between
  entrenous group create walk        write to several at once";

/// A command of the messenger.
#[derive(Debug, Subcommand)]
pub enum Messaging {
    /// Make an account
    Init(init::Init),
    /// Put keys into the drop folder, so that others can write to this device
    Publish(publish::Publish),
    /// Add a contact
    Add(add::Add),
    /// Make sure that a contact is who you think, by comparing a number or scanning a code
    Verify(verify::Verify),
    /// Send a message: a text, or what comes from standard input
    Send(send::Send),
    /// Receive what has come
    Receive(receive::Receive),
    /// Show what was written
    History(history::History),
    /// List contacts and strangers, accept, renew or forget one
    Contacts(contacts::Contacts),
    /// Make groups, change them, and write to them
    Group(group::Group),
    /// List, link and remove the devices of this account
    Devices(devices::Devices),
    /// Change the passphrase of this home
    Passphrase(passphrase::Passphrase),
    /// Show this account, its keys on offer, and what needs attention
    Status(status::Status),
}

impl Messaging {
    /// Does what was asked.
    pub(crate) fn run(self, options: &Options) -> Result<(), Trouble> {
        let out = Output::new(io::stdout().lock(), options.json, options.palette());
        let mut out = out.typed(options.typed());
        match self {
            Self::Init(init) => init.run(options, &mut out),
            Self::Publish(publish) => publish.run(options, &mut out),
            Self::Add(add) => add.run(options, &mut out),
            Self::Verify(verify) => verify.run(options, &mut out),
            Self::Send(send) => send.run(options, &mut out),
            Self::Receive(receive) => receive.run(options, &mut out),
            Self::History(history) => history.run(options, &mut out),
            Self::Contacts(contacts) => contacts.run(options, &mut out),
            Self::Group(group) => group.run(options, &mut out),
            Self::Devices(devices) => devices.run(options, &mut out),
            Self::Passphrase(passphrase) => passphrase.run(options, &mut out),
            Self::Status(status) => status.run(options, &mut out),
        }
    }
}

/// A short string's pictures, with their names.
fn pictures(string: &ShortString) -> String {
    string.emoji().map(|emoji| format!("{} {}", emoji.picture, emoji.name)).join("  ")
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = visible_path(path);
    let plain = |c: char| c.is_alphanumeric() || "/._-~+,:@%".contains(c);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

/// Where commands write to.
pub(crate) type Out = Output<StdoutLock<'static>>;

/// What every command of the messenger takes, before or after its name.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Messenger options")]
pub struct Options {
    /// Where this account lives: yours alone, never shared [default: entrenous in the XDG data directory]
    #[arg(long, global = true, value_name = "DIR", env = "ENTRENOUS_HOME", hide_env_values = true)]
    home: Option<PathBuf>,

    /// The folder through which messages go; it needs no trust. The home remembers the first one that was used
    /// [default: that one; before, entrenous-drop in the XDG data directory]
    #[arg(long, global = true, value_name = "DIR", env = "ENTRENOUS_DROP", hide_env_values = true)]
    drop: Option<PathBuf>,

    /// Go over to the folder of --drop, in the place of the one that this home has used: what waits there stays there
    #[arg(long, global = true)]
    change_drop: bool,

    /// Write one JSON object a line, for scripts
    #[arg(long, global = true)]
    pub json: bool,

    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    color: Color,

    /// Read the passphrase from the first line of FILE, which only you may read
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ENTRENOUS_PASSPHRASE_FILE",
        hide_env_values = true
    )]
    passphrase_file: Option<PathBuf>,

    /// Read the passphrase from this open file descriptor; goes before --passphrase-file
    #[arg(long, global = true, value_name = "NUMBER")]
    passphrase_fd: Option<u32>,
}

impl Options {
    /// The home directory that was named, or the default one.
    ///
    /// # Errors
    /// [`HomeError::NoDefault`].
    pub fn home(&self) -> Result<PathBuf, HomeError> {
        self.home.clone().map_or_else(default_home, Ok)
    }

    /// The drop folder that was named, or the default one.
    ///
    /// # Errors
    /// [`HomeError::NoDefault`].
    pub fn drop(&self) -> Result<PathBuf, HomeError> {
        self.drop.clone().map_or_else(default_drop, Ok)
    }

    /// Whether somebody has named the drop folder.
    pub(crate) fn names_drop(&self) -> bool {
        self.drop.is_some()
    }

    /// Whether the home is to use another drop folder than before.
    pub(crate) fn changes_drop(&self) -> bool {
        self.change_drop
    }

    /// How this user has to call the program to come to the same account, so that a command that is shown can be typed.
    pub(crate) fn typed(&self) -> String {
        let mut typed = "entrenous".to_owned();
        let of_environment = |name: &str, path: &Path| std::env::var_os(name).is_some_and(|set| set == path);
        let remembered = || self.home().and_then(|home| Home::open(&home)?.drop_folder()).ok().flatten();
        let drop = self.drop.as_ref().filter(|_| remembered().is_none());
        for (option, variable, path) in [
            ("--home", "ENTRENOUS_HOME", self.home.as_ref()),
            ("--drop", "ENTRENOUS_DROP", drop),
            ("--passphrase-file", "ENTRENOUS_PASSPHRASE_FILE", self.passphrase_file.as_ref()),
        ] {
            if let Some(path) = path.filter(|path| !of_environment(variable, path)) {
                typed.push_str(&format!(" {option} {}", quoted(path)));
            }
        }
        typed
    }

    /// Colour for standard output.
    pub fn palette(&self) -> Palette {
        Palette::of(self.color, &io::stdout())
    }

    /// Where the passphrase comes from.
    pub fn passphrase(&self) -> PassphraseSource {
        match (self.passphrase_fd, &self.passphrase_file) {
            (Some(number), _) => PassphraseSource::Descriptor(number),
            (None, Some(path)) => PassphraseSource::File(path.clone()),
            (None, None) => PassphraseSource::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "entrenous", after_help = first_steps())]
    struct Program {
        #[command(flatten)]
        options: Options,
        #[command(subcommand)]
        command: Messaging,
    }

    /// Words as a shell takes them apart: what stands between quotes is one.
    fn parse(line: &str) -> Result<Program, clap::Error> {
        let parts = line.split('\'').enumerate();
        Program::try_parse_from(parts.flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        }))
    }

    /// What is typed in the examples of a command and its subcommands.
    fn examples(command: &clap::Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let typed = help.lines().filter_map(|line| {
            let line = line.trim_start();
            let line = line.rsplit_once("| ").map_or(line, |(_, line)| line);
            line.starts_with("entrenous ").then(|| line.split("  ").next().unwrap_or(line))
        });
        let typed = typed.map(|line| line.split(" <").next().unwrap_or(line).to_owned());
        typed.chain(command.get_subcommands().flat_map(examples)).collect()
    }

    #[test]
    fn the_arguments_are_consistent() {
        Program::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples_and_they_are_right() {
        for command in Program::command().get_subcommands() {
            let name = command.get_name();
            let mine = examples(command);
            assert!(!mine.is_empty() && mine.iter().all(|line| line.contains(name)), "{name}: {mine:?}");
        }
        for line in examples(&Program::command()) {
            assert!(parse(&line).is_ok(), "{line}: {:?}", parse(&line));
        }
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        for line in [
            "entrenous --home /h --drop /d --json status --passphrase-fd 3",
            "entrenous status --drop /d --home /h --json --passphrase-file /x --passphrase-fd 3",
        ] {
            let Program { options, .. } = parse(line).expect("right");
            assert_eq!(options.home().expect("named"), PathBuf::from("/h"));
            assert_eq!(options.drop().expect("named"), PathBuf::from("/d"));
            assert!(options.json);
            assert_eq!(options.passphrase(), PassphraseSource::Descriptor(3));
        }
    }

    #[test]
    fn commands_have_the_options_that_were_typed() {
        let line = "entrenous --home '/my home' --drop /d --passphrase-file /p status";
        let Program { options, .. } = parse(line).expect("right");
        let typed = options.typed();
        assert_eq!(typed, "entrenous --home '/my home' --drop /d --passphrase-file /p");
        assert!(parse(&format!("{typed} publish")).is_ok());
        assert_eq!(quoted(Path::new("it's")), "'it'\\''s'");
    }

    #[test]
    fn no_argument_takes_a_passphrase() {
        let mut arguments = Vec::new();
        let program = Program::command();
        for command in program.get_subcommands().chain([&program]) {
            let with_value = command.get_arguments().filter(|argument| argument.get_action().takes_values());
            arguments.extend(with_value.map(|argument| argument.get_id().to_string()));
        }
        let of_passphrase: Vec<&String> = arguments.iter().filter(|name| name.contains("pass")).collect();
        assert_eq!(of_passphrase, ["new_passphrase_file", "passphrase_file", "passphrase_fd"]);
    }
}
