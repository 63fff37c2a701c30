//! Messages to a group by hand: as their sender makes them, or somebody else.

use entrenous_group::sender_key::SendingKey;
use entrenous_primitives::{aead::Cipher, ed25519::SigningKey, hash::sha256, hkdf::Prk, secret::SecretBytes};
use entrenous_wire::{Strict, frame::Frame, label, padding::Padding, proto::SendingKeyRecord};
use serde_json::{Value, json};

use crate::vectors::{Recomputed, hex};

/// The next chain key, and the message key.
pub(super) fn step(chain: &[u8]) -> [Vec<u8>; 2] {
    let keys: [SecretBytes<32>; 2] =
        Prk::from_key(chain.try_into().expect("32")).expand_keys(&[label::GROUP_CHAIN]);
    keys.map(|key| key.as_bytes().to_vec())
}

/// A message by hand, as its sender or somebody else makes it.
pub(super) struct ByHand {
    pub(super) sending: SendingKeyRecord,
    pub(super) key_id: [u8; 16],
    pub(super) signing_seed: [u8; 32],
    /// The iteration that is sealed; and the one that is signed.
    pub(super) iterations: [u32; 2],
    /// The roster inside; and the one that is signed.
    pub(super) rosters: [[u8; 32]; 2],
    pub(super) group: Vec<u8>,
    pub(super) account: Vec<u8>,
    pub(super) device: u32,
    pub(super) salt: [u8; 8],
    pub(super) plain: Vec<u8>,
}

impl ByHand {
    pub(super) fn of(
        sending: &SendingKeyRecord,
        roster: [u8; 32],
        salt: [u8; 8],
        content: &Frame<'_>,
    ) -> Self {
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

    pub(super) fn seal(&self) -> (Vec<u8>, Value) {
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
