//! Sealing a message for the group.

use alloc::vec::Vec;

use entrenous_primitives::{nonce_salt::NonceSalt, output::Uncommitted, secret::Key};
use entrenous_wire::{
    Malformed, Reason,
    frame::Frame,
    group_message::{GroupLayout, GroupParts, MAX_ITERATIONS, SIGNATURE_LEN},
    padding::Padding,
};

use super::{
    SealError, SendingKey, boxes,
    kdf::{GroupChain, chain_step},
};
use crate::RosterId;

impl SendingKey {
    /// Seals `frame` into `out`, whose content is replaced, as a message of a member of `roster`: the newest that
    /// the sender knows. Nothing is drawn and, when `out` has the capacity, nothing is allocated.
    ///
    /// ```text
    /// at 4,096 messages: KeyExhausted
    /// ck, mk = Expand(ck, label, 64)
    /// signature over label ‖ group ‖ roster ‖ account ‖ device ‖ key id ‖ iteration ‖ H(frame)
    /// body = AEAD(mk, ..., signature ‖ roster ‖ frame); erase mk; iteration += 1
    /// ```
    ///
    /// # Errors
    /// [`SealError`]; the key is unchanged and `out` wiped.
    pub fn seal<'k, 'o>(
        &'k mut self,
        frame: &Frame<'_>,
        roster: RosterId,
        padding: Padding,
        salt: &mut NonceSalt,
        out: &'o mut Vec<u8>,
    ) -> Result<SealedMessage<'k, 'o>, SealError> {
        // spec: GROUP-139
        let mut out = Uncommitted::new(out);
        // spec: GROUP-138
        if self.iteration >= MAX_ITERATIONS {
            return Err(SealError::KeyExhausted);
        }
        // spec: GROUP-137
        if frame.shards.is_some() {
            return Err(Malformed::new("group frame shards", Reason::Inconsistent).into());
        }
        let len = frame.encoded_len(padding);
        // spec: GROUP-136
        let layout = GroupLayout::new(self.id.0, self.iteration, salt.next_salt(), len)?;
        let GroupParts { open, body, tag } = layout.prepare(out.buffer_for(layout.total_len()))?;
        let (signature, rest) = body.split_at_mut(SIGNATURE_LEN);
        let (roster_id, plaintext) = rest.split_at_mut(32);
        frame.encode_into(plaintext)?;
        roster_id.copy_from_slice(roster.as_bytes());
        let signed = boxes::signed(&self.description, self.id, self.iteration, roster, plaintext);
        signature.copy_from_slice(&self.signing.sign(&signed));
        let (chain, mk) = chain_step(&self.chain);
        *tag = boxes::seal(&mk, open, body).map_err(|_| Malformed::new("frame", Reason::Length))?;
        Ok(SealedMessage { key: self, chain, out })
    }
}

/// A sealed group message that is not committed. Dropping it rolls back and wipes the output; the same key may then
/// seal again, under another nonce salt.
#[derive(Debug)]
#[must_use = "a sealing that is not committed is rolled back"]
pub struct SealedMessage<'k, 'o> {
    key: &'k mut SendingKey,
    chain: Key<GroupChain>,
    out: Uncommitted<'o>,
}

impl<'o> SealedMessage<'_, 'o> {
    /// Applies the step, which can't fail, and releases the message. The caller makes the key durable before the
    /// message leaves the device.
    pub fn commit(self) -> &'o mut Vec<u8> {
        let Self { key, chain, out } = self;
        key.chain = chain;
        key.iteration += 1;
        out.release()
    }
}
