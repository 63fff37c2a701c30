//! Writing to a group.

use clap::Args;
use entrenous::{Destination, Error, GroupId};

use super::is_joined;
use crate::{
    command::{Options, Out, writing},
    history::{Conversation, Delivery},
    messenger::{Complaints, Messenger, Said, Trouble, is_of},
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

    /// The message (`-`: from standard input) [default: -]
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
}

impl Send {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut messenger = writing::open(options)?;
        let entry = messenger.account.group_called(&self.group, is_joined)?;
        if !is_joined(entry.standing) {
            return Err(Error::NotInGroup.into());
        }
        let content = writing::content(self.text.as_deref())?;
        let mut complaints = Complaints::default();
        // what changed in the group meanwhile decides who can read it
        writing::carry(&mut messenger, &mut complaints, out)?;
        send(&mut messenger, &entry.group, content, &mut complaints, out)
    }
}

fn send(
    messenger: &mut Messenger,
    group: &GroupId,
    content: Vec<u8>,
    complaints: &mut Complaints,
    out: &mut Out,
) -> Result<(), Trouble> {
    let members = match messenger.account.client.group(group) {
        Ok(status) => status.members,
        // it is kept all the same, and sending says why it fails
        Err(Error::NoGroup | Error::Corrupt) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let is_theirs = |place: &Destination| members.iter().any(|member| is_of(&member.account, place));
    let written = writing::write(messenger, &Conversation::Group(*group), content, is_theirs, complaints)?;
    let missing = messenger.account.lacking_in(group)?.len();
    let names = messenger.account.known_names()?;
    let called = names.group(group);
    let mut words = match written.delivery {
        Delivery::Sent => format!("Sent to {called}."),
        _ => format!("The message to {called} waits."),
    };
    if missing > 0 {
        let devices = counted(len_of(missing), "device");
        words.push_str(&format!(
            " With {devices} there is no session yet: the message can be read there once there is one."
        ));
    }
    let said = Said::new("sent", words).with("group", group.to_string()).with("title", names.title_of(group));
    written.say(said, missing, out)
}
