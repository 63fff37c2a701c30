//! Ed25519 keys of small order and in second encodings, and second signatures.

use super::*;

/// Ed25519 points of small order, canonical: the identity, order 2, and order 4.
fn small_order_signers() -> [[u8; 32]; 4] {
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let mut negative_four = [0; 32];
    negative_four[31] = 0x80;
    [points::small(1), minus_one, [0; 32], negative_four]
}

/// Second encodings: y = p + 1, y = p, and y = 1 with a sign for x = 0.
fn non_canonical_signers() -> [[u8; 32]; 3] {
    [points::p_plus(1), points::p_plus(0), points::top_bit(points::small(1))]
}

/// R = the identity and s = 0: holds for a key of order 1 and any message, unless verification is strict.
fn universal_signature() -> [u8; 64] {
    let mut signature = [0; 64];
    signature[0] = 1;
    signature
}

// spec: IDENTITY-3
#[test]
fn account_keys() {
    let alice = TestDevice::new(1);
    let with_account_key = |key: [u8; 32]| {
        let account = AccountKey::from_seed(&[1; 32]);
        let body = DeviceListBody::parse(&forge::list(&account, vec![received_entry(&alice)], TODAY).body);
        let body = DeviceListBody { account_key: key, ..body.unwrap() };
        proto::SignedDeviceList { body: body.encode().unwrap(), signature: universal_signature().to_vec() }
    };
    for key in small_order_signers() {
        let refused = forge::received(with_account_key(key)).verify(TODAY).err();
        assert_eq!(refused, Some(IdentityError::BadSignature("device list")), "{key:x?}");
    }
    for key in non_canonical_signers() {
        let refused = ReceivedDeviceList::parse(with_account_key(key)).err();
        assert_eq!(refused, Some(Malformed::new("account key", Reason::Invalid)), "{key:x?}");
    }
}

// spec: IDENTITY-3, IDENTITY-4, PRIM-6
#[test]
fn device_signing_keys() {
    let alice = TestDevice::new(1);
    let id = alice.keys.public().id;
    let with_signing_key = |signing_key: [u8; 32]| {
        let entry = DeviceEntry { signing_key, signature: universal_signature(), ..received_entry(&alice) };
        let list = forge::received(forge::list(&alice.account, vec![entry], TODAY));
        list.verify(TODAY).expect("the account's signature is good").device(id)
    };
    for key in small_order_signers() {
        let refused = with_signing_key(key).err();
        assert_eq!(refused, Some(IdentityError::BadSignature("device entry")), "{key:x?}");
    }
    for key in non_canonical_signers() {
        let refused = with_signing_key(key).err();
        assert_eq!(refused, Some(Malformed::new("device signing key", Reason::Invalid).into()), "{key:x?}");
    }
}

/// s + L verifies where s isn't checked to be reduced: a second signature of the same list.
// spec: IDENTITY-5, PRIM-7
#[test]
fn second_signatures() {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut list = TestDevice::new(1).list.signed().clone();
    let mut carry = 0u16;
    for (byte, add) in list.signature[32..].iter_mut().zip(L) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    let refused = forge::received(list).verify(TODAY).err();
    assert_eq!(refused, Some(IdentityError::BadSignature("device list")));
}
