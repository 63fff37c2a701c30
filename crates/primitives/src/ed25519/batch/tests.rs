//! Batches, and that they accept what is accepted alone.

use alloc::{format, string::String, vec::Vec};

use curve25519_dalek::constants::EIGHT_TORSION;

use super::{
    super::{
        PrimeOrderKey, SigningKey,
        cofactored::tests::{SMALL_ORDER, Test, mixed_key, small_order_key, with_torsion},
    },
    *,
};

struct Entry {
    key: PrimeOrderKey<Test>,
    message: String,
    signature: [u8; SIGNATURE_LEN],
}

fn entries(count: u8) -> Vec<Entry> {
    let entry = |i: u8| {
        // a few signers, several messages of each
        let key = SigningKey::<Test>::from_seed(&[i % 5 + 1; 32]);
        let message = format!("message {i}");
        let signature = key.sign(message.as_bytes());
        let key = PrimeOrderKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
        Entry { key, message, signature }
    };
    (0..count).map(entry).collect()
}

/// Of the batch, and of each alone: they must be the same.
fn bad(entries: &[Entry]) -> Vec<usize> {
    let signed: Vec<_> = entries
        .iter()
        .map(|Entry { key, message, signature }| Signed { key: *key, message: message.as_bytes(), signature })
        .collect();
    let bad = verify_batch(&signed);
    let alone = signed.iter().map(|signed| signed.key.verify(signed.message, signed.signature).is_err());
    let alone: Vec<usize> = alone.enumerate().filter(|(_, fails)| *fails).map(|(at, _)| at).collect();
    assert_eq!(bad, alone);
    bad
}

// spec: PRIM-13
#[test]
fn the_false_ones_are_named_and_no_others() {
    for count in [0, 1, 2, 63, 64, 65, 200] {
        assert!(bad(&entries(count)).is_empty(), "{count}");
    }
    let mut batch = entries(150);
    for at in [3, 70, 71, 149] {
        batch[at].signature[at % 64] ^= 1;
    }
    // of a signature that holds, for another message
    batch[100].signature = batch[105].signature;
    assert_eq!(bad(&batch), [3, 70, 71, 100, 149]);
    let mut one = entries(1);
    one[0].signature[40] ^= 1;
    assert_eq!(bad(&one), [0]);
}

/// Each of them alone would come to the same in the end, only that it takes longer.
// spec: PRIM-13
#[test]
fn those_that_hold_do_so_in_one_equation() {
    let equations = |entries: &[Entry]| -> Vec<(usize, Equation)> {
        let equation = |Entry { key, message, signature }: &Entry| {
            Equation::new(key, message.as_bytes(), signature).unwrap()
        };
        entries.iter().map(equation).enumerate().collect()
    };
    let mut batch = entries(12);
    assert!(hold_together(&equations(&batch)));
    batch[7].message.push('!');
    assert!(!hold_together(&equations(&batch)));
}

// spec: PRIM-13
#[test]
fn exchanging_parts_between_signatures_doesnt_cancel_out() {
    let mut batch = entries(10);
    let (s0, s5) = (batch[0].signature, batch[5].signature);
    batch[0].signature[32..].copy_from_slice(&s5[32..]);
    batch[5].signature[32..].copy_from_slice(&s0[32..]);
    assert_eq!(bad(&batch), [0, 5]);
    // a difference that would cancel out with equal factors
    let mut batch = entries(10);
    (batch[2].signature[32], batch[7].signature[32]) =
        (batch[2].signature[32].wrapping_add(1), batch[7].signature[32].wrapping_sub(1));
    assert_eq!(bad(&batch), [2, 7]);
}

// spec: PRIM-13, PRIM-14
#[test]
fn a_point_with_torsion_comes_to_the_same_alone_and_in_company() {
    for i in 0..16_u8 {
        for torsion in EIGHT_TORSION {
            // r = 0 makes R itself of small order
            let own = with_torsion(&[b'a' + i], u64::from(i), torsion);
            for company in 0..4 {
                let mut batch = entries(company);
                let (key, message) = (own.key, format!("{}", char::from(b'a' + i)));
                batch.push(Entry { key, message, signature: own.signature });
                assert!(bad(&batch).is_empty());
                if company > 0 {
                    batch[0].signature[50] ^= 1;
                    assert_eq!(bad(&batch), [0]);
                }
            }
        }
    }
}

// spec: PRIM-13, PRIM-14
#[test]
fn keys_of_any_order_come_to_the_same_alone_and_in_company() {
    // such keys are refused at the door (PRIM-12); behind it nothing depends on that
    let mut batch = entries(3);
    for y in SMALL_ORDER {
        let Some(key) = small_order_key(y) else { continue };
        let mut signature = [0; SIGNATURE_LEN];
        signature[0] = 1;
        batch.push(Entry { key, message: String::from("anything"), signature });
    }
    for i in 0..20_u8 {
        let (key, signature) = mixed_key(&[b'a' + i]);
        batch.push(Entry { key, message: format!("{}", char::from(b'a' + i)), signature });
    }
    assert!(batch.len() > 25);
    assert!(bad(&batch).is_empty());
    batch[4].message.push('x');
    let last = batch.len() - 1;
    batch[last].message.push('x');
    // a key of small order, whose signatures hold for every message
    assert_eq!(bad(&batch), [last]);
}

// spec: PRIM-14
#[test]
fn a_second_encoding_of_s_doesnt_pass() {
    // s + L: the same number in another encoding
    let mut batch = entries(4);
    let l: [u8; 16] =
        [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14];
    let mut carry = 0_u16;
    for (at, add) in l.into_iter().chain([0; 15]).chain([0x10_u8]).enumerate() {
        let sum = u16::from(batch[2].signature[32 + at]) + u16::from(add) + carry;
        batch[2].signature[32 + at] = sum.to_be_bytes()[1];
        carry = sum >> 8;
    }
    assert_eq!(bad(&batch), [2]);
}
