//! `status`: this account, and what needs attention.

use clap::Args;
use serde_json::Value;

use super::{Options, Out};
use crate::{
    history::Delivery,
    messenger::{Account, Messenger, Said, Trouble, open_drop, stock},
    terminal::visible_path,
    text::{counted, len_of},
};

const EXAMPLES: &str = "\
Examples:
  entrenous status
  entrenous status --json";

/// Show this account, its keys on offer, its contacts, and what needs attention.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Status {}

impl Status {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut account = Account::open(options)?;
        account.keep_inbox()?;
        account.history.remove_expired()?;
        let names = account.history.names()?;
        let new = account.history.count(&[Delivery::New, Delivery::Showing])?;
        let queued = account.history.count(&[Delivery::Queued, Delivery::Sending])?;
        let outbox = account.client.outbox()?.len();
        let address = account.client.address();
        let home = options.home()?;
        // the account is shown whatever the drop folder is like
        let on_offer =
            open_drop(options, &account.home).and_then(|transport| stock(&Messenger { account, transport }));
        let mut words = format!(
            "Account {}\nDevice  {}\nHome    {}\n",
            address.account,
            address.device,
            visible_path(&home)
        );
        words.push_str(&match &on_offer {
            Ok(0) => {
                "Keys    none on offer: `entrenous publish`, so that others can write to you\n".to_owned()
            }
            Ok(stock) => format!("Keys    {} on offer\n", counted(len_of(*stock), "one-time key")),
            Err(trouble) => format!("Keys    unknown: {trouble}\n"),
        });
        if new > 0 {
            words.push_str(&format!(
                "New     {}: `entrenous receive`\n",
                counted(len_of(new), "entry").replace("entrys", "entries")
            ));
        }
        if queued + outbox > 0 {
            words.push_str(&format!(
                "Waiting {} to be sent: `entrenous receive` tries again\n",
                queued + outbox
            ));
        }
        let contacts: Vec<String> = names.iter().map(|named| named.name.to_string()).collect();
        words.push_str(&match contacts.is_empty() {
            true => "Contacts: none yet, `entrenous add NAME ID`".to_owned(),
            false => format!("Contacts: {}", contacts.join(", ")),
        });
        let contacts: Vec<Value> = names
            .iter()
            .map(|named| serde_json::json!({"name": named.name.as_str(), "account": named.account.to_string()}))
            .collect();
        let said = Said::new("status", words)
            .with("account", address.account.to_string())
            .with("device", address.device.to_string())
            .with("home", home.display().to_string())
            .with("on_offer", on_offer.ok())
            .with("new", new)
            .with("waiting", queued + outbox)
            .with("contacts", contacts);
        Ok(out.say(&said)?)
    }
}
