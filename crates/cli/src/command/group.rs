//! `group`: people who write to one another together.

use clap::{Args, Subcommand, ValueEnum};
use entrenous::{GroupAct, GroupRole, GroupStanding};

use super::{Options, Out, writing};
use crate::{
    messenger::{Complaints, Messenger, Trouble},
    name::ContactName,
};

mod change;
mod history;
mod invite;
mod list;
mod send;
mod show;

const EXAMPLES: &str = "\
Examples:
  entrenous group create 'walk on sunday'
  entrenous group invite walk bob        bob is asked, and `group join` over there takes part
  entrenous group send walk 'at nine'
  entrenous group show walk              who is in, and what the members may compare
  entrenous group remove walk bob        nobody writes in keys that bob has from then on
  entrenous group history walk --last 10

GROUP is the title, or the first digits of the id, as `group list` shows it.";

/// Make groups, change them, and write to them.
///
/// Who is in a group its members sign, and whoever carries the messages can't add anybody. An invitation is shown, and
/// nothing more of the group, until you join.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Group {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with groups.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Make a group, with you as its one member and first admin
    Create {
        /// What it is called: at most 256 bytes. Everybody who is invited sees it
        #[arg(value_name = "TITLE")]
        title: String,
    },
    /// Show the groups that you are in, or invited to
    List,
    /// Show a group's members, who may change it, and what members may compare
    Show {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,
    },
    /// Let a contact in, who is asked first
    Invite {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,

        /// The contact
        #[arg(value_name = "NAME")]
        name: ContactName,

        /// Use a key of the contact that has expired, if there is no other: it has not been there for 90 days
        #[arg(long)]
        take_old_key: bool,
    },
    /// Take part in a group that you were invited to
    Join {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,
    },
    /// Remove a member: it can't read what is written from then on
    Remove {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,

        /// The member's name, or the first digits of its account, as `group show` has them
        #[arg(value_name = "NAME")]
        who: String,

        /// Undo what the member has done to the group as well
        #[arg(long)]
        undo: bool,
    },
    /// Say whether a member may change the group
    Role {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,

        /// The member's name, or the first digits of its account, as `group show` has them
        #[arg(value_name = "NAME")]
        who: String,

        /// What the member may do
        #[arg(value_name = "ROLE")]
        role: Role,
    },
    /// Give a group another title
    Rename {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,

        /// At most 256 bytes
        #[arg(value_name = "TITLE")]
        title: String,
    },
    /// Ask all members to take new keys before they write again: somebody's device was in other hands
    NewKeys {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,
    },
    /// Leave a group, or refuse an invitation
    Leave {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,
    },
    /// Forget a group: who is in it, and its keys. The history stays, and the others don't learn of it: `group leave` first
    Forget {
        /// The title, or the first digits of the id
        #[arg(value_name = "GROUP")]
        group: String,

        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Write to a group: a text, or what comes from standard input
    Send(send::Send),
    /// Show what was written in a group
    History(history::History),
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Write, and leave
    Member,
    /// Change the group as well
    Admin,
}

impl From<Role> for GroupRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
        }
    }
}

impl Group {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        match self.action {
            Action::Create { title } => change::create(options, &title, out),
            Action::List => list::list(options, out),
            Action::Show { group } => show::show(options, &group, out),
            Action::Invite { group, name, take_old_key } => {
                invite::invite(options, &group, &name, take_old_key, out)
            }
            Action::Join { group } => invite::join(options, &group, out),
            Action::Remove { group, who, undo } => change::remove(options, &group, &who, undo, out),
            Action::Role { group, who, role } => change::role(options, &group, &who, role.into(), out),
            Action::Rename { group, title } => {
                change::check(&title)?;
                change::change(options, &group, GroupAct::Rename(&title), out)
            }
            Action::NewKeys { group } => change::change(options, &group, GroupAct::NewKeys, out),
            Action::Leave { group } => change::leave(options, &group, out),
            Action::Forget { group, yes } => change::forget(options, &group, yes, out),
            Action::Send(send) => send.run(options, out),
            Action::History(history) => history.run(options, out),
        }
    }
}

/// Whether the user takes part.
pub(super) fn is_joined(standing: Option<GroupStanding>) -> bool {
    standing == Some(GroupStanding::Joined)
}

/// Whether the user is asked to.
pub(super) fn is_invited(standing: Option<GroupStanding>) -> bool {
    matches!(standing, Some(GroupStanding::Invited { .. }))
}

/// Carries what was done to the others: what can't be reached now gets it with the next pass.
fn carry(messenger: &mut Messenger, out: &mut Out) -> Result<(), Trouble> {
    writing::carry(messenger, &mut Complaints::default(), out)
}
