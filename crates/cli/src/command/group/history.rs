//! What was written in a group.

use clap::Args;

use super::is_joined;
use crate::{
    command::{Options, Out},
    history::Conversation,
    messenger::{Account, Said, Saying, Trouble},
    terminal::Tone,
};

/// Messages that are shown unless more are asked for.
const LAST: usize = 50;

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
        let limit = if self.last == 0 { usize::MAX } else { self.last };
        let of_group = Some(Conversation::Group(group));
        let rows = account.history.last(limit, |entry| entry.conversation() == of_group)?;
        let names = account.known_names()?;
        for row in &rows {
            out.say(&Saying { row, names: &names })?;
        }
        if rows.is_empty() && !out.is_json() {
            let words = format!("Nothing was written in {} yet.", names.group(&group));
            out.say(&Said::new("nothing", words).toned(Tone::Faint))?;
        }
        Ok(())
    }
}
