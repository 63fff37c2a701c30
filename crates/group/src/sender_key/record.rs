//! The stored forms of sender keys. Secret: the caller seals them before they are stored.

use alloc::vec::Vec;

use entrenous_identity::Timestamp;
use entrenous_primitives::{
    ed25519::{PrimeOrderKey, SigningKey},
    secret::Key,
};
use entrenous_wire::{
    Malformed, Strict, fixed,
    proto::{ReceivingKeyRecord, SendingKeyRecord},
    records::RECORD_VERSION,
    sender_key::{KeyDescription, PreviousKey as WirePrevious},
};
use zeroize::Zeroizing;

use super::{
    ReceivingKey, SendingKey,
    key::{Description, KeyId, PreviousKey, SigningPublic},
    skipped::{BLOCKS, Present},
};

impl SendingKey {
    /// The key's record, secret.
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let KeyDescription { group, account, device, roster, signing_key: _, commitment } =
            self.description.to_wire();
        let (previous_id, previous_count) = previous_record(self.previous);
        let record = SendingKeyRecord {
            version: RECORD_VERSION,
            group: group.to_vec(),
            account: account.to_vec(),
            device,
            roster: roster.to_vec(),
            signing_seed: self.signing.seed().to_vec(),
            commitment: commitment.to_vec(),
            chain: self.chain.as_bytes().to_vec(),
            iteration: self.iteration,
            created_ms: self.created.as_ms(),
            previous_id,
            previous_count,
        };
        Zeroizing::new(record.encode_canonical())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are no such record.
    pub fn from_record(bytes: &[u8]) -> Result<Self, Malformed> {
        // spec: GROUP-170
        let record = SendingKeyRecord::decode_strict(bytes)?;
        let seed = Zeroizing::new(fixed("sending key record signing seed", &record.signing_seed)?);
        let signing = SigningKey::from_seed(&seed);
        let public = PrimeOrderKey::of(&signing);
        let description = KeyDescription {
            group: fixed("sending key record group", &record.group)?,
            account: fixed("sending key record account", &record.account)?,
            device: record.device,
            roster: fixed("sending key record roster", &record.roster)?,
            signing_key: *public.as_bytes(),
            commitment: fixed("sending key record commitment", &record.commitment)?,
        };
        let description = Description::from_wire(&description, |_| Ok(public))?;
        let chain = Zeroizing::new(fixed("sending key record chain", &record.chain)?);
        Ok(Self {
            id: description.id(),
            description,
            signing,
            chain: Key::from_bytes(&chain),
            iteration: record.iteration,
            created: Timestamp::from_ms(record.created_ms),
            previous: read_previous(&record.previous_id, record.previous_count)?,
        })
    }
}

impl ReceivingKey {
    /// The key's record, secret: at most about 0.8 KB. Skipped keys are in records of their own.
    pub fn to_record(&self) -> Zeroizing<Vec<u8>> {
        let KeyDescription { group, account, device, roster, signing_key, commitment } =
            self.description.to_wire();
        let (previous_id, previous_count) = previous_record(self.previous);
        let Present(words) = &self.present;
        let used = words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        let record = ReceivingKeyRecord {
            version: RECORD_VERSION,
            group: group.to_vec(),
            account: account.to_vec(),
            device,
            roster: roster.to_vec(),
            signing_key: signing_key.to_vec(),
            commitment: commitment.to_vec(),
            chain: self.chain.as_ref().map(|chain| chain.as_bytes().to_vec()).unwrap_or_default(),
            first: self.first,
            next: self.next,
            end: self.end,
            closed_ms: self.closed.map_or(0, Timestamp::as_ms),
            previous_id,
            previous_count,
            skipped: words.iter().take(used).flat_map(|word| word.to_be_bytes()).collect(),
        };
        Zeroizing::new(record.encode_canonical())
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that are no such record.
    pub fn from_record(bytes: &[u8]) -> Result<Self, Malformed> {
        // the strict decoding saw to it that the numbers fit together
        // spec: GROUP-171, GROUP-172
        let record = ReceivingKeyRecord::decode_strict(bytes)?;
        let description = KeyDescription {
            group: fixed("receiving key record group", &record.group)?,
            account: fixed("receiving key record account", &record.account)?,
            device: record.device,
            roster: fixed("receiving key record roster", &record.roster)?,
            signing_key: fixed("receiving key record signing key", &record.signing_key)?,
            commitment: fixed("receiving key record commitment", &record.commitment)?,
        };
        let description = Description::from_wire(&description, SigningPublic::from_own_record)?;
        let chain = match record.chain.as_slice() {
            [] => None,
            bytes => Some(Key::from_bytes(&Zeroizing::new(fixed("receiving key record chain", bytes)?))),
        };
        let mut present = Present([0; BLOCKS]);
        for (word, bytes) in present.0.iter_mut().zip(record.skipped.as_chunks().0) {
            *word = u64::from_be_bytes(*bytes);
        }
        Ok(Self {
            id: description.id(),
            description,
            chain,
            first: record.first,
            next: record.next,
            end: record.end,
            closed: (record.closed_ms != 0).then(|| Timestamp::from_ms(record.closed_ms)),
            previous: read_previous(&record.previous_id, record.previous_count)?,
            present,
        })
    }
}

fn previous_record(previous: Option<PreviousKey>) -> (Vec<u8>, u32) {
    match previous {
        Some(PreviousKey { id: KeyId(id), count }) => (id.to_vec(), count),
        None => (Vec::new(), 0),
    }
}

fn read_previous(id: &[u8], count: u32) -> Result<Option<PreviousKey>, Malformed> {
    match id {
        [] => Ok(None),
        id => {
            let id = fixed("previous key id", id)?;
            Ok(Some(PreviousKey::from_wire(WirePrevious { id, count })))
        }
    }
}
