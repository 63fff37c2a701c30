//! Conversations of two ends, step by step, with every secret of each message.

use entrenous_identity::InitiatorSecret;
use entrenous_primitives::{
    aead::Cipher,
    x25519::{PublicKey, SecretKey},
};
use entrenous_ratchet::{CloneEvidence, Limits, OpenError, Report};
use entrenous_wire::{
    envelope::Envelope,
    header::{HEADER_LEN, Header},
    proto::SessionRecord,
};
use rand_core::TryRng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Fields, Recomputed, Vectors, hex};
use crate::{
    device::start_of,
    forge::{chain_step, record, root_step},
    pair::Pair,
    peer::{Peer, Received, Refused, Stored, frame},
    quantum::{array, open_header, prefix},
    rng::ScriptedRng,
};

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Alice, who initiates.
    A,
    /// Bob.
    B,
}

/// A conversation, and what is told of it.
pub(super) struct Conversation {
    /// The two ends.
    pub(super) pair: Pair,
    start: Value,
    root: [u8; 32],
    prekey: [u8; 32],
    whole_states: bool,
    sealed: Vec<Option<SealedMessage>>,
    steps: Vec<Value>,
    intermediate: Vec<Value>,
    outputs: Vec<Value>,
}

/// A message with its keys and what it says.
#[derive(Clone)]
struct SealedMessage {
    bytes: Vec<u8>,
    header_key: [u8; 32],
    mk: [u8; 32],
    hdr: [u8; HEADER_LEN],
    frame: Vec<u8>,
}

impl SealedMessage {
    /// The message, opened under its header key and the chain of which `chain` is the key of number `at`.
    fn of(bytes: &[u8], hs: &[u8], header_key: &[u8; 32], mut chain: [u8; 32], at: u32) -> Self {
        let envelope = Envelope::parse(bytes).expect("just sealed");
        let ad = prefix(&envelope, &array(hs));
        let hdr = open_header(header_key, &envelope, &ad).expect("its header key");
        let fields = Header::decode(&hdr).expect("just sealed");
        for _ in at..fields.n {
            chain = chain_step(&chain).0;
        }
        let mk = chain_step(&chain).1;
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&fields.nonce_salt);
        let mut frame = vec![0; envelope.body().len()];
        let opened = Cipher::new(&mk).open(
            &nonce,
            &[&ad[..], &hdr].concat(),
            envelope.body(),
            envelope.tag(),
            &mut frame,
        );
        opened.expect("its message key");
        Self { bytes: bytes.to_vec(), header_key: *header_key, mk, hdr, frame }
    }

    fn header(&self) -> Header {
        Header::decode(&self.hdr).expect("just sealed")
    }

    fn described(&self, mut more: Value) -> Value {
        let fields = more.as_object_mut().expect("an object");
        fields.insert("header_key".into(), hex(&self.header_key).into());
        fields.insert("mk".into(), hex(&self.mk).into());
        fields.insert("hdr".into(), hex(&self.hdr).into());
        fields.insert("frame".into(), hex(&self.frame).into());
        more
    }
}

impl Conversation {
    /// Before the first message. `whole_states` tells whether records are told whole, or by their hashes.
    pub(super) fn new(seed: u64, whole_states: bool) -> Self {
        let pair = Pair::new(seed, Limits::default());
        let InitiatorSecret { session, handshake, .. } =
            pair.alice_device.initiate(&pair.bob_device, true, seed);
        let bob = entrenous_wire::Strict::decode_strict(&pair.bob_device.signed.to_record());
        let bob: entrenous_wire::proto::PrekeyRecord = bob.expect("its own");
        let start = json!({
            "T": hex(&session.transcript.0),
            "hs": hex(&session.handshake_hash.0),
            "RK": hex(session.root.as_bytes()),
            "HK_A": hex(session.header_initiator.as_bytes()),
            "HK_B": hex(session.header_responder.as_bytes()),
            "handshake": hex(&handshake),
            "prekey_secret": hex(&bob.curve),
            "prekey": hex(pair.bob_device.signed.public().curve.as_bytes()),
            "states": if whole_states { "whole" } else { "sha256" },
            "nonce_base": { "A": hex(&nonce_base(seed * 4 + 2)), "B": hex(&nonce_base(seed * 4 + 3)) },
        });
        Self {
            pair,
            start,
            root: *session.root.as_bytes(),
            prekey: array(&bob.curve),
            whole_states,
            sealed: Vec::new(),
            steps: Vec::new(),
            intermediate: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// An end; Bob's is there when his first message was opened.
    pub(super) fn end(&mut self, end: End) -> &mut Peer {
        match end {
            End::A => &mut self.pair.alice,
            End::B => self.pair.bob.as_mut().expect("has read a message"),
        }
    }

    /// Both ends go on to the next day.
    pub(super) fn next_day(&mut self) {
        for end in [End::A, End::B] {
            self.end(end).today.0 += 1;
        }
    }

    /// The message of a step.
    pub(super) fn message(&self, step: usize) -> &[u8] {
        &self.sealed[step].as_ref().expect("a step that has sealed").bytes
    }

    /// A message of `from` that the other end opens.
    pub(super) fn say(&mut self, from: End, content: &[u8]) {
        let message = self.seal(from, content);
        let to = if from == End::A { End::B } else { End::A };
        self.open(to, message);
    }

    /// Seals: the step's number.
    pub(super) fn seal(&mut self, who: End, content: &[u8]) -> usize {
        self.seal_and(who, content, false)
    }

    /// Seals, and drops the step.
    pub(super) fn seal_and_drop(&mut self, who: End, content: &[u8]) -> usize {
        self.seal_and(who, content, true)
    }

    fn seal_and(&mut self, who: End, content: &[u8], drop: bool) -> usize {
        let peer = self.end(who);
        let (rng, stored) = (peer.rng.clone(), peer.stored());
        let bytes = peer.seal(content).expect("sealed");
        let drawn = peer.rng.drawn_since(&rng);
        let [before, after] = [&stored, &peer.stored()].map(|stored| record(&stored.session));
        let (day, ms) = (peer.today, start_of(peer.today).as_ms());
        if drop {
            peer.restore(&stored);
        }
        let state = self.state(who);

        let sending = after.sending.as_ref().expect("it has just sealed");
        let (step, chain, at) = if let Some(sending) = &before.sending {
            (Value::Null, array(&sending.chain), before.sent)
        } else {
            let dh = agree(&array(&sending.ratchet_secret), &array(&before.peer_ratchet_key));
            let es = (sending.epoch_step == 1).then(|| epoch_secret(&before));
            let step = root_step(&before.root, &dh, es.as_deref(), before.epoch);
            assert_eq!((&after.root[..], &after.next_header_send[..]), (&step[0][..], &step[2][..]));
            (described(&dh, es.as_deref(), before.epoch, &step), step[1], 0)
        };
        assert_eq!(sending.chain, chain_step(&chain).0);
        let header_key = array(&sending.header);
        let sealed = SealedMessage::of(&bytes, &after.handshake_hash, &header_key, chain, at);
        self.intermediate.push(sealed.described(json!({
            "ratchet_secret": hex(&sending.ratchet_secret),
            "ratchet_public": hex(&sending.ratchet_key),
            "root_step": step,
        })));
        self.steps.push(json!({
            "who": name(who),
            "do": "seal",
            "day": day.0,
            "ms": ms,
            "frame": frame_fields(content),
            "drawn": hex(&drawn),
            "drop": drop,
        }));
        self.outputs.push(json!({ "message": hex(&bytes), "state": state }));
        self.sealed.push(Some(sealed));
        self.sealed.len() - 1
    }

    /// Opens the message of a step, or is told why not.
    pub(super) fn open(&mut self, who: End, message: usize) {
        let sealed = self.sealed[message].clone().expect("a step that has sealed");
        let day = self.today(who);
        self.steps.push(json!({ "who": name(who), "do": "open", "day": day, "message": message }));
        let bytes = sealed.bytes.clone();
        self.opened(who, &bytes, Some(&sealed));
    }

    /// Opens bytes that no end has sealed.
    pub(super) fn open_bytes(&mut self, who: End, bytes: &[u8]) {
        let day = self.today(who);
        self.steps.push(json!({ "who": name(who), "do": "open bytes", "day": day, "message": hex(bytes) }));
        self.opened(who, bytes, None);
    }

    fn today(&self, who: End) -> u32 {
        match (who, &self.pair.bob) {
            (End::B, Some(bob)) => bob.today.0,
            _ => self.pair.alice.today.0,
        }
    }

    fn opened(&mut self, who: End, bytes: &[u8], sealed: Option<&SealedMessage>) {
        let before = match who {
            End::B => self.pair.bob.as_ref().map(Peer::stored),
            End::A => Some(self.pair.alice.stored()),
        };
        let result = match (who, &mut self.pair.bob) {
            (End::A, _) => self.pair.alice.open(bytes),
            (End::B, Some(bob)) => bob.open(bytes),
            (End::B, None) => self.pair.accept(bytes),
        };
        let opened = result.is_ok();
        let mut output = told(result);
        let stored = self.stored(who);
        output["state"] = self.state(who);
        output["skipped"] = stored.iter().flat_map(|stored| self.skipped(stored)).collect();
        self.outputs.push(output);
        self.sealed.push(None);
        let described = match (opened, sealed) {
            (true, Some(sealed)) => self.described_opening(sealed, before.as_ref(), &stored.expect("opened")),
            _ => Value::Null,
        };
        self.intermediate.push(described);
    }

    fn described_opening(&self, sealed: &SealedMessage, before: Option<&Stored>, after: &Stored) -> Value {
        let after = record(&after.session);
        let header = sealed.header();
        let before = before.map(|stored| record(&stored.session));
        let (place, step) = match &before {
            None => {
                let dh = agree(&self.prekey, &header.ratchet_key);
                ("first", Some((dh, None, 1, root_step(&self.root, &dh, None, 1))))
            }
            Some(before) => match &before.receiving {
                Some(newest) if newest.header == sealed.header_key => ("newest", None),
                _ if before.next_header_receive == sealed.header_key => {
                    let sending = before.sending.as_ref().expect("a chain that is answered");
                    let dh = agree(&array(&sending.ratchet_secret), &header.ratchet_key);
                    let es = header.flags.mix.then(|| epoch_secret(before));
                    let step = root_step(&before.root, &dh, es.as_deref(), before.epoch);
                    ("new chain", Some((dh, es, before.epoch, step)))
                }
                _ => ("old chain", None),
            },
        };
        if let Some((.., step)) = &step {
            assert_eq!((&after.root[..], &after.next_header_receive[..]), (&step[0][..], &step[2][..]));
        }
        let step = step.map(|(dh, es, epoch, step)| described(&dh, es.as_deref(), epoch, &step));
        // the rest is as the step that sealed it has it
        json!({ "place": place, "root_step": step, "mk": hex(&sealed.mk) })
    }

    fn stored(&self, who: End) -> Option<Stored> {
        match who {
            End::A => Some(self.pair.alice.stored()),
            End::B => self.pair.bob.as_ref().map(Peer::stored),
        }
    }

    fn state(&self, who: End) -> Value {
        self.stored(who).map_or(Value::Null, |stored| self.told_record(&stored.session))
    }

    fn skipped<'a>(&'a self, stored: &'a Stored) -> impl Iterator<Item = Value> + 'a {
        stored.skipped.values().map(|record| self.told_record(record))
    }

    fn told_record(&self, record: &[u8]) -> Value {
        if self.whole_states { hex(record).into() } else { json!({ "sha256": hex(&Sha256::digest(record)) }) }
    }

    /// The case.
    pub(super) fn enter(self, vectors: &mut Vectors, name: &str, rules: &[&str]) {
        let mut inputs = self.start;
        inputs["steps"] = self.steps.into();
        vectors.accepted(
            "conversation",
            name,
            rules,
            Fields {
                inputs,
                intermediate: json!({ "steps": self.intermediate }),
                outputs: json!({ "steps": self.outputs }),
            },
        );
    }
}

/// The base of the nonce salts of the end with this seed: what it draws first.
pub(super) fn nonce_base(seed: u64) -> [u8; 8] {
    let mut base = [0; 8];
    let Ok(()) = ScriptedRng::new(seed).try_fill_bytes(&mut base);
    base
}

/// What came of an opening.
pub(super) fn told(result: Result<Received, Refused>) -> Value {
    let refused = |error: &str| json!({ "result": "refused", "layer": "session", "error": error });
    match result {
        Ok(Received { content, report }) => {
            let Report { new_chain, clone_suspected, lost_keys, ended_epoch } = report;
            json!({
                "result": "opened",
                "malformed": content.is_err(),
                "content": content.ok().map(|content| hex(&content)),
                "new_chain": new_chain,
                "clone_suspected": clone_suspected,
                "lost_keys": lost_keys,
                "ended_epoch": ended_epoch.map(|ended| json!({ "epoch": ended.epoch, "mixed": ended.mixed })),
            })
        }
        Err(Refused::Open(error)) => refused(named(error)),
        Err(Refused::Clone(evidence)) => {
            let evidence = match evidence {
                CloneEvidence::NumberUsedTwice => "NumberUsedTwice",
                CloneEvidence::ChainBegunTwice => "ChainBegunTwice",
                other => panic!("{other:?}"),
            };
            json!({ "result": "clone evidence", "evidence": evidence })
        }
        Err(Refused::Malformed(_)) => {
            json!({ "result": "refused", "layer": "envelope", "error": "Malformed" })
        }
    }
}

fn named(error: OpenError) -> &'static str {
    match error {
        OpenError::Rejected => "Rejected",
        OpenError::Duplicate => "Duplicate",
        OpenError::TooFarAhead => "TooFarAhead",
        OpenError::WrongRecords => "WrongRecords",
        other => panic!("{other:?}"),
    }
}

fn name(who: End) -> &'static str {
    match who {
        End::A => "A",
        End::B => "B",
    }
}

/// The frame that the ends make of a content.
pub(super) fn frame_fields(content: &[u8]) -> Value {
    let frame = frame(content);
    json!({
        "kind": frame.kind.number(),
        "sent_ms": frame.sent_ms,
        "nonce": hex(&frame.nonce),
        "ttl": Value::Null,
        "list_epoch": Value::Null,
        "content": hex(content),
    })
}

fn agree(secret: &[u8; 32], public: &[u8; 32]) -> [u8; 32] {
    let public = PublicKey::<Recomputed>::from_bytes(public).expect("genuine");
    *SecretKey::<Recomputed>::from_bytes(secret).agree(&public).expect("contributory").as_bytes()
}

fn epoch_secret(record: &SessionRecord) -> Vec<u8> {
    record.post_quantum.as_ref().expect("every session has one").secret.clone()
}

fn described(dh: &[u8; 32], es: Option<&[u8]>, epoch: u64, step: &[[u8; 32]; 4]) -> Value {
    json!({
        "dh": hex(dh),
        "es": es.map(hex),
        "mix": u8::from(es.is_some()),
        "e": epoch,
        "rk": hex(&step[0]),
        "ck": hex(&step[1]),
        "nhk": hex(&step[2]),
        "rs": hex(&step[3]),
    })
}
