use alloc::{string::ToString, vec::Vec};

use proptest::prelude::*;

use super::*;

const KINDS: [Kind; 3] = [Kind::Card, Kind::Link, Kind::Recovery];

fn read<const N: usize>(kind: Kind, text: &str) -> [u8; N] {
    *decode(kind, text).expect("a text").as_bytes()
}

fn problem(result: Result<SecretBytes<32>, TextError>) -> Option<Problem> {
    result.err().map(|error| error.problem)
}

/// The worked example of `docs/spec/identity.md`, which another implementation computed.
// spec: IDENTITY-60, IDENTITY-61
#[test]
fn the_specifications_example_holds() {
    let payload: [u8; 32] = core::array::from_fn(|i| u8::try_from(i).unwrap());
    assert_eq!(
        *encode(Kind::Recovery, &payload),
        "EN1R-000G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-34D1-P70X-3RFT-CYK9-WW"
    );
}

// spec: IDENTITY-63
#[test]
fn another_kind_is_named() {
    for kind in KINDS {
        let text = encode(kind, &[7; 32]);
        for expected in KINDS {
            let read = decode::<32>(expected, &text);
            if kind == expected {
                assert_eq!(read.unwrap().as_bytes(), &[7; 32]);
            } else {
                let problem = Problem::OtherKind(kind);
                assert_eq!(read.err(), Some(TextError { expected, problem }));
            }
        }
    }
}

// spec: IDENTITY-63
#[test]
fn what_is_none_of_ours_is_foreign() {
    for text in ["", "E", "hello", "https://example.org", "EM1R-0000", "EN1", "EN1X-0000"] {
        assert_eq!(problem(decode(Kind::Recovery, text)), Some(Problem::Foreign), "{text}");
    }
    for text in ["EN2R-0000", "EN", "ENR"] {
        assert_eq!(problem(decode(Kind::Recovery, text)), Some(Problem::Version), "{text}");
    }
}

// spec: IDENTITY-63
#[test]
fn length_and_characters_are_told_from_typos() {
    let text = encode(Kind::Recovery, &[7; 32]).to_string();
    let wrong = |text: &str| problem(decode(Kind::Recovery, text));
    assert_eq!(wrong(&text[..text.len() - 1]), Some(Problem::Length));
    assert_eq!(wrong(&(text.clone() + "0")), Some(Problem::Length));
    assert_eq!(wrong(&text.replacen("-G", "-U", 1).replacen("-0", "-U", 1)), Some(Problem::Character));
    assert_eq!(wrong(&text.replacen("-0", "-ä", 1)), Some(Problem::Character));
    assert_eq!(wrong(&"EN1R".repeat(100_000)), Some(Problem::Length));
}

#[test]
fn unused_bits_are_zero() {
    // 36 bytes are 58 symbols with 2 bits to spare: the last symbol's low ones
    let text = encode(Kind::Recovery, &[7; 32]).to_string();
    let (head, last) = text.split_at(text.len() - 1);
    let value = base32::value(last.chars().next().unwrap()).unwrap();
    assert_eq!(value & 3, 0);
    let all = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for spare in 1..4 {
        let c = &all[usize::from(value + spare)..][..1];
        assert_eq!(problem(decode(Kind::Recovery, &(head.to_string() + c))), Some(Problem::Typo));
    }
}

// spec: IDENTITY-61
#[test]
fn every_single_typo_and_swap_is_found() {
    let payload: [u8; 32] = core::array::from_fn(|i| u8::try_from(i * 7 % 251).unwrap());
    let text: Vec<char> = encode(Kind::Recovery, &payload).chars().filter(|c| *c != '-').collect();
    let wrong = |chars: &[char]| problem(decode(Kind::Recovery, &chars.iter().collect::<String>()));
    assert_eq!(wrong(&text), None);
    for i in 4..text.len() {
        for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().filter(|c| *c != text[i]) {
            let mut typo = text.clone();
            typo[i] = c;
            assert_eq!(wrong(&typo), Some(Problem::Typo), "{i} {c}");
        }
        let mut swapped = text.clone();
        swapped.swap(i, i - 1);
        assert!(swapped == text || wrong(&swapped).is_some(), "{i}");
    }
}

proptest! {
    // spec: IDENTITY-60
    #[test]
    fn what_is_written_is_read_and_fits_a_qr_code(payload: [u8; 32], link: [u8; 16]) {
        for kind in KINDS {
            let text = encode(kind, &payload);
            prop_assert!(text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'));
            prop_assert_eq!(text.capacity(), text.len());
            prop_assert_eq!(read(kind, &text), payload);
            prop_assert_eq!(read(kind, &encode(kind, &link)), link);
        }
    }

    // spec: IDENTITY-62
    #[test]
    fn reading_forgives(payload: [u8; 32], choices in proptest::collection::vec(0..6_u8, 90)) {
        let mut sloppy = String::new();
        for (c, choice) in encode(Kind::Recovery, &payload).chars().zip(choices.iter().cycle()) {
            match (c, choice) {
                ('-', 0) => sloppy.push(' '),
                ('-', 1) => sloppy.push_str(" \u{2013}\n"),
                ('-', 2) => {}
                ('0', 0) => sloppy.push('O'),
                ('0', 1) => sloppy.push('o'),
                ('1', 0) => sloppy.push('I'),
                ('1', 1) => sloppy.push('l'),
                ('1', 2) => sloppy.push('L'),
                ('1', 3) => sloppy.push('i'),
                (c, 4) => sloppy.push(c.to_ascii_lowercase()),
                (c, 5) => sloppy.extend([c, '-']),
                (c, _) => sloppy.push(c),
            }
        }
        prop_assert_eq!(read(Kind::Recovery, &sloppy), payload);
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,200}", tail in "[0-9A-Za-z -]{0,80}") {
        let _ = decode::<32>(Kind::Recovery, &text);
        let _ = decode::<32>(Kind::Recovery, &("EN1R".to_string() + &tail));
    }
}
