//! `publish`: puts this device's prekey bundles into the drop folder.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  entrenous publish             tops up what others have taken
  entrenous publish --replace   takes the old ones back first";

/// Put keys into the drop folder, so that others can write to this device while it is off.
///
/// Each key serves one contact. `receive` and `status` say when they run low.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Publish {
    /// Take back all keys that are on offer, as after a change of devices
    #[arg(long)]
    pub replace: bool,
}
