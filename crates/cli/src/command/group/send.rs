//! Writing to a group.

use clap::Args;
use entrenous::{Destination, Error, GroupId};

use super::{carry, is_joined};
use crate::{
    command::{
        Options, Out,
        send::{kept, not_kept, read_all},
    },
    history::{Conversation, Delivery},
    messenger::{Complaints, Messenger, Said, Trouble, names::Known, sync},
    terminal::Exit,
    text::{counted, len_of},
};

/// Write to a group: a text, or what comes from standard input.
///
/// It is as with `send`: once the message is in your history it is sent, exactly once. All of the group's devices get it.
#[derive(Clone, Debug, Args)]
pub struct Send {
    /// The title, or the first digits of the id
    #[arg(value_name = "GROUP")]
    pub group: String,

    /// The message, its words as they stand (`-`: from standard input) [default: -]
    #[arg(value_name = "TEXT")]
    pub text: Vec<String>,
}

impl Send {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut messenger = Messenger::open(options).map_err(not_kept)?;
        let group = messenger.account.group_called(&self.group, is_joined)?;
        if !is_joined(group.standing) {
            return Err(Error::NotInGroup.into());
        }
        match messenger.look_for_lists([]) {
            // what can't be read now is no reason not to keep the message
            Ok(()) | Err(Trouble::Transport(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        messenger.account.refuse_if_removed()?;
        let content = match self.text.join(" ") {
            text if text.is_empty() && self.text.is_empty() || text == "-" => read_all()?,
            text => text.into_bytes(),
        };
        if content.is_empty() {
            return Err(Trouble::said(Exit::Usage, "a message can't be empty: nothing was sent"));
        }
        // what changed in the group meanwhile decides who can read it
        messenger.collect()?;
        match messenger.reach_group(&group.group) {
            Ok(()) | Err(Trouble::Transport(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        send(&mut messenger, &group.group, content, out)?;
        carry(&mut messenger)
    }
}

fn send(messenger: &mut Messenger, group: &GroupId, content: Vec<u8>, out: &mut Out) -> Result<(), Trouble> {
    let place = Conversation::Group(*group);
    let number = messenger.queue(&place, sync::now(), content)?;
    let dispatched = messenger.dispatch();
    let row = messenger.account.history.row(number)?;
    let delivery = row.as_ref().map_or(Delivery::Failed, |row| row.delivery);
    let id = row.and_then(|row| row.message);
    let missing = messenger.account.client.missing_group_devices(group).unwrap_or_default();
    let trouble = match dispatched {
        Err(trouble) => Some(kept(&trouble)),
        Ok(mut done) => {
            let failed = done.failed.iter().position(|(failed, _)| *failed == number);
            let trouble = match (failed, delivery) {
                (Some(at), _) => Some(done.failed.swap_remove(at).1.into()),
                (None, Delivery::Sent) => None,
                (None, Delivery::Waiting) => {
                    let devices = group_places(messenger, group);
                    let theirs = done.troubles.iter().position(|(place, _)| devices.contains(place));
                    theirs.map(|at| kept(&done.troubles.remove(at).1))
                }
                (None, _) => {
                    let delayed = done.delayed.into_iter().find(|(of, _)| *of == place);
                    Some(kept(&delayed.map_or(Error::Busy, |(_, error)| error).into()))
                }
            };
            // nobody else's place makes this message fail
            Complaints::default().say(done.troubles.into_iter().map(|(_, trouble)| trouble));
            trouble
        }
    };
    let names = messenger.account.known_names()?;
    let said = Said::new("sent", words(group, delivery, missing.len(), &names))
        .with("group", group.to_string())
        .with("title", names.title_of(group))
        .with("number", number)
        .with("id", id.map(|id| id.to_string()))
        .with("state", delivery.word())
        .with("devices_waiting", missing.len());
    // a person reads it in the error
    if trouble.is_none() || out.is_json() {
        out.say(&said)?;
    }
    trouble.map_or(Ok(()), Err)
}

/// The mailboxes of a group's devices.
fn group_places(messenger: &mut Messenger, group: &GroupId) -> Vec<Destination> {
    let members = messenger.account.client.group(group).map(|status| status.members).unwrap_or_default();
    let places = members.into_iter().flat_map(|member| {
        let account = member.account;
        member.devices.into_iter().map(move |device| entrenous::Address { account, device }.into())
    });
    places.collect()
}

fn words(group: &GroupId, delivery: Delivery, missing: usize, names: &Known) -> String {
    let called = names.group(group);
    let mut words = match delivery {
        Delivery::Sent => format!("Sent to {called}."),
        _ => format!("The message to {called} waits."),
    };
    if missing > 0 {
        let devices = counted(len_of(missing), "device");
        words.push_str(&format!(
            " With {devices} there is no session yet: the message can be read there once there is one."
        ));
    }
    words
}
