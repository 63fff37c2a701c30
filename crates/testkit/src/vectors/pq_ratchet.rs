//! The post-quantum ratchet: the exchange of an epoch, its shards, and conversations through whole epochs.

use entrenous_primitives::{
    hash::sha256,
    hkdf::Prk,
    ml_kem::{CIPHERTEXT_768_LEN, Ciphertext768, DecapsulationKey768},
    reed_solomon::{reconstruct, shard},
};
use entrenous_wire::{
    frame::{Frame, Shards},
    label,
    padding::Padding,
};
use rand_core::TryRng;
use serde_json::{Value, json};

use super::{
    Fields, Recomputed, Vectors,
    conversation::{Conversation, End},
    hex,
};
use crate::{
    forge::{Forger, record},
    peer::frame,
    rng::ScriptedRng,
};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "pq-ratchet",
        "Epochs of the post-quantum ratchet: secrets, blobs, shards, and conversations that mix epochs in or skip them.",
    );
    exchanges(&mut vectors);
    shards(&mut vectors);
    conversations(&mut vectors);
    vectors
}

/// One exchange, and what is made of it.
struct Exchange {
    seed: [u8; 64],
    transcript: [u8; 32],
    epoch: u64,
    offer: Vec<u8>,
    answer: Vec<u8>,
    es: Vec<u8>,
    fields: Fields,
}

fn exchange(seed: u64, epoch: u64) -> Exchange {
    let mut rng = ScriptedRng::new(seed);
    let (mut secret, mut randomness, mut transcript) = ([0; 64], [0; 32], [0; 32]);
    let Ok(()) = rng.try_fill_bytes(&mut secret);
    let Ok(()) = rng.try_fill_bytes(&mut randomness);
    let Ok(()) = rng.try_fill_bytes(&mut transcript);
    let key = DecapsulationKey768::<Recomputed>::from_seed(&secret);
    let ek = key.encapsulation_key();
    let (ct, ss) = ek.encapsulate(&randomness);
    assert_eq!(key.decapsulate(&ct).as_bytes(), ss.as_bytes());
    let h = sha256(&[label::EPOCH_BLOBS, ek.as_bytes(), ct.as_bytes()]);
    let okm =
        Prk::from_key(ss.as_bytes()).expand::<64>(&[label::EPOCH, &transcript, &epoch.to_be_bytes(), &h]);
    let (confirmation, es) = okm.as_bytes().split_at(32);
    let (offer, answer) = (ek.as_bytes().to_vec(), [ct.as_bytes(), confirmation].concat());
    let fields = Fields {
        inputs: json!({
            "seed": hex(&secret),
            "randomness": hex(&randomness),
            "T": hex(&transcript),
            "e": epoch,
        }),
        intermediate: json!({ "ss": hex(ss.as_bytes()), "h": hex(&h) }),
        outputs: json!({
            "ek": hex(&offer),
            "ct": hex(ct.as_bytes()),
            "confirmation": hex(confirmation),
            "es": hex(es),
            "offer": hex(&offer),
            "answer": hex(&answer),
        }),
    };
    Exchange { seed: secret, transcript, epoch, offer, answer, es: es.to_vec(), fields }
}

fn exchanges(vectors: &mut Vectors) {
    for (name, seed, epoch) in [("the first epoch", 201, 1), ("a late epoch", 202, u64::from(u32::MAX) + 2)] {
        let Exchange { fields, .. } = exchange(seed, epoch);
        vectors.accepted("epoch", name, &["RATCHET-71", "RATCHET-72"], fields);
    }
    let Exchange { seed, transcript, epoch, answer, es, offer, .. } = exchange(203, 3);
    let mut with = |name: &str, rules: &[&str], answer: &[u8], transcript: &[u8; 32], epoch: u64| {
        let ciphertext = answer.first_chunk::<CIPHERTEXT_768_LEN>().expect("long enough");
        let ss = DecapsulationKey768::<Recomputed>::from_seed(&seed)
            .decapsulate(&Ciphertext768::from_bytes(ciphertext));
        let h = sha256(&[label::EPOCH_BLOBS, &offer, ciphertext]);
        let okm =
            Prk::from_key(ss.as_bytes()).expand::<64>(&[label::EPOCH, transcript, &epoch.to_be_bytes(), &h]);
        let (confirmation, secret) = okm.as_bytes().split_at(32);
        let confirmed = (confirmation == &answer[CIPHERTEXT_768_LEN..]).then(|| hex(secret));
        let fields = Fields {
            inputs: json!({ "seed": hex(&seed), "T": hex(transcript), "e": epoch, "answer": hex(answer) }),
            intermediate: json!({ "ss": hex(ss.as_bytes()), "h": hex(&h), "confirmation": hex(confirmation) }),
            outputs: json!({ "es": &confirmed }),
        };
        vectors.accepted("answer", name, rules, fields);
        let genuine = hex(&es);
        confirmed.inspect(|secret| assert_eq!(*secret, genuine)).is_some()
    };
    let flipped = |at: usize| {
        let mut answer = answer.clone();
        answer[at] ^= 1;
        answer
    };
    assert!(with("the genuine answer", &["RATCHET-73"], &answer, &transcript, epoch));
    let last = answer.len() - 1;
    assert!(!with("a false confirmation", &["RATCHET-73"], &flipped(last), &transcript, epoch));
    assert!(!with(
        "a false ciphertext: implicit rejection",
        &["RATCHET-73"],
        &flipped(0),
        &transcript,
        epoch
    ));
    assert!(!with(
        "the answer of another epoch",
        &["RATCHET-71", "RATCHET-73"],
        &answer,
        &transcript,
        epoch + 2
    ));
    assert!(!with("the answer of another session", &["RATCHET-71", "RATCHET-73"], &answer, &[9; 32], epoch));
}

fn shards(vectors: &mut Vectors) {
    let Exchange { offer, answer, .. } = exchange(204, 1);
    let runs: [(&str, &[u8], u8, u8); 5] = [
        ("the key itself", &offer, 0, 37),
        ("beyond the key", &offer, 37, 8),
        ("the end of the answer and beyond it", &answer, 33, 4),
        ("from the last index on to the first", &answer, 253, 4),
        ("a blob of one shard", &[0x5a; 32], 0, 3),
    ];
    for (name, blob, first, count) in runs {
        let indices =
            (0..count).map(|at| u8::try_from((u32::from(first) + u32::from(at)) % 255).expect("below"));
        let shards: Vec<_> = indices.map(|index| hex(&shard(blob, index))).collect();
        vectors.accepted(
            "shards",
            name,
            &["PRIM-11", "RATCHET-76"],
            Fields {
                inputs: json!({ "blob": hex(blob), "first": first, "count": count }),
                intermediate: Value::Null,
                outputs: json!({ "shards": shards, "data": blob.len() / 32 }),
            },
        );
    }
    let sets: [(&str, &[u8], Vec<u8>); 4] = [
        ("the shards of the answer itself, in no order", &answer, (0..35).rev().collect()),
        ("only shards beyond the answer", &answer, (100..135).collect()),
        ("half of the key, and the last ones", &offer, (0..18).chain(236..255).collect()),
        ("every seventh", &offer, (0..37).map(|at| u8::try_from(at * 6_u32).expect("below")).collect()),
    ];
    for (name, blob, indices) in sets {
        let made: Vec<_> = indices.iter().map(|index| (*index, shard(blob, *index))).collect();
        assert_eq!(reconstruct(made.iter().map(|(index, shard)| (*index, shard))), blob);
        vectors.accepted(
            "reconstruct",
            name,
            &["PRIM-11"],
            Fields {
                inputs: json!({
                    "needed": blob.len() / 32,
                    "shards": made.iter().map(|(index, shard)| json!([index, hex(shard)])).collect::<Vec<_>>(),
                }),
                intermediate: Value::Null,
                outputs: json!({ "blob": hex(blob) }),
            },
        );
    }
}

const OF_EPOCHS: [&str; 9] = [
    "RATCHET-15",
    "RATCHET-70",
    "RATCHET-72",
    "RATCHET-73",
    "RATCHET-74",
    "RATCHET-75",
    "RATCHET-76",
    "RATCHET-78",
    "RATCHET-80",
];

/// Until `number` epochs are over at Alice; each new one begins on another day.
fn go_on(talk: &mut Conversation, number: u64) {
    for turn in 0.. {
        assert!(turn < 200, "an epoch doesn't end");
        talk.say(End::A, b"a");
        talk.say(End::B, b"b");
        if record(&talk.end(End::A).stored().session).epoch > number {
            return;
        }
        if turn % 8 == 7 {
            talk.next_day();
        }
    }
}

fn conversations(vectors: &mut Vectors) {
    use End::{A, B};

    let mut talk = Conversation::new(211, false);
    go_on(&mut talk, 3);
    talk.enter(vectors, "short messages in turn, through three epochs", &OF_EPOCHS);

    let mut talk = Conversation::new(212, false);
    talk.say(A, b"first");
    // what is lost comes again, as other shards; long messages have more
    for n in 0_usize.. {
        assert!(n < 200, "an epoch doesn't end");
        talk.seal(B, &vec![1; 40 * (n % 5)]);
        talk.say(B, b"b");
        talk.say(A, &vec![2; 60 * (n % 7)]);
        let late = talk.seal(A, b"late");
        talk.say(A, b"a");
        if n % 3 == 0 {
            talk.open(B, late);
        }
        if n % 6 == 5 {
            talk.next_day();
        }
        if record(&talk.end(A).stored().session).epoch > 2 {
            break;
        }
    }
    talk.enter(vectors, "lost, late and long messages", &[&OF_EPOCHS[..], &["RATCHET-79"]].concat());

    let mut talk = Conversation::new(213, false);
    talk.say(A, b"first");
    for n in 0..80_u8 {
        talk.say(B, &[n]);
    }
    talk.say(A, b"an answer to eighty");
    talk.say(B, b"b");
    talk.enter(
        vectors,
        "twice the shards that are needed, until there is an answer",
        &["RATCHET-77", "RATCHET-80"],
    );

    skipped_epoch(vectors);
    no_key(vectors);
}

/// A message of `from`'s own making, in its chain, that brings a whole blob of false shards.
fn false_shards(talk: &mut Conversation, from: End, byte: u8) -> Vec<u8> {
    let shards = [byte; 32 * 37];
    let lie = Frame { shards: Some(Shards { first: 100, bytes: &shards }), ..frame(b"false shards") };
    let mut plain = vec![0; lie.encoded_len(Padding::default())];
    lie.encode_into(&mut plain).expect("in bounds");
    let mut forger = Forger::in_chain(&talk.end(from).stored().session);
    // one ahead, so that the next number is still free
    forger.fields.n += 1;
    forger.raw(&plain)
}

/// A message of Bob's own making brings shards of what is no key: Alice answers with random bytes.
fn no_key(vectors: &mut Vectors) {
    use End::{A, B};

    let mut talk = Conversation::new(215, false);
    talk.say(A, b"first");
    talk.seal(B, b"lost");
    let message = false_shards(&mut talk, B, 0xff);
    talk.open_bytes(A, &message);
    for _ in 0..40 {
        talk.say(A, b"answers with 1120 random bytes");
        talk.say(B, b"and Bob notices");
        if record(&talk.end(A).stored().session).epoch == 2 {
            break;
        }
    }
    assert_eq!(record(&talk.end(A).stored().session).epoch, 2);
    talk.enter(
        vectors,
        "an offer that is no key: the epoch is skipped",
        &["RATCHET-72", "RATCHET-74", "PRIM-8"],
    );
}

/// A message of Alice's own making brings false shards of her answer: Bob skips the epoch.
fn skipped_epoch(vectors: &mut Vectors) {
    use End::{A, B};

    let mut talk = Conversation::new(214, false);
    talk.say(A, b"first");
    for _ in 0..60 {
        talk.say(B, b"offers");
        talk.say(A, b"collects");
        let stage = record(&talk.end(A).stored().session).post_quantum.as_ref().expect("there").stage;
        // Answered
        if stage == 6 {
            break;
        }
    }
    let message = false_shards(&mut talk, A, 0x66);
    talk.open_bytes(B, &message);
    talk.say(B, b"skips the epoch");
    assert_eq!(record(&talk.end(B).stored().session).epoch, 2);
    talk.say(A, b"follows");
    talk.say(B, b"on it goes");
    talk.enter(
        vectors,
        "an answer of false shards: the epoch is skipped",
        &["RATCHET-73", "RATCHET-74", "RATCHET-78"],
    );
}
