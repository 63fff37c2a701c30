//! Writing a frame, padded, into the buffer in which it will be sealed.

use super::{
    END_MARK, Frame, LIST_EPOCH_FLAG, MAX_CONTENT, MAX_FRAME, MAX_SENT_MS, MIN_FRAME, SHARD_LEN, SHARDS_FLAG,
    TTL_FLAG,
};
use crate::{Malformed, Reason, Result, bytes::Writer, padding::Padding};

impl Frame<'_> {
    /// Length in bytes of the frame, padded as `padding` says.
    #[must_use]
    pub fn encoded_len(&self, padding: Padding) -> usize {
        padding.padded_len(self.unpadded_len())
    }

    /// Writes the frame into `out`, whose length is the padded one, and fills all of it.
    ///
    /// # Errors
    /// [`Reason::Length`] if `out` is too short for the frame or longer than [`MAX_FRAME`], or the content longer
    /// than [`MAX_CONTENT`]; [`Reason::Range`], [`Reason::Count`] or [`Reason::Length`] for a field that has no
    /// encoding. Then `out` is as it was.
    pub fn encode_into(&self, out: &mut [u8]) -> Result<()> {
        // Everything that can fail comes before the first write.
        let first = self.first_byte()?;
        let shard_count = self.shards.map(|shards| shards.count()).transpose()?;
        // spec: WIRE-37
        if self.content.len() > MAX_CONTENT {
            return Err(Malformed::new("frame content", Reason::Length));
        }
        // spec: WIRE-30
        if self.sent_ms >= MAX_SENT_MS {
            return Err(Malformed::new("frame sent-ms", Reason::Range));
        }
        // spec: WIRE-31
        if !(self.unpadded_len()..=MAX_FRAME).contains(&out.len()) {
            return Err(Malformed::new("frame", Reason::Length));
        }

        let mut writer = Writer::new(out);
        let [_, _, sent_ms @ ..] = self.sent_ms.to_be_bytes();
        writer.put(&[first], "frame flags")?;
        writer.put(&sent_ms, "frame sent-ms")?;
        writer.put(&self.nonce, "frame nonce")?;
        if let Some(ttl) = self.ttl {
            writer.put(&ttl.get().to_be_bytes(), "frame ttl")?;
        }
        if let Some(list_epoch) = self.list_epoch {
            writer.put(&list_epoch.get().to_be_bytes(), "frame list epoch")?;
        }
        if let (Some(shards), Some(count)) = (self.shards, shard_count) {
            writer.put(&[shards.first, count], "frame shard count")?;
            writer.put(shards.bytes, "frame shards")?;
        }
        writer.put(self.content, "frame content")?;
        writer.put(&[END_MARK], "frame padding")?;
        writer.rest().fill(0);
        Ok(())
    }

    fn unpadded_len(&self) -> usize {
        self.len_with(self.shards.map_or(0, |shards| shards.bytes.len().saturating_add(2)))
    }

    /// Length in bytes of the frame, not padded, if it had `count` shards in the place of its own.
    #[must_use]
    pub fn unpadded_len_with_shards(&self, count: usize) -> usize {
        self.len_with(count.saturating_mul(SHARD_LEN).saturating_add(2))
    }

    /// The length, with `shards` bytes of shards, their number and their first index included.
    fn len_with(&self, shards: usize) -> usize {
        let ttl = self.ttl.map_or(0, |_| 4);
        let list_epoch = self.list_epoch.map_or(0, |_| 4);
        self.content.len().saturating_add(MIN_FRAME + ttl + list_epoch).saturating_add(shards)
    }

    fn first_byte(&self) -> Result<u8> {
        let kind = self.kind.number().ok_or(Malformed::new("frame kind", Reason::Range))?;
        let flag = |present: bool, flag: u8| if present { flag } else { 0 };
        Ok(kind << 4
            | flag(self.ttl.is_some(), TTL_FLAG)
            | flag(self.shards.is_some(), SHARDS_FLAG)
            | flag(self.list_epoch.is_some(), LIST_EPOCH_FLAG))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};
    use core::num::NonZeroU32;

    use proptest::{collection, option, prelude::*, sample::Index};

    use super::*;
    use crate::{
        frame::{FrameKind, Shards},
        padding::BlockSize,
    };

    const FRAME: Frame<'_> = Frame {
        kind: FrameKind::Application,
        sent_ms: 1,
        nonce: [9; 8],
        ttl: None,
        list_epoch: None,
        shards: None,
        content: b"bonjour",
    };

    #[test]
    fn a_short_frame_is_written_as_specified() {
        let mut out = vec![0xff; FRAME.encoded_len(Padding::Padme)];
        FRAME.encode_into(&mut out).expect("in range");
        let expected = [&[0, 0, 0, 0, 0, 0, 1], &[9; 8][..], b"bonjour\x80", &[0; 41]].concat();
        assert_eq!(out, expected);
    }

    #[test]
    fn what_has_no_encoding_is_refused_and_writes_nothing() {
        let too_long = vec![0; MAX_CONTENT + 1];
        let bad = [
            (Frame { kind: FrameKind::Unknown(3), ..FRAME }, Reason::Range),
            (Frame { kind: FrameKind::Unknown(16), ..FRAME }, Reason::Range),
            (Frame { sent_ms: 1 << 48, ..FRAME }, Reason::Range),
            (Frame { shards: Some(Shards { first: 255, bytes: &[0; 32] }), ..FRAME }, Reason::Range),
            (Frame { shards: Some(Shards { first: 0, bytes: &[0; 31] }), ..FRAME }, Reason::Length),
            (Frame { shards: Some(Shards { first: 0, bytes: &[] }), ..FRAME }, Reason::Count),
            (Frame { content: &too_long, ..FRAME }, Reason::Length),
        ];
        for (frame, reason) in bad {
            let mut out = vec![0xff; frame.encoded_len(Padding::Padme)];
            let error = frame.encode_into(&mut out).expect_err("has no encoding");
            assert_eq!(error.reason, reason, "{frame:?}");
            assert!(out.iter().all(|byte| *byte == 0xff));
        }
    }

    #[test]
    fn the_longest_content_is_written() {
        let longest = vec![7; MAX_CONTENT];
        let frame = Frame { content: &longest, ..FRAME };
        let mut out = vec![0; frame.encoded_len(Padding::None)];
        assert_eq!(frame.encode_into(&mut out), Ok(()));
        assert_eq!(Frame::parse(&out), Ok(frame));
    }

    #[test]
    fn the_length_with_shards_is_known_before_there_are_any() {
        for count in 1..=37 {
            let with = Frame { shards: Some(Shards { first: 0, bytes: &vec![7; count * 32] }), ..FRAME };
            assert_eq!(FRAME.unpadded_len_with_shards(count), with.encoded_len(Padding::None));
        }
    }

    #[test]
    fn the_buffer_must_hold_the_frame() {
        let mut short = vec![0; FRAME.encoded_len(Padding::None) - 1];
        assert_eq!(FRAME.encode_into(&mut short), Err(Malformed::new("frame", Reason::Length)));
        let mut long = vec![0; MAX_FRAME + 1];
        assert_eq!(FRAME.encode_into(&mut long), Err(Malformed::new("frame", Reason::Length)));
    }

    proptest! {
        #[test]
        fn round_trip(
            (kind, sent_ms, nonce) in (0..16_u8, 0..1_u64 << 48, any::<[u8; 8]>()),
            (ttl, list_epoch) in (any::<u32>(), any::<u32>()),
            shards in option::of((0..255_u8, 1..=37_usize)),
            content in collection::vec(any::<u8>(), 0..3000),
            policy in 0..3_u8,
        ) {
            let shard_bytes = [7; 37 * 32];
            let frame = Frame {
                kind: FrameKind::from_first_byte(kind << 4),
                sent_ms,
                nonce,
                ttl: NonZeroU32::new(ttl & ttl.rotate_left(8)),
                list_epoch: NonZeroU32::new(list_epoch & list_epoch.rotate_left(8)),
                shards: shards.map(|(first, count)| Shards { first, bytes: &shard_bytes[..count * 32] }),
                content: &content,
            };
            let padding = match policy {
                0 => Padding::Padme,
                1 => BlockSize::new(160).map_or(Padding::None, Padding::Blocks),
                _ => Padding::None,
            };
            let mut out = vec![0xff; frame.encoded_len(padding)];
            frame.encode_into(&mut out).expect("in range");
            prop_assert_eq!(Frame::parse(&out), Ok(frame));
        }

        #[test]
        fn one_encoding(
            first in any::<u8>(),
            mut rest in collection::vec(prop_oneof![Just(0), Just(1), Just(0x80), any::<u8>()], 15..1500),
            end in any::<Index>(),
        ) {
            // A random end mark lets most inputs through to the comparison.
            let end = end.index(rest.len());
            rest[end..].fill(0);
            rest[end] = 0x80;
            let bytes: Vec<u8> = [&[first & 0xfe], &rest[..]].concat();
            if let Ok(frame) = Frame::parse(&bytes) {
                let mut again = vec![0xff; bytes.len()];
                frame.encode_into(&mut again).expect("in range");
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
