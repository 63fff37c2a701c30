//! What all share that write: a message is kept in the history first, and what became of it is said.

use std::io::{self, Read};

use entrenous::{Destination, Error, MessageId};

use super::{Options, Out, say_how_it_ends};
use crate::{
    args::Input,
    history::{Conversation, Delivery},
    lines::MAX_LINE,
    messenger::{Complaints, Dispatched, Messenger, Said, Trouble, sync},
    terminal::{Exit, Tone},
    text::{counted, len_of},
};

/// A message that is in the history.
#[derive(Debug)]
pub(super) struct Written {
    number: i64,
    id: Option<MessageId>,
    pub(super) delivery: Delivery,
    /// Why it was not sent, or waits for more than its devices.
    trouble: Option<Trouble>,
    /// What became of it, and of whatever else was to be sent.
    pub(super) dispatched: Dispatched,
}

/// Keeps a message, and sends it. `is_theirs` are the places in the drop folder that it goes to.
pub(super) fn write(
    messenger: &mut Messenger,
    to: &Conversation,
    content: Vec<u8>,
    is_theirs: impl Fn(&Destination) -> bool,
    complaints: &mut Complaints,
) -> Result<Written, Trouble> {
    let number = messenger.queue(to, sync::now(), content)?;
    let (mut dispatched, mut trouble) = match messenger.dispatch() {
        Ok(dispatched) => (dispatched, None),
        Err(trouble) => (Dispatched::default(), Some(kept(&trouble))),
    };
    let row = messenger.account.history.row(number)?;
    let delivery = row.as_ref().map_or(Delivery::Failed, |row| row.delivery);
    let failed = dispatched.failed.iter().position(|(failed, _)| *failed == number);
    let theirs = dispatched.troubles.iter().position(|(place, _)| is_theirs(place));
    if trouble.is_none() {
        trouble = match (failed, delivery) {
            (Some(at), _) => Some(dispatched.failed.swap_remove(at).1.into()),
            (None, Delivery::Sent) => None,
            (None, Delivery::Waiting) => theirs.map(|at| kept(&dispatched.troubles.remove(at).1)),
            (None, _) => {
                let delayed = dispatched.delayed.iter().find(|(place, _)| place == to);
                Some(kept(&delayed.map_or(Error::Busy, |(_, error)| error.clone()).into()))
            }
        };
    }
    // nobody else's place makes this message fail
    complaints.say(dispatched.troubles.drain(..).map(|(_, trouble)| trouble));
    Ok(Written { number, id: row.and_then(|row| row.message), delivery, trouble, dispatched })
}

impl Written {
    /// Says what became of the message, of which `said` tells where it goes. `waiting` devices get it later.
    pub(super) fn say(self, said: Said, waiting: usize, out: &mut Out) -> Result<(), Trouble> {
        let Self { number, id, delivery, trouble, dispatched: _ } = self;
        let said = said
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
}

/// Opens what a message is written with: without the drop folder nothing has begun.
pub(super) fn open(options: &Options) -> Result<Messenger, Trouble> {
    Messenger::open(options).map_err(|trouble| match trouble {
        Trouble::Transport(error) => {
            Trouble::said(error.exit(), format!("{error}. The message was not kept: write it again then"))
        }
        trouble => trouble,
    })
}

/// The message that an argument is, or else standard input.
pub(super) fn content(argument: Option<&str>) -> Result<Vec<u8>, Trouble> {
    let content = match argument {
        None | Some("-") => read_all()?,
        Some(text) => text.as_bytes().to_vec(),
    };
    match content.is_empty() {
        true => Err(Trouble::said(Exit::Usage, "a message can't be empty: nothing was sent")),
        false => Ok(content),
    }
}

/// Does what else is due. What was written or done is sent or waits: who tried again would do it twice.
pub(super) fn carry(
    messenger: &mut Messenger,
    complaints: &mut Complaints,
    out: &mut Out,
) -> Result<(), Trouble> {
    let pass = match messenger.pass() {
        Ok(pass) => pass,
        // it says nothing of what was done: the drop folder, or another process
        Err(trouble) if matches!(trouble, Trouble::Transport(_)) || trouble.exit() == Exit::Temporary => {
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

/// The message is in the history, and was not handed over.
fn kept(trouble: &Trouble) -> Trouble {
    let words = format!(
        "{trouble}\nThe message is kept, and waits: the next `entrenous send`, `entrenous receive` or \
         `entrenous publish` that succeeds sends it."
    );
    Trouble::said(trouble.exit(), words)
}

/// All of standard input. A text loses the line feed at its end, which is the shell's.
fn read_all() -> Result<Vec<u8>, Trouble> {
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
