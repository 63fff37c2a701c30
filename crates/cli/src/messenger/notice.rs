//! What the client tells, as entries of the history.

use entrenous::{AccountId, Address, DeviceId, Event, Item, Message, Trust};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{group_notice, names::trust_word};
use crate::{
    history::{Arrived, Entry, Kind, OfGroup},
    text::counted,
};

/// An item of the client's inbox as the history keeps it.
pub(super) fn arrived(item: &Item, me: &AccountId) -> Arrived {
    match &item.event {
        Event::Message(message) | Event::Ephemeral(message) => of_message(message, me),
        Event::GroupMessage(message) => group_notice::of_message(message, me),
        event => of_event(item.number, event),
    }
}

fn of_message(message: &Message, me: &AccountId) -> Arrived {
    let kind = if message.from.account == *me { Kind::SentElsewhere } else { Kind::Received };
    Arrived {
        key: *message.id.as_bytes(),
        message: Some(message.id),
        expires: message.expires,
        entry: Entry {
            kind,
            account: Some(message.conversation),
            group: None,
            device: Some(message.from.device),
            at: message.sent.as_ms(),
            note: trust_word(&message.from.account, message.status.trust).to_owned(),
            text: message.content.clone(),
        },
    }
}

fn of_event(number: Option<u64>, event: &Event) -> Arrived {
    let Words { note, text, account, device, group } = Words::of(event);
    // the same item gives the same key, however often it comes
    let number = number.unwrap_or_default().to_be_bytes();
    let hash = Sha256::new().chain_update(number).chain_update(format!("{event:?}")).finalize();
    let mut key = [0; 16];
    key.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
    let at = super::sync::now();
    Arrived {
        key,
        message: None,
        expires: None,
        entry: Entry {
            kind: Kind::Notice,
            account,
            group,
            device,
            at,
            note: note.to_owned(),
            text: Zeroizing::new(text.into_bytes()),
        },
    }
}

/// An event in words. The contact's name is put before them when they are shown.
pub(super) struct Words {
    pub(super) note: &'static str,
    pub(super) text: String,
    pub(super) account: Option<AccountId>,
    pub(super) device: Option<DeviceId>,
    pub(super) group: Option<OfGroup>,
}

impl Words {
    fn of(event: &Event) -> Self {
        if let Some(words) = group_notice::words(event) {
            return words;
        }
        let with = |at: &Address, note, text: &str| Self {
            note,
            text: text.to_owned(),
            account: Some(at.account),
            device: Some(at.device),
            group: None,
        };
        let own = |device: Option<DeviceId>, note, text: &str| Self {
            note,
            text: text.to_owned(),
            account: None,
            device,
            group: None,
        };
        let of = |account: &AccountId, note, text: &str| Self {
            note,
            text: text.to_owned(),
            account: Some(*account),
            device: None,
            group: None,
        };
        match event {
            Event::SessionStarted { with: at, one_time_prekey: true } => {
                with(at, "session-started", "has begun to write to you")
            }
            Event::SessionStarted { with: at, one_time_prekey: false } => with(
                at,
                "session-started",
                "has begun to write to you, with the key of last resort: run `entrenous publish` now and then",
            ),
            Event::SessionReset { with: at } => with(
                at,
                "session-reset",
                "has begun anew without its old keys: it lost them, or somebody has stolen others. Ask, and compare with `entrenous verify NAME`",
            ),
            Event::NewSessionNeeded { with: at } => with(
                at,
                "new-session-needed",
                "has lost its keys for this conversation: a new session begins as soon as there is a bundle",
            ),
            Event::Unsupported { from } => with(
                from,
                "unsupported",
                "has sent something that is refused, or that this version doesn't know",
            ),
            Event::MalformedFrame { from } => {
                with(from, "malformed", "has sent a message that makes no sense")
            }
            Event::CloneSuspected { of } => with(
                of,
                "clone-suspected",
                "writes from a device that was restored from an old copy, or that somebody has copied. Ask which",
            ),
            Event::PostQuantumEpoch { with: at, epoch } => with(
                at,
                "post-quantum-epoch",
                &format!("and you have renewed your keys against quantum computers ({epoch})"),
            ),
            Event::PostQuantumStalled { with: at } => with(
                at,
                "post-quantum-stalled",
                "and you can't renew your keys against quantum computers: one of you has an older or a copied device",
            ),
            Event::KeysLost { from, count } => with(
                from,
                "keys-lost",
                &format!("has sent {} that can't be opened any more", counted(u64::from(*count), "message")),
            ),
            Event::Expired { from, .. } => {
                with(from, "expired", "has sent a message whose time was over when it came")
            }
            Event::DeviceAdded { device } => with(
                device,
                "device-added",
                "has a new device, which gets your messages as well. If that surprises you, ask",
            ),
            Event::DeviceRemoved { device } => with(device, "device-removed", "has removed a device"),
            Event::OwnDeviceAdded { device } => own(
                Some(*device),
                "own-device-added",
                &format!(
                    "Your account has a new device. If it isn't yours, remove it at once on the primary device: `devices \
                     remove {device}`"
                ),
            ),
            Event::OwnDeviceRemoved { device } => {
                own(Some(*device), "own-device-removed", "A device of your account was removed")
            }
            Event::RemovedFromAccount => own(
                None,
                "removed-from-account",
                "This device was removed from its account: it can't send or receive any more",
            ),
            Event::DeviceListForked { account } => of(
                account,
                "device-list-forked",
                "has signed two device lists that exclude each other: somebody else has that account's key. Tell them over another channel",
            ),
            Event::DeviceListStale { account } => of(
                account,
                "device-list-stale",
                "has a device list that has expired: not online for long, or somebody withholds a newer one",
            ),
            Event::IdentityChanged { from, to } => of(
                to,
                "identity-changed",
                &format!("has come in the place of the account {from}: compare with `entrenous verify NAME`"),
            ),
            Event::TrustLost { account } => of(
                account,
                "trust-lost",
                "is as you knew it no more: the disk has lost what you decided. It may have been that nothing was to be sent, so nothing is until you compare with `entrenous verify NAME`, or accept it with `entrenous verify NAME --accept`",
            ),
            Event::StoreRestored => own(
                None,
                "store-restored",
                "This home comes from a copy, perhaps an older one: every session is replaced",
            ),
            Event::ListWithheld { account } => of(
                account,
                "list-withheld",
                "showed a card with newer devices than are known here: they are under way, or somebody withholds them. Scan again in a while",
            ),
            Event::CardContradicts { account } => of(
                account,
                "card-contradicts",
                "showed a card with other devices than were given out in that name: somebody else has that account's key",
            ),
            Event::ComparisonFailed { account, .. } => of(
                account,
                "comparison-failed",
                "was compared with, and it was not the same: somebody may stand between you",
            ),
            Event::TrustDecided { account, trust, by } => Self {
                device: Some(*by),
                ..of(
                    account,
                    "trust-decided",
                    match trust {
                        Trust::Verified { .. } => "was verified on another device of yours",
                        Trust::FirstUse | Trust::Own => {
                            "is not verified any more, says another device of yours"
                        }
                        Trust::Changed { replaces } if replaces == account => {
                            "is as another device of yours knew it no more: its disk has lost what was decided. Nothing is sent until you compare with `entrenous verify NAME`, or accept it with `entrenous verify NAME --accept`"
                        }
                        Trust::Changed { .. } => {
                            "has come in the place of another account, says another device of yours"
                        }
                    },
                )
            },
            Event::ShortStringAsked { with: at } => with(
                at,
                "short-string-asked",
                "asks to compare a short string, in a call or face to face: `entrenous verify NAME --call`",
            ),
            Event::ShortStringReady { with: at } => {
                with(at, "short-string-ready", "has joined the comparison")
            }
            Event::ShortStringEnded { with: at, .. } => {
                with(at, "short-string-ended", "was not compared with: the comparison ended early")
            }
            Event::ManyShortStrings { account } => of(
                account,
                "many-short-strings",
                "was compared with again and again without success: somebody may be trying to get in between",
            ),
            Event::NotSent { to, id } => with(
                to,
                "not-sent",
                &format!("does not get a message on one device ({id}): it has waited for too long"),
            ),
            Event::Damaged => own(None, "damaged", "The disk has lost something that had come"),
            Event::EnvelopeDamaged => own(
                None,
                "envelope-damaged",
                "The disk has lost something that was to be sent: a message may not arrive",
            ),
            Event::ContactsReceived { from, count } => own(
                Some(*from),
                "contacts-received",
                &format!(
                    "The primary device has told of {}: `entrenous contacts list` shows them, and `entrenous add` \
                     gives names",
                    counted(u64::from(*count), "account")
                ),
            ),
            _ => own(None, "unknown", "Something has happened that this version has no words for"),
        }
    }
}
