//! `send`: writes a message.

use std::io::{self, Read};

use clap::Args;
use entrenous::{AccountId, Destination, Error};

use super::{Options, Out};
use crate::{
    args::Input,
    history::Delivery,
    lines::{LineError, Lines, MAX_LINE},
    messenger::{Messenger, Said, Trouble, sync},
    name::ContactName,
    terminal::{Exit, Tone},
    text::{counted, len_of},
};

const EXAMPLES: &str = "\
Examples:
  entrenous send bob 'see you at nine'   others on this machine may see it in the list of processes
  entrenous send bob <letter.txt         from standard input, as one message
  tail -f log | entrenous send bob --lines";

/// Send a message: a text, or what comes from standard input.
///
/// Any bytes will do, almost up to 16 MiB. It waits in the drop folder until the contact's devices collect it. Once it is in
/// your history it is sent, exactly once, whatever happens to this process: by it or by the next command.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Send {
    /// The contact
    #[arg(value_name = "NAME")]
    pub name: ContactName,

    /// The message (`-`: from standard input) [default: -]
    #[arg(value_name = "TEXT", conflicts_with = "lines")]
    pub text: Option<String>,

    /// Use a key of the contact that has expired, if there is no other: it has not been there for 90 days
    #[arg(long)]
    pub take_old_key: bool,

    /// Send each line of standard input as a message of its own
    #[arg(long)]
    pub lines: bool,
}

impl Send {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut messenger = Messenger::open(options)?;
        messenger.old_keys = self.take_old_key;
        let to = messenger.account.named(&self.name)?;
        messenger.ensure_reached(&to, &self.name)?;
        if self.lines {
            let mut lines = Lines::new(io::stdin().lock());
            while let Some(line) = lines.next_line().map_err(unreadable)? {
                self.send(&mut messenger, &to, line, out)?;
            }
        } else {
            let content = match self.text.as_deref() {
                None | Some("-") => read_all()?,
                Some(text) => text.as_bytes().to_vec(),
            };
            self.send(&mut messenger, &to, content, out)?;
        }
        let pass = messenger.pass()?;
        let new = messenger.account.history.count(&[Delivery::New])?;
        if new > 0 && pass.collected.opened > 0 && !out.is_json() {
            let words = format!("{} came meanwhile: `entrenous receive`", counted(len_of(new), "message"));
            out.say(&Said::new("new", words).toned(Tone::Faint))?;
        }
        Ok(())
    }

    fn send(
        &self,
        messenger: &mut Messenger,
        to: &AccountId,
        content: Vec<u8>,
        out: &mut Out,
    ) -> Result<(), Trouble> {
        let number = messenger.queue(to, sync::now(), content)?;
        let kept = |trouble: Trouble| {
            let words =
                format!("{trouble}\nThe message is kept, and sent with the next command that succeeds.");
            Trouble::said(trouble.exit(), words)
        };
        let done = messenger.dispatch().map_err(kept)?;
        if let Some((_, error)) = done.failed.into_iter().find(|(failed, _)| *failed == number) {
            return Err(error.into());
        }
        let row = messenger.account.history.row(number)?;
        let Some(row) = row.filter(|row| row.delivery == Delivery::Sent) else {
            let delayed = done.delayed.into_iter().find(|(account, _)| account == to);
            let trouble = delayed.map_or(Error::Busy, |(_, error)| error).into();
            return Err(kept(trouble));
        };
        let waiting = done.unreached.iter().filter(|device| device.account == *to).count();
        let name = &self.name;
        let mut words = format!("Sent to {name}.");
        if waiting > 0 {
            let devices = counted(len_of(waiting), "device");
            words.push_str(&format!(
                " {devices} of {name}'s had no session: they get it once they have published."
            ));
        }
        if done
            .crowded
            .iter()
            .any(|(place, _)| matches!(place, Destination::Device(device) if device.account == *to))
        {
            words.push_str(" The mailbox is full: it goes there when there is room.");
        }
        let said = Said::new("sent", words)
            .with("name", name.as_str())
            .with("number", number)
            .with("id", row.message.map(|id| id.to_string()))
            .with("devices_waiting", waiting);
        Ok(out.say(&said)?)
    }
}

fn read_all() -> Result<Vec<u8>, Trouble> {
    let mut content = Vec::new();
    // one byte more than allowed shows what is too long
    let read = io::stdin().lock().take(MAX_LINE + 1).read_to_end(&mut content);
    match read.map_err(|error| Trouble::Input(Input::Standard, error))? {
        read if len_of(read) > MAX_LINE => Err(Error::TooLong.into()),
        _ => Ok(content),
    }
}

fn unreadable(error: LineError) -> Trouble {
    match error {
        LineError::Io(error) => Trouble::Input(Input::Standard, error),
        LineError::TooLong(line) => Trouble::said(
            Exit::Usage,
            format!("line {line} is longer than a message can be: the lines before it were sent"),
        ),
    }
}
