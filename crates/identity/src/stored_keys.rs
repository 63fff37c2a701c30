//! The stored form of secret keys: a device's own, and the account's. The caller seals it before it is stored.

use alloc::{boxed::Box, vec::Vec};

use entrenous_primitives::{
    ed25519::{KEY_LEN, SigningKey, VerifyingKey},
    role::Role,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{
    Malformed, Reason, Strict, fixed,
    proto::{AccountKeyRecord, DeviceKeysRecord},
    records::RECORD_VERSION,
};
use zeroize::Zeroizing;

use crate::{AccountKey, DeviceId, DeviceKeys, DevicePublic};

impl DeviceKeys {
    /// The device's record, secret, 143 bytes.
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let DevicePublic { id, signing, agreement } = self.public();
        let record = DeviceKeysRecord {
            version: RECORD_VERSION,
            device_id: id.get(),
            signing_seed: self.signing.seed().to_vec(),
            signing_key: signing.as_bytes().to_vec(),
            agreement_secret: self.agreement.as_bytes().to_vec(),
            agreement_key: agreement.as_bytes().to_vec(),
        };
        Zeroizing::new(record.encode_canonical())
    }

    /// Reads a record. The public signing key is derived, as it always is, and compared; the public agreement
    /// key is taken as stored, because deriving it costs more than all the rest.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that no device has written, and for a record of a later version.
    pub fn from_record(bytes: &[u8]) -> Result<Self, Malformed> {
        let record = DeviceKeysRecord::decode_strict(bytes)?;
        let signing = signing_key("device signing key", &record.signing_seed, &record.signing_key)?;
        let agreement = Box::new(SecretKey::from_bytes(&Zeroizing::new(fixed(
            "device agreement key",
            &record.agreement_secret,
        )?)));
        let public = DevicePublic {
            id: DeviceId::new(record.device_id).ok_or(Malformed::new("device id", Reason::Range))?,
            signing: signing.verifying_key(),
            agreement: PublicKey::from_bytes(&fixed("device agreement key", &record.agreement_key)?)
                .map_err(|_| Malformed::new("device agreement key", Reason::Invalid))?,
        };
        Ok(Self { signing, agreement, public })
    }
}

/// The record of the account's key, secret, 70 bytes.
pub fn account_key_to_record(key: &AccountKey) -> Zeroizing<Vec<u8>> {
    let record = AccountKeyRecord {
        version: RECORD_VERSION,
        seed: key.seed().to_vec(),
        key: key.verifying_key().as_bytes().to_vec(),
    };
    Zeroizing::new(record.encode_canonical())
}

/// Reads the record of the account's key.
///
/// # Errors
/// [`Malformed`] for bytes that [`account_key_to_record`] hasn't written, and for a record of a later version.
pub fn account_key_from_record(bytes: &[u8]) -> Result<AccountKey, Malformed> {
    let record = AccountKeyRecord::decode_strict(bytes)?;
    signing_key("account key", &record.seed, &record.key)
}

/// The key of `seed`, whose public half must be `public`.
fn signing_key<R: Role>(field: &'static str, seed: &[u8], public: &[u8]) -> Result<SigningKey<R>, Malformed> {
    let seed = Zeroizing::new(fixed::<KEY_LEN>(field, seed)?);
    let key = SigningKey::from_seed(&seed);
    // spec: IDENTITY-33
    match VerifyingKey::<R>::from_bytes(&fixed(field, public)?) {
        Ok(public) if public == key.verifying_key() => Ok(key),
        _ => Err(Malformed::new(field, Reason::Inconsistent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> DeviceKeys {
        let signing = SigningKey::from_seed(&[0x51; 32]);
        let agreement = Box::new(SecretKey::from_bytes(&[0x52; 32]));
        let id = DeviceId::new(0x0102_0304).unwrap();
        let public = DevicePublic { id, signing: signing.verifying_key(), agreement: agreement.public_key() };
        DeviceKeys { signing, agreement, public }
    }

    /// What the device's record reads as after `edit`.
    fn edited_device(edit: impl FnOnce(&mut DeviceKeysRecord)) -> Result<DeviceKeys, Malformed> {
        let mut record = DeviceKeysRecord::decode_strict(&device().to_record()).unwrap();
        edit(&mut record);
        DeviceKeys::from_record(&record.encode_canonical())
    }

    // spec: WIRE-90
    #[test]
    fn a_device_comes_back_with_the_same_keys() {
        let device = device();
        let record = device.to_record();
        assert_eq!(record.len(), 143);
        let again = DeviceKeys::from_record(&record).unwrap();
        assert_eq!(again.public(), device.public());
        assert_eq!(again.sign(b"message"), device.sign(b"message"));
        assert_eq!(again.agreement().as_bytes(), device.agreement().as_bytes());
        assert_eq!(again.agreement().public_key(), again.public().agreement);
        assert_eq!(*again.to_record(), *record);
    }

    // spec: WIRE-91
    #[test]
    fn the_account_key_comes_back() {
        let key = AccountKey::from_seed(&[0x53; 32]);
        let record = account_key_to_record(&key);
        assert_eq!(record.len(), 70);
        let again = account_key_from_record(&record).unwrap();
        assert_eq!(again.seed(), key.seed());
        assert_eq!(*account_key_to_record(&again), *record);
    }

    // spec: IDENTITY-33
    #[test]
    fn a_signing_key_that_is_not_of_the_seed_is_refused() {
        let seed = edited_device(|record| record.signing_seed[0] ^= 1);
        assert_eq!(seed.unwrap_err().reason, Reason::Inconsistent);
        let other = *SigningKey::<crate::account::Account>::from_seed(&[9; 32]).verifying_key().as_bytes();
        let public = edited_device(|record| record.signing_key = other.to_vec());
        assert_eq!(public.unwrap_err().reason, Reason::Inconsistent);

        let mut record =
            AccountKeyRecord::decode_strict(&account_key_to_record(&AccountKey::from_seed(&[9; 32])))
                .unwrap();
        record.seed[31] ^= 1;
        let refused = account_key_from_record(&record.encode_canonical());
        assert_eq!(refused.unwrap_err().reason, Reason::Inconsistent);
    }

    // spec: WIRE-90
    #[test]
    fn second_encodings_and_later_versions_are_refused() {
        let agreement = edited_device(|record| record.agreement_key = [0xff; 32].to_vec());
        assert_eq!(agreement.unwrap_err().reason, Reason::Invalid);
        assert_eq!(edited_device(|record| record.version = 2).unwrap_err().reason, Reason::Range);
        assert_eq!(edited_device(|record| record.device_id = 0).unwrap_err().reason, Reason::Missing);
    }
}
