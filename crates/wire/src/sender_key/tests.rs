use alloc::vec;

use proptest::{option, prelude::*};

use super::*;

prop_compose! {
    fn body()(
        (group, account, roster) in any::<([u8; 32], [u8; 32], [u8; 32])>(),
        device in 1..=u32::MAX,
        (signing_key, commitment, chain) in any::<([u8; 32], [u8; 32], [u8; 32])>(),
        iteration in 0..MAX_ITERATIONS,
        previous in option::of((any::<[u8; 16]>(), 0..=MAX_ITERATIONS)),
    ) -> DistributionBody {
        DistributionBody {
            description: KeyDescription { group, account, device, roster, signing_key, commitment },
            chain: Zeroizing::new(chain),
            iteration,
            previous: previous.map(|(mut id, count)| { id[7] |= 1; PreviousKey { id, count } }),
        }
    }
}

fn plain() -> DistributionBody {
    DistributionBody {
        description: KeyDescription {
            group: [1; 32],
            account: [2; 32],
            device: 0x0304_0506,
            roster: [7; 32],
            signing_key: [8; 32],
            commitment: [9; 32],
        },
        chain: Zeroizing::new([10; 32]),
        iteration: 0x0b0c,
        previous: Some(PreviousKey { id: [13; 16], count: 0x0e0f }),
    }
}

// spec: GROUP-110
#[test]
fn fields_stand_where_the_layout_says() {
    let bytes = [
        vec![1],
        vec![1; 32],
        vec![2; 32],
        vec![3, 4, 5, 6],
        vec![7; 32],
        vec![8; 32],
        vec![9; 32],
        vec![10; 32],
        vec![0, 0, 11, 12],
        vec![13; 16],
        vec![0, 0, 14, 15],
    ]
    .concat();
    assert_eq!(plain().encode().expect("in range")[..], bytes);
    assert_eq!(bytes.len(), 221);
    assert_eq!(plain().description.encode(), bytes[..165]);
}

// spec: GROUP-111, GROUP-112, GROUP-113, GROUP-114
#[test]
fn what_no_key_has_is_refused() {
    let good = plain().encode().expect("in range");
    let refused = |at: usize, with: &[u8]| {
        let mut bytes = good.to_vec();
        bytes[at..at + with.len()].copy_from_slice(with);
        DistributionBody::parse(&bytes).expect_err("not a distribution").reason
    };
    assert_eq!(refused(0, &[2]), Reason::Version);
    assert_eq!(refused(65, &[0; 4]), Reason::Range);
    assert_eq!(refused(197, &[0, 0, 0x10, 0]), Reason::Range);
    assert_eq!(refused(201, &[0; 16]), Reason::Inconsistent);
    assert_eq!(refused(217, &[0, 0, 0x10, 1]), Reason::Range);
    let mut most = good.to_vec();
    most[217..221].copy_from_slice(&[0, 0, 0x10, 0]);
    assert!(DistributionBody::parse(&most).is_ok());
    for len in 0..good.len() {
        assert!(DistributionBody::parse(&good[..len]).is_err(), "cut to {len}");
    }
    let longer = [&good[..], &[0]].concat();
    assert_eq!(DistributionBody::parse(&longer).expect_err("longer").reason, Reason::Trailing);
}

#[test]
fn debug_shows_no_chain_key() {
    let shown = alloc::format!("{:?}", plain());
    assert!(shown.contains("iteration") && !shown.contains("chain") && !shown.contains("10, 10"));
}

proptest! {
    #[test]
    fn what_is_written_is_read(body in body()) {
        let bytes = body.encode().expect("in range");
        let read = DistributionBody::parse(&bytes).expect("own encoding");
        prop_assert_eq!(&*read.encode().expect("in range"), &*bytes);
        prop_assert_eq!(read.description, body.description);
        prop_assert_eq!((read.iteration, read.previous), (body.iteration, body.previous));
        prop_assert_eq!(&read.chain[..], &body.chain[..]);
    }

    #[test]
    fn one_encoding(body in body(), at in 0..221_usize, byte: u8) {
        let mut bytes = body.encode().expect("in range").to_vec();
        bytes[at] = byte;
        if let Ok(read) = DistributionBody::parse(&bytes) {
            prop_assert_eq!(&read.encode().expect("in range")[..], bytes);
        }
    }
}
