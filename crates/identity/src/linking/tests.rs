use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use entrenous_primitives::secret::SecretBytes;
use entrenous_wire::{
    Reason, Strict,
    linking::Step,
    proto::{LinkDeviceRecord, LinkPrimaryRecord, LinkRequest, Prekey},
};
use proptest::prelude::*;

mod records;
mod refusals;

use super::*;
use crate::{
    AccountId, AccountKey, Day, DeviceKeys, DeviceList,
    testing::{Scripted, TODAY, account, at, hex, unhex},
};

/// A prekey in its form. Whether its keys and signature hold is not judged here.
fn prekey(id: u8) -> Prekey {
    let key = |len| vec![id; len];
    Prekey {
        id: id.into(),
        curve: key(32),
        kem: key(1568),
        issued_day: 1,
        expires_day: 2,
        signature: key(64),
    }
}

fn device(seed: u64) -> DeviceKeys {
    DeviceKeys::generate(&mut Scripted::new(seed)).unwrap()
}

/// A primary that shows a code, and what it is made of.
struct Home {
    key: AccountKey,
    primary: DeviceKeys,
    offered: Offered,
}

impl Home {
    fn new(seed: u64) -> Self {
        let (key, primary, list) = account(seed);
        let offered = Offered::new(list.account_id(), at(0), &mut Scripted::new(seed + 500)).unwrap();
        Self { key, primary, offered }
    }

    /// What the new device scans.
    fn scan(&self) -> LinkCode {
        LinkCode::parse(&self.offered.code().text()).unwrap()
    }

    /// A list of the account with these devices beside the primary.
    fn list(&self, devices: &[&DeviceKeys], day: Day) -> DeviceList {
        let account = *self.offered.code().account();
        let entries: Vec<_> =
            devices.iter().chain([&&self.primary]).map(|device| device.entry(&account)).collect();
        DeviceList::first(&self.key, &entries, day).unwrap()
    }
}

fn request(code: LinkCode, device: &DeviceKeys) -> (Requesting, Vec<u8>) {
    let rng = &mut Scripted::new(u64::from(device.public().id.get()));
    Requesting::new(code, device, prekey(1), prekey(2), at(1), rng).unwrap()
}

fn rng() -> Scripted {
    Scripted::new(99)
}

/// Every state of one honest linking, and its three boxes.
struct Linking {
    home: Home,
    device: DeviceKeys,
    requesting: Requesting,
    requested: Requested,
    comparing: Comparing,
    list: DeviceList,
    boxes: [Vec<u8>; 3],
}

fn linking() -> Linking {
    let (home, device) = (Home::new(1), device(50));
    let (requesting, first) = request(home.scan(), &device);
    let (requested, second) = home.offered.receive(&first, at(2), &mut rng()).unwrap();
    let comparing = requesting.receive(&second, at(2)).unwrap();
    let list = home.list(&[&device], TODAY);
    let (_, third) = requested.approve(&list, at(3), &mut rng()).unwrap();
    Linking { home, device, requesting, requested, comparing, list, boxes: [first, second, third] }
}

/// What the record of each state is, to see that a refusal changes nothing.
fn records(linking: &Linking) -> [Vec<u8>; 4] {
    let Linking { home: Home { offered, .. }, requested, requesting, comparing, .. } = linking;
    let code = |code: &LinkCode| code.payload().as_bytes().to_vec();
    [
        [code(&offered.code), offered.nonce.as_bytes().to_vec()].concat(),
        [code(&requested.code), requested.request.bytes.clone()].concat(),
        [code(&requesting.code), requesting.request.bytes.clone()].concat(),
        [code(&comparing.code), comparing.nonce.as_bytes().to_vec()].concat(),
    ]
}

// spec: IDENTITY-80, IDENTITY-85, IDENTITY-87
#[test]
fn a_device_is_linked() {
    let linking = linking();
    assert_eq!(linking.requested.short_string(), linking.comparing.short_string());
    assert_eq!(linking.requested.device(), linking.device.public());
    assert_eq!(linking.requested.entry(), &linking.device.entry(&linking.list.account_id()));

    let (approved, approval) = linking.requested.approve(&linking.list, at(3), &mut rng()).unwrap();
    assert_eq!(approved.device, *linking.device.public());
    assert_eq!(approved.bundle.device_id, linking.device.public().id.get());
    assert_eq!(approved.bundle.signed_prekey, Some(prekey(1)));
    assert_eq!(approved.bundle.one_time_prekey, Some(prekey(2)));

    let linked = linking.comparing.receive(&approval, at(600)).unwrap();
    assert!(linked.list.has(linking.device.public()));
    assert_eq!(linked.list.hash(), linking.list.hash());
}

// spec: IDENTITY-81
#[test]
fn five_minutes_and_no_more() {
    let Linking { home, requested, requesting, boxes, list, .. } = linking();
    assert_eq!(home.offered.expires(), at(5));
    assert_eq!(home.offered.receive(&boxes[0], at(5), &mut rng()).err(), Some(LinkError::Expired));
    assert_eq!((requesting.expires(), requested.expires()), (at(6), at(7)));
    assert_eq!(requesting.receive(&boxes[1], at(6)).err(), Some(LinkError::Expired));
    assert_eq!(requested.approve(&list, at(7), &mut rng()).err(), Some(LinkError::Expired));
    let just_before = Timestamp::from_ms(at(7).as_ms() - 1);
    assert!(requested.approve(&list, just_before, &mut rng()).is_ok());
}

// spec: IDENTITY-84
#[test]
fn an_approvals_length_does_not_tell_the_number_of_devices() {
    let Linking { home, device, requested, boxes, .. } = linking();
    let others: Vec<_> = (60..74).map(self::device).collect();
    for count in [0, 1, 3, 7, 14] {
        let devices: Vec<_> = others[..count].iter().chain([&device]).collect();
        let (_, approval) = requested.approve(&home.list(&devices, TODAY), at(3), &mut rng()).unwrap();
        assert_eq!(approval.len(), boxes[2].len());
    }
    assert_eq!(boxes.map(|sealed| sealed.len()), [3645, 63, 2339]);
}

#[test]
fn prekeys_out_of_their_form_are_not_sent() {
    let home = Home::new(1);
    let bad = Prekey { expires_day: 1, ..prekey(2) };
    let error = Requesting::new(home.scan(), &device(50), prekey(1), bad, at(1), &mut rng()).err();
    assert!(matches!(error, Some(LinkError::Malformed(_))));
}

/// The worked example of `docs/spec/identity.md`, which another implementation computed.
// spec: IDENTITY-80, IDENTITY-82, IDENTITY-83, IDENTITY-85
#[test]
fn the_specifications_example_holds() {
    let nonce = [0x44; 32];
    let secret = SecretBytes::from_bytes(&[0x22; 32]);
    let account = AccountId::from_bytes([0x33; 32]);
    let code = LinkCode::new([0x11; 16], secret, account, commitment(&nonce));
    let text = code.text();
    assert_eq!(text.len(), 237);
    assert!(text.starts_with("EN1D-248H-248H-248H-248H-248H-248H-24H2-48H2-"));
    assert!(text.ends_with("-TC5B-2YHH-WP33-KPBA-33B1-GBSE-BENY-0S05-XTD7-3RM5-HT5C-4YKC-8QJE-N7CZ-Z8"));
    assert_eq!(hex(code.commitment()), "d30ab17a31e58639d96a18d6182f2e5babe06405ee9a71e2858e8ac27a6c45e4");
    assert_eq!(hex(&code.hash()), "5b2fb35890d2e7a17e502c55fa341e2a65b05a5526212a902e5be5b245eb40c6");
    let request = request_hash(&code.hash(), b"abc");
    assert_eq!(hex(&request), "227f56fc2d50f76abe00d99569f71a8a14e53f544091e3ca69f0f53fd60ef368");
    assert_eq!(
        hex(&transcript(&request, &nonce)),
        "1d9689a544f49c2820d9102f047500f4c5fa58635a02a03fba5789b6c6b4ef2f"
    );
    assert_eq!(short_string(&request, &nonce).to_string(), "8732 8419 0452");

    let reveal = unhex(concat!(
        "0102555555555555555555555555f746d2f538013a255a58e2b818b32ab2be057e07231a9e77fea2a95b0a5a3a01",
        "26b993520295b1d6299379e4cd26f6420b",
    ));
    assert_eq!(*sealed::open(Step::Reveal, &code, &request, &reveal).unwrap(), nonce);
}

proptest! {
    // spec: IDENTITY-85
    #[test]
    fn two_transcripts_give_two_strings(request: [u8; 32], nonce: [u8; 32], at in 0..64_usize, bit in 0..8_u8) {
        let (mut other_request, mut other_nonce) = (request, nonce);
        match at {
            0..32 => other_request[at] ^= 1 << bit,
            _ => other_nonce[at - 32] ^= 1 << bit,
        }
        let (one, other) = (short_string(&request, &nonce), short_string(&other_request, &other_nonce));
        prop_assert_ne!(one.emoji(), other.emoji());
        prop_assert_ne!(one.decimals(), other.decimals());
    }

    #[test]
    fn arbitrary_boxes_and_codes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4000), text: String) {
        let home = Home::new(1);
        prop_assert!(home.offered.receive(&bytes, at(2), &mut rng()).is_err());
        prop_assert!(LinkCode::parse(&text).is_err());
        prop_assert!(LinkRequest::decode_strict(&bytes).is_err());
    }
}
