//! Opening one message.

use alloc::vec::Vec;

use entrenous_primitives::{ed25519::SIGNATURE_LEN, output::Uncommitted, secret::Key};
use entrenous_wire::{
    Malformed, Reason,
    frame::Frame,
    group_message::{BEFORE_FRAME, GroupMessage},
};

use super::{
    KeyId, OpenError, ReceivingKey, Sender, boxes,
    kdf::GroupMessageKey,
    key::Description,
    skipped::{RecordChanges, SkippedBlock},
    stage::Stage,
};
use crate::RosterId;

impl ReceivingKey {
    /// Finds where `message` belongs and says which record is needed to open it; changes nothing.
    ///
    /// # Errors
    /// [`OpenError`] for what can't be opened whatever is in it.
    pub fn locate<'k, 'm>(
        &'k mut self,
        message: &GroupMessage<'m>,
    ) -> Result<LocatedMessage<'k, 'm>, OpenError> {
        // spec: GROUP-140
        if *message.key_id() != self.id.0 {
            return Err(OpenError::Rejected);
        }
        let stage = Stage::new(self, Vec::new());
        stage.check(self, message.iteration())?;
        let needed = stage.needed(message.iteration());
        Ok(LocatedMessage { key: self, message: *message, needed })
    }
}

/// A message that its key may open. Nothing of it is known to be authentic yet.
#[derive(Debug)]
pub struct LocatedMessage<'k, 'm> {
    key: &'k mut ReceivingKey,
    message: GroupMessage<'m>,
    needed: Option<u32>,
}

impl<'k> LocatedMessage<'k, '_> {
    /// The block of skipped keys whose record [`open`](Self::open) needs; none for traffic in order.
    pub fn needed(&self) -> Option<u32> {
        self.needed
    }

    /// Chain steps that opening costs, at most 4,096: for a message that nobody has authenticated yet, so that a
    /// caller may put off the dear ones of a sender whose messages keep failing.
    pub fn steps(&self) -> u32 {
        (self.message.iteration() + 1).saturating_sub(self.key.next)
    }

    /// Opens the message into `out`, whose content is replaced. Costs at most 4,096 chain steps.
    ///
    /// ```text
    /// mk = the skipped key, or: keep the keys of next .. iteration, step
    /// signature ‖ roster id ‖ frame = AEAD-open(mk, ...), else Rejected
    /// the signature holds under the key's signing key, else Rejected
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]; the key is unchanged and `out` wiped.
    pub fn open<'o>(
        self,
        record: Option<SkippedBlock>,
        out: &'o mut Vec<u8>,
    ) -> Result<OpenedMessage<'k, 'o>, OpenError> {
        let Self { key, message, needed } = self;
        // spec: GROUP-139
        let mut out = Uncommitted::new(out);
        let record = record.filter(|block| Some(block.number()) == needed);
        let mut stage = Stage::new(key, record.into_iter().collect());
        let mk = stage.take(key, message.iteration())?;
        let buffer = out.buffer_for(message.body().len());
        buffer.resize(message.body().len(), 0);
        // spec: GROUP-146
        let parts = open_body(&mk, &key.description, key.id, &message, buffer)?;
        // spec: GROUP-147
        let signing = key.description.signing;
        signing.verify(&parts.signed, parts.signature).map_err(|_| OpenError::Rejected)?;
        let verified = VerifiedMessage::new(key, message.iteration(), parts.roster);
        Ok(OpenedMessage { key, stage, verified, out })
    }
}

/// What is in an opened body, its signature not verified yet.
pub(crate) struct BodyParts<'b> {
    pub(crate) signature: &'b [u8; SIGNATURE_LEN],
    pub(crate) roster: RosterId,
    pub(crate) signed: [u8; boxes::SIGNED_LEN],
}

/// Decrypts the body into `out`, of the same length, and takes it apart.
pub(crate) fn open_body<'b>(
    mk: &Key<GroupMessageKey>,
    key: &Description,
    id: KeyId,
    message: &GroupMessage<'_>,
    out: &'b mut [u8],
) -> Result<BodyParts<'b>, OpenError> {
    boxes::open(mk, message, out).map_err(|_| OpenError::Rejected)?;
    let (signature, rest) = out.split_first_chunk().ok_or(OpenError::Rejected)?;
    let (roster, frame) = rest.split_first_chunk().ok_or(OpenError::Rejected)?;
    let roster = RosterId::from_bytes(*roster);
    let signed = boxes::signed(key, id, message.iteration(), roster, frame);
    Ok(BodyParts { signature, roster, signed })
}

/// The frame in an opened body. The sender made it, so its key is consumed whatever it is.
pub(crate) fn frame_of(plaintext: &[u8]) -> Result<Frame<'_>, Malformed> {
    // spec: GROUP-148
    let frame = Frame::parse(plaintext.get(BEFORE_FRAME..).unwrap_or_default())?;
    // spec: GROUP-137
    match frame.shards {
        None => Ok(frame),
        Some(_) => Err(Malformed::new("group frame shards", Reason::Inconsistent)),
    }
}

/// What is certain of a message whose signature holds, for the rosters to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedMessage {
    /// Who sealed it.
    pub sender: Sender,
    /// The key.
    pub key: KeyId,
    /// The roster under which the key was made.
    pub key_roster: RosterId,
    /// The roster of which the sender says that it is the newest that it knows.
    pub roster: RosterId,
    /// The message's number under its key.
    pub iteration: u32,
    /// The key was closed, since its sender lost access. The message has a number from before, and may have been
    /// sealed afterwards all the same.
    pub key_closed: bool,
}

impl VerifiedMessage {
    pub(crate) fn new(key: &ReceivingKey, iteration: u32, roster: RosterId) -> Self {
        Self {
            sender: key.description.sender,
            key: key.id,
            key_roster: key.description.roster,
            roster,
            iteration,
            key_closed: key.closed.is_some(),
        }
    }
}

/// An opened group message that is not committed. Dropping it rolls back and wipes the plaintext, which nobody has
/// seen; the same message opens again, so that one that the rosters don't allow yet is kept as it came.
#[derive(Debug)]
#[must_use = "an opening that is not committed is rolled back"]
pub struct OpenedMessage<'k, 'o> {
    key: &'k mut ReceivingKey,
    stage: Stage,
    verified: VerifiedMessage,
    out: Uncommitted<'o>,
}

impl<'o> OpenedMessage<'_, 'o> {
    /// What the rosters are to judge before the message is committed.
    pub fn verified(&self) -> &VerifiedMessage {
        &self.verified
    }

    /// Applies the step, which can't fail, and releases the plaintext. The caller makes key and records durable
    /// before it shows the plaintext.
    pub fn commit(self) -> CommittedMessage<'o> {
        let Self { key, stage, verified, out } = self;
        let changes = stage.apply(key);
        CommittedMessage { frame: frame_of(out.release()), verified, changes }
    }
}

/// A group message that was opened and committed.
#[derive(Debug)]
pub struct CommittedMessage<'o> {
    /// The frame; or, where the sender sealed something that is none, what was wrong with it: its key is consumed
    /// all the same.
    pub frame: Result<Frame<'o>, Malformed>,
    /// Whose it is.
    pub verified: VerifiedMessage,
    /// What changed in the skipped-key records.
    pub changes: RecordChanges,
}
