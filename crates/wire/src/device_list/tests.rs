//! Tests of the device list's layout.

use alloc::{vec, vec::Vec};

use proptest::{collection, prelude::*, sample::Index};

use super::*;

fn entry(device_id: u32) -> DeviceEntry {
    DeviceEntry {
        highest_version: 1,
        device_id,
        signing_key: [0xaa; 32],
        agreement_key: [0xbb; 32],
        signature: [0xcc; 64],
    }
}

fn list(devices: u32) -> DeviceListBody {
    DeviceListBody {
        account_key: [0x11; 32],
        epoch: 2,
        parents: vec![[0x22; 32]],
        issued_day: 3,
        expires_day: 93,
        devices: (1..=devices).map(entry).collect(),
    }
}

fn reason(bytes: &[u8]) -> (&'static str, Reason) {
    let error = DeviceListBody::parse(bytes).expect_err("malformed");
    (error.field, error.reason)
}

fn encoded(body: &DeviceListBody) -> Vec<u8> {
    body.encode().expect("valid")
}

// spec: WIRE-1, WIRE-50
#[test]
fn layout_is_the_specified_one() {
    let expected = [
        &[1][..],
        &[0x11; 32],
        &[0, 0, 0, 2, 1],
        &[0x22; 32],
        &[0; 32],
        &[0, 0, 0, 3, 0, 0, 0, 93, 1],
        &[1, 0, 0, 0, 1],
        &[0xaa; 32],
        &[0xbb; 32],
        &[0xcc; 64],
        &[0; 133],
    ]
    .concat();
    assert_eq!(encoded(&list(1)), expected);
    assert_eq!(DeviceListBody::parse(&expected), Ok(list(1)));
}

// spec: WIRE-55
#[test]
fn slots_hide_the_number_of_devices() {
    let len = |devices| encoded(&list(devices)).len();
    assert_eq!([1, 2].map(len), [377, 377]);
    assert_eq!([3, 4].map(len), [643, 643]);
    assert_eq!([5, 8].map(len), [1175, 1175]);
    assert_eq!([9, 16].map(len), [2239, 2239]);
    assert_eq!((MIN_BODY_LEN, MAX_BODY_LEN), (377, 2239));
}

#[test]
fn what_parse_refuses_is_not_encoded_either() {
    let bad = [
        (DeviceListBody { epoch: 0, parents: vec![], ..list(1) }, Reason::Range),
        (DeviceListBody { epoch: 1, ..list(1) }, Reason::Inconsistent),
        (DeviceListBody { parents: vec![], ..list(1) }, Reason::Inconsistent),
        (DeviceListBody { parents: vec![[1; 32], [2; 32], [3; 32]], ..list(1) }, Reason::Inconsistent),
        (DeviceListBody { parents: vec![[2; 32], [1; 32]], ..list(1) }, Reason::Order),
        (DeviceListBody { parents: vec![[2; 32], [2; 32]], ..list(1) }, Reason::Order),
        (DeviceListBody { expires_day: 3, ..list(1) }, Reason::Inconsistent),
        (list(0), Reason::Count),
        (list(17), Reason::Count),
        (DeviceListBody { devices: vec![entry(2), entry(1)], ..list(1) }, Reason::Order),
        (DeviceListBody { devices: vec![entry(2), entry(2)], ..list(1) }, Reason::Order),
        (DeviceListBody { devices: vec![entry(0)], ..list(1) }, Reason::Range),
        (
            DeviceListBody { devices: vec![DeviceEntry { highest_version: 0, ..entry(1) }], ..list(1) },
            Reason::Range,
        ),
    ];
    for (body, reason) in bad {
        assert_eq!(body.encode().expect_err("invalid").reason, reason, "{body:?}");
    }
}

#[test]
fn single_bytes_at_fault_are_named() {
    let at = |position: usize, value: u8| {
        let mut bytes = encoded(&list(3));
        bytes[position] = value;
        reason(&bytes)
    };
    assert_eq!(at(0, 2), ("device list version", Reason::Version)); // spec: WIRE-51
    assert_eq!(at(36, 0), ("device list epoch", Reason::Range)); // spec: WIRE-52
    assert_eq!(at(36, 1), ("device list parent count", Reason::Inconsistent)); // spec: WIRE-53
    assert_eq!(at(37, 3), ("device list parent count", Reason::Count));
    assert_eq!(at(37, 0), ("device list unused parents", Reason::Padding));
    assert_eq!(at(37, 2), ("device list parents", Reason::Order));
    assert_eq!(at(70, 1), ("device list unused parents", Reason::Padding));
    assert_eq!(at(109, 2), ("device list expires day", Reason::Inconsistent)); // spec: WIRE-54
    assert_eq!(at(110, 0), ("device list device count", Reason::Count)); // spec: WIRE-55
    assert_eq!(at(110, 17), ("device list device count", Reason::Count));
    assert_eq!(at(110, 2), ("device list", Reason::Trailing));
    assert_eq!(at(110, 5), ("device entry highest version", Reason::Truncated));
    assert_eq!(at(642, 1), ("device list unused slots", Reason::Padding));
    assert_eq!(at(115, 4), ("device list devices", Reason::Order)); // spec: WIRE-56
    assert_eq!(at(111, 0), ("device entry highest version", Reason::Range)); // spec: WIRE-57
    assert_eq!(at(115, 0), ("device entry device id", Reason::Range));
}

// spec: WIRE-1
#[test]
fn neither_truncated_nor_longer() {
    let bytes = encoded(&list(3));
    for len in 0..bytes.len() {
        assert!(DeviceListBody::parse(&bytes[..len]).is_err(), "cut to {len}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(reason(&longer), ("device list", Reason::Trailing));
}

prop_compose! {
    fn any_entry(device_id: u32)(
        highest_version in 1..=u8::MAX,
        signing_key in any::<[u8; 32]>(),
        agreement_key in any::<[u8; 32]>(),
        last in any::<u8>(),
    ) -> DeviceEntry {
        DeviceEntry { highest_version, device_id, signing_key, agreement_key, signature: [last; 64] }
    }
}

prop_compose! {
    fn any_list()(ids in collection::btree_set(1..=u32::MAX, 1..=MAX_DEVICES))(
        account_key in any::<[u8; 32]>(),
        epoch in 1..=u32::MAX,
        parents in collection::btree_set(any::<[u8; 32]>(), 1..=MAX_PARENTS),
        issued_day in 0..u32::MAX,
        valid_days in 1..=u32::MAX,
        devices in ids.into_iter().map(any_entry).collect::<Vec<_>>(),
    ) -> DeviceListBody {
        DeviceListBody {
            account_key,
            epoch,
            parents: if epoch == 1 { vec![] } else { parents.into_iter().collect() },
            issued_day,
            expires_day: issued_day.saturating_add(valid_days),
            devices,
        }
    }
}

proptest! {
    #[test]
    fn round_trip(body in any_list()) {
        let bytes = encoded(&body);
        prop_assert!((MIN_BODY_LEN..=MAX_BODY_LEN).contains(&bytes.len()));
        prop_assert_eq!(DeviceListBody::parse(&bytes), Ok(body));
    }

    #[test]
    fn one_encoding_under_mutation(body in any_list(), at in any::<Index>(), value in any::<u8>(), edit in 0..3_u8) {
        let mut bytes = encoded(&body);
        let at = at.index(bytes.len());
        match edit {
            0 => bytes[at] = value,
            1 => bytes.insert(at, value),
            _ => drop(bytes.remove(at)),
        }
        if let Ok(accepted) = DeviceListBody::parse(&bytes) {
            prop_assert_eq!(encoded(&accepted), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in collection::vec(any::<u8>(), 0..2300)) {
        let _ = DeviceListBody::parse(&bytes);
    }
}
