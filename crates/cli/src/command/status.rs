//! `status`: this account, and what needs attention.

use clap::Args;
use entrenous::{ContactKind, Error, GroupStanding};
use serde_json::Value;

use super::{
    Options, Out,
    group::{is_invited, is_joined},
};
use crate::{
    history::{Delivery, Stuck},
    messenger::{
        Account, Messenger, Said, Trouble, find_drop,
        names::{LOST, trust_word},
        stock,
    },
    terminal::{columns, draw_qr, visible_path},
    text::{counted, len_of},
};

const EXAMPLES: &str = "\
Examples:
  entrenous status
  entrenous status --card   your card, as text and QR code, to give to friends
  entrenous status --json";

/// Show this account, its keys on offer, its contacts, and what needs attention.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Status {
    /// Show this account's card alone: what others need to write to it. It is no secret
    #[arg(long)]
    pub card: bool,
}

impl Status {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut account = Account::open(options)?;
        if self.card {
            return show_card(&mut account, options, out);
        }
        account.keep_inbox()?;
        account.history.remove_expired()?;
        let removed = account.is_removed()?;
        let known = account.known_names()?;
        let (names, strangers) = (&known.names, account.all_of(ContactKind::Strangers)?.len());
        let nameless = account.all_of(ContactKind::Accepted)?;
        let nameless = nameless.iter().filter(|contact| known.name_of(contact).is_none()).count();
        let new = account.history.count(&[Delivery::New, Delivery::Showing])?;
        let queued = account.history.count(&[Delivery::Queued, Delivery::Sending, Delivery::Waiting])?;
        // a message that waits counts once, however many devices it is for
        let mut outbox = 0;
        for out in account.client.outbox()? {
            let counted = out.id.map(|id| account.history.is_waiting(&id)).transpose()?.unwrap_or_default();
            // nothing goes any more, and the history says so
            outbox += usize::from(!counted && !removed);
        }
        let address = account.client.address();
        let home = options.home()?;
        let mut trusts = Vec::with_capacity(names.len());
        for named in names {
            trusts.push(match account.client.contact(&named.account) {
                Ok(status) => trust_word(&named.account, status.trust),
                Err(Error::NoSession) => "not-verified",
                Err(error) => return Err(error.into()),
            });
        }
        // the account is shown whatever the drop folder is like, and what is wrong with it once
        let drop = account.home.drop_folder().ok().flatten();
        // a device that was removed has nothing to open
        let unopened = if removed { 0 } else { account.history.count_stuck(Stuck::Incoming)? };
        let held_up = account.held_up()?;
        let on_offer = find_drop(options, &mut account).and_then(|found| match found {
            Some(transport) => stock(&Messenger { account, transport, old_keys: false }),
            None => Ok(0),
        });
        let mut words = format!(
            "Account {}\nDevice  {}\nHome    {}\n",
            address.account,
            address.device,
            visible_path(&home)
        );
        if let Some(drop) = &drop {
            words.push_str(&format!("Drop    {}\n", visible_path(drop)));
        }
        if removed {
            words.push_str(
                "Removed This device was removed from its account: it can't send or receive any more. To use the account \
                 here, link a new home from the primary device: `devices link` there\n",
            );
        }
        words.push_str(&match &on_offer {
            // what others find of it they refuse
            _ if removed => String::new(),
            // the folder that they share is to be the first one
            Ok(0) if drop.is_none() && !options.names_drop() => {
                "Keys    none on offer: `entrenous publish --drop DIR`, so that others can write to you. DIR is the folder \
                 that you share with them; without --drop it is one on this machine\n"
                    .to_owned()
            }
            Ok(0) => {
                "Keys    none on offer: `entrenous publish`, so that others can write to you\n".to_owned()
            }
            Ok(stock) => format!("Keys    {} on offer\n", counted(len_of(*stock), "one-time key")),
            Err(trouble) => format!("Keys    unknown: {trouble}\n"),
        });
        if new > 0 {
            words.push_str(&format!(
                "New     {}: `entrenous receive`\n",
                if new == 1 { "1 entry".to_owned() } else { format!("{new} entries") }
            ));
        }
        if queued + outbox > 0 {
            words.push_str(&format!(
                "Waiting {} to be sent: `entrenous receive` tries again\n",
                queued + outbox
            ));
        }
        if unopened > 0 {
            words.push_str(&format!(
                "Closed  {} in the drop folder can't be opened yet\n",
                counted(len_of(unopened), "envelope")
            ));
        }
        for held_up in held_up.iter().filter(|_| !removed) {
            words.push_str(&format!("Held up {}\n", held_up.words()));
        }
        let contacts = names.iter().zip(&trusts).map(|(named, trust)| match *trust {
            "verified" => format!("{} (verified)", named.name),
            "changed" => format!("{} (another account than before: verify)", named.name),
            "lost" => format!("{} ({LOST})", named.name),
            _ => named.name.to_string(),
        });
        let mut contacts: Vec<String> = contacts.collect();
        if nameless > 0 {
            contacts.push(format!("{nameless} without a name (`entrenous contacts list`)"));
        }
        let wrote = match strangers {
            1 => "1 stranger has written".to_owned(),
            several => format!("{several} strangers have written"),
        };
        words.push_str(&match (contacts.is_empty(), strangers) {
            (true, 0) => "Contacts: none yet, `entrenous add NAME CARD`".to_owned(),
            (true, _) => format!("Contacts: none, but {wrote} (`entrenous contacts list`)"),
            (false, 0) => format!("Contacts: {}", contacts.join(", ")),
            (false, _) => {
                format!("Contacts: {}\n{wrote} (`entrenous contacts list`)", contacts.join(", "))
            }
        });
        let titles = |is: fn(Option<GroupStanding>) -> bool| {
            let groups = known.groups.iter().filter(|entry| is(entry.standing));
            groups.map(|entry| known.group(&entry.group)).collect::<Vec<_>>()
        };
        let (joined, invited) = (titles(is_joined), titles(is_invited));
        if !joined.is_empty() {
            words.push_str(&format!("\nGroups: {}", joined.join(", ")));
        }
        if !invited.is_empty() {
            words.push_str(&format!("\nInvited into {} (`entrenous group list`)", invited.join(", ")));
        }
        let contacts: Vec<Value> = names
            .iter()
            .zip(trusts)
            .map(|(named, trust)| {
                serde_json::json!({
                    "name": named.name.as_str(), "account": named.account.to_string(), "trust": trust,
                    "held_up": held_up.iter().any(|held_up| held_up.account == named.account)
                })
            })
            .collect();
        let said = Said::new("status", words)
            .with("account", address.account.to_string())
            .with("device", address.device.to_string())
            .with("home", home.display().to_string())
            .with("drop", drop.map(|drop| drop.display().to_string()))
            .with("on_offer", on_offer.ok())
            .with("new", new)
            .with("waiting", queued + outbox)
            .with("removed", removed)
            .with("unopened", unopened)
            .with("nameless", nameless)
            .with("strangers", strangers)
            .with("groups", joined.len())
            .with("invitations", invited.len())
            .with("contacts", contacts);
        Ok(out.say(&said)?)
    }
}

fn show_card(account: &mut Account, options: &Options, out: &mut Out) -> Result<(), Trouble> {
    let card = account.client.own_card()?.to_string();
    // where there is no room for a drawing, the text serves
    let drawing = draw_qr(&card, columns(), options.palette()).unwrap_or_default();
    let said = Said::new("card", format!("{drawing}{card}"))
        .with("card", card)
        .with("account", account.client.account_id().to_string());
    Ok(out.say(&said)?)
}
