//! The device's prekeys: made ahead of time, so that it can be written to while it is offline.

use std::collections::{BTreeMap, BTreeSet};

use entrenous_agreement::{OneTimePrekey, PrekeyId, PrekeySecret, bundle};
use entrenous_identity::{Day, DeviceKeys, DeviceList, HandshakeHash, session_secret::SignedPrekey};
use entrenous_primitives::random::RandomError;
use entrenous_wire::Strict;
use rand_core::TryCryptoRng;

/// One-time prekeys that are made at once: 85 KB for the directory.
const ONE_TIME_PREKEYS: u32 = 50;
/// Days that a prekey is valid.
const LIFETIME_DAYS: u32 = 90;
/// Sessions that the signed prekey alone may begin. Each is remembered, so that none begins twice; past this
/// they are refused, never forgotten.
const MAX_LAST_RESORT: usize = 4_096;

/// What a device gives to a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Bundles with a one-time prekey, about 4 KB each: each to be handed out once.
    pub bundles: Vec<Vec<u8>>,
    /// The bundle without one, for when those have run out.
    pub last_resort: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Prekeys {
    signed: PrekeySecret<SignedPrekey>,
    // boxed: the map moves its values about, and would leave copies of deleted keys behind
    one_time: BTreeMap<PrekeyId, Box<PrekeySecret<OneTimePrekey>>>,
    last_resort_used: BTreeSet<HandshakeHash>,
}

/// The prekeys that a handshake names.
pub(crate) struct Named<'a> {
    pub(crate) signed: &'a PrekeySecret<SignedPrekey>,
    pub(crate) one_time: Option<&'a PrekeySecret<OneTimePrekey>>,
}

impl Prekeys {
    pub(crate) fn generate(today: Day, rng: &mut impl TryCryptoRng) -> Result<Self, RandomError> {
        let mut ids = (1..=ONE_TIME_PREKEYS).filter_map(PrekeyId::new);
        let one_time = ids.try_fold(BTreeMap::new(), |mut keys, id| {
            keys.insert(id, Box::new(PrekeySecret::generate(id, today, LIFETIME_DAYS, rng)?));
            Ok::<_, RandomError>(keys)
        })?;
        let signed = PrekeySecret::generate(PrekeyId::FIRST, today, LIFETIME_DAYS, rng)?;
        Ok(Self { signed, one_time, last_resort_used: BTreeSet::new() })
    }

    pub(crate) fn upload(&self, list: &DeviceList, device: &DeviceKeys) -> Upload {
        let bundle = |one_time| bundle::publish(list, device, &self.signed, one_time).encode_canonical();
        Upload {
            bundles: self.one_time.values().map(|prekey| bundle(Some(prekey.as_ref()))).collect(),
            last_resort: bundle(None),
        }
    }

    /// The prekeys by their ids, or none when one of them is gone, or the handshake was used before.
    pub(crate) fn named(
        &self,
        handshake: &HandshakeHash,
        signed: PrekeyId,
        one_time: Option<PrekeyId>,
    ) -> Option<Named<'_>> {
        if signed != self.signed.public().id {
            return None;
        }
        let one_time = match one_time {
            Some(id) => Some(self.one_time.get(&id)?.as_ref()),
            None => {
                // spec: AGREE-20
                let seen = self.last_resort_used.contains(handshake);
                if seen || self.last_resort_used.len() >= MAX_LAST_RESORT {
                    return None;
                }
                None
            }
        };
        Some(Named { signed: &self.signed, one_time })
    }

    /// To be called in the commit of the handshake's first successful decryption, and at no other time.
    pub(crate) fn consume(&mut self, handshake: HandshakeHash, one_time: Option<PrekeyId>) {
        match one_time {
            Some(id) => drop(self.one_time.remove(&id)),
            None => drop(self.last_resort_used.insert(handshake)),
        }
    }
}

#[cfg(test)]
mod tests {
    use entrenous_identity::HandshakeHash;
    use entrenous_testkit::rng::ScriptedRng;

    use super::*;

    #[test]
    fn a_one_time_prekey_serves_until_it_is_consumed() {
        let mut prekeys = Prekeys::generate(Day(1), &mut ScriptedRng::new(1)).unwrap();
        let id = PrekeyId::new(7);
        for hash in [HandshakeHash([1; 32]), HandshakeHash([2; 32])] {
            assert!(prekeys.named(&hash, PrekeyId::FIRST, id).is_some());
        }
        prekeys.consume(HandshakeHash([2; 32]), id);
        assert!(prekeys.named(&HandshakeHash([1; 32]), PrekeyId::FIRST, id).is_none());
        assert!(prekeys.named(&HandshakeHash([1; 32]), PrekeyId::FIRST, PrekeyId::new(8)).is_some());
    }

    #[test]
    fn the_last_resort_serves_each_handshake_once_and_forgets_none() {
        let mut prekeys = Prekeys::generate(Day(1), &mut ScriptedRng::new(1)).unwrap();
        let hash = |n: usize| HandshakeHash(core::array::from_fn(|i| n.to_be_bytes()[i % 8]));
        for n in 0..MAX_LAST_RESORT {
            assert!(prekeys.named(&hash(n), PrekeyId::FIRST, None).is_some(), "{n}");
            prekeys.consume(hash(n), None);
            assert!(prekeys.named(&hash(n), PrekeyId::FIRST, None).is_none(), "{n}");
        }
        assert!(prekeys.named(&hash(MAX_LAST_RESORT), PrekeyId::FIRST, None).is_none(), "the record is full");
        assert!(prekeys.named(&hash(0), PrekeyId::FIRST, None).is_none(), "the first is still there");
        assert!(prekeys.named(&hash(0), PrekeyId::FIRST, PrekeyId::new(7)).is_some());
    }
}
