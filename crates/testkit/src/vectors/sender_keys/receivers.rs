//! Receivers over their time: what they are given, open, close, lose and give up.

use entrenous_group::sender_key::{EndedKey, KeyId, ReceivedKey};
use entrenous_identity::Timestamp;
use entrenous_wire::{
    Strict,
    frame::{Frame, Shards},
    group_message::GroupMessage,
    proto::SendingKeyRecord,
};
use serde_json::{Value, json};

use super::{by_hand::ByHand, from, of_distribution, of_opening, ours};
use crate::{
    device::{TODAY, start_of},
    peer::frame,
    sender_keys::{GROUP, Listener, ROSTER, Speaker},
    vectors::{Fields, Vectors, hex},
};

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

pub(super) fn vectors(vectors: &mut Vectors) {
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

pub(super) fn later(vectors: &mut Vectors) {
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
}
