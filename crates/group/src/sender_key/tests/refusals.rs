//! What must not open, and leaves the key as it was.

use entrenous_primitives::{ed25519::SigningKey, secret::Key};
use entrenous_wire::{frame::Shards, group_message::GroupLayout};

use super::{
    boxes,
    kdf::{GroupChain, chain_step},
    *,
};

/// What a forger puts together, who knows the chain key.
struct Forgery {
    key: SendingKey,
    id: KeyId,
    iteration: u32,
    signed_roster: RosterId,
    roster: RosterId,
    plaintext: Vec<u8>,
}

impl Forgery {
    /// A genuine message of `author`, its next one.
    fn of(author: &Author) -> Self {
        let mut plaintext = vec![0; 64];
        frame(b"forged").encode_into(&mut plaintext).unwrap();
        Self {
            key: SendingKey::from_record(&author.key.to_record()).unwrap(),
            id: author.key.id(),
            iteration: author.key.sealed(),
            signed_roster: ROSTER,
            roster: ROSTER,
            plaintext,
        }
    }

    fn seal(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let signed = boxes::signed(
            &self.key.description,
            self.id,
            self.iteration,
            self.signed_roster,
            &self.plaintext,
        );
        let layout = GroupLayout::new(self.id.0, self.iteration, [5; 8], self.plaintext.len()).unwrap();
        let parts = layout.prepare(&mut out).unwrap();
        parts.body[..64].copy_from_slice(&self.key.signing.sign(&signed));
        parts.body[64..96].copy_from_slice(self.roster.as_bytes());
        parts.body[96..].copy_from_slice(&self.plaintext);
        let mut chain = Key::<GroupChain>::from_bytes(self.key.chain.as_bytes());
        for _ in self.key.iteration..self.iteration {
            (chain, _) = chain_step(&chain);
        }
        *parts.tag = boxes::seal(&chain_step(&chain).1, parts.open, parts.body).unwrap();
        out
    }
}

/// Opens nothing and leaves no trace, while the genuine message still opens.
fn refused(author: &mut Author, bytes: &[u8], error: OpenError) {
    let mut receiver = author.receiver();
    let before = receiver.state();
    assert_eq!(receiver.open(bytes), Err(error));
    assert_eq!(receiver.state(), before);
    let genuine = author.seal(b"genuine");
    receiver.open(&genuine).unwrap();
}

#[test]
fn the_forger_of_these_tests_can_make_a_genuine_message() {
    let author = Author::new(10);
    let mut receiver = author.receiver();
    assert_eq!(receiver.open(&Forgery::of(&author).seal()).unwrap(), b"forged");
}

// spec: GROUP-135, GROUP-147
#[test]
fn who_knows_the_chain_key_cant_speak_as_the_sender() {
    let mut author = Author::new(11);
    // the other member's own signing key
    let mut forgery = Forgery::of(&author);
    forgery.key.signing = SigningKey::from_seed(&[1; 32]);
    refused(&mut author, &forgery.seal(), OpenError::Rejected);

    // the other member's own sender key around the sender's words: the id is in the signature and the open
    let member = Author::of(12, sender(8, 1));
    let mut forgery = Forgery::of(&author);
    forgery.key.signing = SigningKey::from_seed(member.key.signing.seed());
    refused(&mut author, &forgery.seal(), OpenError::Rejected);
}

// spec: GROUP-135
#[test]
fn a_signature_is_of_one_group_roster_sender_key_and_number() {
    type Change = fn(&mut Forgery);
    let changes: [Change; 7] = [
        |forgery| forgery.key.description.group = GroupId::from_bytes([1; 32]),
        |forgery| forgery.signed_roster = LATER,
        |forgery| forgery.roster = LATER,
        |forgery| forgery.key.description.sender.account = AccountId::from_bytes([1; 32]),
        |forgery| forgery.key.description.sender.device = DeviceId::new(2).unwrap(),
        |forgery| forgery.id = KeyId([1; 16]),
        |forgery| {
            // signed for number 0, sealed as number 1
            forgery.iteration = 1;
            forgery.key.description.commitment = [0; 32];
        },
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut author = Author::new(13);
        let mut forgery = Forgery::of(&author);
        change(&mut forgery);
        let mut bytes = forgery.seal();
        if at == 6 {
            // a number of its own is genuine: take the signature of number 0 along instead
            let mut receiver = author.receiver();
            receiver.open(&bytes).unwrap();
            bytes = moved_to_the_next_number(&author);
        }
        if at == 5 {
            bytes[2..18].copy_from_slice(&author.key.id().0);
        }
        refused(&mut author, &bytes, OpenError::Rejected);
    }
}

/// A member decrypts message 0 and seals what is in it, signature and all, as message 1.
fn moved_to_the_next_number(author: &Author) -> Vec<u8> {
    let forgery = Forgery::of(author);
    let genuine = forgery.seal();
    let message = GroupMessage::parse(&genuine).unwrap();
    let (chain, mk) = chain_step(&forgery.key.chain);
    let mut body = vec![0; message.body().len()];
    boxes::open(&mk, &message, &mut body).unwrap();
    let mut out = Vec::new();
    let layout = GroupLayout::new(author.key.id().0, 1, [5; 8], body.len() - 96).unwrap();
    let parts = layout.prepare(&mut out).unwrap();
    parts.body.copy_from_slice(&body);
    *parts.tag = boxes::seal(&chain_step(&chain).1, parts.open, parts.body).unwrap();
    out
}

// spec: GROUP-134, GROUP-146
#[test]
fn every_flipped_bit_and_every_cut_is_refused_and_changes_nothing() {
    let mut author = Author::new(14);
    let mut receiver = author.receiver();
    let messages = author.seal_many(6);
    receiver.open(&messages[3]).unwrap();
    let before = receiver.state();
    // one ahead, and one skipped
    for message in [&messages[5], &messages[1]] {
        for bit in 0..message.len() * 8 {
            let mut bytes = message.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if GroupMessage::parse(&bytes).is_ok() {
                assert!(receiver.open(&bytes).is_err(), "bit {bit}");
            }
        }
        for len in 0..message.len() {
            if GroupMessage::parse(&message[..len]).is_ok() {
                assert!(receiver.open(&message[..len]).is_err(), "cut to {len}");
            }
        }
        assert_eq!(receiver.state(), before);
        receiver.copy().open(message).unwrap();
    }
}

// spec: GROUP-139
#[test]
fn an_opening_that_is_dropped_leaves_no_trace() {
    let mut author = Author::new(15);
    let mut receiver = author.receiver();
    let messages = author.seal_many(5);
    let before = receiver.state();
    let message = GroupMessage::parse(&messages[4]).unwrap();
    let mut out = vec![1, 2, 3];
    let opened = receiver.key.locate(&message).unwrap().open(None, &mut out).unwrap();
    assert_eq!(opened.verified().roster, ROSTER);
    drop(opened);
    assert!(out.is_empty());
    assert_eq!(receiver.state(), before);
    receiver.open(&messages[4]).unwrap();
}

// spec: GROUP-140
#[test]
fn a_message_of_another_key_is_refused() {
    let mut author = Author::new(16);
    let other = Author::new(17).seal(b"x");
    // before anything is derived
    let mut receiver = author.receiver();
    let message = GroupMessage::parse(&other).unwrap();
    assert_eq!(receiver.key.locate(&message).err(), Some(OpenError::Rejected));
    refused(&mut author, &other, OpenError::Rejected);
}

// spec: GROUP-137, GROUP-148
#[test]
fn what_is_no_frame_is_reported_and_its_key_consumed() {
    let mut author = Author::new(18);
    let mut out = Vec::new();
    let shards = Shards { first: 0, bytes: &[7; 32] };
    let with_shards = Frame { shards: Some(shards), ..frame(b"x") };
    let sealed = author.key.seal(&with_shards, ROSTER, Padding::default(), &mut author.salt, &mut out);
    assert!(matches!(sealed.err(), Some(SealError::Frame(_))));
    let mut plaintext = vec![0; 128];
    with_shards.encode_into(&mut plaintext).unwrap();
    for plaintext in [plaintext, vec![0; 64]] {
        let mut receiver = author.receiver();
        let bytes = Forgery { plaintext, ..Forgery::of(&author) }.seal();
        let message = GroupMessage::parse(&bytes).unwrap();
        let committed = receiver.key.locate(&message).unwrap().open(None, &mut out).unwrap().commit();
        assert!(committed.frame.is_err());
        assert_eq!(receiver.open(&bytes), Err(OpenError::Duplicate));
    }
}

// spec: GROUP-142, GROUP-149, GROUP-150
#[test]
fn beyond_the_last_seen_of_who_lost_access_nothing_opens() {
    let mut author = Author::new(19);
    let mut receiver = author.receiver();
    let messages = author.seal_many(10);
    receiver.open(&messages[2]).unwrap();
    receiver.open(&messages[5]).unwrap();
    assert_eq!(receiver.key.last_seen(), Some(5));
    store(&mut receiver.records, &receiver.key.close(None, NOW));
    receiver.reload();
    assert!(receiver.key.is_closed() && receiver.key.chain.is_none());
    for message in &messages[6..] {
        assert_eq!(receiver.open(message), Err(OpenError::Ended));
    }
    // the same key given again doesn't open it
    let again = author.received().accept(GROUP, sender(7, 1), Some(&receiver.key)).unwrap();
    assert!(matches!(again, Accepted::Known));
    for at in [0, 1, 3, 4] {
        assert!(!receiver.key.is_spent());
        let message = GroupMessage::parse(&messages[at]).unwrap();
        let record = receiver.block(0);
        let mut out = Vec::new();
        let opened = receiver.key.locate(&message).unwrap().open(record, &mut out).unwrap();
        assert!(opened.verified().key_closed);
        drop(opened);
        receiver.open(&messages[at]).unwrap();
    }
    assert!(receiver.key.is_spent());
    // of whom nothing was seen, nothing opens
    let mut unseen = author.receiver();
    assert!(unseen.key.close(None, NOW).remove.is_empty());
    assert_eq!(unseen.key.last_seen(), None);
    assert!(unseen.key.is_spent());
    assert_eq!(unseen.open(&author.seal(b"x")), Err(OpenError::Ended));
}

#[test]
fn debug_shows_no_key() {
    let mut author = Author::new(20);
    author.key.chain = Key::from_bytes(&[0xab; 32]);
    let receiver = author.receiver_of_any_chain();
    for shown in [alloc::format!("{:?}", author.key), alloc::format!("{:?}", receiver)] {
        assert!(shown.contains("redacted") && !shown.contains("171, 171") && !shown.contains("abababab"));
    }
    let mut block = SkippedBlock::new(0);
    block.put(3, &Key::from_bytes(&[0xab; 32]));
    assert_eq!(alloc::format!("{block:?}"), "SkippedBlock(0, 1 keys [redacted])");
}

impl Author {
    /// As a receiver has it, with no check of the commitment.
    fn receiver_of_any_chain(&self) -> ReceivingKey {
        let mut key = Self::new(20).receiver().key;
        key.chain = Some(Key::from_bytes(self.key.chain.as_bytes()));
        key
    }
}
