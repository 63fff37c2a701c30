//! What is stored: records of the client as a store sees them, and the state formats.

use std::collections::BTreeMap;

use entrenous::{
    Client, Error, MemoryStore, Store,
    store::{Action, Change, Changes, Commit, Generation, Record, RecordKey},
};
use entrenous_agreement::{OneTimePrekey, PrekeySecret};
use entrenous_group::sender_key::{ReceivingKey, SendingKey};
use entrenous_identity::{
    DeviceKeys, KnownLists, Transcript,
    linking::{NewDevice, Offered, Primary, Requesting},
    sas::{Sas, View},
    session_secret::SignedPrekey,
    stored_keys::{account_key_from_record, account_key_to_record},
};
use entrenous_primitives::hkdf::Prk;
use entrenous_ratchet::SkippedBlock;
use entrenous_wire::{
    Strict, label,
    proto::{
        AccountKeyRecord, Bundle, DeviceKeysRecord, KnownListsRecord, LinkDeviceRecord, LinkPrimaryRecord,
        PrekeyRecord, ReceivingKeyRecord, SasRecord, SendingKeyRecord, SkippedKeysRecord,
    },
};
use serde_json::{Value, json};

use super::{Fields, Vectors, agreement::prekey_fields, hex};
use crate::{
    device::{TODAY, TestDevice, start_of},
    pair::Pair,
    person::{Clock, Person, ScriptedEnv, store_key},
    rng::ScriptedRng,
    sealed::{self, HEAD},
    sender_keys::{Listener, Speaker, sender},
};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "records",
        "What is stored: sealed records with their names and keys, and the formats of states. Sessions: ratchet.json.",
    );
    sealed_records(&mut vectors);
    keys(&mut vectors);
    lists(&mut vectors);
    skipped_keys(&mut vectors);
    sender_keys(&mut vectors);
    comparisons(&mut vectors);
    linkings(&mut vectors);
    vectors
}

/// The records of a client that has just made an account, and has read what it has.
fn sealed_records(vectors: &mut Vectors) {
    let store = MemoryStore::new();
    let person = Person::create(store.clone(), 501, &Clock::at_day(20_000)).expect("scripted");
    let stored: BTreeMap<_, _> = store.dump();
    let prk = Prk::from_key(store_key().as_bytes());
    let one = 1_u32.to_be_bytes();
    let account = person.address().account;
    let kinds: [(&str, u8, &[u8]); 5] = [
        ("the keys of the device", 1, &[]),
        ("the key of the account", 2, &[]),
        ("a signed prekey", 5, &one),
        ("the inbox", 18, &[]),
        ("the lists of the own account", 20, account.as_bytes()),
    ];
    let mut names = Vec::new();
    for (what, kind, fields) in kinds {
        let name_info = [label::STORE_NAME, &[kind], fields].concat();
        let name = *prk.expand::<16>(&[&name_info]).as_bytes();
        let (stored_name, record) =
            stored.iter().find(|(key, _)| *key.as_bytes() == name).expect("it is stored");
        let generation = record.generation.get();
        let key = sealed::key(stored_name, &record.bytes[1..17]);
        let ad = sealed::associated_data(stored_name, record.generation);
        let plain = sealed::open(stored_name, record);
        let (format, content) = plain.split_first().expect("a format");
        let inputs = json!({
            "store_key": hex(store_key().as_bytes()),
            "kind": kind,
            "fields": hex(fields),
            "generation": generation,
            "salt": hex(&record.bytes[1..17]),
            "nonce": hex(&record.bytes[17..HEAD]),
            "format": format,
            "record": hex(content),
        });
        let intermediate = json!({ "name_info": hex(&name_info), "key": hex(&key), "ad": hex(&ad), "plaintext": hex(&plain) });
        let outputs = json!({ "name": hex(&name), "sealed": hex(&record.bytes) });
        let rules = ["CLIENT-4", "CLIENT-5"];
        vectors.accepted("seal record", what, &rules, Fields { inputs, intermediate, outputs });
        names.push(*stored_name);
    }

    refused(vectors, &store, &names[0], &names[1]);
}

/// Records in the place of the device's, which a client reads first.
fn refused(vectors: &mut Vectors, store: &MemoryStore, device: &RecordKey, other: &RecordKey) {
    let stored = store.dump();
    let (genuine, generation) = (stored[device].bytes.clone(), stored[device].generation);
    let mut refuse = |what: &str, generation: Generation, sealed: &[u8]| {
        let mut damaged = store.copy();
        let record = Record { generation, bytes: sealed.to_vec() };
        let change = Change { expected: Some(stored[device].generation), action: Action::Put(record) };
        assert!(matches!(damaged.commit(&Changes::from_iter([(*device, change)])), Ok(Commit::Applied)));
        let env = ScriptedEnv::new(502, &Clock::at_day(20_000));
        let error = match Client::open(damaged, &store_key(), env) {
            Err(Error::Corrupt) => "Corrupt",
            Err(Error::LaterVersion) => "LaterVersion",
            other => panic!("{what}: {:?}", other.err()),
        };
        let inputs = json!({
            "store_key": hex(store_key().as_bytes()),
            "kind": 1,
            "fields": "",
            "generation": generation.get(),
            "sealed": hex(sealed),
        });
        vectors.refused("open record", what, &["CLIENT-4"], "store", error, inputs);
    };
    let changed = |at: usize, byte: u8| {
        let mut bytes = genuine.clone();
        bytes[at] ^= byte;
        bytes
    };
    refuse("of another name", stored[other].generation, &stored[other].bytes);
    refuse("as another generation", Generation::new(generation.get() ^ 1).expect("in range"), &genuine);
    refuse("another salt", generation, &changed(1, 1));
    refuse("another nonce", generation, &changed(17, 1));
    refuse("a changed record", generation, &changed(HEAD, 1));
    refuse("cut off", generation, &genuine[..HEAD]);
    refuse("sealed in a later version", generation, &changed(0, 3));
    refuse("sealed in version 0", generation, &changed(0, 1));
}

/// A record that is read and written again.
fn record(
    vectors: &mut Vectors,
    kind: &str,
    name: &str,
    rules: &[&str],
    fields: Value,
    bytes: &[u8],
    again: &[u8],
) {
    assert_eq!(again, bytes, "{kind}, {name}");
    let inputs = json!({ "kind": kind, "fields": fields });
    let outputs = json!({ "record": hex(bytes) });
    vectors.accepted("record", name, rules, Fields { inputs, intermediate: Value::Null, outputs });
}

/// A change of a record: its name, the rule that it breaks, and how it is made.
type Edit<'a, R> = (&'a str, &'a str, fn(&mut R));

/// Changes of a record that `is_read` must refuse.
fn refuse<R: Strict>(
    vectors: &mut Vectors,
    kind: &str,
    genuine: &[u8],
    is_read: impl Fn(&[u8]) -> bool,
    edits: &[Edit<'_, R>],
) {
    assert!(is_read(genuine), "{kind}");
    for (name, rule, edit) in edits {
        let mut record = R::decode_strict(genuine).expect("genuine");
        edit(&mut record);
        let bytes = record.encode_canonical();
        assert!(!is_read(&bytes), "{kind}, {name}");
        let inputs = json!({ "kind": kind, "record": hex(&bytes) });
        vectors.refused("read record", name, &[rule], "record", "Malformed", inputs);
    }
}

/// The bytes, or none where they are not there.
fn present(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| hex(bytes))
}

fn keys(vectors: &mut Vectors) {
    let device = TestDevice::new(511);
    let prekeys =
        [("a signed prekey", device.signed.to_record()), ("a one-time prekey", device.one_time.to_record())];
    for (name, bytes) in &prekeys {
        let fields = PrekeyRecord::decode_strict(bytes).expect("its own");
        let again = match fields.kind {
            1 => PrekeySecret::<SignedPrekey>::from_record(bytes).expect("its own").to_record(),
            _ => PrekeySecret::<OneTimePrekey>::from_record(bytes).expect("its own").to_record(),
        };
        record(vectors, "prekey", name, &["WIRE-152"], prekey_fields(&fields), bytes, &again);
    }
    let is_read = |bytes: &[u8]| PrekeySecret::<SignedPrekey>::from_record(bytes).is_ok();
    refuse::<PrekeyRecord>(
        vectors,
        "prekey",
        &prekeys[0].1,
        is_read,
        &[
            ("version 2", "WIRE-152", |record| record.version = 2),
            ("kind 3", "WIRE-152", |record| record.kind = 3),
            ("id 0", "WIRE-152", |record| record.id = 0),
            ("a KEM seed of 63 bytes", "WIRE-152", |record| record.kem_seed.truncate(63)),
            ("it expires when it is issued", "WIRE-153", |record| record.expires_day = record.issued_day),
        ],
    );

    let bytes = device.keys.to_record();
    let fields = DeviceKeysRecord::decode_strict(&bytes).expect("its own");
    let again = DeviceKeys::from_record(&bytes).expect("its own").to_record();
    let described = json!({
        "device_id": fields.device_id,
        "signing_seed": hex(&fields.signing_seed),
        "signing_key": hex(&fields.signing_key),
        "agreement_secret": hex(&fields.agreement_secret),
        "agreement_key": hex(&fields.agreement_key),
    });
    record(vectors, "device keys", "a device's keys", &["WIRE-90"], described, &bytes, &again);
    refuse::<DeviceKeysRecord>(
        vectors,
        "device keys",
        &bytes,
        |bytes| DeviceKeys::from_record(bytes).is_ok(),
        &[
            ("device 0", "WIRE-90", |record| record.device_id = 0),
            ("a signing key of another seed", "IDENTITY-33", |record| record.signing_seed[0] ^= 1),
            ("an agreement key that isn't canonical", "IDENTITY-33", |record| {
                record.agreement_key = vec![0xff; 32];
            }),
        ],
    );

    let bytes = account_key_to_record(&device.account);
    let fields = AccountKeyRecord::decode_strict(&bytes).expect("its own");
    let again = account_key_to_record(&account_key_from_record(&bytes).expect("its own"));
    let described = json!({ "seed": hex(&fields.seed), "account_key": hex(&fields.key) });
    record(vectors, "account key", "an account's key", &["WIRE-91"], described, &bytes, &again);
    refuse::<AccountKeyRecord>(
        vectors,
        "account key",
        &bytes,
        |bytes| account_key_from_record(bytes).is_ok(),
        &[("a key of another seed", "IDENTITY-33", |record| record.seed[0] ^= 1)],
    );
}

fn lists(vectors: &mut Vectors) {
    let people = &crate::roster::PEOPLE;
    let list = |at: usize| people[1].pins[at].list.clone();
    let mut forked = KnownLists::first(list(0));
    for at in [1, 2] {
        forked = forked.consider(&list(at), None, TODAY).expect("genuine").next.expect("it says something");
    }
    assert!(forked.is_forked());
    for (name, known) in [("one list", KnownLists::first(list(0))), ("a fork", forked.clone())] {
        let bytes = known.to_record();
        let fields = KnownListsRecord::decode_strict(&bytes).expect("its own");
        let encoded = |lists: &[entrenous_wire::proto::SignedDeviceList]| -> Vec<String> {
            lists.iter().map(|list| hex(&list.encode_canonical())).collect()
        };
        let described = json!({
            "branches": encoded(&fields.branches),
            "evidence": encoded(&fields.evidence),
            "last_proven": fields.proven.as_ref().map(|list| hex(&list.encode_canonical())),
        });
        let again = KnownLists::from_record(&bytes).expect("its own").to_record();
        record(vectors, "known lists", name, &["WIRE-88", "WIRE-89"], described, &bytes, &again);
    }
    refuse::<KnownListsRecord>(
        vectors,
        "known lists",
        &forked.to_record(),
        |bytes| KnownLists::from_record(bytes).is_ok(),
        &[
            ("no branch", "WIRE-89", |record| record.branches.clear()),
            ("a fork without evidence", "WIRE-89", |record| record.evidence.clear()),
            ("evidence of one list", "WIRE-89", |record| record.evidence.truncate(1)),
            ("evidence without a fork", "WIRE-89", |record| record.branches.truncate(1)),
            ("a branch twice", "IDENTITY-32", |record| record.branches[1] = record.branches[0].clone()),
            ("lists of two accounts", "IDENTITY-32", |record| {
                record.branches[1] = crate::roster::PEOPLE[2].pins[0].list.signed().clone();
            }),
        ],
    );
}

fn skipped_keys(vectors: &mut Vectors) {
    let (mut alice, mut bob) = Pair::established(521);
    let sent = alice.seal_many(70);
    bob.read(&sent[69]);
    for (name, bytes) in ["a whole block", "a block that has begun"].into_iter().zip(bob.skipped.values()) {
        let fields = SkippedKeysRecord::decode_strict(bytes).expect("its own");
        let described = json!({
            "chain": fields.chain,
            "block": fields.block,
            "present": fields.present,
            "keys": hex(&fields.keys),
        });
        let again = SkippedBlock::from_record(bytes).expect("its own").to_record();
        record(vectors, "skipped keys", name, &["WIRE-80", "WIRE-81"], described, bytes, &again);
    }
    let last = bob.skipped.values().next_back().expect("two").clone();
    refuse::<SkippedKeysRecord>(
        vectors,
        "skipped keys",
        &last,
        |bytes| SkippedBlock::from_record(bytes).is_ok(),
        &[
            ("no key", "WIRE-80", |record| (record.present, record.keys) = (0, Vec::new())),
            ("a key more than is present", "WIRE-81", |record| record.keys.extend([7; 32])),
            ("a key less than is present", "WIRE-81", |record| record.keys.truncate(32)),
            ("a block that there isn't", "WIRE-80", |record| record.block = 16_384),
        ],
    );
}

fn sender_keys(vectors: &mut Vectors) {
    let mut speaker = Speaker::new(sender(9, 1), 531);
    let distribution = speaker.distribution();
    let sent: Vec<_> = (0..4).map(|n| speaker.seal(&[n])).collect();
    let bytes = speaker.key.to_record();
    let fields = SendingKeyRecord::decode_strict(&bytes).expect("its own");
    let described = json!({
        "group": hex(&fields.group),
        "account": hex(&fields.account),
        "device": fields.device,
        "roster": hex(&fields.roster),
        "signing_seed": hex(&fields.signing_seed),
        "commitment": hex(&fields.commitment),
        "chain_key": hex(&fields.chain),
        "iteration": fields.iteration,
        "created_ms": fields.created_ms,
        "previous_id": present(&fields.previous_id),
        "previous_count": fields.previous_count,
    });
    let again = SendingKey::from_record(&bytes).expect("its own").to_record();
    record(
        vectors,
        "sending key",
        "of who has sent four messages",
        &["GROUP-170"],
        described,
        &bytes,
        &again,
    );
    refuse::<SendingKeyRecord>(
        vectors,
        "sending key",
        &bytes,
        |bytes| SendingKey::from_record(bytes).is_ok(),
        &[
            ("device 0", "GROUP-170", |record| record.device = 0),
            ("4,097 messages", "GROUP-170", |record| record.iteration = 4_097),
            ("no previous key, and a count", "GROUP-114", |record| record.previous_count = 1),
        ],
    );

    let mut listener = Listener::default();
    let id = listener.accept(&distribution, sender(9, 1)).expect("genuine").expect("new");
    listener.open(&sent[3]).expect("genuine");
    let of = |listener: &Listener| listener.key(id).expect("known").to_record();
    let open = of(&listener);
    listener.close(id, None);
    for (name, bytes) in [("of who has skipped three", &open), ("of a key that is closed", &of(&listener))] {
        let fields = ReceivingKeyRecord::decode_strict(bytes).expect("its own");
        let described = json!({
            "group": hex(&fields.group),
            "account": hex(&fields.account),
            "device": fields.device,
            "roster": hex(&fields.roster),
            "signing_key": hex(&fields.signing_key),
            "commitment": hex(&fields.commitment),
            "chain_key": present(&fields.chain),
            "first": fields.first,
            "next": fields.next,
            "end": fields.end,
            "closed_ms": (fields.closed_ms != 0).then_some(fields.closed_ms),
            "previous_id": present(&fields.previous_id),
            "previous_count": fields.previous_count,
            "skipped": present(&fields.skipped),
        });
        let again = ReceivingKey::from_record(bytes).expect("its own").to_record();
        let rules = ["GROUP-171", "GROUP-172", "GROUP-173"];
        record(vectors, "receiving key", name, &rules, described, bytes, &again);
    }
    refuse::<ReceivingKeyRecord>(
        vectors,
        "receiving key",
        &open,
        |bytes| ReceivingKey::from_record(bytes).is_ok(),
        &[
            ("next before first", "GROUP-172", |record| (record.first, record.skipped) = (5, Vec::new())),
            ("next beyond the end", "GROUP-172", |record| record.end = 3),
            ("no chain key before the end", "GROUP-172", |record| record.chain.clear()),
            ("a chain key at the end", "GROUP-172", |record| record.end = 4),
            ("an iteration skipped that is to come", "GROUP-173", |record| record.skipped[7] |= 0x20),
            ("part of a block", "GROUP-173", |record| record.skipped.extend([7; 4])),
            ("a last block of nothing", "GROUP-173", |record| record.skipped.extend([0; 8])),
        ],
    );
}

fn comparisons(vectors: &mut Vectors) {
    let [alice, bob] = [541, 542].map(TestDevice::new);
    let rng = &mut ScriptedRng::new(543);
    let view = |own: &TestDevice, peer: &TestDevice| {
        View::new(&own.list, &peer.list, &Transcript([5; 32])).expect("two accounts")
    };
    let (lower, higher) = if alice.account_id() < bob.account_id() { (&alice, &bob) } else { (&bob, &alice) };
    let (asked, _) = view(higher, lower).begin(rng).expect("scripted");
    let (committed, commit) = view(lower, higher).begin(rng).expect("scripted");
    let (answered, answer) = view(higher, lower).join(&commit, rng).expect("genuine");
    let Sas::Committed(state) = Sas::from_record(&committed.to_record()).expect("its own") else {
        panic!("the lower side commits")
    };
    let (comparing, _) = state.receive(&answer).expect("genuine");
    let states = [
        ("asked", asked),
        ("committed", committed),
        ("answered", answered),
        ("comparing", Sas::Comparing(comparing)),
    ];
    let mut committed = Vec::new();
    for (name, state) in states {
        let bytes = state.to_record().encode_canonical();
        let fields = SasRecord::decode_strict(&bytes).expect("its own");
        let described = json!({
            "state": fields.state,
            "view": hex(&fields.view),
            "side": fields.side,
            "run": present(&fields.run),
            "secret": present(&fields.secret),
            "commitment": present(&fields.commitment),
        });
        let again = Sas::from_record(&fields).expect("its own").to_record().encode_canonical();
        record(vectors, "sas", name, &["WIRE-128", "WIRE-129"], described, &bytes, &again);
        if name == "committed" {
            committed = bytes;
        }
    }
    refuse::<SasRecord>(
        vectors,
        "sas",
        &committed,
        |bytes| SasRecord::decode_strict(bytes).is_ok_and(|record| Sas::from_record(&record).is_ok()),
        &[
            ("state 5", "WIRE-128", |record| record.state = 5),
            ("committed, by the higher side", "WIRE-129", |record| record.side = 2),
            ("committed, without a secret", "WIRE-129", |record| record.secret.clear()),
            ("committed, with the other's commitment", "WIRE-129", |record| record.commitment = vec![1; 32]),
        ],
    );
}

fn linkings(vectors: &mut Vectors) {
    let device = TestDevice::new(551);
    let rng = &mut ScriptedRng::new(552);
    let now = start_of(TODAY);
    let offered = Offered::new(device.account_id(), now, rng).expect("scripted");
    let code = entrenous_identity::linking::LinkCode::parse(&offered.code().text()).expect("its own");
    let bundle = Bundle::decode_strict(&device.bundle_bytes(true)).expect("its own");
    let (signed, one_time) = (bundle.signed_prekey.expect("there"), bundle.one_time_prekey.expect("there"));
    let (requesting, request) =
        Requesting::new(code, &device.keys, signed, one_time, now, rng).expect("scripted");

    let (offered, requesting) = (Primary::Offered(offered), NewDevice::Requesting(requesting));
    primary(vectors, "a code is shown", &offered);
    new_device(vectors, "it has asked", &requesting);
    let (Primary::Offered(offered), NewDevice::Requesting(requesting)) = (offered, requesting) else {
        panic!("they are")
    };
    let (requested, reveal) = offered.receive(&request, now, rng).expect("genuine");
    primary(vectors, "a request has come", &Primary::Requested(requested));
    let comparing = requesting.receive(&reveal, now).expect("genuine");
    new_device(vectors, "the nonce is revealed", &NewDevice::Comparing(comparing));
}

fn primary(vectors: &mut Vectors, name: &str, state: &Primary) {
    let bytes = state.to_record().encode_canonical();
    let fields = LinkPrimaryRecord::decode_strict(&bytes).expect("its own");
    let described = json!({
        "code": hex(&fields.code),
        "nonce": hex(&fields.nonce),
        "expires_ms": fields.expires,
        "request": present(&fields.request),
    });
    let again = Primary::from_record(&fields).expect("its own").to_record().encode_canonical();
    record(vectors, "link primary", name, &["WIRE-123"], described, &bytes, &again);
}

fn new_device(vectors: &mut Vectors, name: &str, state: &NewDevice) {
    let bytes = state.to_record().encode_canonical();
    let fields = LinkDeviceRecord::decode_strict(&bytes).expect("its own");
    let described = json!({
        "code": hex(&fields.code),
        "request": hex(&fields.request),
        "expires_ms": (fields.expires != 0).then_some(fields.expires),
        "nonce": present(&fields.nonce),
    });
    let again = NewDevice::from_record(&fields).expect("its own").to_record().encode_canonical();
    record(vectors, "link device", name, &["WIRE-124", "WIRE-130"], described, &bytes, &again);
    refuse::<LinkDeviceRecord>(
        vectors,
        "link device",
        &bytes,
        |bytes| LinkDeviceRecord::decode_strict(bytes).is_ok(),
        &[("both a time and a nonce", "WIRE-130", |record| {
            record.expires = 1;
            record.nonce = vec![1; 32];
        })],
    );
}
