//! An adversary with a quantum computer: it has taken the whole stored state of one end once, sees every message that
//! is sent from then on, and is told every X25519 secret of both ends, also later ones.
//!
//! Written from the specification and sharing only the primitives with the product. What it doesn't have is the
//! randomness of ML-KEM keys and encapsulations that were made after the theft.

use entrenous_primitives::{
    aead::Cipher,
    hash::sha256,
    hkdf::Prk,
    ml_kem::{CIPHERTEXT_768_LEN, Ciphertext768, DecapsulationKey768},
    reed_solomon::{SHARD_LEN, reconstruct},
    role::Role,
    x25519::{PublicKey, SecretKey},
};
use entrenous_ratchet::Party;
use entrenous_wire::{
    envelope::{Envelope, Kind},
    frame::{Frame, Shards},
    header::{HEADER_LEN, Header},
    label,
    proto::{PostQuantum, SessionRecord},
};

use crate::{
    forge::{chain_step, record, root_step},
    peer::Peer,
};

/// Shards of an answer: a ciphertext of 1088 bytes and a confirmation of 32.
const ANSWER_SHARDS: usize = 35;

/// The stages of an epoch in which a stored state has a secret of it.
const OFFERED: u32 = 2;

/// For keys whose purpose is not this adversary's business.
#[derive(Debug)]
enum Stolen {}
impl Role for Stolen {
    const NAME: &'static str = "stolen";
}

/// What the adversary knows.
#[derive(Debug)]
pub struct Quantum {
    transcript: Vec<u8>,
    /// None once a secret was mixed in that it doesn't have.
    root: Option<Vec<u8>>,
    epoch: u64,
    secret: Option<[u8; 32]>,
    kem: Option<Kem>,
    /// Of the initiator's messages, and of the responder's.
    writers: [Writer; 2],
}

/// A stolen decapsulation key, and what has come for it.
#[derive(Debug)]
struct Kem {
    key: DecapsulationKey768<Stolen>,
    offer: Vec<u8>,
    answer: Vec<(u8, [u8; SHARD_LEN])>,
}

/// What it knows of the messages of one end.
#[derive(Debug, Default)]
struct Writer {
    header: Option<[u8; 32]>,
    next_header: Option<[u8; 32]>,
    /// The chain key of message `at`.
    chain: Option<[u8; 32]>,
    at: u32,
}

/// What comes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The content was read.
    Content(Vec<u8>),
    /// At least the header was.
    Header,
    /// Nothing.
    Nothing,
}

impl Quantum {
    /// Takes the state of `victim`.
    pub fn steals(victim: &Peer) -> Self {
        let record = record(&victim.stored().session);
        let own = usize::from(record.role == 2);
        let mut writers = [Writer::default(), Writer::default()];
        writers[own].next_header = Some(array(&record.next_header_send));
        writers[1 - own].next_header = Some(array(&record.next_header_receive));
        if let Some(sending) = &record.sending {
            let (header, chain) = (Some(array(&sending.header)), Some(array(&sending.chain)));
            writers[own] = Writer { header, chain, at: record.sent, ..core::mem::take(&mut writers[own]) };
        }
        if let Some(receiving) = &record.receiving {
            let (header, chain) = (Some(array(&receiving.header)), Some(array(&receiving.chain)));
            let at = receiving.next;
            writers[1 - own] = Writer { header, chain, at, ..core::mem::take(&mut writers[1 - own]) };
        }
        let epoch = record.post_quantum.as_ref().expect("every session has one");
        Self {
            transcript: record.transcript.clone(),
            root: Some(record.root.clone()),
            epoch: record.epoch,
            secret: (!epoch.secret.is_empty()).then(|| array(&epoch.secret)),
            kem: (epoch.stage == OFFERED).then(|| Kem::of(epoch)),
            writers,
        }
    }

    /// Whether the theft has given it a secret of the epoch under way: that epoch is burnt then.
    pub fn has_burnt_the_epoch(&self) -> bool {
        self.secret.is_some() || self.kem.is_some()
    }

    /// The epoch that the session was in when it last could follow.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Looks at a message that `writer` has just sealed.
    pub fn sees(&mut self, bytes: &[u8], writer: &Peer) -> Seen {
        let side = usize::from(writer.session.party() == Party::Responder);
        let envelope = Envelope::parse(bytes).expect("genuine");
        let ad = prefix(&envelope, &writer.session.handshake_hash().0);
        let opened = |key: &Option<[u8; 32]>| open_header(key.as_ref()?, &envelope, &ad);
        let Writer { header, next_header, .. } = &self.writers[side];
        let hdr = if let Some(hdr) = opened(header) {
            hdr
        } else if let Some(hdr) = opened(next_header) {
            self.begin_chain(
                side,
                &Header::decode(&hdr).expect("genuine"),
                &record(&writer.stored().session),
            );
            hdr
        } else {
            return Seen::Nothing;
        };
        let fields = Header::decode(&hdr).expect("genuine");
        let Some(plaintext) = self.open_body(side, &envelope, &[&ad[..], &hdr].concat(), &fields) else {
            return Seen::Header;
        };
        let frame = Frame::parse(&plaintext).expect("genuine");
        // odd epochs are answered by the initiator
        if let Some(run) = frame.shards.filter(|_| side == usize::from(self.epoch.is_multiple_of(2))) {
            self.collect(&run, &fields);
        }
        Seen::Content(frame.content.to_vec())
    }

    /// Follows a root step. Its Diffie–Hellman secret is one of those that the adversary computes.
    fn begin_chain(&mut self, side: usize, fields: &Header, writer: &SessionRecord) {
        let sending = writer.sending.as_ref().expect("it has just sealed");
        let receiving = writer.receiving.as_ref().expect("there were messages both ways");
        let own = SecretKey::<Stolen>::from_bytes(&array(&sending.ratchet_secret));
        let peer = PublicKey::<Stolen>::from_bytes(&array(&receiving.ratchet_key)).expect("genuine");
        let dh = *own.agree(&peer).expect("genuine").as_bytes();

        let ends = u64::from(fields.flags.epoch) != self.epoch % 64;
        let mixed = if fields.flags.mix { self.secret.map(|secret| secret.to_vec()) } else { None };
        let follows = !fields.flags.mix || mixed.is_some();
        let root = self.root.take().filter(|_| follows);
        let step = root.map(|root| root_step(&root, &dh, mixed.as_deref(), self.epoch));
        let at = &mut self.writers[side];
        (at.header, at.at) = (at.next_header.take(), 0);
        at.chain = step.map(|[_, chain, ..]| chain);
        at.next_header = step.map(|[_, _, next, _]| next);
        self.root = step.map(|[root, ..]| root.to_vec());
        if ends {
            (self.epoch, self.secret, self.kem) = (self.epoch + 1, None, None);
        }
    }

    fn open_body(&self, side: usize, envelope: &Envelope<'_>, ad: &[u8], fields: &Header) -> Option<Vec<u8>> {
        let Writer { chain, at, .. } = &self.writers[side];
        let mut key = (*chain)?;
        for _ in *at..fields.n {
            key = chain_step(&key).0;
        }
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&fields.nonce_salt);
        let mut plaintext = vec![0; envelope.body().len()];
        let cipher = Cipher::new(&chain_step(&key).1);
        cipher.open(&nonce, ad, envelope.body(), envelope.tag(), &mut plaintext).ok()?;
        Some(plaintext)
    }

    /// Of an answer to a stolen key the secret can be had.
    fn collect(&mut self, run: &Shards<'_>, fields: &Header) {
        let Some(kem) = self.kem.as_mut().filter(|_| u64::from(fields.flags.epoch) == self.epoch % 64) else {
            return;
        };
        let indices = (0..).map(|place| u8::try_from((u32::from(run.first) + place) % 255).expect("below"));
        for (index, shard) in indices.zip(run.bytes.as_chunks().0) {
            if kem.answer.len() < ANSWER_SHARDS && kem.answer.iter().all(|(known, _)| *known != index) {
                kem.answer.push((index, *shard));
            }
        }
        if kem.answer.len() == ANSWER_SHARDS {
            let answer = reconstruct(kem.answer.iter().map(|(index, shard)| (*index, shard)));
            let (ciphertext, _) = answer.split_first_chunk::<CIPHERTEXT_768_LEN>().expect("long enough");
            let shared = kem.key.decapsulate(&Ciphertext768::from_bytes(ciphertext));
            let blobs = sha256(&[label::EPOCH_BLOBS, &kem.offer, ciphertext]);
            let info: [&[u8]; 4] = [label::EPOCH, &self.transcript, &self.epoch.to_be_bytes(), &blobs];
            let okm = Prk::from_key(shared.as_bytes()).expand::<64>(&info);
            self.secret = Some(array(&okm.as_bytes()[32..]));
        }
    }
}

impl Kem {
    fn of(epoch: &PostQuantum) -> Self {
        let seed = epoch.seed[..].try_into().expect("a seed");
        let shards = epoch.shards.as_chunks::<33>().0;
        Self {
            key: DecapsulationKey768::from_seed(seed),
            offer: epoch.blob.clone(),
            answer: shards.iter().map(|[index, shard @ ..]| (*index, *shard)).collect(),
        }
    }
}

pub(crate) fn prefix(envelope: &Envelope<'_>, handshake_hash: &[u8; 32]) -> Vec<u8> {
    let kind = envelope.kind();
    let mut ad = kind.prefix().to_vec();
    if let Kind::Prekey { .. } = kind {
        ad.extend_from_slice(handshake_hash);
    }
    ad
}

pub(crate) fn open_header(key: &[u8; 32], envelope: &Envelope<'_>, ad: &[u8]) -> Option<[u8; HEADER_LEN]> {
    let (sealed, tag) = envelope.sealed_header().split_first_chunk::<HEADER_LEN>()?;
    let nonce = envelope.tag().first_chunk()?;
    let mut header = [0; HEADER_LEN];
    Cipher::new(key).open(nonce, ad, sealed, tag.try_into().ok()?, &mut header).ok()?;
    Some(header)
}

pub(crate) fn array(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().expect("32 bytes")
}
