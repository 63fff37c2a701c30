//! What travels: envelopes, group messages, and the headers and frames inside of them.

use entrenous_wire::{
    envelope::{self, Envelope, EnvelopeLayout, Kind},
    frame::Frame,
    group_message::{BEFORE_FRAME, GroupLayout, GroupMessage},
    header::Header,
    padding::Padding,
};

/// Each is refused, or written by the library as the same bytes.
pub(super) fn envelopes(input: &[u8]) {
    let (one, group) = (Envelope::parse(input), GroupMessage::parse(input));
    if let Ok(is_group) = envelope::is_group(input) {
        assert!(one.is_err() || !is_group);
        assert!(group.is_err() || is_group);
    } else {
        assert!(one.is_err() && group.is_err());
    }
    if let Ok(read) = one {
        assert_eq!(written(&read), input, "another envelope was read");
    }
    if let Ok(read) = group {
        assert_eq!(written_group(&read), input, "another group message was read");
    }
    if let Some(header) = input.first_chunk()
        && let Ok(read) = Header::decode(header)
    {
        assert_eq!(read.encode(), *header, "another header was read");
    }
    if let Ok(read) = Frame::parse(input) {
        let mut written = vec![0; read.encoded_len(Padding::None)];
        read.encode_into(&mut written).expect("it was read");
        // how much padding there is is the sender's choice, and nothing else is
        let padding = input.strip_prefix(written.as_slice()).expect("another frame was read");
        assert!(padding.iter().all(|byte| *byte == 0), "padding of something");
    }
}

fn written(read: &Envelope<'_>) -> Vec<u8> {
    let handshake = match read.kind() {
        Kind::Prekey { handshake } => Some(handshake),
        Kind::Ratchet => None,
    };
    let mut bytes = Vec::new();
    let layout = EnvelopeLayout::new(handshake, read.body().len()).expect("lengths that were read");
    let parts = layout.prepare(&mut bytes).expect("a checked layout");
    *parts.header = *read.sealed_header();
    parts.body.copy_from_slice(read.body());
    *parts.tag = *read.tag();
    bytes
}

fn written_group(read: &GroupMessage<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let frame = read.body().len() - BEFORE_FRAME;
    let layout = GroupLayout::new(*read.key_id(), read.iteration(), *read.nonce_salt(), frame);
    let parts = layout.expect("lengths that were read").prepare(&mut bytes).expect("a checked layout");
    parts.body.copy_from_slice(read.body());
    *parts.tag = *read.tag();
    bytes
}
