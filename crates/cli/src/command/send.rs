//! `send`: writes a message.

use std::io::{self, Read};

use clap::Args;
use entrenous::{AccountId, Destination, Error};

use super::{Options, Out, say_how_it_ends};
use crate::{
    args::Input,
    history::{Conversation, Delivery},
    lines::{LineError, Lines, MAX_LINE},
    messenger::{Complaints, Messenger, Said, Trouble, is_of, sync},
    name::ContactName,
    terminal::{Exit, Tone, visible_path},
    text::{counted, len_of},
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
        let mut messenger = Messenger::open(options).map_err(not_kept)?;
        messenger.old_keys = self.take_old_key;
        let to = messenger.account.named(&self.name)?;
        match messenger.look_for_lists([to]) {
            // what can't be read now is no reason not to keep the message
            Ok(()) | Err(Trouble::Transport(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        messenger.account.refuse_if_removed()?;
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
            let content = match self.text.as_deref() {
                None | Some("-") => read_all()?,
                Some(text) => text.as_bytes().to_vec(),
            };
            if content.is_empty() {
                return Err(Trouble::said(Exit::Usage, "a message can't be empty: nothing was sent"));
            }
            self.send(&mut messenger, &to, content, &mut complaints, out)?;
        }
        let pass = match messenger.pass() {
            Ok(pass) => pass,
            // what was written is sent or waits: who tried again would write it twice
            Err(trouble) if is_of_elsewhere(&trouble) => {
                complaints.say([trouble]);
                return Ok(());
            }
            Err(trouble) => return Err(trouble),
        };
        let new = messenger.account.history.count(&[Delivery::New])?;
        if new > 0 && pass.collected.opened > 0 && !out.is_json() {
            let words = format!("{} came meanwhile: `entrenous receive`", counted(len_of(new), "message"));
            out.say(&Said::new("new", words).toned(Tone::Faint))?;
        }
        complaints.say(pass.troubles());
        Ok(())
    }

    fn send(
        &self,
        messenger: &mut Messenger,
        to: &AccountId,
        content: Vec<u8>,
        complaints: &mut Complaints,
        out: &mut Out,
    ) -> Result<(), Trouble> {
        let number = messenger.queue(&Conversation::Contact(*to), sync::now(), content)?;
        let dispatched = messenger.dispatch();
        let row = messenger.account.history.row(number)?;
        let delivery = row.as_ref().map_or(Delivery::Failed, |row| row.delivery);
        let id = row.and_then(|row| row.message);
        let (words, waiting, trouble) = match dispatched {
            Err(trouble) => (String::new(), 0, Some(kept(&trouble))),
            Ok(mut done) => {
                let is_his = |place: &Destination| is_of(to, place);
                let his = done.troubles.iter().position(|(place, _)| is_his(place));
                let his = his.filter(|_| delivery == Delivery::Waiting).map(|at| done.troubles.remove(at).1);
                // nobody else's place makes this message fail
                complaints.say(done.troubles.into_iter().map(|(_, trouble)| trouble));
                let waiting = done.unreached.iter().filter(|device| device.account == *to).count();
                let failed = done.failed.iter().position(|(failed, _)| *failed == number);
                let trouble = match (failed, delivery) {
                    (Some(at), _) => Some(done.failed.swap_remove(at).1.into()),
                    (None, Delivery::Sent) => None,
                    (None, Delivery::Waiting) => his.map(|trouble| kept(&trouble)),
                    (None, _) => {
                        let delayed =
                            done.delayed.into_iter().find(|(place, _)| *place == Conversation::Contact(*to));
                        Some(kept(&delayed.map_or(Error::Busy, |(_, error)| error).into()))
                    }
                };
                let crowded = done.crowded.iter().any(|(place, _)| is_his(place));
                let absent = done.absent.iter().any(is_his);
                let place = visible_path(messenger.transport.place());
                (self.words(delivery, waiting, crowded, absent.then_some(place)), waiting, trouble)
            }
        };
        let said = Said::new("sent", words)
            .with("name", self.name.as_str())
            .with("number", number)
            .with("id", id.map(|id| id.to_string()))
            .with("state", delivery.word())
            .with("devices_waiting", waiting);
        // a person reads it in the error
        if trouble.is_none() || out.is_json() {
            out.say(&said)?;
        }
        trouble.map_or(Ok(()), Err)
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

/// Whether it says nothing of the message: the drop folder, or another process.
pub(super) fn is_of_elsewhere(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Transport(_)) || trouble.exit() == Exit::Temporary
}

/// The message is in the history, and was not handed over.
pub(super) fn kept(trouble: &Trouble) -> Trouble {
    let words = format!(
        "{trouble}\nThe message is kept, and waits: the next `entrenous send`, `entrenous receive` or \
         `entrenous publish` that succeeds sends it."
    );
    Trouble::said(trouble.exit(), words)
}

/// Without the drop folder nothing has begun.
pub(super) fn not_kept(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Transport(error) => {
            Trouble::said(error.exit(), format!("{error}. The message was not kept: write it again then"))
        }
        trouble => trouble,
    }
}

/// All of standard input. A text loses the line feed at its end, which is the shell's.
pub(super) fn read_all() -> Result<Vec<u8>, Trouble> {
    say_how_it_ends("Write the message");
    let mut content = Vec::new();
    // two bytes more than allowed show what is too long
    let read = io::stdin().lock().take(MAX_LINE + 2).read_to_end(&mut content);
    read.map_err(|error| Trouble::Input(Input::Standard, error))?;
    if content.last() == Some(&b'\n') && std::str::from_utf8(&content).is_ok() {
        content.pop();
    }
    if len_of(content.len()) > MAX_LINE { Err(Error::TooLong.into()) } else { Ok(content) }
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
