//! Members of a group with their sender keys, kept as records, as a client keeps them; and a member who seals what the
//! library wouldn't, written from the specification alone.

use std::collections::BTreeMap;

use entrenous_group::{
    GroupId, RosterId,
    sender_key::{
        Accepted, BacklogKey, BacklogMessage, CommittedBacklog, DistributionError, EndedKey, KeyId,
        OpenError, ReceivedKey, ReceivingKey, RecordChanges, Sender, SendingKey, SkippedBlock,
        VerifiedMessage, open_backlog,
    },
};
use entrenous_identity::{AccountId, DeviceId, Timestamp};
use entrenous_primitives::{
    aead::Cipher, ed25519::SigningKey, hash::sha256, hkdf::Prk, nonce_salt::NonceSalt, role::Role,
    secret::SecretBytes,
};
use entrenous_wire::{
    Strict, group_message::GroupMessage, label, padding::Padding, proto::SendingKeyRecord,
    sender_key::DistributionBody,
};

use crate::{
    device::{TODAY, start_of},
    peer::frame,
    rng::ScriptedRng,
};

/// The group of the tests.
pub const GROUP: GroupId = GroupId::from_bytes([0x61; 32]);

/// Its roster.
pub const ROSTER: RosterId = RosterId::from_bytes([0x62; 32]);

/// The device `device` of the account that is `account` 32 times.
pub fn sender(account: u8, device: u32) -> Sender {
    let device = DeviceId::new(device).expect("not zero");
    Sender { account: AccountId::from_bytes([account; 32]), device }
}

/// A device that writes to the group.
#[derive(Debug)]
pub struct Speaker {
    /// Its key.
    pub key: SendingKey,
    salt: NonceSalt,
    rng: ScriptedRng,
}

impl Speaker {
    /// The speaker of `seed`, the same in every run.
    pub fn new(sender: Sender, seed: u64) -> Self {
        let mut rng = ScriptedRng::new(seed);
        let salt = NonceSalt::new(&mut rng).expect("scripted");
        let key = SendingKey::generate(GROUP, sender, ROSTER, None, now(), &mut rng).expect("scripted");
        Self { key, salt, rng }
    }

    /// Seals `content`.
    pub fn seal(&mut self, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.seal_into(content, &mut out);
        out
    }

    /// Seals `content` into `out`.
    pub fn seal_into(&mut self, content: &[u8], out: &mut Vec<u8>) {
        let sealed = self.key.seal(&frame(content), ROSTER, Padding::default(), &mut self.salt, out);
        sealed.expect("not full").commit();
    }

    /// Makes a new key.
    pub fn renew(&mut self) {
        let sender = self.key.sender();
        let key = SendingKey::generate(GROUP, sender, ROSTER, Some(&self.key), now(), &mut self.rng);
        self.key = key.expect("scripted");
    }

    /// Goes back to a record of its key.
    pub fn restore(&mut self, record: &[u8]) {
        self.key = SendingKey::from_record(record).expect("own record");
    }

    /// The distribution's bytes.
    pub fn distribution(&self) -> Vec<u8> {
        self.key.distribution().expect("not full").to_vec()
    }
}

fn now() -> Timestamp {
    start_of(TODAY)
}

/// A receiving key's record, and those of its skipped keys by their blocks.
pub type StoredKey = (Vec<u8>, BTreeMap<u32, Vec<u8>>);

/// The keys of a member's device, with its store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listener {
    /// Receiving keys and their skipped keys, as they are stored.
    pub records: BTreeMap<KeyId, StoredKey>,
}

impl Listener {
    /// The key `id`, as it is stored.
    pub fn key(&self, id: KeyId) -> Option<ReceivingKey> {
        self.records.get(&id).map(|(record, _)| ReceivingKey::from_record(record).expect("own record"))
    }

    /// Takes a distribution that came through the session with `from`, and gives the id of a key that was new.
    ///
    /// # Errors
    /// [`DistributionError`].
    pub fn accept(&mut self, bytes: &[u8], from: Sender) -> Result<Option<KeyId>, DistributionError> {
        let received = ReceivedKey::parse(bytes)?;
        let known = self.key(received.id());
        let Accepted::New(key) = received.accept(GROUP, from, known.as_ref())? else { return Ok(None) };
        self.records.insert(key.id(), (key.to_record().to_vec(), BTreeMap::new()));
        Ok(Some(key.id()))
    }

    /// Ends the key `old` by what `newer` says.
    pub fn end(&mut self, old: KeyId, newer: KeyId) -> Option<EndedKey> {
        let (mut old, newer) = (self.key(old)?, self.key(newer)?);
        let ended = old.end_with(&newer);
        self.put(&old);
        ended
    }

    /// Closes the key `id`, of whose messages the one with the number `parked` is parked.
    pub fn close(&mut self, id: KeyId, parked: Option<u32>) {
        let mut key = self.key(id).expect("known");
        let changes = key.close(parked, now());
        self.store(&key, &changes);
    }

    fn put(&mut self, key: &ReceivingKey) {
        self.records.entry(key.id()).or_default().0 = key.to_record().to_vec();
    }

    fn blocks(&self, id: KeyId, numbers: impl IntoIterator<Item = u32>) -> Vec<SkippedBlock> {
        let records = &self.records[&id].1;
        let known = numbers.into_iter().filter_map(|number| records.get(&number));
        known.map(|bytes| SkippedBlock::from_record(bytes).expect("own record")).collect()
    }

    fn store(&mut self, key: &ReceivingKey, changes: &RecordChanges) {
        self.put(key);
        let (_, records) = self.records.entry(key.id()).or_default();
        for block in &changes.put {
            records.insert(block.number(), block.to_record().to_vec());
        }
        for number in &changes.remove {
            records.remove(number);
        }
    }

    /// If the key `id` was closed long enough before `now`, gives up what is missing.
    pub fn expire(&mut self, id: KeyId, now: Timestamp) {
        let mut key = self.key(id).expect("known");
        let changes = key.expire(now);
        self.store(&key, &changes);
    }

    /// Opens a message: its content.
    ///
    /// # Errors
    /// [`OpenError`]; `Declined` if there is no such key.
    pub fn open(&mut self, bytes: &[u8]) -> Result<Vec<u8>, OpenError> {
        Ok(self.open_any(bytes)?.expect("a frame"))
    }

    /// Opens a message: its content, if there is a frame in it.
    ///
    /// # Errors
    /// [`OpenError`]; `Declined` if there is no such key.
    pub fn open_any(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, OpenError> {
        let message = GroupMessage::parse(bytes).expect("well-formed");
        let id = KeyId(*message.key_id());
        let mut key = self.key(id).ok_or(OpenError::Declined)?;
        let located = key.locate(&message)?;
        let record = self.blocks(id, located.needed()).pop();
        let mut out = Vec::new();
        let committed = located.open(record, &mut out)?.commit();
        let content = committed.frame.ok().map(|frame| frame.content.to_vec());
        let changes = committed.changes;
        self.store(&key, &changes);
        Ok(content)
    }

    /// Opens messages at once: their contents.
    pub fn open_all(
        &mut self,
        messages: &[Vec<u8>],
        keep: impl FnMut(usize, &VerifiedMessage) -> bool,
    ) -> Vec<Result<Vec<u8>, OpenError>> {
        let messages: Vec<_> =
            messages.iter().map(|bytes| GroupMessage::parse(bytes).expect("well-formed")).collect();
        let mut keys: Vec<_> = self.records.keys().filter_map(|id| self.key(*id)).collect();
        let with_records = |key| {
            let key: &mut ReceivingKey = key;
            let records = self.blocks(key.id(), key.needed_for(&messages));
            BacklogKey { key, records }
        };
        let opened = open_backlog(keys.iter_mut().map(with_records).collect(), &messages, keep);
        let CommittedBacklog { messages, changes } = opened.commit();
        for (id, changes) in &changes {
            let key = keys.iter().find(|key| key.id() == *id).expect("given");
            self.store(key, changes);
        }
        let content = |message: BacklogMessage| message.frame().expect("a frame").content.to_vec();
        messages.into_iter().map(|message| message.map(content)).collect()
    }
}

/// Role of the forger's signing key.
#[derive(Debug)]
enum Forged {}
impl Role for Forged {
    const NAME: &'static str = "forged";
}

/// A message under the key of `distribution`, at its iteration: by the specification alone, signed with `seed`.
pub fn seal_by_hand(distribution: &[u8], seed: &[u8; 32], content: &[u8]) -> Vec<u8> {
    let body = DistributionBody::parse(distribution).expect("a distribution");
    let key_id = &sha256(&[label::GROUP_KEY, &distribution[..165]])[..16];
    let iteration = body.iteration.to_be_bytes();
    let mut plain = vec![0; frame(content).encoded_len(Padding::default())];
    frame(content).encode_into(&mut plain).expect("in range");
    let (account, device) = (&distribution[33..65], &distribution[65..69]);
    let signed = [
        label::GROUP_MESSAGE,
        GROUP.as_bytes(),
        ROSTER.as_bytes(),
        account,
        device,
        key_id,
        &iteration,
        &sha256(&[&plain]),
    ];
    let signature = SigningKey::<Forged>::from_seed(seed).sign(&signed.concat());
    let mut sealed = [&signature[..], ROSTER.as_bytes(), &plain].concat();
    let [_, mk]: [SecretBytes<32>; 2] = Prk::from_key(&body.chain).expand_keys(&[label::GROUP_CHAIN]);
    let salt = [0x5a; 8];
    let open = [&[1, 3], key_id, &iteration, &salt].concat();
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&salt);
    let tag = Cipher::new(mk.as_bytes()).seal(&nonce, &open, &mut sealed).expect("short");
    [open, sealed, tag.to_vec()].concat()
}

/// The seed of a speaker's signing key, out of its record: for what a stolen state can do.
pub fn signing_seed(key: &SendingKey) -> [u8; 32] {
    let record = SendingKeyRecord::decode_strict(&key.to_record()).expect("own record");
    record.signing_seed.as_slice().try_into().expect("32 bytes")
}
