//! `add`: a contact from what it showed.

use clap::Args;

use super::ContactName;

const EXAMPLES: &str = "\
Examples:
  entrenous add bob CARD          the text under Bob's `status --card`, or in his QR code
  entrenous add bob - <card.txt   from standard input";

/// Add a contact from its card or QR code.
///
/// A card holds the account's id, which nobody can take over. It says nothing about who showed it to you: get it
/// from the person, or compare with `verify`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Add {
    /// What you call the contact; nobody else sees it
    #[arg(value_name = "NAME")]
    pub name: ContactName,

    /// The card's text (`-`: from standard input)
    #[arg(value_name = "CARD")]
    pub card: String,
}
