//! The two messages between a pair of devices, as they travel (spec: WIRE-10).
//!
//! ```text
//! ratchet message   v 1 | t 1 |                                    sealed header 65 | body 16.. | tag 16
//! prekey message    v 1 | t 1 | handshake length 2 | handshake 1.. | sealed header 65 | body 16.. | tag 16
//! ```
//!
//! [`Envelope`] reads one, [`EnvelopeLayout`] lays one out for sealing in place. Nothing here is decrypted, and
//! the handshake part stays bytes.

mod layout;

pub use layout::{EnvelopeLayout, EnvelopeParts};

use crate::{
    Malformed, Reason, Result, TAG_LEN,
    bytes::Reader,
    frame::{MAX_FRAME, MIN_FRAME},
    header::HEADER_LEN,
};

/// Version byte of this protocol.
pub const VERSION: u8 = 1;

/// Type byte of a prekey message.
pub const PREKEY: u8 = 1;

/// Type byte of a ratchet message.
pub const RATCHET: u8 = 2;

/// Type byte of a group message, which [`GroupMessage`](crate::group_message::GroupMessage) reads.
pub const GROUP: u8 = 3;

/// Length of a sealed header, tag included, in bytes.
pub const SEALED_HEADER_LEN: usize = HEADER_LEN + TAG_LEN;

/// Longest handshake part, in bytes. One with the longest device list has 4,033 (see `handshake`); the rest is
/// room to grow without a change of what relays and stores must take.
pub const MAX_HANDSHAKE: usize = 8192;

/// Longest envelope, in bytes: `v`, `t`, handshake with its length, sealed header, frame, tag.
pub const MAX_ENVELOPE: usize = 2 + 2 + MAX_HANDSHAKE + SEALED_HEADER_LEN + MAX_FRAME + TAG_LEN;

/// Whether the message says that it is a group message, so that the caller knows what is to read it: this module
/// or [`group_message`](crate::group_message).
///
/// # Errors
/// [`Reason::Version`], [`Reason::Type`] and [`Reason::Truncated`], for what neither reads.
pub fn is_group(bytes: &[u8]) -> Result<bool> {
    let mut reader = Reader::new(bytes);
    // spec: WIRE-11
    if reader.u8("envelope version")? != VERSION {
        return Err(Malformed::new("envelope version", Reason::Version));
    }
    // spec: WIRE-12
    match reader.u8("envelope type")? {
        PREKEY | RATCHET => Ok(false),
        GROUP => Ok(true),
        _ => Err(Malformed::new("envelope type", Reason::Type)),
    }
}

/// What comes before the sealed header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A message of the initiator's first chain, with its handshake part.
    Prekey {
        /// The handshake part as received: 1 to [`MAX_HANDSHAKE`] bytes, not yet decoded.
        handshake: &'a [u8],
    },
    /// Every later message.
    Ratchet,
}

impl Kind<'_> {
    /// `v ‖ t`, with which the associated data of header and body begins.
    #[must_use]
    pub const fn prefix(&self) -> [u8; 2] {
        match self {
            Self::Prekey { .. } => [VERSION, PREKEY],
            Self::Ratchet => [VERSION, RATCHET],
        }
    }
}

/// A message, parsed but not opened, over the bytes as they were received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    bytes: &'a [u8],
    kind: Kind<'a>,
    sealed_header: &'a [u8; SEALED_HEADER_LEN],
    body: &'a [u8],
    tag: &'a [u8; TAG_LEN],
}

impl<'a> Envelope<'a> {
    /// Takes a message apart.
    ///
    /// # Errors
    /// [`Reason::Version`] and [`Reason::Type`] for what this crate doesn't know, [`Reason::Truncated`] and
    /// [`Reason::Length`] for parts that are too short or too long.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        // spec: WIRE-11
        if reader.u8("envelope version")? != VERSION {
            return Err(Malformed::new("envelope version", Reason::Version));
        }
        // spec: WIRE-12
        let kind = match reader.u8("envelope type")? {
            PREKEY => Kind::Prekey { handshake: handshake(&mut reader)? },
            RATCHET => Kind::Ratchet,
            _ => return Err(Malformed::new("envelope type", Reason::Type)),
        };
        // spec: WIRE-10
        let sealed_header = reader.array("envelope sealed header")?;
        let (body, tag) =
            reader.rest().split_last_chunk().ok_or(Malformed::new("envelope body tag", Reason::Truncated))?;
        check_frame_len(body.len())?;
        Ok(Self { bytes, kind, sealed_header, body, tag })
    }

    /// Which message it is, with its handshake part if it has one.
    #[must_use]
    pub const fn kind(&self) -> Kind<'a> {
        self.kind
    }

    /// The encrypted header and its tag: 65 bytes.
    #[must_use]
    pub const fn sealed_header(&self) -> &'a [u8; SEALED_HEADER_LEN] {
        self.sealed_header
    }

    /// The encrypted frame without its tag: [`MIN_FRAME`] to [`MAX_FRAME`] bytes.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The body's tag: 16 bytes.
    #[must_use]
    pub const fn tag(&self) -> &'a [u8; TAG_LEN] {
        self.tag
    }

    /// The whole message as it was received.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

fn handshake<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8]> {
    let len = usize::from(reader.u16("envelope handshake length")?);
    check_handshake_len(len)?;
    reader.slice(len, "envelope handshake")
}

// spec: WIRE-13
fn check_handshake_len(len: usize) -> Result<()> {
    match len {
        1..=MAX_HANDSHAKE => Ok(()),
        _ => Err(Malformed::new("envelope handshake length", Reason::Length)),
    }
}

// spec: WIRE-14
fn check_frame_len(len: usize) -> Result<()> {
    match len {
        MIN_FRAME..=MAX_FRAME => Ok(()),
        _ => Err(Malformed::new("envelope body", Reason::Length)),
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;

    fn ratchet() -> Vec<u8> {
        [vec![1, 2], vec![0xaa; 65], vec![0xbb; 20], vec![0xcc; 16]].concat()
    }

    fn prekey() -> Vec<u8> {
        [vec![1, 1, 0, 3, 7, 8, 9], vec![0xaa; 65], vec![0xbb; 20], vec![0xcc; 16]].concat()
    }

    // spec: WIRE-10
    #[test]
    fn parts_stand_where_the_layout_says() {
        for (bytes, kind) in [(ratchet(), Kind::Ratchet), (prekey(), Kind::Prekey { handshake: &[7, 8, 9] })]
        {
            let envelope = Envelope::parse(&bytes).expect("well formed");
            assert_eq!(envelope.kind(), kind);
            assert_eq!(envelope.kind().prefix(), bytes[..2]);
            assert_eq!(envelope.sealed_header(), &[0xaa; 65]);
            assert_eq!(envelope.body(), [0xbb; 20]);
            assert_eq!(envelope.tag(), &[0xcc; 16]);
            assert_eq!(envelope.bytes(), bytes);
        }
    }

    // spec: WIRE-11, WIRE-12
    #[test]
    fn unknown_version_and_unknown_type_are_told_apart() {
        for version in (0..=u8::MAX).filter(|version| *version != 1) {
            let error = Envelope::parse(&[version, 2]).expect_err("unknown version");
            assert_eq!(error.reason, Reason::Version);
        }
        for kind in (0..=u8::MAX).filter(|kind| !matches!(kind, 1 | 2)) {
            let error = Envelope::parse(&[1, kind]).expect_err("unknown type");
            assert_eq!(error.reason, Reason::Type);
        }
    }

    // spec: WIRE-12
    #[test]
    fn a_group_message_is_told_by_its_type() {
        assert_eq!([1, 2, 3].map(|kind| is_group(&[1, kind])), [Ok(false), Ok(false), Ok(true)]);
        for (bytes, reason) in [
            (&[2_u8, 3][..], Reason::Version),
            (&[1, 0], Reason::Type),
            (&[1, 4], Reason::Type),
            (&[1], Reason::Truncated),
            (&[], Reason::Truncated),
        ] {
            assert_eq!(is_group(bytes).expect_err("not a message").reason, reason);
        }
    }

    // spec: WIRE-13
    #[test]
    fn a_handshake_is_neither_empty_nor_over_long() {
        let with_len = |len: usize| {
            let [high, low] = u16::try_from(len).expect("16 bits").to_be_bytes();
            [vec![1, 1, high, low], vec![7; len + 65 + 16 + 16]].concat()
        };
        assert!(Envelope::parse(&with_len(1)).is_ok());
        assert!(Envelope::parse(&with_len(8192)).is_ok());
        for len in [0, 8193, 65535] {
            let error = Envelope::parse(&with_len(len)).expect_err("length not allowed");
            assert_eq!(error, Malformed::new("envelope handshake length", Reason::Length));
        }
    }

    // spec: WIRE-14
    #[test]
    fn a_body_is_neither_too_short_nor_too_long() {
        assert_eq!(MAX_ENVELOPE, 17_309_781);
        let with_body = |len: usize| [vec![1, 2], vec![0; 65 + len + 16]].concat();
        for (len, ok) in [(15, false), (16, true), (MAX_FRAME, true), (MAX_FRAME + 1, false)] {
            assert_eq!(Envelope::parse(&with_body(len)).is_ok(), ok, "body of {len}");
        }
    }

    #[test]
    fn truncated_messages_are_refused() {
        // Cuts that leave a body of at least 16 bytes give another message; its tag will not verify.
        for (bytes, shortest) in [(ratchet(), 99), (prekey(), 104)] {
            for len in 0..shortest {
                assert!(Envelope::parse(&bytes[..len]).is_err(), "cut to {len}");
            }
            assert!(Envelope::parse(&bytes[..shortest]).is_ok());
        }
    }
}
