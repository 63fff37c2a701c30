//! Our messages: a sender key, with what it seals judged by the roster as a client has to.

use std::sync::LazyLock;

use entrenous_group::{
    GroupId, RosterId,
    roster::Roster,
    sender_key::{
        Accepted, BacklogKey, Judged, KeyJudged, KnownRosters, ReceivedKey, ReceivingKey, Sender, SendingKey,
        VerifiedMessage, open_backlog,
    },
};
use entrenous_identity::AccountId;
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_testkit::{
    device::{TODAY, start_of},
    peer::frame,
    roster::{PEOPLE, genesis},
};
use entrenous_wire::{
    frame::Frame,
    group_message::{BEFORE_FRAME, GroupMessage},
    padding::Padding,
};
use rand::rngs::SysRng;

use crate::messages::Messages;

static ROSTER: LazyLock<Roster> = LazyLock::new(|| {
    let made = genesis(&PEOPLE[0], 1);
    let group = GroupId::from_bytes(made.plain.hash);
    Roster::from_entries(group, [made.bytes.as_slice()]).expect("a roster").0
});

/// Its id, which a client has at hand.
static ROSTER_ID: LazyLock<RosterId> = LazyLock::new(|| ROSTER.id());

fn sender() -> Sender {
    let person = &PEOPLE[0];
    Sender { account: AccountId::from_bytes(person.id), device: person.devices[0].public().id }
}

/// A new sender key, in the place of `previous`.
pub fn generate(previous: Option<&SendingKey>) -> SendingKey {
    let (group, roster) = (ROSTER.group(), *ROSTER_ID);
    SendingKey::generate(group, sender(), roster, previous, start_of(TODAY), &mut SysRng).expect("randomness")
}

/// What a member does with a distribution.
pub fn accept(distribution: &[u8]) -> ReceivingKey {
    let received = ReceivedKey::parse(distribution).expect("genuine");
    let standing = KnownRosters::new(&ROSTER).key(sender(), received.roster());
    assert_eq!(standing.judge(), KeyJudged::Accept);
    match received.accept(ROSTER.group(), sender(), None) {
        Ok(Accepted::New(key)) => key,
        _ => unreachable!("genuine and new"),
    }
}

fn counts(rosters: &mut KnownRosters<'_>, message: &VerifiedMessage) -> bool {
    matches!(rosters.message(message).judge(), Judged::Accept { .. })
}

/// Seals `content` under `key` into `out`.
pub fn seal(key: &mut SendingKey, salt: &mut NonceSalt, padding: Padding, content: &[u8], out: &mut Vec<u8>) {
    key.seal(&frame(content), *ROSTER_ID, padding, salt, out).expect("not full").commit();
}

/// Opens `message` under `key` into `out`, and says whether it opened and counts.
pub fn open(key: &mut ReceivingKey, message: &[u8], out: &mut Vec<u8>) -> bool {
    let message = GroupMessage::parse(message).expect("well-formed");
    let Ok(opened) = key.locate(&message).and_then(|located| located.open(None, out)) else { return false };
    counts(&mut KnownRosters::new(&ROSTER), opened.verified()) && opened.commit().frame.is_ok()
}

/// A sender key at both ends.
pub struct Ours {
    sending: SendingKey,
    receiving: ReceivingKey,
    salt: NonceSalt,
    padding: Padding,
}

impl Ours {
    pub fn new(padding: Padding) -> Self {
        let sending = generate(None);
        let receiving = accept(&sending.distribution().expect("fresh"));
        let salt = NonceSalt::new(&mut SysRng).expect("randomness");
        Self { sending, receiving, salt, padding }
    }
}

impl Messages for Ours {
    // a key seals 4,096 messages
    fn begin(&mut self) {
        *self = Self::new(self.padding);
    }

    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        seal(&mut self.sending, &mut self.salt, self.padding, content, out);
    }

    fn open(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        open(&mut self.receiving, message, out)
    }

    fn content<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        Frame::parse(&out[BEFORE_FRAME..]).expect("a frame").content
    }

    fn open_all(&mut self, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let parsed: Vec<_> =
            messages.iter().map(|bytes| GroupMessage::parse(bytes).expect("well-formed")).collect();
        let mut rosters = KnownRosters::new(&ROSTER);
        let keys = vec![BacklogKey { key: &mut self.receiving, records: Vec::new() }];
        let committed = open_backlog(keys, &parsed, |_, verified| counts(&mut rosters, verified)).commit();
        let opened = committed.messages.into_iter();
        opened.map(|message| message.expect("genuine").frame().expect("a frame").content.to_vec()).collect()
    }
}
