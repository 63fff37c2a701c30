//! `devices`: lists, links and removes devices of this account.

use clap::{Args, Subcommand};
use entrenous::DeviceId;

use super::device_id;

const EXAMPLES: &str = "\
Examples:
  entrenous devices list
  entrenous devices link               shows a code for the new device, once, for five minutes
  entrenous devices remove 0a1b2c3d    contacts stop writing to it with your next message";

/// List, link and remove the devices of this account.
///
/// Linking and removing happen on the primary device, where the account was made.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Devices {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with devices.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Show all devices, and which one this is
    List,
    /// Show a code for a new device, and let it in once you have compared what both show
    Link {
        /// Don't ask: the new device shows this string, which was compared elsewhere
        #[arg(long, value_name = "STRING")]
        matches: Option<String>,
    },
    /// Remove a device for good; its id is never used again
    Remove {
        /// Its id, 8 hexadecimal digits as `devices list` shows it
        #[arg(value_name = "ID", value_parser = device_id)]
        id: DeviceId,

        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}
