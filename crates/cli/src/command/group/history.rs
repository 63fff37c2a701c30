//! What was written in a group.

use clap::Args;

use super::is_joined;
use crate::{
    command::{
        Options, Out,
        history::{LAST, show},
    },
    history::Conversation,
    messenger::{Account, Trouble},
};

/// Show what was written in a group.
#[derive(Clone, Debug, Args)]
pub struct History {
    /// The title, or the first digits of the id
    #[arg(value_name = "GROUP")]
    pub group: String,

    /// How many of the newest; 0 for all
    #[arg(long, value_name = "N", default_value_t = LAST)]
    pub last: usize,
}

impl History {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut account = Account::open(options)?;
        account.keep_inbox()?;
        let group = account.group_called(&self.group, is_joined)?.group;
        let place = format!(" in {}", account.known_names()?.group(&group));
        show(&mut account, Some(Conversation::Group(group)), self.last, &place, out)
    }
}
