//! No key meets a nonce twice, seen from outside: what is sealed is known, and so is the keystream under it.

use std::collections::{HashMap, HashSet};

use entrenous::Outgoing;
use entrenous_wire::envelope::Envelope;

use super::Ledger;

/// Bytes of a frame before its content: kind, time, nonce.
const BEFORE_CONTENT: usize = 15;
const BLOCK: usize = 16;

/// Every envelope that left somebody, once.
#[derive(Clone, Debug, Default)]
pub(super) struct Nonces {
    envelopes: HashSet<Vec<u8>>,
    header_nonces: HashSet<[u8; 12]>,
    keystream: HashMap<[u8; BLOCK], usize>,
}

impl Nonces {
    /// Adds an envelope; one that is repeated byte for byte says nothing new.
    pub(super) fn add(&mut self, outgoing: &Outgoing, ledger: &Ledger) {
        if !self.envelopes.insert(outgoing.bytes.clone()) {
            return;
        }
        let envelope = Envelope::parse(&outgoing.bytes).expect("our own");
        let nonce = *envelope.tag().first_chunk().expect("16 bytes");
        assert!(self.header_nonces.insert(nonce), "a header's nonce has come twice");
        let Some(content) = outgoing.id.and_then(|id| ledger.content_of(&id)) else { return };
        let blocks = BLOCK..=BEFORE_CONTENT + content.len() - BLOCK;
        for at in blocks.step_by(BLOCK) {
            let plain = &content[at - BEFORE_CONTENT..];
            let stream = core::array::from_fn(|i| envelope.body()[at + i] ^ plain[i]);
            let before = self.keystream.insert(stream, self.envelopes.len());
            assert_eq!(before, None, "a key has met a nonce twice: the keystreams are equal");
        }
    }
}
