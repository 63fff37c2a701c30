//! `verify`: makes sure that nobody stands between two people.

mod call;

use clap::Args;
use entrenous::{AccountId, Compared, DeviceId, Error, Trust};

use call::Call;

use super::{Options, Out, argument_or_input, card::of_card};
use crate::{
    messenger::{Account, Complaints, Messenger, Said, Trouble, is_of, open_drop},
    name::{ContactName, device_id},
    terminal::{Confirm, Exit, Tone},
};

/// Digits of a safety number.
const DIGITS: usize = 60;

const EXAMPLES: &str = "\
Examples:
  entrenous verify bob                 shows the number that Bob has to see as well, and asks
  entrenous verify bob --call          seven emoji, while you talk: Bob does the same
  entrenous verify bob --scanned CARD  from the QR code on Bob's own screen (`status --card`)
  entrenous verify bob --digits '12345 67890 …'
  entrenous verify bob --matches       for scripts: the numbers were compared elsewhere
  entrenous verify bob --accept        after a change of account, or when what you decided is lost: on trust";

/// Make sure that a contact is who you think, by comparing a number or scanning a code.
///
/// Compare face to face or in a call, never over this messenger.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// The contact
    #[arg(value_name = "NAME")]
    pub name: ContactName,

    /// The card, scanned from the contact's own screen
    #[arg(long, value_name = "CARD", conflicts_with_all = ["matches", "digits", "accept"])]
    pub scanned: Option<String>,

    /// The sixty digits that the contact reads to you
    #[arg(long, value_name = "DIGITS", conflicts_with_all = ["matches", "accept"])]
    pub digits: Option<String>,

    /// Don't ask: the numbers were compared and are the same
    #[arg(long, conflicts_with = "accept")]
    pub matches: bool,

    /// Compare seven emoji in a call; the contact runs `verify --call` at the same time
    #[arg(long, conflicts_with_all = ["scanned", "digits", "matches", "accept"])]
    pub call: bool,

    /// Which device the contact has at hand for the call, if there are several
    #[arg(long, value_name = "ID", value_parser = device_id, requires = "call")]
    pub device: Option<DeviceId>,

    /// With --call: read the answer from standard input, the line `same` or anything else
    #[arg(long, requires = "call")]
    pub answer_from_input: bool,

    /// Accept without comparing: that the contact has another account than before, or that what you decided is lost
    #[arg(long)]
    pub accept: bool,

    /// Don't ask
    #[arg(long, requires = "accept")]
    pub yes: bool,
}

impl Verify {
    pub(super) fn run(self, options: &Options, out: &mut Out) -> Result<(), Trouble> {
        let mut account = Account::open(options)?;
        let with = account.named(&self.name)?;
        let name = &self.name;
        if self.accept {
            return self.accept_change(account, &with, options, out);
        }
        if self.call {
            drop(account);
            let call = Call { name, with, device: self.device, answer_from_input: self.answer_from_input };
            let mut messenger = Messenger::open(options)?;
            let compared = call.compare(&mut messenger, out);
            messenger.account.keep_inbox()?;
            // it is over, and nobody need join it any more
            let asks = ["short-string-asked", "short-string-ready"];
            messenger
                .account
                .history
                .mark_shown(|entry| entry.account == Some(with) && asks.contains(&entry.note.as_str()))?;
            return self.conclude(compared?, &with, messenger.account, options, out);
        }
        let compared = if let Some(card) = &self.scanned {
            let card = argument_or_input(card)?;
            if of_card(&card)? != with {
                account.keep_inbox()?;
                return Err(Trouble::said(
                    Exit::Refused,
                    format!(
                        "this card is of another account than the one that you call {name}. {}",
                        self.still(&mut account, &with)?
                    ),
                ));
            }
            match account.client.scan_card(&card, Some(&with))?.verified {
                true => Compared::Same,
                false => Compared::Different,
            }
        } else if let Some(digits) = &self.digits {
            let digits: String = digits.chars().filter(|c| *c != '…').collect();
            let given = digits.chars().filter(char::is_ascii_digit).count();
            if given != DIGITS || !digits.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || c == '-')
            {
                return Err(Trouble::said(
                    Exit::Usage,
                    format!("sixty digits are needed, these are {given}: nothing was compared"),
                ));
            }
            account.client.verify_by_digits(&with, &digits)?
        } else {
            let shown = account.client.safety_number(&with)?;
            let number = shown.to_string();
            let words = format!("You and {name} both have to see this number:\n\n{}\n", in_rows(&number));
            out.say(&Said::new("safety-number", words).with("name", name.as_str()).with("number", number))?;
            let question = format!("Ask {name} over another channel. Are all sixty digits the same?");
            Confirm::at_terminal().word(&question, "same", self.matches, "--matches")?;
            account.client.verify_by_number(shown, true)?
        };
        account.keep_inbox()?;
        self.conclude(compared, &with, account, options, out)
    }

    fn conclude(
        &self,
        compared: Compared,
        with: &AccountId,
        mut account: Account,
        options: &Options,
        out: &mut Out,
    ) -> Result<(), Trouble> {
        let name = &self.name;
        match compared {
            Compared::Same => {
                let said = Said::new("verified", format!("{name} is verified: nobody stands between you."))
                    .toned(Tone::Good)
                    .with("name", name.as_str())
                    .with("account", with.to_string());
                out.say(&said)?;
                tell_own_devices(account, options)
            }
            Compared::Different => Err(Trouble::said(
                Exit::Refused,
                format!(
                    "it is NOT the same: somebody may stand between you and {name}, or it was not {name}'s. {}",
                    self.still(&mut account, with)?
                ),
            )),
            Compared::Outdated => Err(Trouble::said(
                Exit::Temporary,
                format!("what is known of {name} has changed meanwhile: compare again"),
            )),
        }
    }

    /// What a failed comparison has left of the trust in the contact.
    fn still(&self, account: &mut Account, with: &AccountId) -> Result<String, Trouble> {
        let name = &self.name;
        let verified = match account.client.contact(with) {
            Ok(status) => matches!(status.trust, Trust::Verified { .. }),
            Err(Error::NoSession) => false,
            Err(error) => return Err(error.into()),
        };
        Ok(match verified {
            true => format!(
                "{name} stays verified from before: until you know why, don't rely on it (`entrenous contacts forget \
                 {name}` ends it)"
            ),
            false => "Nothing is verified".to_owned(),
        })
    }

    fn accept_change(
        &self,
        mut account: Account,
        with: &AccountId,
        options: &Options,
        out: &mut Out,
    ) -> Result<(), Trouble> {
        let name = &self.name;
        let Some(change) = account.client.identity_change(with)? else {
            return Err(Trouble::said(Exit::NotFound, format!("there is nothing of {name}'s to accept")));
        };
        let lost = change.replaces() == change.account();
        let question = match lost {
            true => format!(
                "The disk has lost what you decided about {name}. It may have been that nothing was to be sent to {name}."
            ),
            false => format!(
                "{name} was the account {} and is {} now. If somebody else is behind it, they read what you write.",
                change.replaces(),
                change.account()
            ),
        };
        Confirm::at_terminal().word(&question, "accept", self.yes, "--yes")?;
        account.client.accept_change(change)?;
        let words = match lost {
            true => format!("{name} is accepted again, and not verified."),
            false => format!("{name}'s new account is accepted, and not verified."),
        };
        out.say(&Said::new("accepted", words).toned(Tone::Warning).with("name", name.as_str()))?;
        tell_own_devices(account, options)
    }
}

/// What was decided counts on the own other devices as well.
fn tell_own_devices(account: Account, options: &Options) -> Result<(), Trouble> {
    let transport = open_drop(options, &account.home)?;
    let me = account.client.account_id();
    Messenger { account, transport, old_keys: false }
        .dispatch()?
        .end_for(|place| is_of(&me, place), &mut Complaints::default())
}

/// Twelve groups of five digits, four in a row.
fn in_rows(number: &str) -> String {
    let groups: Vec<&str> = number.split(' ').collect();
    groups.chunks(4).map(|row| format!("    {}\n", row.join("  "))).collect()
}
