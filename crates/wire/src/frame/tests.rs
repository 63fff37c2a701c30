//! Tests of the frame's layout.

use alloc::{format, vec, vec::Vec};

use super::*;

/// Byte 0, the time 1, the nonce 9…, then `rest`.
fn bytes(first: u8, rest: &[u8]) -> Vec<u8> {
    [&[first, 0, 0, 0, 0, 0, 1], &[9; 8][..], rest].concat()
}

fn reason(bytes: &[u8]) -> (&'static str, Reason) {
    let error = Frame::parse(bytes).expect_err("malformed");
    (error.field, error.reason)
}

// spec: WIRE-30
#[test]
fn fields_stand_where_the_layout_says() {
    let shards = [7; 64];
    let rest = [&[0, 0, 0, 5, 0, 0, 0, 6, 254, 2], &shards[..], b"bonjour\x80\0\0"].concat();
    let frame = bytes(0b0011_1110, &rest);
    assert_eq!(
        Frame::parse(&frame),
        Ok(Frame {
            kind: FrameKind::Control,
            sent_ms: 1,
            nonce: [9; 8],
            ttl: NonZeroU32::new(5),
            list_epoch: NonZeroU32::new(6),
            shards: Some(Shards { first: 254, bytes: &shards }),
            content: b"bonjour",
        })
    );
}

// spec: WIRE-31
#[test]
fn length_is_bounded() {
    assert_eq!((MIN_FRAME, MAX_UNPADDED, MAX_FRAME), (16, 16_778_426, 17_301_504));
    assert!(Frame::parse(&bytes(0, &[0x80])).is_ok());
    assert_eq!(reason(&bytes(0, &[])), ("frame", Reason::Length));
    assert_eq!(reason(&vec![0; MAX_FRAME + 1]), ("frame", Reason::Length));
}

// spec: WIRE-32
#[test]
fn every_kind_parses() {
    for number in 0..=15_u8 {
        let frame = bytes(number << 4, &[0x80]);
        let kind = Frame::parse(&frame).expect("well formed").kind;
        assert_eq!(kind.number(), Some(number));
        assert_eq!(matches!(kind, FrameKind::Unknown(_)), number > 3);
    }
}

// spec: WIRE-33
#[test]
fn the_reserved_bit_is_zero() {
    assert_eq!(reason(&bytes(1, &[0x80])), ("frame reserved bit", Reason::Padding));
}

// spec: WIRE-34
#[test]
fn ttl_and_list_epoch_are_not_zero() {
    assert_eq!(reason(&bytes(TTL_FLAG, &[0, 0, 0, 0, 0x80])), ("frame ttl", Reason::Range));
    assert_eq!(reason(&bytes(LIST_EPOCH_FLAG, &[0, 0, 0, 0, 0x80])), ("frame list epoch", Reason::Range));
    assert_eq!(reason(&bytes(TTL_FLAG, &[1, 0x80])), ("frame ttl", Reason::Truncated));
}

// spec: WIRE-35
#[test]
fn shards_are_bounded() {
    let with = |first: u8, count: u8, len: usize| {
        bytes(SHARDS_FLAG, &[&[first, count][..], &vec![7; len], &[0x80]].concat())
    };
    assert!(Frame::parse(&with(254, 37, 37 * 32)).is_ok());
    assert_eq!(reason(&with(255, 1, 32)), ("frame first shard", Reason::Range));
    assert_eq!(reason(&with(0, 0, 0)), ("frame shard count", Reason::Count));
    assert_eq!(reason(&with(0, 38, 38 * 32)), ("frame shard count", Reason::Count));
    assert_eq!(reason(&with(0, 2, 50)), ("frame shards", Reason::Truncated));
}

#[test]
fn the_shards_of_a_frame_are_found_without_the_rest() {
    let without = bytes(TTL_FLAG, &[0, 0, 0, 5, 0x80]);
    assert_eq!(Frame::shards_of(&without), None);
    let with = bytes(SHARDS_FLAG, &[&[3, 1][..], &[7; 32], &[0x80]].concat());
    assert_eq!(Frame::shards_of(&with), Some(Shards { first: 3, bytes: &[7; 32] }));
    assert_eq!(Frame::shards_of(&with[..40]), None);
}

// spec: WIRE-36
#[test]
fn padding_is_one_mark_and_zeros() {
    for rest in [&[0_u8][..], &[1], &[0x80, 1], &[0x80, 0x81, 0], &[0; 40]] {
        assert_eq!(reason(&bytes(0, rest)), ("frame padding", Reason::Padding));
    }
    let ends_like_padding = bytes(0, &[0x80, 0, 0x80, 0x80, 0]);
    assert_eq!(Frame::parse(&ends_like_padding).expect("well formed").content, [0x80, 0, 0x80]);
}

// spec: WIRE-37
#[test]
fn content_is_bounded() {
    let with_content = |len: usize| bytes(0, &[&vec![7; len][..], &[0x80]].concat());
    assert!(Frame::parse(&with_content(MAX_CONTENT)).is_ok());
    assert_eq!(reason(&with_content(MAX_CONTENT + 1)), ("frame content", Reason::Length));
}

#[test]
fn truncated_frames_are_refused() {
    let rest = [&[0, 0, 0, 5, 0, 0, 0, 6, 0, 1], &[7; 32][..], b"content\x80"].concat();
    let frame = bytes(TTL_FLAG | SHARDS_FLAG | LIST_EPOCH_FLAG, &rest);
    for len in 0..frame.len() {
        assert!(Frame::parse(&frame[..len]).is_err(), "cut to {len}");
    }
}

#[test]
fn debug_shows_no_content() {
    let frame = bytes(0, b"secret\x80");
    let shown = format!("{:?}", Frame::parse(&frame));
    assert!(shown.contains("content_len: 6") && !shown.contains("secret") && !shown.contains("115"));
}
