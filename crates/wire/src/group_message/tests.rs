use alloc::{vec, vec::Vec};

use proptest::{collection, prelude::*};

use super::*;

fn message() -> Vec<u8> {
    let open = [vec![1, 3], vec![0xaa; 16], vec![0, 0, 0x0f, 0xff], vec![0xbb; 8]].concat();
    [open, vec![0xcc; 64 + 32 + 16], vec![0xdd; 16]].concat()
}

// spec: GROUP-130
#[test]
fn parts_stand_where_the_layout_says() {
    let bytes = message();
    assert_eq!(bytes.len(), 30 + 112 + 16);
    let message = GroupMessage::parse(&bytes).expect("well formed");
    assert_eq!(message.open(), &bytes[..30]);
    assert_eq!(message.key_id(), &[0xaa; 16]);
    assert_eq!(message.iteration(), 4095);
    assert_eq!(message.nonce_salt(), &[0xbb; 8]);
    assert_eq!(message.body(), [0xcc; 112]);
    assert_eq!(message.tag(), &[0xdd; 16]);
}

// spec: GROUP-131
#[test]
fn unknown_version_and_unknown_type_are_told_apart() {
    let mut bytes = message();
    for version in (0..=u8::MAX).filter(|version| *version != 1) {
        bytes[0] = version;
        assert_eq!(GroupMessage::parse(&bytes).expect_err("unknown version").reason, Reason::Version);
    }
    bytes[0] = 1;
    for kind in (0..=u8::MAX).filter(|kind| *kind != 3) {
        bytes[1] = kind;
        assert_eq!(GroupMessage::parse(&bytes).expect_err("unknown type").reason, Reason::Type);
    }
}

// spec: GROUP-132
#[test]
fn no_key_has_more_than_4096_messages() {
    let mut bytes = message();
    for iteration in [4096_u32, 4097, u32::MAX] {
        bytes[18..22].copy_from_slice(&iteration.to_be_bytes());
        let error = GroupMessage::parse(&bytes).expect_err("beyond the last");
        assert_eq!(error, Malformed::new("group message iteration", Reason::Range));
        assert_eq!(GroupLayout::new([0; 16], iteration, [0; 8], 64), Err(error));
    }
}

// spec: GROUP-133
#[test]
fn a_frame_is_neither_too_short_nor_too_long() {
    let with_frame = |len: usize| [&message()[..30], &vec![0; 96 + len + 16][..]].concat();
    for (len, ok) in [(15, false), (16, true), (MAX_FRAME, true), (MAX_FRAME + 1, false)] {
        assert_eq!(GroupMessage::parse(&with_frame(len)).is_ok(), ok, "frame of {len}");
        assert_eq!(GroupLayout::new([0; 16], 0, [0; 8], len).is_ok(), ok, "frame of {len}");
    }
    assert!(GroupLayout::new([0; 16], 0, [0; 8], usize::MAX).is_err());
    assert_eq!(MAX_GROUP_MESSAGE, 17_301_646);
}

#[test]
fn truncated_messages_are_refused() {
    let bytes = message();
    for len in 0..bytes.len() {
        assert!(GroupMessage::parse(&bytes[..len]).is_err(), "cut to {len}");
    }
}

#[test]
fn a_used_buffer_leaves_nothing_behind() {
    let mut out = vec![0xff; 4096];
    GroupLayout::new([7; 16], 9, [8; 8], 64).expect("in range").prepare(&mut out).expect("laid out");
    assert_eq!(out, [vec![1, 3], vec![7; 16], vec![0, 0, 0, 9], vec![8; 8], vec![0; 96 + 64 + 16]].concat());
}

proptest! {
    #[test]
    fn one_encoding(mut bytes in collection::vec(any::<u8>(), 158..400), iteration in 0..5000_u32) {
        (bytes[0], bytes[1]) = (1, 3);
        bytes[18..22].copy_from_slice(&iteration.to_be_bytes());
        let Ok(message) = GroupMessage::parse(&bytes) else {
            prop_assert!(iteration >= MAX_ITERATIONS);
            return Ok(());
        };
        let frame_len = message.body().len() - BEFORE_FRAME;
        let layout = GroupLayout::new(*message.key_id(), message.iteration(), *message.nonce_salt(), frame_len)
            .expect("in range");
        let mut out = Vec::new();
        let parts = layout.prepare(&mut out).expect("laid out");
        prop_assert_eq!(parts.open, message.open());
        parts.body.copy_from_slice(message.body());
        parts.tag.copy_from_slice(message.tag());
        prop_assert_eq!(out.len(), layout.total_len());
        prop_assert_eq!(out, bytes);
    }
}

#[test]
fn debug_shows_no_content() {
    let parts = GroupParts { open: &[0; OPEN_LEN], body: &mut [0xab; 7], tag: &mut [0; TAG_LEN] };
    assert_eq!(alloc::format!("{parts:?}"), "GroupParts { body_len: 7, .. }");
}
