//! The fixed layouts: envelopes, headers, frames, and padding.

use core::num::NonZeroU32;

use entrenous_primitives::hash::sha256;
use entrenous_wire::{
    envelope::{Envelope, Kind},
    frame::{Frame, FrameKind, Shards},
    header::{Flags, Header},
    padding::{BlockSize, Padding},
};
use serde_json::{Value, json};

use super::{Fields, Vectors, hex};

pub(super) fn vectors() -> Vectors {
    let mut vectors =
        Vectors::new("wire", "Fixed layouts: envelopes, headers, frames and their padding, ids of messages.");
    headers(&mut vectors);
    paddings(&mut vectors);
    frames(&mut vectors);
    message_id(&mut vectors);
    envelopes(&mut vectors);
    refused_headers(&mut vectors);
    refused_frames(&mut vectors);
    refused_envelopes(&mut vectors);
    vectors
}

/// The header of the specification's example.
fn header() -> Header {
    Header {
        ratchet_key: [0xaa; 32],
        n: 5,
        pn: 3,
        flags: Flags { epoch: 1, have: false, mix: false },
        nonce_salt: [1, 2, 3, 4, 5, 6, 7, 8],
    }
}

fn headers(vectors: &mut Vectors) {
    let bounds = Header {
        n: (1 << 20) - 1,
        pn: 1 << 20,
        flags: Flags { epoch: 63, have: true, mix: true },
        ..header()
    };
    for (name, header) in
        [("the specification's example", header()), ("numbers and flags at their bounds", bounds)]
    {
        let Header { ratchet_key, n, pn, flags, nonce_salt } = &header;
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes).as_ref(), Ok(&header));
        vectors.accepted(
            "header",
            name,
            &["WIRE-1", "WIRE-20", "WIRE-21", "WIRE-22", "WIRE-23"],
            Fields {
                inputs: json!({
                    "ratchet_key": hex(ratchet_key),
                    "n": n,
                    "pn": pn,
                    "epoch_mod_64": flags.epoch,
                    "have": flags.have,
                    "mix": flags.mix,
                    "nonce_salt": hex(nonce_salt),
                }),
                intermediate: Value::Null,
                outputs: json!({ "header": hex(&bytes) }),
            },
        );
    }
}

fn paddings(vectors: &mut Vectors) {
    let lengths = [16, 63, 64, 65, 72, 73, 128, 129, 1_000, 1_024, 1_025, 65_537, 1_000_000, 16_778_426];
    let schemes = [
        ("Padmé", json!("padme"), "WIRE-41", Padding::Padme),
        ("blocks of 100", json!({ "blocks": 100 }), "WIRE-42", blocks(100)),
        ("blocks of 65,536", json!({ "blocks": 65_536 }), "WIRE-42", blocks(65_536)),
        ("none", json!("none"), "WIRE-42", Padding::None),
    ];
    for (name, scheme, rule, padding) in schemes {
        vectors.accepted(
            "padding",
            name,
            &[rule],
            Fields {
                inputs: json!({ "scheme": scheme, "unpadded": lengths }),
                intermediate: Value::Null,
                outputs: json!({ "padded": lengths.map(|len| padding.padded_len(len)) }),
            },
        );
    }
}

fn blocks(bytes: u32) -> Padding {
    Padding::Blocks(BlockSize::new(bytes).expect("in bounds"))
}

/// The frame of the specification's example.
fn frame() -> Frame<'static> {
    Frame {
        kind: FrameKind::Application,
        sent_ms: 1,
        nonce: [9; 8],
        ttl: None,
        list_epoch: None,
        shards: None,
        content: b"bonjour",
    }
}

const SHARDS: [u8; 64] = [0x5a; 64];

fn encoded(frame: &Frame<'_>, padding: Padding) -> Vec<u8> {
    let mut bytes = vec![0; frame.encoded_len(padding)];
    frame.encode_into(&mut bytes).expect("in bounds");
    bytes
}

fn frames(vectors: &mut Vectors) {
    let full = Frame {
        kind: FrameKind::Control,
        sent_ms: (1 << 48) - 1,
        ttl: NonZeroU32::new(60),
        list_epoch: NonZeroU32::new(7),
        shards: Some(Shards { first: 254, bytes: &SHARDS }),
        ..frame()
    };
    for (name, frame, scheme, padding) in [
        ("the specification's example", frame(), json!("padme"), Padding::Padme),
        ("with a time to live, a list epoch and shards", full, json!("padme"), Padding::Padme),
        ("without padding", frame(), json!("none"), Padding::None),
        ("an empty content", Frame { content: b"", ..frame() }, json!("none"), Padding::None),
        (
            "a content that ends as padding does",
            Frame { content: b"\x80\0", ..frame() },
            json!({ "blocks": 32 }),
            blocks(32),
        ),
        (
            "of a kind that nobody knows yet",
            Frame { kind: FrameKind::Unknown(15), ..frame() },
            json!("padme"),
            Padding::Padme,
        ),
    ] {
        let bytes = encoded(&frame, padding);
        assert_eq!(Frame::parse(&bytes), Ok(frame));
        vectors.accepted(
            "frame",
            name,
            &["WIRE-30", "WIRE-32", "WIRE-34", "WIRE-35", "WIRE-36"],
            Fields {
                inputs: json!({
                    "kind": frame.kind.number(),
                    "sent_ms": frame.sent_ms,
                    "nonce": hex(&frame.nonce),
                    "ttl": frame.ttl,
                    "list_epoch": frame.list_epoch,
                    "shards": frame.shards.map(|shards| json!({ "first": shards.first, "bytes": hex(shards.bytes) })),
                    "content": hex(frame.content),
                    "padding": scheme,
                }),
                intermediate: Value::Null,
                outputs: json!({ "frame": hex(&bytes) }),
            },
        );
    }
}

fn message_id(vectors: &mut Vectors) {
    let [sender, recipient] = [[1; 32], [2; 32]];
    let Frame { sent_ms, nonce, content, .. } = frame();
    let [_, _, sent @ ..] = sent_ms.to_be_bytes();
    let parts: [&[u8]; 8] =
        [b"entrenous v1 message id\0", &sender, &sender, &recipient, &[0], &sent, &nonce, content];
    let id = sha256(&parts);
    vectors.accepted(
        "message id",
        "the specification's example",
        &["WIRE-39"],
        Fields {
            inputs: json!({
                "sender": hex(&sender),
                "recipient": hex(&recipient),
                "kind": 0,
                "sent_ms": sent_ms,
                "nonce": hex(&nonce),
                "content": hex(content),
            }),
            intermediate: json!({ "hash": hex(&id) }),
            outputs: json!({ "id": hex(&id[..16]) }),
        },
    );
}

/// A ratchet message, and one with a handshake of three bytes: sealed parts are any bytes here.
fn envelope(handshake: Option<&[u8]>) -> Vec<u8> {
    let head = match handshake {
        Some(handshake) => {
            let len = u16::try_from(handshake.len()).expect("short");
            [&[1, 1], &len.to_be_bytes()[..], handshake].concat()
        }
        None => vec![1, 2],
    };
    [&head[..], &[0x11; 65], &[0x22; 64], &[0x33; 16]].concat()
}

fn envelopes(vectors: &mut Vectors) {
    for (name, handshake) in [("a ratchet message", None), ("a prekey message", Some(&[7, 8, 9][..]))] {
        let bytes = envelope(handshake);
        let parsed = Envelope::parse(&bytes).expect("well-formed");
        assert_eq!(parsed.kind(), handshake.map_or(Kind::Ratchet, |handshake| Kind::Prekey { handshake }));
        vectors.accepted(
            "envelope",
            name,
            &["WIRE-10", "WIRE-11", "WIRE-12", "WIRE-13", "WIRE-14"],
            Fields {
                inputs: json!({ "envelope": hex(&bytes) }),
                intermediate: Value::Null,
                outputs: json!({
                    "type": bytes[1],
                    "handshake": handshake.map(hex),
                    "sealed_header": hex(parsed.sealed_header()),
                    "body": hex(parsed.body()),
                    "tag": hex(parsed.tag()),
                }),
            },
        );
    }
}

fn refused_headers(vectors: &mut Vectors) {
    for (name, rule, header) in [
        ("n at 2^20", "WIRE-21", Header { n: 1 << 20, ..header() }),
        ("pn above 2^20", "WIRE-22", Header { pn: (1 << 20) + 1, ..header() }),
    ] {
        let bytes = header.encode();
        let error = Header::decode(&bytes).expect_err(name);
        let reason = format!("{:?}", error.reason);
        vectors.refused("read header", name, &[rule], "header", &reason, json!({ "header": hex(&bytes) }));
    }
}

fn refused_frames(vectors: &mut Vectors) {
    let plain = encoded(&frame(), Padding::None);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = encoded(&frame(), Padding::Padme);
        change(&mut bytes);
        bytes
    };
    let optional = |flag: u8, field: &[u8]| [&[flag][..], &plain[1..15], field, &plain[15..]].concat();
    for (name, rule, bytes) in [
        ("with the reserved bit", "WIRE-33", with(&|bytes| bytes[0] |= 1)),
        ("without the mark at the end", "WIRE-36", with(&|bytes| bytes[22] = 0)),
        ("of nothing but zeros after the nonce", "WIRE-36", with(&|bytes| bytes[15..].fill(0))),
        ("with a time to live of zero", "WIRE-34", optional(0x08, &[0; 4])),
        ("with a list epoch of zero", "WIRE-34", optional(0x02, &[0; 4])),
        ("with a first shard of 255", "WIRE-35", optional(0x04, &[&[255, 1][..], &[0x5a; 32]].concat())),
        ("with no shards", "WIRE-35", optional(0x04, &[0, 0])),
        ("with 38 shards", "WIRE-35", optional(0x04, &[&[0, 38][..], &[0x5a; 38 * 32]].concat())),
        ("with shards that are cut off", "WIRE-35", optional(0x04, &[0, 37])),
        ("that is too short", "WIRE-31", plain[..15].to_vec()),
    ] {
        let error = Frame::parse(&bytes).expect_err(name);
        let reason = format!("{:?}", error.reason);
        vectors.refused("read frame", name, &[rule], "frame", &reason, json!({ "frame": hex(&bytes) }));
    }
}

fn refused_envelopes(vectors: &mut Vectors) {
    let (ratchet, prekey) = (envelope(None), envelope(Some(&[7, 8, 9])));
    let changed = |at: usize, byte: u8| {
        let mut bytes = ratchet.clone();
        bytes[at] = byte;
        bytes
    };
    for (name, rule, bytes) in [
        ("nothing", "WIRE-1", Vec::new()),
        ("of version 2", "WIRE-11", changed(0, 2)),
        ("of version 2 and an unknown type", "WIRE-12", {
            let mut bytes = changed(0, 2);
            bytes[1] = 9;
            bytes
        }),
        ("of type 0", "WIRE-12", changed(1, 0)),
        ("of a type that is not a session's", "WIRE-12", changed(1, 3)),
        ("with a body that is too short", "WIRE-14", ratchet[..ratchet.len() - 49].to_vec()),
        ("cut off in its header", "WIRE-1", ratchet[..40].to_vec()),
        ("with an empty handshake", "WIRE-13", envelope(Some(&[]))),
        ("with a handshake that is too long", "WIRE-13", envelope(Some(&[7; 8_193]))),
        ("cut off in its handshake", "WIRE-1", prekey[..6].to_vec()),
    ] {
        let error = Envelope::parse(&bytes).expect_err(name);
        let reason = format!("{:?}", error.reason);
        vectors.refused(
            "read envelope",
            name,
            &[rule],
            "envelope",
            &reason,
            json!({ "envelope": hex(&bytes) }),
        );
    }
}
