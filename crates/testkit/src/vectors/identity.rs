//! Accounts, devices, device lists, and what people compare and write down.

use entrenous_identity::{
    AccountId, AccountKey, Card, Day, DeviceKeys, DeviceList, IdentityError, ReceivedDeviceList,
    RecoveryCode, SafetyNumber,
};
use entrenous_primitives::hash::sha256;
use entrenous_wire::{Strict, proto::SignedDeviceList};
use serde_json::{Value, json};

use super::{Fields, Vectors, hex};
use crate::{
    device::{TODAY, TestDevice},
    rng::ScriptedRng,
};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "identity",
        "Accounts, device entries and lists, safety numbers, cards, recovery codes, short strings and linking.",
    );
    let [alice, bob] = [1, 2].map(TestDevice::new);
    for (name, device) in [("Alice", &alice), ("Bob", &bob)] {
        account(&mut vectors, name, device);
        device_list(&mut vectors, name, device);
        card(&mut vectors, name, device);
        recovery_code(&mut vectors, name, device);
    }
    longer_lists(&mut vectors, &alice);
    safety_numbers(&mut vectors, &alice, &bob);
    refused_lists(&mut vectors, &alice);
    super::comparisons::vectors(&mut vectors);
    vectors
}

/// What a device consists of, secrets included.
pub(super) fn secrets_of(device: &TestDevice) -> Value {
    let keys = device.keys.public();
    json!({
        "account_seed": hex(device.account.seed()),
        "account_key": hex(device.account.verifying_key().as_bytes()),
        "account_id": hex(device.account_id().as_bytes()),
        "device_id": keys.id.get(),
        "signing_seed": hex(&signing_seed(&device.keys)),
        "signing_key": hex(keys.signing.as_bytes()),
        "agreement_secret": hex(device.keys.agreement().as_bytes()),
        "agreement_key": hex(keys.agreement.as_bytes()),
    })
}

/// The seed of a device's signing key, which only its record tells.
pub(super) fn signing_seed(keys: &DeviceKeys) -> Vec<u8> {
    let record = entrenous_wire::proto::DeviceKeysRecord::decode_strict(&keys.to_record()).expect("its own");
    record.signing_seed.clone()
}

fn account(vectors: &mut Vectors, name: &str, device: &TestDevice) {
    let seed = device.account.seed();
    let key = AccountKey::from_seed(seed).verifying_key();
    let id = AccountId::of(&key);
    assert_eq!(*id.as_bytes(), sha256(&[b"entrenous v1 account id\0", key.as_bytes()]));
    vectors.accepted(
        "account id",
        &format!("{name}'s account"),
        &["IDENTITY-1"],
        Fields {
            inputs: json!({ "account_seed": hex(seed) }),
            intermediate: json!({ "account_key": hex(key.as_bytes()) }),
            outputs: json!({ "account_id": hex(id.as_bytes()) }),
        },
    );
}

fn device_list(vectors: &mut Vectors, name: &str, device: &TestDevice) {
    list(vectors, &format!("{name}'s first device list"), device, &device.list, &[&device.keys]);
}

/// A list, made of seeds alone.
fn list(vectors: &mut Vectors, name: &str, of: &TestDevice, list: &DeviceList, devices: &[&DeviceKeys]) {
    let SignedDeviceList { body, signature } = list.signed();
    let body_hash = sha256(&[body]);
    let mut parents = [0; 64];
    for (place, parent) in parents.chunks_exact_mut(32).zip(list.parents()) {
        place.copy_from_slice(parent);
    }
    let count = u8::try_from(list.parents().len()).expect("two at most");
    let hash = sha256(&[b"entrenous v1 device list hash\0", &[count], &parents, &body_hash]);
    assert_eq!(hash, *list.hash());
    let devices: Vec<Value> = devices
        .iter()
        .map(|keys| {
            let entry = keys.entry(&list.account_id());
            json!({
                "device_id": keys.public().id.get(),
                "signing_seed": hex(&signing_seed(keys)),
                "agreement_secret": hex(keys.agreement().as_bytes()),
                "entry_signature": hex(&entry.signature),
            })
        })
        .collect();
    let parents: Vec<String> = list.parents().iter().map(|parent| hex(parent)).collect();
    vectors.accepted(
        "device list",
        name,
        &["IDENTITY-2", "IDENTITY-4", "IDENTITY-5", "IDENTITY-8", "WIRE-50"],
        Fields {
            inputs: json!({
                "account_seed": hex(of.account.seed()),
                "devices": devices,
                "epoch": list.epoch(),
                "parents": parents,
                "issued_day": list.issued_day().0,
                "expires_day": list.expires_day().0,
                "today": TODAY.0,
            }),
            intermediate: json!({ "body": hex(body), "body_hash": hex(&body_hash) }),
            outputs: json!({
                "signature": hex(signature),
                "signed_list": hex(&list.signed().encode_canonical()),
                "hash": hex(list.hash()),
            }),
        },
    );
}

/// Lists with more devices, and one that follows another.
fn longer_lists(vectors: &mut Vectors, alice: &TestDevice) {
    let account = alice.account_id();
    let rng = &mut ScriptedRng::new(11);
    let second = DeviceKeys::generate(rng).expect("scripted");
    let third = DeviceKeys::generate(rng).expect("scripted");
    let entries = [alice.keys.entry(&account), second.entry(&account)];
    let tomorrow = Day(TODAY.0 + 1);
    let two = DeviceList::successor(&[&alice.list], &alice.account, &entries, tomorrow).expect("a successor");
    list(vectors, "Alice's second list, of two devices", alice, &two, &[&alice.keys, &second]);
    let entries = [alice.keys.entry(&account), second.entry(&account), third.entry(&account)];
    let three = DeviceList::successor(&[&two], &alice.account, &entries, tomorrow).expect("a successor");
    list(vectors, "Alice's third list, of three devices", alice, &three, &[&alice.keys, &second, &third]);
}

fn card(vectors: &mut Vectors, name: &str, device: &TestDevice) {
    let card = Card::of(&device.list);
    vectors.accepted(
        "card",
        &format!("{name}'s card"),
        &["IDENTITY-60", "IDENTITY-61", "IDENTITY-62"],
        Fields {
            inputs: json!({ "signed_list": hex(&device.list.signed().encode_canonical()) }),
            intermediate: json!({
                "account_key": hex(device.account.verifying_key().as_bytes()),
                "epoch": card.epoch(),
                "list_hash": hex(device.list.hash()),
            }),
            outputs: json!({ "text": card.to_string() }),
        },
    );
}

fn recovery_code(vectors: &mut Vectors, name: &str, device: &TestDevice) {
    let code = RecoveryCode::of(&device.account);
    vectors.accepted(
        "recovery code",
        &format!("{name}'s recovery code"),
        &["IDENTITY-60", "IDENTITY-61", "IDENTITY-90"],
        Fields {
            inputs: json!({ "account_seed": hex(device.account.seed()) }),
            intermediate: Value::Null,
            outputs: json!({ "text": code.text().as_str() }),
        },
    );
    let text = code.text();
    let mut typo: Vec<char> = text.chars().collect();
    let last = typo.last_mut().expect("77 characters");
    *last = if *last == 'A' { 'B' } else { 'A' };
    let typo: String = typo.into_iter().collect();
    assert!(RecoveryCode::parse(&typo).is_err());
    vectors.refused(
        "read recovery code",
        &format!("{name}'s recovery code with a typo in its last symbol"),
        &["IDENTITY-61"],
        "text",
        "Typo",
        json!({ "text": typo }),
    );
}

fn safety_numbers(vectors: &mut Vectors, alice: &TestDevice, bob: &TestDevice) {
    for (name, one, other) in [("Alice and Bob", alice, bob), ("Bob and Alice", bob, alice)] {
        let keys = [one, other].map(|device| device.account.verifying_key());
        let number = SafetyNumber::of(&keys[0], &keys[1]);
        vectors.accepted(
            "safety number",
            name,
            &["IDENTITY-9", "IDENTITY-10", "IDENTITY-11"],
            Fields {
                inputs: json!({ "account_keys": keys.map(|key| hex(key.as_bytes())) }),
                intermediate: Value::Null,
                outputs: json!({ "text": number.to_string() }),
            },
        );
    }
}

/// A byte of a list's body in the signature of its first entry (WIRE-50, WIRE-57).
const IN_ENTRY_SIGNATURE: usize = 240;

/// Lists of which each breaks one rule.
fn refused_lists(vectors: &mut Vectors, alice: &TestDevice) {
    let genuine = alice.list.signed();
    let today = TODAY;
    let mut refuse =
        |name: &str, rules: &[&str], layer: &str, error: &str, list: &SignedDeviceList, today: Day| {
            let verified = ReceivedDeviceList::parse(list.clone()).map(|received| received.verify(today));
            // what the product says of it, and not what is expected of it here
            let found = match verified {
                Err(_) => ("device list body", "Malformed"),
                Ok(Err(IdentityError::BadSignature(_))) => ("device list signature", "BadSignature"),
                Ok(Err(IdentityError::FutureDated)) => ("device list dates", "FutureDated"),
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!((layer, error), found, "{name}");
            vectors.refused(
                "read device list",
                name,
                rules,
                layer,
                error,
                json!({ "signed_list": hex(&list.encode_canonical()), "today": today.0 }),
            );
        };
    let mut forged = genuine.clone();
    forged.signature[0] ^= 1;
    refuse("another signature", &["IDENTITY-5"], "device list signature", "BadSignature", &forged, today);
    let mut changed = genuine.clone();
    // within the signature of its one entry, so that the body stays well-formed
    changed.body[IN_ENTRY_SIGNATURE] ^= 1;
    refuse("a changed body", &["IDENTITY-5"], "device list signature", "BadSignature", &changed, today);
    let mut short = genuine.clone();
    short.body.pop();
    refuse("a body that is too short", &["WIRE-50"], "device list body", "Malformed", &short, today);
    let before = Day(TODAY.0 - 2);
    refuse(
        "issued the day after tomorrow",
        &["IDENTITY-6"],
        "device list dates",
        "FutureDated",
        genuine,
        before,
    );
}
