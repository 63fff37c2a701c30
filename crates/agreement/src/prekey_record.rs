//! The stored form of a prekey: its seeds, from which the public half is made again.

use alloc::vec::Vec;

use entrenous_identity::Day;
use entrenous_primitives::{ml_kem::DecapsulationKey1024, x25519::SecretKey};
use entrenous_wire::{Malformed, Reason, Strict, fixed, proto, records::RECORD_VERSION};
use zeroize::Zeroizing;

use crate::{PrekeyId, PrekeySecret, prekey::PrekeyRole};

impl<R: PrekeyRole> PrekeySecret<R> {
    /// The prekey's record, at most 119 bytes, secret: the caller seals it before it is stored.
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let public = self.public();
        let record = proto::PrekeyRecord {
            version: RECORD_VERSION,
            kind: R::KIND.into(),
            id: public.id.get(),
            curve: self.curve().as_bytes().to_vec(),
            kem_seed: self.kem().seed().to_vec(),
            issued_day: public.issued.0,
            expires_day: public.expires.0,
        };
        Zeroizing::new(record.encode_canonical())
    }

    /// Reads a record and makes the public half again: one X25519 and one ML-KEM-1024 key generation.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are no such record, for the other kind of prekey, for a prekey that doesn't
    /// expire after its issue, and for a record of a later version.
    pub fn from_record(bytes: &[u8]) -> Result<Self, Malformed> {
        let record = proto::PrekeyRecord::decode_strict(bytes)?;
        // spec: AGREE-33
        if record.kind != u32::from(R::KIND) {
            return Err(Malformed::new("prekey record kind", Reason::Inconsistent));
        }
        let id = PrekeyId::new(record.id).ok_or(Malformed::new("prekey record id", Reason::Invalid))?;
        let curve: Zeroizing<[u8; 32]> = Zeroizing::new(fixed("prekey record curve", &record.curve)?);
        let seed: Zeroizing<[u8; 64]> = Zeroizing::new(fixed("prekey record kem seed", &record.kem_seed)?);
        Ok(Self::from_secrets(
            id,
            SecretKey::from_bytes(&curve),
            DecapsulationKey1024::from_seed(&seed),
            Day(record.issued_day),
            Day(record.expires_day),
        ))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use entrenous_identity::{AccountId, AccountKey, DeviceKeys, session_secret::SignedPrekey};
    use entrenous_primitives::random::RandomError;
    use rand_core::{TryCryptoRng, TryRng};

    use super::*;
    use crate::OneTimePrekey;

    /// Counts upwards: enough to tell one draw from the next.
    struct Counting(u8);

    impl TryRng for Counting {
        type Error = core::fmt::Error;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Err(core::fmt::Error)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Err(core::fmt::Error)
        }
        fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
            for byte in dst {
                self.0 = self.0.wrapping_add(1);
                *byte = self.0;
            }
            Ok(())
        }
    }
    impl TryCryptoRng for Counting {}

    fn prekey<R: PrekeyRole>(issued: u32) -> Result<PrekeySecret<R>, RandomError> {
        PrekeySecret::generate(PrekeyId::new(7).unwrap(), Day(issued), 90, &mut Counting(3))
    }

    fn comes_back<R: PrekeyRole>() {
        let rng = &mut Counting(100);
        let account = AccountId::of(&AccountKey::generate(rng).unwrap().verifying_key());
        let device = DeviceKeys::generate(rng).unwrap();
        // day 0 is left out of the record
        for issued in [0, 20_000] {
            let prekey = prekey::<R>(issued).unwrap();
            let record = prekey.to_record();
            assert_eq!(record.len(), if issued == 0 { 114 } else { 119 });
            let again = PrekeySecret::<R>::from_record(&record).unwrap();
            assert_eq!(again.to_record(), record);
            assert_eq!(again.publish(&account, &device), prekey.publish(&account, &device));
            assert_eq!(format!("{prekey:?}"), format!("PrekeySecret<{}>(7, [redacted])", R::NAME));
        }
    }

    // spec: AGREE-33, WIRE-152
    #[test]
    fn a_prekey_comes_back_as_it_was() {
        comes_back::<SignedPrekey>();
        comes_back::<OneTimePrekey>();
    }

    // spec: AGREE-33
    #[test]
    fn one_kind_is_not_taken_for_the_other() {
        let signed = prekey::<SignedPrekey>(1).unwrap().to_record();
        let one_time = prekey::<OneTimePrekey>(1).unwrap().to_record();
        assert_eq!(
            PrekeySecret::<OneTimePrekey>::from_record(&signed).unwrap_err().reason,
            Reason::Inconsistent
        );
        assert!(PrekeySecret::<SignedPrekey>::from_record(&one_time).is_err());
        assert!(PrekeySecret::<SignedPrekey>::from_record(&signed[1..]).is_err());
    }
}
