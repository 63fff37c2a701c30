//! What an epoch's secret is made of.
//!
//! ```text
//! h = H(label ‖ ek ‖ ct)
//! confirmation 32 ‖ es 32 = Expand(ss, label ‖ T ‖ e 8 ‖ h, 64)
//! answer = ct ‖ confirmation
//! ```
//!
//! ss itself is used for nothing else. es is bound to session, epoch, key and ciphertext, and so is the root that
//! it is mixed into.

use alloc::vec::Vec;

use entrenous_identity::Transcript;
use entrenous_primitives::{
    hash::sha256,
    hkdf::Prk,
    ml_kem::{
        CIPHERTEXT_768_LEN, Ciphertext768, DecapsulationKey768, ENCAPSULATION_RANDOMNESS_LEN,
        EncapsulationKey768, SharedSecret,
    },
    random::draw,
    role::Role,
    secret::{Key, SecretBytes},
};
use entrenous_wire::label;
use rand_core::TryCryptoRng;

use super::{ANSWER_LEN, OFFER_LEN};
use crate::SealError;

/// Role of an epoch's secret, es: mixed into the root.
#[derive(Debug)]
pub(crate) enum EpochSecret {}
impl Role for EpochSecret {
    const NAME: &'static str = "epoch secret";
}

/// Role of an epoch's key pair.
#[derive(Debug)]
pub(crate) enum EpochKem {}
impl Role for EpochKem {
    const NAME: &'static str = "epoch";
}

/// The offerer's decapsulation key.
pub(super) type Seed = DecapsulationKey768<EpochKem>;

pub(super) const CONFIRMATION_LEN: usize = 32;

/// To which session and epoch a secret is bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    pub(super) transcript: &'a Transcript,
    pub(super) epoch: u64,
}

impl Binding<'_> {
    fn derive(
        self,
        shared: &SharedSecret,
        offer: &[u8],
        ciphertext: &[u8],
    ) -> (SecretBytes<CONFIRMATION_LEN>, Key<EpochSecret>) {
        // spec: RATCHET-71
        let blobs = sha256(&[label::EPOCH_BLOBS, offer, ciphertext]);
        let [confirmation, secret] = Prk::from_key(shared.as_bytes()).expand_keys(&[
            label::EPOCH,
            &self.transcript.0,
            &self.epoch.to_be_bytes(),
            &blobs,
        ]);
        (confirmation, Key::from_secret(secret))
    }

    /// The answer to an offer, and the epoch's secret. An offer that is no key is answered with random bytes, and no
    /// secret comes of it: the offerer notices and skips the epoch.
    pub(super) fn answer(
        self,
        offer: &[u8; OFFER_LEN],
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<(Vec<u8>, Option<Key<EpochSecret>>), SealError> {
        // spec: RATCHET-72
        let Ok(key) = EncapsulationKey768::<EpochKem>::from_bytes(offer) else {
            return Ok((draw::<ANSWER_LEN>(rng)?.as_bytes().to_vec(), None));
        };
        let (ciphertext, shared) = key.encapsulate(draw::<ENCAPSULATION_RANDOMNESS_LEN>(rng)?.as_bytes());
        let (confirmation, secret) = self.derive(&shared, offer, ciphertext.as_bytes());
        Ok(([&ciphertext.as_bytes()[..], confirmation.as_bytes()].concat(), Some(secret)))
    }

    /// The epoch's secret, if the answer is one to the offer of `seed`.
    pub(super) fn settle(self, seed: &Seed, offer: &[u8], answer: &[u8]) -> Option<Key<EpochSecret>> {
        let (ciphertext, confirmation) = answer.split_first_chunk::<CIPHERTEXT_768_LEN>()?;
        let shared = seed.decapsulate(&Ciphertext768::from_bytes(ciphertext));
        let (expected, secret) = self.derive(&shared, offer, ciphertext);
        let confirmation = SecretBytes::from_bytes(confirmation.first_chunk()?);
        // spec: RATCHET-73
        expected.ct_eq(&confirmation).then_some(secret)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    /// The example of `docs/spec/ratchet.md`, which another implementation computed.
    // spec: RATCHET-71
    #[test]
    fn the_specifications_example_holds() {
        let transcript = Transcript([7; 32]);
        let binding = Binding { transcript: &transcript, epoch: 1 };
        let shared = SharedSecret::from_bytes(&[4; 32]);
        let (confirmation, secret) = binding.derive(&shared, &[5; OFFER_LEN], &[6; CIPHERTEXT_768_LEN]);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let expected = "73146f2f799d97d28963f1bd1b134eecd74a67b7354afa95fae56187432c8b2a";
        assert_eq!(hex(confirmation.as_bytes()), expected);
        let expected = "84ccf3482f476b05faea68ad59ba1a39bfffcea549e9c7ee7cd1b326f047b266";
        assert_eq!(hex(secret.as_bytes()), expected);
    }

    /// Every byte of answer, offer, session and epoch is bound.
    // spec: RATCHET-71, RATCHET-73
    #[test]
    fn an_answer_settles_what_it_was_made_for_and_nothing_else() {
        let (transcript, other) = (Transcript([7; 32]), Transcript([8; 32]));
        let binding = Binding { transcript: &transcript, epoch: 3 };
        let seed = Seed::from_seed(&[9; 64]);
        let offer = *seed.encapsulation_key().as_bytes();
        let key = EncapsulationKey768::<EpochKem>::from_bytes(&offer).unwrap();
        let (ciphertext, shared) = key.encapsulate(&[1; 32]);
        let (confirmation, secret) = binding.derive(&shared, &offer, ciphertext.as_bytes());
        let answer = [&ciphertext.as_bytes()[..], confirmation.as_bytes()].concat();
        assert!(binding.settle(&seed, &offer, &answer).is_some_and(|settled| settled.ct_eq(&secret)));
        for at in (0..answer.len()).step_by(31) {
            let mut changed = answer.clone();
            changed[at] ^= 1;
            assert!(binding.settle(&seed, &offer, &changed).is_none(), "byte {at} of the answer");
        }
        let mut another_offer = offer;
        another_offer[5] ^= 1;
        assert!(binding.settle(&seed, &another_offer, &answer).is_none());
        assert!(Binding { epoch: 4, ..binding }.settle(&seed, &offer, &answer).is_none());
        assert!(Binding { transcript: &other, ..binding }.settle(&seed, &offer, &answer).is_none());
        assert!(binding.settle(&Seed::from_seed(&[2; 64]), &offer, &answer).is_none());
        assert!(binding.settle(&seed, &offer, &[0; 7]).is_none(), "too short");
    }
}
