//! The frame: the plaintext of a message.
//!
//! ```text
//! byte 0: kind (bits 7..4) | ttl flag (3) | shards flag (2) | list epoch flag (1) | reserved 0 (0)
//! sent-ms 6 | message nonce 8 | [ttl 4] | [list epoch 4] | [first 1 | count 1 | shards 32 · count]
//! content | 0x80 | zeros
//! ```
//!
//! The content's length is not written: the padding ends it.

mod encode;
mod shards;

use core::{fmt, num::NonZeroU32};

pub use shards::{MAX_SHARDS, SHARD_LEN, Shards};

use crate::{Malformed, Reason, Result, bytes::Reader, padding::Padding};

/// Shortest frame, in bytes: flags, time, nonce and the mark that ends the content.
pub const MIN_FRAME: usize = 1 + 6 + 8 + 1;

/// Longest content, in bytes: 16 MiB.
pub const MAX_CONTENT: usize = 16 << 20;

/// Longest frame before padding: everything optional is there.
const MAX_UNPADDED: usize = MIN_FRAME + 4 + 4 + 2 + MAX_SHARDS * SHARD_LEN + MAX_CONTENT;

/// Longest frame, in bytes: 16.5 MiB, to which Padmé rounds up the longest unpadded one. No block policy gives
/// more, since blocks are at most 64 KiB.
pub const MAX_FRAME: usize = Padding::Padme.padded_len(MAX_UNPADDED);

/// First time that doesn't fit into the 48 bits of `sent_ms` (in the year 10889).
const MAX_SENT_MS: u64 = 1 << 48;

const TTL_FLAG: u8 = 1 << 3;
const SHARDS_FLAG: u8 = 1 << 2;
const LIST_EPOCH_FLAG: u8 = 1 << 1;
const RESERVED_FLAG: u8 = 1;

/// Ends the content; only zeros follow.
const END_MARK: u8 = 0x80;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// The application's content: 0.
    Application,
    /// Not worth keeping or repeating, such as typing: 1.
    Ephemeral,
    /// Between a person's own devices: 2.
    Sync,
    /// The library's own: lists, rosters, sender keys, acknowledgements, linking: 3.
    Control,
    /// A later version's kind, 4 to 15: parses, so that it can be reported.
    Unknown(u8),
}

impl FrameKind {
    /// The four bits, if the kind has them: an [`FrameKind::Unknown`] below 4 or above 15 has none.
    #[must_use]
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::Application => Some(0),
            Self::Ephemeral => Some(1),
            Self::Sync => Some(2),
            Self::Control => Some(3),
            Self::Unknown(number @ 4..=15) => Some(number),
            Self::Unknown(_) => None,
        }
    }

    // spec: WIRE-32
    const fn from_first_byte(byte: u8) -> Self {
        match byte >> 4 {
            0 => Self::Application,
            1 => Self::Ephemeral,
            2 => Self::Sync,
            3 => Self::Control,
            number => Self::Unknown(number),
        }
    }
}

/// A frame, borrowed from the buffer in which it was opened, or from its parts before it is sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is for.
    pub kind: FrameKind,
    /// When it was sent, in milliseconds since 1970-01-01 UTC by the sender's clock: below 2^48.
    pub sent_ms: u64,
    /// Drawn once for a message, the same on every device and at every re-send.
    pub nonce: [u8; 8],
    /// Time to live in seconds, if the message is to vanish.
    pub ttl: Option<NonZeroU32>,
    /// Epoch of the sender's device list, when it has changed.
    pub list_epoch: Option<NonZeroU32>,
    /// Shards of the post-quantum ratchet.
    pub shards: Option<Shards<'a>>,
    /// At most [`MAX_CONTENT`] bytes.
    pub content: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads an opened frame, padding included.
    ///
    /// # Errors
    /// [`Malformed`] with the field and [`Reason::Length`], [`Reason::Truncated`], [`Reason::Range`] or
    /// [`Reason::Padding`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        // spec: WIRE-31
        if !(MIN_FRAME..=MAX_FRAME).contains(&bytes.len()) {
            return Err(Malformed::new("frame", Reason::Length));
        }
        let mut reader = Reader::new(bytes);
        let first = reader.u8("frame flags")?;
        // spec: WIRE-33
        if first & RESERVED_FLAG != 0 {
            return Err(Malformed::new("frame reserved bit", Reason::Padding));
        }
        Ok(Self {
            kind: FrameKind::from_first_byte(first),
            sent_ms: reader.u48("frame sent-ms")?,
            nonce: *reader.array("frame nonce")?,
            ttl: nonzero_if(first & TTL_FLAG != 0, &mut reader, "frame ttl")?,
            list_epoch: nonzero_if(first & LIST_EPOCH_FLAG != 0, &mut reader, "frame list epoch")?,
            shards: match first & SHARDS_FLAG {
                0 => None,
                _ => Some(Shards::read(&mut reader)?),
            },
            content: content(reader.rest())?,
        })
    }
}

impl<'a> Frame<'a> {
    /// The shards in a frame, if it is one and has any. Of a frame without, the first byte alone is looked at.
    #[must_use]
    pub fn shards_of(bytes: &'a [u8]) -> Option<Shards<'a>> {
        let has_shards = bytes.first().is_some_and(|first| first & SHARDS_FLAG != 0);
        if has_shards { Self::parse(bytes).ok()?.shards } else { None }
    }
}

// spec: WIRE-34
fn nonzero_if(present: bool, reader: &mut Reader<'_>, field: &'static str) -> Result<Option<NonZeroU32>> {
    if !present {
        return Ok(None);
    }
    NonZeroU32::new(reader.u32(field)?).map(Some).ok_or(Malformed::new(field, Reason::Range))
}

/// What stands before the last byte that is not zero, which must be the end mark.
// spec: WIRE-36
fn content(padded: &[u8]) -> Result<&[u8]> {
    let not_ended = Malformed::new("frame padding", Reason::Padding);
    let end = padded.iter().rposition(|byte| *byte != 0).ok_or(not_ended)?;
    let (content, padding) = padded.split_at_checked(end).ok_or(not_ended)?;
    if padding.first() != Some(&END_MARK) {
        return Err(not_ended);
    }
    // spec: WIRE-37
    if content.len() > MAX_CONTENT {
        return Err(Malformed::new("frame content", Reason::Length));
    }
    Ok(content)
}

/// Shows everything but nonce, shards and content, which are secret.
impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, sent_ms, nonce: _, ttl, list_epoch, shards: _, content } = self;
        f.debug_struct("Frame")
            .field("kind", kind)
            .field("sent_ms", sent_ms)
            .field("ttl", ttl)
            .field("list_epoch", list_epoch)
            .field("content_len", &content.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
