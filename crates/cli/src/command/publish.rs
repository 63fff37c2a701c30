//! `publish`: puts this device's prekey bundles into the drop folder.

use clap::Args;

use super::{Options, Out};
use crate::{
    messenger::{Messenger, Said, Trouble, complain_of, stock},
    text::counted,
};

const EXAMPLES: &str = "\
Examples:
  entrenous publish         once at the beginning; later `receive` tops up what others have taken
  entrenous publish --json  says how many keys are on offer";

/// Put keys into the drop folder, so that others can write to this device while it is off.
///
/// Each key serves one contact's device. `receive` publishes new ones when they run low. What waits to be sent is handed
/// over as well.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Publish {}

impl Publish {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut messenger = Messenger::open(options)?;
        messenger.look_for_lists([])?;
        messenger.account.refuse_if_removed()?;
        while messenger.account.client.maintain()?.more {}
        let published = messenger.publish()?;
        let stock = stock(&messenger)?;
        let on_offer = counted(crate::text::len_of(stock), "one-time key");
        let words = match published {
            Some(_) => format!("Published: others can write to you. {on_offer} on offer."),
            None => format!("Nothing new to publish. {on_offer} on offer."),
        };
        let said = Said::new("published", words)
            .with("published", published.unwrap_or_default())
            .with("on_offer", stock);
        out.say(&said)?;
        // what waits to be sent goes with it
        let done = messenger.dispatch()?;
        complain_of(&done);
        done.end()
    }
}
