//! `send`: writes a message.

use std::io;

use clap::Args;
use entrenous::{AccountId, Destination};

use super::{Options, Out, say_how_it_ends, writing};
use crate::{
    args::Input,
    history::{Conversation, Delivery},
    lines::{LineError, Lines},
    messenger::{Complaints, Messenger, Said, Trouble, is_of},
    name::ContactName,
    terminal::{Exit, visible_path},
};

const EXAMPLES: &str = "\
Examples:
  entrenous send bob 'see you at nine'   others on this machine may see it in the list of processes
  entrenous send bob <letter.txt         from standard input, as one message
  tail -f log | entrenous send bob --lines";

/// Send a message: a text, or what comes from standard input.
///
/// Any bytes will do, almost up to 16 MiB, but there have to be some; a text from standard input loses the line feed at its
/// end. It waits in the drop folder until the contact's devices collect it. Once it is in your history it is sent, exactly
/// once, whatever happens to this process: by it, or by the next `send`, `receive` or `publish`.
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

    /// Send each line of standard input as a message of its own, but for empty ones
    #[arg(long)]
    pub lines: bool,
}

impl Send {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut messenger = writing::open(options)?;
        messenger.old_keys = self.take_old_key;
        let to = messenger.account.named(&self.name)?;
        messenger.look_before_sending(to)?;
        messenger.ensure_reached(&to, &self.name)?;
        let mut complaints = Complaints::default();
        if self.lines {
            say_how_it_ends("Each line is a message");
            let mut lines = Lines::new(io::stdin().lock());
            while let Some(line) = lines.next_line().map_err(unreadable)? {
                if !line.is_empty() {
                    self.send(&mut messenger, &to, line, &mut complaints, out)?;
                }
            }
        } else {
            let content = writing::content(self.text.as_deref())?;
            self.send(&mut messenger, &to, content, &mut complaints, out)?;
        }
        writing::carry(&mut messenger, &mut complaints, out)
    }

    fn send(
        &self,
        messenger: &mut Messenger,
        to: &AccountId,
        content: Vec<u8>,
        complaints: &mut Complaints,
        out: &mut Out,
    ) -> Result<(), Trouble> {
        let is_his = |place: &Destination| is_of(to, place);
        let written = writing::write(messenger, &Conversation::Contact(*to), content, is_his, complaints)?;
        let done = &written.dispatched;
        let waiting = done.unreached.iter().filter(|device| device.account == *to).count();
        let crowded = done.crowded.iter().any(|(place, _)| is_his(place));
        let absent = done.absent.iter().any(is_his);
        let place = visible_path(messenger.transport.place());
        let words = self.words(written.delivery, waiting, crowded, absent.then_some(place));
        written.say(Said::new("sent", words).with("name", self.name.as_str()), waiting, out)
    }

    /// What has become of the message. `absent` is the drop folder that the contact is not in.
    fn words(&self, delivery: Delivery, waiting: usize, crowded: bool, absent: Option<String>) -> String {
        let name = &self.name;
        let mut words = match delivery {
            Delivery::Sent => format!("Sent to {name}."),
            _ => format!("The message to {name} waits."),
        };
        if let Some(place) = absent {
            words.push_str(&format!(
                " {name} has published nothing in the drop folder {place}: is it the one that {name} uses?"
            ));
        }
        match waiting {
            0 => {}
            1 => words.push_str(&format!(
                " With 1 device of {name}'s there is no session: it gets the message once it has published."
            )),
            several => words.push_str(&format!(
                " With {several} devices of {name}'s there is no session: they get the message once they have published."
            )),
        }
        if crowded {
            words.push_str(" The mailbox is full: it goes there when there is room.");
        }
        words
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
