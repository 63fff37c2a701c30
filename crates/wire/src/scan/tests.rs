//! What prost alone accepts and the scanner refuses, shown on a small record and a bundle.

use alloc::{vec, vec::Vec};

use prost::Message;

use super::*;
use crate::{
    Strict,
    proto::{
        AccountKeyRecord, Bundle, Control, DeviceKeysRecord, Handshake, KnownListsRecord, ListLink,
        ListProof, Prekey, SessionRecord, SignedDeviceList, SkippedKeysRecord,
    },
};

// The fields of a skipped keys record, each with its key byte (number << 3 | wire type).
const VERSION: &[u8] = &[0x08, 1];
const CHAIN: &[u8] = &[0x10, 0xac, 0x02]; // 300
const BLOCK: &[u8] = &[0x18, 5];
const PRESENT: &[u8] = &[0x21, 0, 0, 1, 0, 0, 0, 0, 0];
const KEYS: &[u8] = &[
    0x2a, 32, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
];

fn refused(parts: &[&[u8]]) -> (&'static str, Reason) {
    let error = SkippedKeysRecord::decode_strict(&parts.concat()).expect_err("malformed");
    (error.field, error.reason)
}

/// The same, after making sure that prost by itself would have taken it.
fn refused_though_prost_accepts(parts: &[&[u8]]) -> (&'static str, Reason) {
    assert!(SkippedKeysRecord::decode(&parts.concat()[..]).is_ok(), "prost accepts {parts:?}");
    refused(parts)
}

// spec: WIRE-80
#[test]
fn the_one_encoding_is_accepted() {
    let bytes = [VERSION, CHAIN, BLOCK, PRESENT, KEYS].concat();
    let record = SkippedKeysRecord::decode_strict(&bytes).expect("well formed");
    assert_eq!((record.version, record.chain, record.block), (1, 300, 5));
    assert_eq!((record.present, &record.keys[..]), (1 << 16, &[7; 32][..]));
    assert_eq!(record.encode_canonical(), bytes);
}

// spec: WIRE-61
#[test]
fn reordered_fields() {
    let error = refused_though_prost_accepts(&[VERSION, BLOCK, CHAIN, PRESENT, KEYS]);
    assert_eq!(error, ("skipped keys record present", Reason::Missing));
    let error = refused_though_prost_accepts(&[VERSION, CHAIN, PRESENT, KEYS, BLOCK]);
    assert_eq!(error, ("skipped keys record", Reason::Unexpected));
}

// spec: WIRE-62
#[test]
fn duplicated_fields() {
    for twice in 0..5 {
        let mut parts = vec![VERSION, CHAIN, BLOCK, PRESENT, KEYS];
        parts.insert(twice, parts[twice]);
        assert_eq!(refused_though_prost_accepts(&parts).1, Reason::Count);
    }
    let later = refused_though_prost_accepts(&[VERSION, CHAIN, BLOCK, PRESENT, KEYS, CHAIN]);
    assert_eq!(later, ("skipped keys record", Reason::Unexpected));
}

// spec: WIRE-63
#[test]
fn missing_fields() {
    assert_eq!(refused_though_prost_accepts(&[]), ("skipped keys record version", Reason::Missing));
    assert_eq!(
        refused_though_prost_accepts(&[VERSION, CHAIN, BLOCK, PRESENT]),
        ("skipped keys record keys", Reason::Missing)
    );
    assert!(SkippedKeysRecord::decode_strict(&[VERSION, PRESENT, KEYS].concat()).is_ok());
}

// spec: WIRE-64
#[test]
fn unknown_fields_and_groups() {
    let unknown: [&[u8]; 4] = [&[0x30, 1], &[0x32, 1, 9], &[0x33, 0x34], &[0x82, 0x01, 1, 9]];
    for field in unknown {
        let error = refused_though_prost_accepts(&[VERSION, PRESENT, KEYS, field]);
        assert_eq!(error, ("skipped keys record", Reason::Unexpected));
        assert!(refused_though_prost_accepts(&[VERSION, field, PRESENT, KEYS]).1 == Reason::Missing);
    }
}

// spec: WIRE-61
#[test]
fn wrong_wire_types() {
    for version in [&[0x0d, 1, 0, 0, 0][..], &[0x09, 1, 0, 0, 0, 0, 0, 0, 0], &[0x0a, 1, 1], &[0x0b, 0x0c]] {
        assert_eq!(refused(&[version, PRESENT, KEYS]), ("skipped keys record version", Reason::Missing));
    }
}

// spec: WIRE-65
#[test]
fn varints_longer_than_needed() {
    let long_value = &[0x08, 0x81, 0];
    assert_eq!(refused_though_prost_accepts(&[long_value, PRESENT, KEYS]).1, Reason::Varint);
    let long_key = &[0x88, 0, 1];
    assert_eq!(refused_though_prost_accepts(&[long_key, PRESENT, KEYS]).1, Reason::Varint);
    let long_length = [&[0x2a, 0xa0, 0], &[7; 32][..]].concat();
    assert_eq!(refused_though_prost_accepts(&[VERSION, PRESENT, &long_length]).1, Reason::Varint);
}

// spec: WIRE-66, WIRE-80
#[test]
fn defaults_written_out_and_values_out_of_range() {
    let range = |parts: &[&[u8]]| assert_eq!(refused_though_prost_accepts(parts).1, Reason::Range);
    range(&[VERSION, &[0x10, 0], PRESENT, KEYS]);
    range(&[VERSION, &[0x18, 0], PRESENT, KEYS]);
    range(&[VERSION, &[0x21, 0, 0, 0, 0, 0, 0, 0, 0], KEYS]);
    range(&[VERSION, &[0x18, 0x80, 0x80, 0x01], PRESENT, KEYS]); // block 16384
    range(&[&[0x08, 2], PRESENT, KEYS]);
    range(&[&[0x08, 0x81, 0x80, 0x80, 0x80, 0x10], PRESENT, KEYS]); // 2^32 + 1, which prost cuts to 1
}

// spec: WIRE-67
#[test]
fn bytes_too_short_and_too_long() {
    let keys = |len: usize| {
        let len_bytes = if len < 128 { vec![len] } else { vec![len % 128 + 128, len / 128] };
        let len_bytes = len_bytes.into_iter().map(|byte| u8::try_from(byte).expect("a byte"));
        [&[0x2a][..], &len_bytes.collect::<Vec<_>>(), &vec![7; len]].concat()
    };
    for len in [0, 31, 2049] {
        let error = refused_though_prost_accepts(&[VERSION, PRESENT, &keys(len)]);
        assert_eq!(error, ("skipped keys record keys", Reason::Length));
    }
    assert_eq!(refused_though_prost_accepts(&[VERSION, PRESENT, &keys(64)]).1, Reason::Inconsistent);
}

#[test]
fn lengths_beyond_the_end() {
    assert_eq!(refused(&[VERSION, PRESENT, &[0x2a, 33], &[7; 32]]).1, Reason::Truncated);
    let huge = [0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(refused(&[VERSION, PRESENT, &huge]).1, Reason::Truncated);
    assert_eq!(refused(&[VERSION, &PRESENT[..8]]).1, Reason::Truncated);
}

// spec: WIRE-60
#[test]
fn messages_longer_than_any_can_be() {
    let bytes = vec![0x08; SkippedKeysRecord::MAX_LEN + 1];
    let error = SkippedKeysRecord::decode_strict(&bytes).expect_err("too long");
    assert_eq!(error, Malformed::new("skipped keys record", Reason::Length));
    // spec: WIRE-70, WIRE-71, WIRE-73
    let longest = [SignedDeviceList::MAX_LEN, Prekey::MAX_LEN, Bundle::MAX_LEN, Handshake::MAX_LEN];
    assert_eq!(longest, [2308, 1686, 5694, 4033]);
    // spec: WIRE-80, WIRE-82
    assert_eq!([SkippedKeysRecord::MAX_LEN, SessionRecord::MAX_LEN], [2076, 8_663_581]);
    // spec: WIRE-85, WIRE-88
    assert_eq!([ListLink::MAX_LEN, ListProof::MAX_LEN, KnownListsRecord::MAX_LEN], [100, 26_112, 16_179]);
    assert_eq!(Control::MAX_LEN, 16_827_905);
    assert_eq!([DeviceKeysRecord::MAX_LEN, AccountKeyRecord::MAX_LEN], [143, 70]);
}

// spec: WIRE-61
#[test]
fn messages_inside_are_scanned_as_strictly() {
    let inside_twice = [&[0x0a, 4][..], &[0x08, 1, 0x08, 1]].concat();
    let error = Bundle::decode_strict(&inside_twice).expect_err("not a list");
    assert_eq!(error, Malformed::new("signed device list body", Reason::Missing));
}

/// What a table must be for the scanner to be right.
#[test]
fn tables_are_sound() {
    fn check(schema: &Schema) {
        assert!(schema.fields.is_sorted_by(|one, next| one.number < next.number), "{}", schema.name);
        for field in schema.fields {
            match field.kind {
                Kind::Varint { min, max } | Kind::Fixed64 { min, max } => assert!(1 <= min && min <= max),
                Kind::Fixed32 { min, max } => assert!(1 <= min && min <= max),
                Kind::Bytes { min, max } => assert!(1 <= min && min <= max),
                Kind::Message(inner) => check(inner),
            }
        }
    }
    check(Bundle::SCHEMA);
    check(Handshake::SCHEMA);
    check(SessionRecord::SCHEMA);
    check(SkippedKeysRecord::SCHEMA);
    check(ListProof::SCHEMA);
    check(KnownListsRecord::SCHEMA);
    check(DeviceKeysRecord::SCHEMA);
    check(AccountKeyRecord::SCHEMA);
}
