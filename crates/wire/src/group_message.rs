//! A message to a group, as it travels (spec: GROUP-130).
//!
//! ```text
//! v 1 | t 1 | key id 16 | iteration 4 | nonce salt 8 | sealed( signature 64 | roster id 32 | frame 16.. ) | tag 16
//! ```
//!
//! [`GroupMessage`] reads one, [`GroupLayout`] lays one out for sealing in place. Nothing here is decrypted.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    Malformed, Reason, Result, TAG_LEN,
    bytes::{Reader, Writer},
    envelope::{GROUP, MAX_ENVELOPE, VERSION},
    frame::{MAX_FRAME, MIN_FRAME},
};

/// Messages that one sender key may seal: bounds what one message can make a receiver derive and keep.
pub const MAX_ITERATIONS: u32 = 4096;

/// Length of what is in the open, in bytes: also the associated data of the rest.
pub const OPEN_LEN: usize = 1 + 1 + 16 + 4 + 8;

/// Bytes of the signature that stands before the roster id.
pub const SIGNATURE_LEN: usize = 64;

/// Bytes that are sealed before the frame: the signature and the roster's id.
pub const BEFORE_FRAME: usize = SIGNATURE_LEN + 32;

/// Longest group message, in bytes.
pub const MAX_GROUP_MESSAGE: usize = OPEN_LEN + BEFORE_FRAME + MAX_FRAME + TAG_LEN;

// what carries the messages of a pair carries these
const _: () = assert!(MAX_GROUP_MESSAGE <= MAX_ENVELOPE);

/// A group message, parsed but not opened, over the bytes as they were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMessage<'a> {
    open: &'a [u8; OPEN_LEN],
    key_id: &'a [u8; 16],
    iteration: u32,
    nonce_salt: &'a [u8; 8],
    body: &'a [u8],
    tag: &'a [u8; TAG_LEN],
}

impl<'a> GroupMessage<'a> {
    /// Takes a message apart.
    ///
    /// # Errors
    /// [`Reason::Version`], [`Reason::Type`], [`Reason::Range`] for an iteration that no key has,
    /// [`Reason::Truncated`] and [`Reason::Length`] for parts that are too short or too long.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        // spec: GROUP-130
        let open = bytes.first_chunk().ok_or(Malformed::new("group message", Reason::Truncated))?;
        let mut reader = Reader::new(bytes);
        // spec: GROUP-131
        if reader.u8("group message version")? != VERSION {
            return Err(Malformed::new("group message version", Reason::Version));
        }
        if reader.u8("group message type")? != GROUP {
            return Err(Malformed::new("group message type", Reason::Type));
        }
        let key_id = reader.array("group message key id")?;
        let iteration = reader.u32("group message iteration")?;
        // spec: GROUP-132
        if iteration >= MAX_ITERATIONS {
            return Err(Malformed::new("group message iteration", Reason::Range));
        }
        let nonce_salt = reader.array("group message nonce salt")?;
        let (body, tag) =
            reader.rest().split_last_chunk().ok_or(Malformed::new("group message tag", Reason::Truncated))?;
        check_body_len(body.len())?;
        Ok(Self { open, key_id, iteration, nonce_salt, body, tag })
    }

    /// Everything before the sealed part, which is its associated data: 30 bytes.
    #[must_use]
    pub const fn open(&self) -> &'a [u8; OPEN_LEN] {
        self.open
    }

    /// Names the sender key, 16 bytes.
    #[must_use]
    pub const fn key_id(&self) -> &'a [u8; 16] {
        self.key_id
    }

    /// The message's number under its key: below [`MAX_ITERATIONS`].
    #[must_use]
    pub const fn iteration(&self) -> u32 {
        self.iteration
    }

    /// The nonce salt, 8 bytes.
    #[must_use]
    pub const fn nonce_salt(&self) -> &'a [u8; 8] {
        self.nonce_salt
    }

    /// The sealed signature, roster id and frame without their tag: at least 112 bytes.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The tag: 16 bytes.
    #[must_use]
    pub const fn tag(&self) -> &'a [u8; TAG_LEN] {
        self.tag
    }
}

// spec: GROUP-133
fn check_body_len(len: usize) -> Result<()> {
    const MIN: usize = BEFORE_FRAME + MIN_FRAME;
    const MAX: usize = BEFORE_FRAME + MAX_FRAME;
    match len {
        MIN..=MAX => Ok(()),
        _ => Err(Malformed::new("group message body", Reason::Length)),
    }
}

/// A group message to be: its length is known and checked, its bytes are not written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupLayout {
    key_id: [u8; 16],
    iteration: u32,
    nonce_salt: [u8; 8],
    body_len: usize,
}

impl GroupLayout {
    /// The layout for a frame of `frame_len` bytes.
    ///
    /// # Errors
    /// [`Reason::Range`] for an iteration of [`MAX_ITERATIONS`] or more, [`Reason::Length`] for a frame shorter
    /// than [`MIN_FRAME`] or longer than [`MAX_FRAME`].
    pub fn new(key_id: [u8; 16], iteration: u32, nonce_salt: [u8; 8], frame_len: usize) -> Result<Self> {
        // spec: GROUP-132
        if iteration >= MAX_ITERATIONS {
            return Err(Malformed::new("group message iteration", Reason::Range));
        }
        let body_len = frame_len.saturating_add(BEFORE_FRAME);
        check_body_len(body_len)?;
        Ok(Self { key_id, iteration, nonce_salt, body_len })
    }

    /// Length of the whole message, in bytes.
    #[must_use]
    pub const fn total_len(&self) -> usize {
        OPEN_LEN + self.body_len + TAG_LEN
    }

    /// Replaces the content of `out` by the message's open part and gives back the parts that are still to be
    /// filled, all zero. `out` gets its full length here, so that filling them never reallocates.
    ///
    /// # Errors
    /// None that a checked layout can meet; writing is checked all the same.
    pub fn prepare<'o>(&self, out: &'o mut Vec<u8>) -> Result<GroupParts<'o>> {
        out.clear();
        out.reserve_exact(self.total_len());
        out.resize(self.total_len(), 0);
        let (open, rest) =
            out.split_first_chunk_mut().ok_or(Malformed::new("group message", Reason::Length))?;
        let mut writer = Writer::new(&mut open[..]);
        // spec: GROUP-130
        writer.put(&[VERSION, GROUP], "group message type")?;
        writer.put(&self.key_id, "group message key id")?;
        writer.put(&self.iteration.to_be_bytes(), "group message iteration")?;
        writer.put(&self.nonce_salt, "group message nonce salt")?;
        let mut writer = Writer::new(rest);
        Ok(GroupParts {
            open,
            body: writer.space(self.body_len, "group message body")?,
            tag: writer.space_array("group message tag")?,
        })
    }
}

/// The parts of a group message that the sealing side fills.
pub struct GroupParts<'o> {
    /// What is in the open, written already.
    pub open: &'o [u8; OPEN_LEN],
    /// Signature, roster id and frame, to be encrypted in place.
    pub body: &'o mut [u8],
    /// The tag.
    pub tag: &'o mut [u8; TAG_LEN],
}

/// Shows lengths only: the body is plaintext until it is sealed.
impl fmt::Debug for GroupParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { open: _, body, tag: _ } = self;
        f.debug_struct("GroupParts").field("body_len", &body.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
