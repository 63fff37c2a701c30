//! Laying out an envelope in the caller's buffer, so that it is sealed in place.

use alloc::vec::Vec;
use core::fmt;

use super::{Kind, SEALED_HEADER_LEN, check_frame_len, check_handshake_len};
use crate::{Malformed, Reason, Result, TAG_LEN, bytes::Writer};

/// An envelope to be: its lengths are known and checked, its bytes are not written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeLayout<'h> {
    handshake: Option<(u16, &'h [u8])>,
    frame_len: usize,
}

impl<'h> EnvelopeLayout<'h> {
    /// The layout for a frame of `frame_len` bytes: a prekey message with a handshake part, a ratchet message
    /// without.
    ///
    /// # Errors
    /// [`Reason::Length`] if the handshake part is empty or longer than [`MAX_HANDSHAKE`](super::MAX_HANDSHAKE),
    /// or the frame shorter than [`MIN_FRAME`](crate::frame::MIN_FRAME) or longer than
    /// [`MAX_FRAME`](crate::frame::MAX_FRAME).
    pub fn new(handshake: Option<&'h [u8]>, frame_len: usize) -> Result<Self> {
        check_frame_len(frame_len)?;
        let handshake = match handshake {
            None => None,
            Some(bytes) => {
                check_handshake_len(bytes.len())?;
                let len = u16::try_from(bytes.len())
                    .map_err(|_| Malformed::new("envelope handshake length", Reason::Length))?;
                Some((len, bytes))
            }
        };
        Ok(Self { handshake, frame_len })
    }

    /// Which message it will be.
    #[must_use]
    pub const fn kind(&self) -> Kind<'h> {
        match self.handshake {
            Some((_, handshake)) => Kind::Prekey { handshake },
            None => Kind::Ratchet,
        }
    }

    /// Length of the whole envelope, in bytes.
    #[must_use]
    pub const fn total_len(&self) -> usize {
        let handshake = match self.handshake {
            Some((_, handshake)) => 2 + handshake.len(),
            None => 0,
        };
        2 + handshake + SEALED_HEADER_LEN + self.frame_len + TAG_LEN
    }

    /// Replaces the content of `out` by the envelope's first bytes, and gives back the three parts that are
    /// still to be filled, all zero.
    ///
    /// `out` gets its full length here, in one reservation: filling the parts never reallocates, so no
    /// plaintext is left behind in freed memory.
    ///
    /// # Errors
    /// None that a checked layout can meet; writing is checked all the same.
    pub fn prepare<'o>(&self, out: &'o mut Vec<u8>) -> Result<EnvelopeParts<'o>> {
        let total = self.total_len();
        out.clear();
        out.reserve_exact(total);
        out.resize(total, 0);

        let mut writer = Writer::new(out);
        // spec: WIRE-10
        writer.put(&self.kind().prefix(), "envelope type")?;
        if let Some((len, handshake)) = self.handshake {
            writer.put(&len.to_be_bytes(), "envelope handshake length")?;
            writer.put(handshake, "envelope handshake")?;
        }
        Ok(EnvelopeParts {
            header: writer.space_array("envelope sealed header")?,
            body: writer.space(self.frame_len, "envelope body")?,
            tag: writer.space_array("envelope body tag")?,
        })
    }
}

/// The parts of an envelope that the sealing side fills.
pub struct EnvelopeParts<'o> {
    /// The encrypted header and its tag.
    pub header: &'o mut [u8; SEALED_HEADER_LEN],
    /// The frame, to be encrypted in place.
    pub body: &'o mut [u8],
    /// The body's tag.
    pub tag: &'o mut [u8; TAG_LEN],
}

/// Shows lengths only: the body is plaintext until it is sealed.
impl fmt::Debug for EnvelopeParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopeParts").field("body_len", &self.body.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::{collection, option, prelude::*};

    use super::*;
    use crate::{envelope::Envelope, frame::MAX_FRAME};

    #[test]
    fn debug_shows_no_content() {
        let (mut header, mut body) = ([0; SEALED_HEADER_LEN], [0xab; 16]);
        let parts = EnvelopeParts { header: &mut header, body: &mut body, tag: &mut [0; TAG_LEN] };
        assert_eq!(alloc::format!("{parts:?}"), "EnvelopeParts { body_len: 16, .. }");
    }

    #[test]
    fn lengths_are_checked_before_anything_is_written() {
        let too_long = vec![0; 8193];
        assert!(EnvelopeLayout::new(Some(&[]), 64).is_err());
        assert!(EnvelopeLayout::new(Some(&too_long), 64).is_err());
        assert!(EnvelopeLayout::new(None, 15).is_err());
        assert!(EnvelopeLayout::new(None, MAX_FRAME + 1).is_err());
    }

    #[test]
    fn a_used_buffer_leaves_nothing_behind() {
        let mut out = vec![0xff; 4096];
        let layout = EnvelopeLayout::new(None, 64).expect("in range");
        layout.prepare(&mut out).expect("laid out");
        assert_eq!(out, [vec![1, 2], vec![0; 65 + 64 + 16]].concat());
    }

    #[test]
    fn the_buffer_is_reserved_once() {
        let mut out = Vec::new();
        let layout = EnvelopeLayout::new(Some(&[7; 100]), 1000).expect("in range");
        let body = layout.prepare(&mut out).expect("laid out").body.as_ptr();
        assert_eq!(out.len(), layout.total_len());
        assert_eq!(out[out.len() - 16 - 1000..].as_ptr(), body);
    }

    proptest! {
        #[test]
        fn what_is_laid_out_parses_to_the_same_parts(
            handshake in option::of(collection::vec(any::<u8>(), 1..300)),
            header in any::<[u8; 32]>(),
            body in collection::vec(any::<u8>(), 16..300),
            tag in any::<[u8; 16]>(),
        ) {
            let layout = EnvelopeLayout::new(handshake.as_deref(), body.len()).expect("in range");
            let mut out = Vec::new();
            let parts = layout.prepare(&mut out).expect("laid out");
            parts.header[..32].copy_from_slice(&header);
            parts.body.copy_from_slice(&body);
            parts.tag.copy_from_slice(&tag);

            prop_assert_eq!(out.len(), layout.total_len());
            let envelope = Envelope::parse(&out).expect("well formed");
            prop_assert_eq!(envelope.kind(), layout.kind());
            prop_assert_eq!(&envelope.sealed_header()[..32], &header[..]);
            prop_assert_eq!(envelope.body(), &body[..]);
            prop_assert_eq!(envelope.tag(), &tag);
        }

        #[test]
        fn one_encoding(bytes in collection::vec(any::<u8>(), 99..400), kind in 1..=2_u8, len in 0..300_u16) {
            let mut bytes = bytes;
            (bytes[0], bytes[1]) = (1, kind);
            bytes[2..4].copy_from_slice(&len.to_be_bytes());
            let Ok(envelope) = Envelope::parse(&bytes) else { return Ok(()) };
            let handshake = match envelope.kind() {
                Kind::Prekey { handshake } => Some(handshake),
                Kind::Ratchet => None,
            };
            let mut out = Vec::new();
            let layout = EnvelopeLayout::new(handshake, envelope.body().len()).expect("in range");
            let parts = layout.prepare(&mut out).expect("laid out");
            parts.header.copy_from_slice(envelope.sealed_header());
            parts.body.copy_from_slice(envelope.body());
            parts.tag.copy_from_slice(envelope.tag());
            prop_assert_eq!(out, bytes);
        }
    }
}
