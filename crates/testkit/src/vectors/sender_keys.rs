//! Sender keys: chains, distributions, messages, receivers over their time, and what is refused.

mod by_hand;
mod receivers;
mod refused;

use entrenous_group::{
    GroupId, RosterId,
    sender_key::{
        Accepted, DistributionError, OpenError, ReceivedKey, ReceivingKey, SealError, Sender, SendingKey,
    },
};
use entrenous_primitives::{ed25519::SigningKey, hash::sha256, nonce_salt::NonceSalt};
use entrenous_wire::{
    Strict, frame::Frame, group_message::GroupMessage, label, padding::Padding, proto::SendingKeyRecord,
};
use serde_json::{Value, json};

use super::{
    Fields, Recomputed, Vectors,
    conversation::{frame_fields, nonce_base},
    hex,
};
use crate::{
    device::{TODAY, start_of},
    peer::frame,
    rng::ScriptedRng,
    sender_keys::sender,
};
use by_hand::{ByHand, step};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "sender-keys",
        "Sender keys of groups: chains, distributions, messages with every key, receivers over their time, and what is refused.",
    );
    keys(&mut vectors);
    chains(&mut vectors);
    sealed(&mut vectors);
    receivers::vectors(&mut vectors);
    refused::distributions(&mut vectors);
    refused::messages(&mut vectors);
    receivers::later(&mut vectors);
    refused::of_mixed_order(&mut vectors);
    vectors
}

/// The record of the specification's example.
fn example() -> SendingKeyRecord {
    let mut record = SendingKeyRecord::default();
    (record.version, record.device) = (1, 5);
    (record.group, record.account, record.roster) = (vec![3; 32], vec![4; 32], vec![6; 32]);
    (record.chain, record.signing_seed) = (vec![1; 32], vec![2; 32]);
    record.commitment = sha256(&[label::GROUP_COMMITMENT, &record.chain]).to_vec();
    record
}

fn keys(vectors: &mut Vectors) {
    let first = example();
    let mut second = example();
    second.chain = vec![0x11; 32];
    second.commitment = sha256(&[label::GROUP_COMMITMENT, &second.chain]).to_vec();
    second.signing_seed = vec![0x12; 32];
    second.created_ms = start_of(TODAY).as_ms();
    second.previous_id = SendingKey::from_record(&first.encode_canonical()).expect("a key").id().0.to_vec();
    second.previous_count = 17;
    for (name, record) in [("the specification's example", first), ("a key that follows it", second)] {
        let key = SendingKey::from_record(&record.encode_canonical()).expect("a key");
        let seed = record.signing_seed[..].try_into().expect("32");
        let previous = (!record.previous_id.is_empty())
            .then(|| json!({ "id": hex(&record.previous_id), "count": record.previous_count }));
        vectors.accepted(
            "sender key",
            name,
            &["GROUP-101", "GROUP-102", "GROUP-103", "GROUP-110", "GROUP-114", "GROUP-170"],
            Fields {
                inputs: json!({
                    "group": hex(&record.group),
                    "account": hex(&record.account),
                    "device": record.device,
                    "roster": hex(&record.roster),
                    "chain_key": hex(&record.chain),
                    "signing_seed": hex(&record.signing_seed),
                    "previous": previous,
                    "created": record.created_ms,
                }),
                intermediate: json!({
                    "signing_key": hex(SigningKey::<Recomputed>::from_seed(&seed).verifying_key().as_bytes()),
                    "commitment": hex(&record.commitment),
                }),
                outputs: json!({
                    "key_id": hex(&key.id().0),
                    "distribution": hex(&key.distribution().expect("not full")),
                    "record": hex(&key.to_record()),
                }),
            },
        );
    }
}

fn chains(vectors: &mut Vectors) {
    let (mut chain, mut chain_keys, mut message_keys) = (vec![1; 32], Vec::new(), Vec::new());
    for _ in 0..5 {
        let [next, mk] = step(&chain);
        chain_keys.push(hex(&next));
        message_keys.push(hex(&mk));
        chain = next;
    }
    let fields = Fields {
        inputs: json!({ "chain_key": hex(&[1; 32]), "steps": 5 }),
        intermediate: Value::Null,
        outputs: json!({ "chain_keys": chain_keys, "message_keys": message_keys }),
    };
    vectors.accepted("chain", "five steps of the specification's example", &["GROUP-100"], fields);
}

fn sealed(vectors: &mut Vectors) {
    let rules = ["GROUP-130", "GROUP-134", "GROUP-135", "GROUP-136", "GROUP-137", "GROUP-138", "GROUP-139"];
    // the specification's example chooses its salt; what the product makes of it is seen by opening
    let bonjour = Frame { sent_ms: 1, nonce: [9; 8], ..frame(b"bonjour") };
    let record = example();
    let by_hand = ByHand::of(&record, [7; 32], [1, 2, 3, 4, 5, 6, 7, 8], &bonjour);
    let (message, intermediate) = by_hand.seal();
    let key = SendingKey::from_record(&record.encode_canonical()).expect("a key");
    let group = GroupId::from_bytes([3; 32]);
    let mut listener = receiver(&key.distribution().expect("not full"), group);
    assert_eq!(open(&mut listener, &message), Ok(b"bonjour".to_vec()));
    let mut after = example();
    after.chain = step(&after.chain)[0].clone();
    after.iteration = 1;
    let mut frame_of = frame_fields(b"bonjour");
    frame_of["sent_ms"] = 1.into();
    frame_of["nonce"] = hex(&[9; 8]).into();
    let inputs = |record: &SendingKeyRecord, roster: &[u8], salt: &[u8], frame: Value| {
        json!({
            "sending": hex(&record.encode_canonical()),
            "named_roster": hex(roster),
            "nonce_salt": hex(salt),
            "frame": frame,
        })
    };
    let fields = Fields {
        inputs: inputs(&record, &[7; 32], &by_hand.salt, frame_of),
        intermediate,
        outputs: json!({ "message": hex(&message), "record": hex(&after.encode_canonical()) }),
    };
    vectors.accepted("seal", "the specification's example", &rules, fields);

    for (name, iteration, content) in [
        ("an empty message", 0, &b""[..]),
        ("a longer one, later", 1_000, &[0x61; 500]),
        ("the last one of a key", 4_095, b"last"),
    ] {
        let mut record = example();
        record.iteration = iteration;
        let mut key = SendingKey::from_record(&record.encode_canonical()).expect("a key");
        let mut salt = NonceSalt::new(&mut ScriptedRng::new(301)).expect("scripted");
        let mut message = Vec::new();
        let roster = RosterId::from_bytes([7; 32]);
        let step = key.seal(&frame(content), roster, Padding::default(), &mut salt, &mut message);
        step.expect("not full").commit();
        let salt = u64::from_be_bytes(nonce_base(301)).wrapping_add(1).to_be_bytes();
        let (by_hand, intermediate) = ByHand::of(&record, [7; 32], salt, &frame(content)).seal();
        assert_eq!(by_hand, message);
        let fields = Fields {
            inputs: inputs(&record, &[7; 32], &salt, frame_fields(content)),
            intermediate,
            outputs: json!({ "message": hex(&message), "record": hex(&key.to_record()) }),
        };
        vectors.accepted("seal", name, &rules, fields);
    }
    let mut full = example();
    full.iteration = 4_096;
    let mut key = SendingKey::from_record(&full.encode_canonical()).expect("a key");
    let mut salt = NonceSalt::new(&mut ScriptedRng::new(302)).expect("scripted");
    let mut out = Vec::new();
    let refused =
        key.seal(&frame(b"one more"), RosterId::from_bytes([7; 32]), Padding::default(), &mut salt, &mut out);
    assert_eq!(refused.err(), Some(SealError::KeyExhausted));
    let inputs = inputs(&full, &[7; 32], &[0; 8], frame_fields(b"one more"));
    vectors.refused(
        "seal",
        "one more than a key seals",
        &["GROUP-138"],
        "sender key",
        "KeyExhausted",
        inputs,
    );
}

/// The device that sends in the scripts.
fn ours() -> Sender {
    sender(9, 1)
}

fn from(sender: Sender) -> Value {
    json!({ "account": hex(sender.account.as_bytes()), "device": sender.device.get() })
}

fn of_opening(error: OpenError) -> &'static str {
    match error {
        OpenError::Rejected => "Rejected",
        OpenError::Duplicate => "Duplicate",
        OpenError::BeforeFirst => "BeforeFirst",
        OpenError::Ended => "Ended",
        OpenError::WrongRecords => "WrongRecords",
        other => panic!("{other:?}"),
    }
}

fn of_distribution(error: DistributionError) -> &'static str {
    match error {
        DistributionError::Malformed(_) => "Malformed",
        DistributionError::OtherGroup => "OtherGroup",
        DistributionError::OtherSender => "OtherSender",
        DistributionError::WrongCommitment => "WrongCommitment",
        DistributionError::Rewound => "Rewound",
        DistributionError::OtherChain => "OtherChain",
        DistributionError::OtherPrevious => "OtherPrevious",
        other => panic!("{other:?}"),
    }
}

/// A receiver of the group with the key of a distribution, whoever's it is.
fn receiver(distribution: &[u8], group: GroupId) -> ReceivingKey {
    let received = ReceivedKey::parse(distribution).expect("well-formed");
    let sender = received.sender();
    match received.accept(group, sender, None).expect("genuine") {
        Accepted::New(key) => key,
        Accepted::Known => panic!("there was none"),
    }
}

fn open(key: &mut ReceivingKey, message: &[u8]) -> Result<Vec<u8>, OpenError> {
    let message = GroupMessage::parse(message).expect("well-formed");
    let mut out = Vec::new();
    let committed = key.locate(&message)?.open(None, &mut out)?.commit();
    Ok(committed.frame.expect("a frame").content.to_vec())
}
