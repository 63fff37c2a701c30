//! Opening many messages at once, of any number of senders, with their signatures verified in batches.
//!
//! The result is the same as opening them one by one in their order: each message is decrypted under a key that is
//! only looked at, all signatures are verified, and then the good ones alone move their keys.

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use entrenous_primitives::ed25519::{Signed, verify_batch};
use entrenous_wire::{Malformed, frame::Frame, group_message::GroupMessage, records::BLOCK};
use zeroize::Zeroizing;

use super::{
    KeyId, OpenError, ReceivingKey, RecordChanges, SkippedBlock, VerifiedMessage,
    boxes::SIGNED_LEN,
    open::{BodyParts, frame_of, open_body},
    stage::{MessageKeys, Stage},
};
use crate::RosterId;

/// A key for a backlog, with those of its records that [`ReceivingKey::needed_for`] named.
#[derive(Debug)]
pub struct BacklogKey<'k> {
    /// The key.
    pub key: &'k mut ReceivingKey,
    /// The records; one that is missing takes its own messages with it, and no others.
    pub records: Vec<SkippedBlock>,
}

impl ReceivingKey {
    /// The blocks of skipped keys whose records a backlog of `messages` needs, ascending; those of other keys are
    /// passed over.
    pub fn needed_for(&self, messages: &[GroupMessage<'_>]) -> Vec<u32> {
        let own = messages.iter().filter(|message| *message.key_id() == self.id.0);
        let numbers = own.map(GroupMessage::iteration).filter(|n| *n != self.next);
        let blocks = numbers.map(|n| n.min(self.next) / BLOCK);
        let mut needed: Vec<u32> = blocks.filter(|block| self.present.block(*block) != 0).collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }
}

/// Opens `messages`, whose keys are among `keys`, in their order. `keep` is asked about each message whose signature
/// holds whether the rosters allow it; one that it declines moves nothing, as if it had not come.
///
/// Work: at most 4,096 chain steps for each key, twice, and one decryption for each message.
pub fn open_backlog<'k>(
    keys: Vec<BacklogKey<'k>>,
    messages: &[GroupMessage<'_>],
    mut keep: impl FnMut(usize, &VerifiedMessage) -> bool,
) -> OpenedBacklog<'k> {
    let mut staged: BTreeMap<KeyId, StagedKey<'k>> = BTreeMap::new();
    for BacklogKey { key, records } in keys {
        let stage = Stage::new(key, records);
        let mut wanted: Vec<u32> = (messages.iter())
            .filter(|message| *message.key_id() == key.id.0)
            .map(GroupMessage::iteration)
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let message_keys = stage.peek(key, &wanted);
        staged.insert(key.id, StagedKey { key, stage, message_keys });
    }
    let decrypted: Vec<Option<Decrypted>> =
        messages.iter().map(|message| staged.get(&KeyId(*message.key_id()))?.decrypt(message)).collect();
    let forged = forged(&staged, messages, &decrypted);
    let messages = (messages.iter().zip(decrypted).enumerate())
        .map(|(at, (message, decrypted))| {
            let genuine = decrypted.filter(|_| forged.binary_search(&at).is_err());
            let staged = staged.get_mut(&KeyId(*message.key_id())).ok_or(OpenError::Declined)?;
            staged.open(message.iteration(), genuine, |verified| keep(at, verified))
        })
        .collect();
    OpenedBacklog { staged, messages }
}

/// The places of messages that were decrypted and whose signature doesn't hold, ascending.
fn forged(
    staged: &BTreeMap<KeyId, StagedKey<'_>>,
    messages: &[GroupMessage<'_>],
    decrypted: &[Option<Decrypted>],
) -> Vec<usize> {
    let mut places = Vec::with_capacity(messages.len());
    let mut signatures = Vec::with_capacity(messages.len());
    for (at, (message, decrypted)) in messages.iter().zip(decrypted).enumerate() {
        let Some(decrypted) = decrypted else { continue };
        let Some(staged) = staged.get(&KeyId(*message.key_id())) else { continue };
        let Some(signature) = decrypted.plaintext.first_chunk() else { continue };
        let key = staged.key.description.signing;
        places.push(at);
        signatures.push(Signed { key, message: &decrypted.signed, signature });
    }
    // spec: GROUP-147
    verify_batch(&signatures).into_iter().filter_map(|bad| places.get(bad).copied()).collect()
}

struct StagedKey<'k> {
    key: &'k mut ReceivingKey,
    stage: Stage,
    /// Of all messages that came, dropped when the backlog is.
    message_keys: MessageKeys,
}

struct Decrypted {
    /// Signature, roster id and frame.
    plaintext: Zeroizing<Vec<u8>>,
    roster: RosterId,
    signed: [u8; SIGNED_LEN],
}

impl StagedKey<'_> {
    fn decrypt(&self, message: &GroupMessage<'_>) -> Option<Decrypted> {
        let mk = self.message_keys.get(message.iteration())?;
        let mut plaintext = Zeroizing::new(alloc::vec![0; message.body().len()]);
        // spec: GROUP-146
        let parts = open_body(mk, &self.key.description, self.key.id, message, &mut plaintext).ok()?;
        let BodyParts { signature: _, roster, signed } = parts;
        Some(Decrypted { plaintext, roster, signed })
    }

    /// What opening one message comes to, after those before it.
    fn open(
        &mut self,
        n: u32,
        genuine: Option<Decrypted>,
        keep: impl FnOnce(&VerifiedMessage) -> bool,
    ) -> Result<BacklogMessage, OpenError> {
        // spec: GROUP-155
        self.stage.check(self.key, n)?;
        if !self.stage.has_record(n) {
            return Err(OpenError::WrongRecords);
        }
        let Decrypted { plaintext, roster, signed: _ } = genuine.ok_or(OpenError::Rejected)?;
        let verified = VerifiedMessage::new(self.key, n, roster);
        if !keep(&verified) {
            return Err(OpenError::Declined);
        }
        self.stage.take(self.key, n)?;
        Ok(BacklogMessage { verified, plaintext })
    }
}

/// A message of a backlog.
pub struct BacklogMessage {
    /// Whose it is.
    pub verified: VerifiedMessage,
    plaintext: Zeroizing<Vec<u8>>,
}

impl BacklogMessage {
    /// The frame.
    ///
    /// # Errors
    /// [`Malformed`] where the sender sealed something that is none: its key is consumed all the same.
    pub fn frame(&self) -> Result<Frame<'_>, Malformed> {
        frame_of(&self.plaintext)
    }
}

impl fmt::Debug for BacklogMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verified, plaintext } = self;
        write!(f, "BacklogMessage({verified:?}, {} bytes [redacted])", plaintext.len())
    }
}

/// An opened backlog that is not committed. Dropping it rolls back and wipes the plaintexts.
#[must_use = "an opening that is not committed is rolled back"]
pub struct OpenedBacklog<'k> {
    staged: BTreeMap<KeyId, StagedKey<'k>>,
    messages: Vec<Result<BacklogMessage, OpenError>>,
}

impl OpenedBacklog<'_> {
    /// Applies all steps, which can't fail, and releases the plaintexts. The caller makes keys and records durable,
    /// in one commit, before it shows a plaintext.
    pub fn commit(self) -> CommittedBacklog {
        let Self { staged, messages } = self;
        let changes = staged.into_iter().map(|(id, StagedKey { key, stage, .. })| (id, stage.apply(key)));
        CommittedBacklog { messages, changes: changes.collect() }
    }
}

impl fmt::Debug for OpenedBacklog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { staged, messages } = self;
        write!(f, "OpenedBacklog({} keys, {} messages)", staged.len(), messages.len())
    }
}

/// A backlog that was opened and committed.
#[derive(Debug)]
pub struct CommittedBacklog {
    /// For each message, in their order, what opening it alone would have come to.
    pub messages: Vec<Result<BacklogMessage, OpenError>>,
    /// What changed in the skipped-key records of each key.
    pub changes: Vec<(KeyId, RecordChanges)>,
}
