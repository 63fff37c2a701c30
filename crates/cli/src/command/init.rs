//! `init`: makes an account.

use clap::Args;

use super::{Options, Out};
use crate::{
    messenger::{Account, Said, Trouble},
    terminal::visible_path,
};

const EXAMPLES: &str = "\
Examples:
  entrenous init                  in the default home
  entrenous --home ~/.alice init  in one that you name, now and later";

/// Make an account.
///
/// Its keys lie in the home directory, which is yours alone.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Init {}

impl Init {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let account = Account::create(options)?;
        let home = options.home()?;
        let id = account.client.account_id().to_string();
        let words = format!(
            "Your account is in {}.\nIts id, for your contacts: {id}\nNext: `entrenous publish`, so that others can write to you.",
            visible_path(&home)
        );
        let said = Said::new("account", words)
            .with("account", id)
            .with("device", account.client.address().device.to_string())
            .with("home", home.display().to_string());
        Ok(out.say(&said)?)
    }
}
