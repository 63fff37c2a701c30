//! Sender keys: chains, distributions, messages, receivers over their time, and what is refused.

use entrenous_group::{
    GroupId, RosterId,
    sender_key::{
        DistributionError, EndedKey, KeyId, OpenError, ReceivedKey, ReceivingKey, Sender, SendingKey,
    },
};
use entrenous_identity::Timestamp;
use entrenous_primitives::{
    aead::Cipher, ed25519::SigningKey, hash::sha256, hkdf::Prk, nonce_salt::NonceSalt, secret::SecretBytes,
};
use entrenous_wire::{
    Strict,
    frame::{Frame, Shards},
    group_message::GroupMessage,
    label,
    padding::Padding,
    proto::SendingKeyRecord,
};
use serde_json::{Value, json};

use super::{
    Fields, Recomputed, Vectors,
    conversation::{frame_fields, nonce_base},
    hex,
};
use crate::{
    device::{TODAY, start_of},
    forge::points,
    peer::frame,
    rng::ScriptedRng,
    sender_keys::{GROUP, Listener, ROSTER, Speaker, sender},
};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "sender-keys",
        "Sender keys of groups: chains, distributions, messages with every key, receivers over their time, and what is refused.",
    );
    keys(&mut vectors);
    chains(&mut vectors);
    sealed(&mut vectors);
    receivers(&mut vectors);
    refused_distributions(&mut vectors);
    refused_messages(&mut vectors);
    later_receivers(&mut vectors);
    vectors
}

/// The signing key of the seed 01^32 and the point of order 2, added up.
const OF_MIXED_ORDER: [u8; 32] = [
    0x63, 0x77, 0x1c, 0x22, 0x8b, 0xf6, 0x0e, 0x6a, 0x02, 0xad, 0x24, 0xd2, 0xc3, 0x45, 0xa2, 0x8d, 0x35,
    0x98, 0xf6, 0x40, 0xe2, 0x6b, 0xed, 0xe4, 0x0c, 0x8b, 0x77, 0xfe, 0x4b, 0xf0, 0x90, 0xa3,
];

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

/// The next chain key, and the message key.
fn step(chain: &[u8]) -> [Vec<u8>; 2] {
    let keys: [SecretBytes<32>; 2] =
        Prk::from_key(chain.try_into().expect("32")).expand_keys(&[label::GROUP_CHAIN]);
    keys.map(|key| key.as_bytes().to_vec())
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

/// A message by hand, as its sender or somebody else makes it.
struct ByHand {
    sending: SendingKeyRecord,
    key_id: [u8; 16],
    signing_seed: [u8; 32],
    /// The iteration that is sealed; and the one that is signed.
    iterations: [u32; 2],
    /// The roster inside; and the one that is signed.
    rosters: [[u8; 32]; 2],
    group: Vec<u8>,
    account: Vec<u8>,
    device: u32,
    salt: [u8; 8],
    plain: Vec<u8>,
}

impl ByHand {
    fn of(sending: &SendingKeyRecord, roster: [u8; 32], salt: [u8; 8], content: &Frame<'_>) -> Self {
        let key = SendingKey::from_record(&sending.encode_canonical()).expect("a key");
        let mut plain = vec![0; content.encoded_len(Padding::default())];
        content.encode_into(&mut plain).expect("in bounds");
        Self {
            key_id: key.id().0,
            signing_seed: sending.signing_seed[..].try_into().expect("32"),
            iterations: [sending.iteration; 2],
            rosters: [roster; 2],
            group: sending.group.clone(),
            account: sending.account.clone(),
            device: sending.device,
            sending: sending.clone(),
            salt,
            plain,
        }
    }

    fn seal(&self) -> (Vec<u8>, Value) {
        let [sealed_as, signed_as] = self.iterations;
        let mut chain = self.sending.chain.clone();
        for _ in self.sending.iteration..sealed_as {
            [chain, _] = step(&chain);
        }
        let [_, mk] = step(&chain);
        let frame_hash = sha256(&[&self.plain]);
        let signed = [
            label::GROUP_MESSAGE,
            &self.group,
            &self.rosters[1],
            &self.account,
            &self.device.to_be_bytes(),
            &self.key_id,
            &signed_as.to_be_bytes(),
            &frame_hash,
        ]
        .concat();
        let signature = SigningKey::<Recomputed>::from_seed(&self.signing_seed).sign(&signed);
        let ad = [&[1, 3], &self.key_id[..], &sealed_as.to_be_bytes(), &self.salt].concat();
        let nonce = [&self.salt[..], &[0; 4]].concat();
        let mut body = [&signature[..], &self.rosters[0], &self.plain].concat();
        let cipher = Cipher::new(mk[..].try_into().expect("32"));
        let tag = cipher.seal(nonce[..].try_into().expect("12"), &ad, &mut body).expect("short");
        let secrets = json!({
            "mk": hex(&mk),
            "frame": hex(&self.plain),
            "frame_hash": hex(&frame_hash),
            "signed": hex(&signed),
            "signature": hex(&signature),
            "ad": hex(&ad),
            "nonce": hex(&nonce),
        });
        ([&ad[..], &body, &tag].concat(), secrets)
    }
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
        let base = u64::from_str_radix(&nonce_base(301), 16).expect("hexadecimal");
        let salt = base.wrapping_add(1).to_be_bytes();
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

/// One receiver over its time.
#[derive(Default)]
struct Script {
    listener: Listener,
    steps: Vec<Value>,
    outputs: Vec<Value>,
}

impl Script {
    fn tell(&mut self, step: Value, mut output: Value, key: Option<KeyId>) {
        let stored = key.and_then(|key| self.listener.records.get(&key));
        output["record"] = stored.map(|(record, _)| hex(record)).into();
        let skipped = stored.iter().flat_map(|(_, skipped)| skipped.values());
        output["skipped"] = skipped.map(|record| hex(record)).collect();
        self.steps.push(step);
        self.outputs.push(output);
    }

    fn accept(&mut self, distribution: &[u8]) {
        let key = ReceivedKey::parse(distribution).ok().map(|key| key.id());
        let output = match self.listener.accept(distribution, ours()) {
            Ok(new) => json!({
                "result": if new.is_some() { "accepted" } else { "known" },
                "key_id": key.map(|key| hex(&key.0)),
            }),
            Err(error) => refused_with("distribution", of_distribution(error)),
        };
        let step = json!({ "do": "accept", "distribution": hex(distribution), "from": from(ours()) });
        self.tell(step, output, key);
    }

    fn open(&mut self, message: &[u8]) {
        let key = KeyId(*GroupMessage::parse(message).expect("well-formed").key_id());
        let output = match self.listener.open_any(message) {
            Ok(content) => {
                let content = content.map(|content| hex(&content));
                json!({ "result": "opened", "content": content, "roster": hex(ROSTER.as_bytes()) })
            }
            Err(error) => refused_with("sender key", of_opening(error)),
        };
        self.tell(json!({ "do": "open", "message": hex(message) }), output, Some(key));
    }

    fn close(&mut self, key: KeyId, parked: Option<u32>) {
        self.listener.close(key, parked);
        let ms = start_of(TODAY).as_ms();
        let step = json!({ "do": "close", "key_id": hex(&key.0), "parked": parked, "ms": ms });
        self.tell(step, json!({ "result": "closed" }), Some(key));
    }

    fn give_up(&mut self, key: KeyId, ms: u64) {
        self.listener.expire(key, Timestamp::from_ms(ms));
        let step = json!({ "do": "give up", "key_id": hex(&key.0), "ms": ms });
        self.tell(step, json!({ "result": "given up" }), Some(key));
    }

    /// The store loses the skipped keys.
    fn lose(&mut self, key: KeyId) {
        self.listener.records.get_mut(&key).expect("known").1.clear();
        self.tell(json!({ "do": "lose", "key_id": hex(&key.0) }), json!({ "result": "lost" }), Some(key));
    }

    fn end(&mut self, key: KeyId, newer: KeyId) {
        let ended = self.listener.end(key, newer).expect("its previous key");
        let output = json!({ "result": "ended", "clone_suspected": ended == EndedKey::CloneSuspected });
        let step = json!({ "do": "end", "key_id": hex(&key.0), "newer": hex(&newer.0) });
        self.tell(step, output, Some(key));
    }

    fn enter(self, vectors: &mut Vectors, name: &str, rules: &[&str]) {
        let fields = Fields {
            inputs: json!({ "group": hex(GROUP.as_bytes()), "steps": self.steps }),
            intermediate: Value::Null,
            outputs: json!({ "steps": self.outputs }),
        };
        vectors.accepted("receive", name, rules, fields);
    }
}

fn refused_with(layer: &str, error: &str) -> Value {
    json!({ "result": "refused", "layer": layer, "error": error })
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

fn receivers(vectors: &mut Vectors) {
    let mut speaker = Speaker::new(ours(), 311);
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    let messages: Vec<_> = (0..5).map(|n| speaker.seal(&[n])).collect();
    for at in [0, 3, 1, 1, 3, 2, 4] {
        script.open(&messages[at]);
    }
    script.accept(&speaker.distribution());
    script.open(&speaker.seal(b"on it goes"));
    let rules = ["GROUP-122", "GROUP-125", "GROUP-143", "GROUP-144", "GROUP-171", "GROUP-174"];
    script.enter(vectors, "messages overtake each other and come twice", &rules);

    let mut speaker = Speaker::new(ours(), 312);
    let early = speaker.seal(b"early");
    let mut script = Script::default();
    speaker.seal(b"another");
    script.accept(&speaker.distribution());
    script.open(&early);
    let far: Vec<_> = (0..130).map(|n| speaker.seal(&[n])).collect();
    script.open(&far[129]);
    for at in [0, 63, 64, 128] {
        script.open(&far[at]);
    }
    let rules = ["GROUP-141", "GROUP-144", "GROUP-173", "GROUP-174"];
    script.enter(vectors, "a key from its third message on, and a gap over three blocks", &rules);

    let mut speaker = Speaker::new(ours(), 313);
    let first = speaker.key.id();
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    let messages: Vec<_> = (0..4).map(|n| speaker.seal(&[n])).collect();
    script.open(&messages[0]);
    speaker.renew();
    let newer = speaker.key.id();
    script.accept(&speaker.distribution());
    script.end(first, newer);
    script.open(&messages[3]);
    script.open(&messages[2]);
    script.open(&speaker.seal(b"in the newer key"));
    script.enter(
        vectors,
        "a key that a newer one follows",
        &["GROUP-126", "GROUP-142", "GROUP-149", "GROUP-151"],
    );

    let mut speaker = Speaker::new(ours(), 314);
    let first = speaker.key.id();
    let stored = speaker.key.to_record().to_vec();
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    for n in 0..3 {
        script.open(&speaker.seal(&[n]));
    }
    let beyond = speaker.seal(b"sealed by the state that is gone");
    speaker.restore(&stored);
    speaker.seal(b"once");
    speaker.renew();
    let newer = speaker.key.id();
    script.accept(&speaker.distribution());
    script.end(first, newer);
    script.open(&beyond);
    script.enter(vectors, "a newer key that counts less than was read", &["GROUP-151"]);

    let mut speaker = Speaker::new(ours(), 315);
    let key = speaker.key.id();
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    let messages: Vec<_> = (0..=600_u32).map(|n| speaker.seal(&n.to_be_bytes())).collect();
    script.open(&messages[500]);
    script.close(key, Some(520));
    for at in [0, 100, 319, 320, 499, 520, 521, 600] {
        script.open(&messages[at]);
    }
    script.close(key, None);
    let rules = ["GROUP-142", "GROUP-150", "GROUP-152"];
    script.enter(vectors, "closed, with a message that is parked", &rules);
}

fn later_receivers(vectors: &mut Vectors) {
    let speaker = Speaker::new(ours(), 341);
    let record = SendingKeyRecord::decode_strict(&speaker.key.to_record()).expect("its own");
    let by_hand = || ByHand::of(&record, *ROSTER.as_bytes(), [5; 8], &frame(b"genuine"));
    let shards = [0x5a; 64];
    let with_shards = Frame { shards: Some(Shards { first: 0, bytes: &shards }), ..frame(b"shards") };
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    script.open(&ByHand { plain: vec![0xff; 64], ..by_hand() }.seal().0);
    let of_shards = ByHand::of(&record, *ROSTER.as_bytes(), [5; 8], &with_shards);
    script.open(&ByHand { iterations: [1; 2], ..of_shards }.seal().0);
    script.open(&ByHand { iterations: [2; 2], ..by_hand() }.seal().0);
    script.enter(
        vectors,
        "no frame, and a frame with shards, which is none here",
        &["GROUP-137", "GROUP-148"],
    );

    let mut speaker = Speaker::new(ours(), 342);
    let key = speaker.key.id();
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    let messages: Vec<_> = (0..10).map(|n| speaker.seal(&[n])).collect();
    script.open(&messages[8]);
    let closed = start_of(TODAY).as_ms();
    script.close(key, Some(9));
    script.open(&messages[0]);
    script.give_up(key, closed + 7 * 86_400_000 - 1);
    script.open(&messages[1]);
    script.give_up(key, closed - 7 * 86_400_000);
    script.open(&messages[2]);
    script.open(&messages[9]);
    script.enter(vectors, "given up seven days after it was closed, by a clock that jumps", &["GROUP-153"]);

    let mut speaker = Speaker::new(ours(), 343);
    let key = speaker.key.id();
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    let messages: Vec<_> = (0..12).map(|n| speaker.seal(&[n])).collect();
    script.open(&messages[5]);
    script.lose(key);
    script.open(&messages[2]);
    script.open(&messages[6]);
    script.open(&messages[11]);
    for at in [2, 7, 10] {
        script.open(&messages[at]);
    }
    script.enter(vectors, "the store loses skipped keys: their block is begun anew", &["GROUP-145"]);

    let mut speaker = Speaker::new(ours(), 344);
    let first = speaker.key.id();
    let mut script = Script::default();
    script.accept(&speaker.distribution());
    let messages: Vec<_> = (0..2).map(|n| speaker.seal(&[n])).collect();
    script.open(&messages[1]);
    speaker.renew();
    let newer = speaker.key.id();
    script.accept(&speaker.distribution());
    script.end(first, newer);
    script.open(&messages[0]);
    let name = "a newer key that counts just what was read";
    script.enter(vectors, name, &["GROUP-149", "GROUP-151"]);

    let genuine = Speaker::new(ours(), 345).distribution();
    let mut bytes = genuine;
    bytes[101..133].copy_from_slice(&OF_MIXED_ORDER);
    let received = ReceivedKey::parse(&bytes).and_then(|key| key.accept(GROUP, ours(), None).map(drop));
    let error = of_distribution(received.expect_err("of mixed order"));
    let inputs = json!({ "group": hex(GROUP.as_bytes()), "from": from(ours()), "distribution": hex(&bytes), "known": null });
    let rules = ["GROUP-121", "PRIM-12"];
    vectors.refused(
        "accept distribution",
        "a signing key of mixed order",
        &rules,
        "distribution",
        error,
        inputs,
    );
}

/// A receiver of the group with the key of a distribution, whoever's it is.
fn receiver(distribution: &[u8], group: GroupId) -> ReceivingKey {
    let received = ReceivedKey::parse(distribution).expect("well-formed");
    let sender = received.sender();
    match received.accept(group, sender, None).expect("genuine") {
        entrenous_group::sender_key::Accepted::New(key) => key,
        entrenous_group::sender_key::Accepted::Known => panic!("there was none"),
    }
}

fn open(key: &mut ReceivingKey, message: &[u8]) -> Result<Vec<u8>, OpenError> {
    let message = GroupMessage::parse(message).expect("well-formed");
    let mut out = Vec::new();
    let committed = key.locate(&message)?.open(None, &mut out)?.commit();
    Ok(committed.frame.expect("a frame").content.to_vec())
}

fn refused_distributions(vectors: &mut Vectors) {
    let mut speaker = Speaker::new(ours(), 321);
    let genuine = speaker.distribution();
    for _ in 0..3 {
        speaker.seal(b"sealed");
    }
    let later = speaker.distribution();
    let mut refuse =
        |name: &str, rule: &str, bytes: &[u8], group: GroupId, sender: Sender, known: Option<&[u8]>| {
            let known_key = known.map(|bytes| ReceivingKey::from_record(bytes).expect("its own"));
            let received = ReceivedKey::parse(bytes)
                .and_then(|key| key.accept(group, sender, known_key.as_ref()).map(drop));
            let error = of_distribution(received.expect_err(name));
            let inputs = json!({
                "group": hex(group.as_bytes()),
                "from": from(sender),
                "distribution": hex(bytes),
                "known": known.map(hex),
            });
            vectors.refused("accept distribution", name, &[rule], "distribution", error, inputs);
        };
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = genuine.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    let other_group = GroupId::from_bytes([1; 32]);
    refuse("for another group", "GROUP-120", &genuine, other_group, ours(), None);
    refuse("of another account", "GROUP-120", &genuine, GROUP, sender(8, 1), None);
    refuse("of another device", "GROUP-120", &genuine, GROUP, sender(9, 2), None);
    refuse("a byte less", "GROUP-110", &genuine[..220], GROUP, ours(), None);
    refuse("a byte more", "GROUP-110", &[&genuine[..], &[0]].concat(), GROUP, ours(), None);
    refuse("version 2", "GROUP-111", &changed(0, &[2]), GROUP, ours(), None);
    refuse("device 0", "GROUP-112", &changed(65, &[0; 4]), GROUP, ours(), None);
    refuse("iteration 4,096", "GROUP-113", &changed(197, &4_096_u32.to_be_bytes()), GROUP, ours(), None);
    refuse("no previous key, and a count", "GROUP-114", &changed(217, &[0, 0, 0, 1]), GROUP, ours(), None);
    let previous = [&[1; 16][..], &4_097_u32.to_be_bytes()].concat();
    refuse("a previous key of 4,097 messages", "GROUP-114", &changed(201, &previous), GROUP, ours(), None);
    refuse(
        "a signing key of small order",
        "GROUP-121",
        &changed(101, &points::small(1)),
        GROUP,
        ours(),
        None,
    );
    refuse("a chain key that isn't committed to", "GROUP-122", &changed(165, &[1]), GROUP, ours(), None);
    let known = receiver(&later, GROUP).to_record().to_vec();
    refuse("an earlier iteration of a known key", "GROUP-123", &genuine, GROUP, ours(), Some(&known));
    let mut other_chain = later.clone();
    other_chain[165] ^= 1;
    let known_from_the_start = receiver(&genuine, GROUP).to_record().to_vec();
    refuse(
        "another chain of a known key",
        "GROUP-124",
        &other_chain,
        GROUP,
        ours(),
        Some(&known_from_the_start),
    );
    let mut other_previous = later;
    other_previous[201..217].fill(1);
    refuse(
        "another previous key of a known key",
        "GROUP-127",
        &other_previous,
        GROUP,
        ours(),
        Some(&known_from_the_start),
    );
}

fn refused_messages(vectors: &mut Vectors) {
    let speaker = Speaker::new(ours(), 331);
    let record = SendingKeyRecord::decode_strict(&speaker.key.to_record()).expect("its own");
    let key = receiver(&speaker.distribution(), GROUP);
    let state = key.to_record().to_vec();
    let refuse = |vectors: &mut Vectors, name: &str, rules: &[&str], state: &[u8], message: &[u8]| {
        let mut key = ReceivingKey::from_record(state).expect("its own");
        let (layer, error) = match GroupMessage::parse(message) {
            Err(_) => ("envelope", "Malformed"),
            Ok(_) => ("sender key", of_opening(open(&mut key, message).expect_err(name))),
        };
        assert_eq!(&key.to_record()[..], state, "{name}");
        let inputs = json!({ "record": hex(state), "skipped": [], "message": hex(message) });
        vectors.refused("open", name, rules, layer, error, inputs);
    };
    let genuine = || ByHand::of(&record, *ROSTER.as_bytes(), [5; 8], &frame(b"genuine"));
    let (message, _) = genuine().seal();
    assert_eq!(
        open(&mut ReceivingKey::from_record(&state).expect("its own"), &message),
        Ok(b"genuine".to_vec())
    );

    type Change = fn(&mut ByHand);
    let changes: [(&str, &[&str], Change); 9] = [
        ("signed by another member who has the chain", &["GROUP-147"], |it| it.signing_seed = [1; 32]),
        ("signed for another group", &["GROUP-135", "GROUP-147"], |it| it.group = vec![1; 32]),
        ("signed for another roster", &["GROUP-135", "GROUP-147"], |it| it.rosters[1] = [1; 32]),
        ("another roster than is signed", &["GROUP-135", "GROUP-147"], |it| it.rosters[0] = [1; 32]),
        ("signed as another account", &["GROUP-135", "GROUP-147"], |it| it.account = vec![1; 32]),
        ("signed as another device", &["GROUP-135", "GROUP-147"], |it| it.device = 2),
        ("signed for another iteration", &["GROUP-135", "GROUP-147"], |it| it.iterations[1] = 1),
        ("moved to the next iteration", &["GROUP-135", "GROUP-147"], |it| it.iterations[0] = 1),
        ("of another key", &["GROUP-140"], |it| it.key_id = [1; 16]),
    ];
    for (name, rules, change) in changes {
        let mut by_hand = genuine();
        change(&mut by_hand);
        refuse(vectors, name, rules, &state, &by_hand.seal().0);
    }
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = message.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    let end = message.len() - 1;
    refuse(vectors, "a changed body", &["GROUP-146"], &state, &changed(100, &[message[100] ^ 1]));
    refuse(vectors, "a changed tag", &["GROUP-146"], &state, &changed(end, &[message[end] ^ 1]));
    refuse(vectors, "another nonce salt", &["GROUP-134", "GROUP-146"], &state, &changed(22, &[6]));
    refuse(vectors, "another iteration", &["GROUP-134", "GROUP-146"], &state, &changed(21, &[1]));
    refuse(vectors, "version 2", &["GROUP-131"], &state, &changed(0, &[2]));
    refuse(vectors, "iteration 4,096", &["GROUP-132"], &state, &changed(18, &4_096_u32.to_be_bytes()));
    refuse(vectors, "a frame of 15 bytes", &["GROUP-133"], &state, &message[..142 + 15]);

    let mut read = ReceivingKey::from_record(&state).expect("its own");
    open(&mut read, &message).expect("genuine");
    refuse(vectors, "opened before", &["GROUP-143"], &read.to_record(), &message);
    let (other, _) = ByHand::of(&record, *ROSTER.as_bytes(), [6; 8], &frame(b"another")).seal();
    refuse(
        vectors,
        "another message with a number that was opened",
        &["GROUP-143"],
        &read.to_record(),
        &other,
    );
    let mut later = Speaker::new(ours(), 331);
    later.seal(b"one");
    let from_later = receiver(&later.distribution(), GROUP).to_record().to_vec();
    refuse(vectors, "sealed before the key was given", &["GROUP-141"], &from_later, &message);
    let mut closed = ReceivingKey::from_record(&state).expect("its own");
    drop(closed.close(None, start_of(TODAY)));
    refuse(vectors, "of a key that is closed", &["GROUP-142", "GROUP-150"], &closed.to_record(), &message);
    let second = ByHand { iterations: [1; 2], ..genuine() }.seal().0;
    let mut skipping = ReceivingKey::from_record(&state).expect("its own");
    open(&mut skipping, &second).expect("genuine");
    let name = "the record of its skipped key is lost";
    refuse(vectors, name, &["GROUP-145"], &skipping.to_record(), &message);
}
