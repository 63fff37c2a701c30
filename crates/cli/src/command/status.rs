//! `status`: this account, and what needs attention.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  entrenous status
  entrenous status --card   your card, as text and QR code, to give to friends
  entrenous status --json";

/// Show this account, its keys on offer, and what needs attention.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Status {
    /// Show this account's card alone: what others need to write to it. It is no secret
    #[arg(long)]
    pub card: bool,
}
