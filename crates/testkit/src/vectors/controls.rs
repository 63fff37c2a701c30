//! What devices tell each other beside messages: the contents of control frames.

use entrenous_identity::ListProof;
use entrenous_wire::{
    Strict,
    proto::{
        Control, Delivered, DeviceListPush, GroupControl, KnownList, LinkedContact, LinkedContacts,
        SignedDeviceList, TrustDecision,
    },
};
use serde_json::{Value, json};

use super::{Fields, Vectors, hex};
use crate::roster::PEOPLE;

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "controls",
        "Contents of control frames: lists, wishes, proofs of delivery, contacts, decisions, groups; and what is none.",
    );
    lists(&mut vectors);
    deliveries(&mut vectors);
    contacts(&mut vectors);
    decisions(&mut vectors);
    groups(&mut vectors);
    refused(&mut vectors);
    vectors
}

fn accept(vectors: &mut Vectors, name: &str, rules: &[&str], kind: &str, fields: Value, control: &Control) {
    let bytes = control.encode_canonical();
    let read = Control::decode_strict(&bytes).expect(name);
    assert_eq!(read.encode_canonical(), bytes, "{name}");
    vectors.accepted(
        "control",
        name,
        rules,
        Fields {
            inputs: json!({ "kind": kind, "fields": fields }),
            intermediate: Value::Null,
            outputs: json!({ "control": hex(&bytes) }),
        },
    );
}

fn signed(person: usize, pin: usize) -> SignedDeviceList {
    PEOPLE[person].pins[pin].list.signed().clone()
}

fn of_list(list: &SignedDeviceList) -> String {
    hex(&list.encode_canonical())
}

fn lists(vectors: &mut Vectors) {
    let rules = ["WIRE-110", "WIRE-112", "WIRE-85", "WIRE-87"];
    for (name, pin) in [("an account's first list", 0), ("a later list with its proof", 4)] {
        let list = signed(1, pin);
        let proof = PEOPLE[1].pins[pin].proof.as_ref().map(ListProof::to_proto);
        let fields = json!({
            "list": of_list(&list),
            "proof": proof.as_ref().map(|proof| hex(&proof.encode_canonical())),
        });
        let push = DeviceListPush { list: Some(list), proof };
        let control = Control { device_list: Some(push), ..Control::default() };
        accept(vectors, name, &rules, "device list", fields, &control);
    }
    let wish = KnownList { epoch: 7, hash: vec![0x77; 32] };
    let fields = json!({ "epoch": wish.epoch, "hash": hex(&wish.hash) });
    let control = Control { want_device_list: Some(wish), ..Control::default() };
    accept(vectors, "a wish for the newest list", &["WIRE-113"], "want device list", fields, &control);
}

fn deliveries(vectors: &mut Vectors) {
    for (name, count) in [("one message", 1), ("as many as go into one", 256)] {
        let ids: Vec<[u8; 16]> = (0..count).map(|n: u32| [n.to_be_bytes()[3]; 16]).collect();
        let fields = json!({ "ids": ids.iter().map(|id| hex(id)).collect::<Vec<_>>() });
        let control = Control { delivered: Some(Delivered { ids: ids.concat() }), ..Control::default() };
        accept(vectors, name, &["WIRE-114"], "delivered", fields, &control);
    }
    let message = [&[1, 1][..], &[0x22; 32], &[0; 48]].concat();
    let fields = json!({ "message": hex(&message) });
    let control = Control { short_string: message, ..Control::default() };
    accept(vectors, "an ask for a short string", &["WIRE-117"], "short string", fields, &control);
}

fn contacts(vectors: &mut Vectors) {
    let of = |lists: Vec<SignedDeviceList>, trust, proof, proved_ms, replaces: &[u8]| LinkedContact {
        lists,
        trust,
        proof,
        proved_ms,
        replaces: replaces.to_vec(),
    };
    let verified_ms = 1_728_000_000_000;
    let all = vec![
        of(vec![signed(2, 0)], 1, 0, 0, &[]),
        of(vec![signed(3, 1), signed(3, 2)], 2, 1, verified_ms, &[]),
        of(vec![signed(4, 0)], 3, 0, 0, &[0x44; 32]),
    ];
    for (name, contacts) in [("no contact", Vec::new()), ("a contact of each kind", all)] {
        let described = contacts.iter().map(|contact| {
            json!({
                "lists": contact.lists.iter().map(of_list).collect::<Vec<_>>(),
                "trust": contact.trust,
                "proof": (contact.proof != 0).then_some(contact.proof),
                "proved_ms": (contact.proved_ms != 0).then_some(contact.proved_ms),
                "replaces": (!contact.replaces.is_empty()).then(|| hex(&contact.replaces)),
            })
        });
        let fields = json!({ "contacts": described.collect::<Vec<_>>() });
        let control = Control { linked_contacts: Some(LinkedContacts { contacts }), ..Control::default() };
        accept(vectors, name, &["WIRE-160", "WIRE-161", "WIRE-162"], "linked contacts", fields, &control);
    }
}

fn decision(trust: u32, proof: u32, replaces: &[u8]) -> TrustDecision {
    TrustDecision {
        account: vec![0x33; 32],
        trust,
        proof,
        decided_ms: 1_728_000_000_000,
        replaces: replaces.to_vec(),
    }
}

fn decisions(vectors: &mut Vectors) {
    let cases = [
        ("taken as it is", decision(1, 0, &[])),
        ("verified by a card", decision(2, 2, &[])),
        ("in the place of another", decision(3, 0, &[0x44; 32])),
    ];
    for (name, trust) in cases {
        let fields = json!({
            "account": hex(&trust.account),
            "trust": trust.trust,
            "proof": (trust.proof != 0).then_some(trust.proof),
            "time_ms": trust.decided_ms,
            "replaces": (!trust.replaces.is_empty()).then(|| hex(&trust.replaces)),
        });
        accept(
            vectors,
            name,
            &["WIRE-118"],
            "trust",
            fields,
            &Control { trust: Some(trust), ..Control::default() },
        );
    }
}

fn group_control() -> GroupControl {
    GroupControl { group: vec![0x61; 32], ..GroupControl::default() }
}

fn groups(vectors: &mut Vectors) {
    let entry = crate::roster::genesis(&PEOPLE[0], 1).bytes;
    let heads = [[1; 32], [2; 32]].concat();
    let cases = [
        ("entries", GroupControl { entries: entry.clone(), ..group_control() }),
        ("entries, and the heads", GroupControl { entries: entry, heads: heads.clone(), ..group_control() }),
        ("heads", GroupControl { heads: heads.clone(), ..group_control() }),
        ("a wish for a roster", GroupControl { wanted: vec![3; 32], heads, ..group_control() }),
        ("a sender key", GroupControl { sender_key: vec![1; 221], ..group_control() }),
        ("a key that was accepted", GroupControl { accepted_key: vec![4; 16], ..group_control() }),
        ("a wish for a new key", GroupControl { wants_key: 1, ..group_control() }),
        ("somebody has joined", GroupControl { joined: 1, ..group_control() }),
    ];
    for (name, group) in cases {
        let some = |bytes: &[u8]| (!bytes.is_empty()).then(|| hex(bytes));
        let fields = json!({
            "group": hex(&group.group),
            "entries": some(&group.entries),
            "heads": (!group.heads.is_empty())
                .then(|| group.heads.chunks(32).map(hex).collect::<Vec<_>>()),
            "wanted": some(&group.wanted),
            "sender_key": some(&group.sender_key),
            "accepted_key": some(&group.accepted_key),
            "wants_new_key": group.wants_key == 1,
            "joined": group.joined == 1,
        });
        let control = Control { group: Some(group), ..Control::default() };
        accept(vectors, name, &["WIRE-119", "WIRE-200"], "group", fields, &control);
    }
}

fn refused(vectors: &mut Vectors) {
    let wish = || Some(KnownList { epoch: 7, hash: vec![0x77; 32] });
    let group = |group: GroupControl| Control { group: Some(group), ..Control::default() };
    let trust = |trust: TrustDecision| Control { trust: Some(trust), ..Control::default() };
    let contact = |trust, proof, proved_ms| {
        let contact =
            LinkedContact { lists: vec![signed(2, 0)], trust, proof, proved_ms, replaces: Vec::new() };
        Control { linked_contacts: Some(LinkedContacts { contacts: vec![contact] }), ..Control::default() }
    };
    let delivered = |ids| Control { delivered: Some(Delivered { ids }), ..Control::default() };
    let cases = [
        ("nothing", "WIRE-111", Control::default()),
        (
            "two things at once",
            "WIRE-111",
            Control {
                want_device_list: wish(),
                delivered: Some(Delivered { ids: vec![1; 16] }),
                ..Control::default()
            },
        ),
        (
            "epoch 0",
            "WIRE-113",
            Control {
                want_device_list: Some(KnownList { epoch: 0, hash: vec![1; 32] }),
                ..Control::default()
            },
        ),
        ("part of an id", "WIRE-114", delivered(vec![1; 24])),
        ("more ids than go into one", "WIRE-114", delivered(vec![1; 4_112])),
        (
            "a short string of 81 bytes",
            "WIRE-110",
            Control { short_string: vec![1; 81], ..Control::default() },
        ),
        ("verified, and by nothing", "WIRE-118", trust(decision(2, 0, &[]))),
        ("taken as it is, with a proof", "WIRE-118", trust(decision(1, 1, &[]))),
        ("in the place of nobody", "WIRE-118", trust(decision(3, 0, &[]))),
        ("trust 4", "WIRE-118", trust(decision(4, 0, &[]))),
        ("a contact verified by nothing", "WIRE-162", contact(2, 0, 0)),
        ("a contact with a time and no proof", "WIRE-162", contact(1, 0, 1)),
        ("a group control that says nothing", "WIRE-200", group(group_control())),
        (
            "a group control that says two things",
            "WIRE-200",
            group(GroupControl { joined: 1, wants_key: 1, ..group_control() }),
        ),
        ("part of a head", "WIRE-200", group(GroupControl { heads: vec![1; 48], ..group_control() })),
        (
            "a sender key of 220 bytes",
            "WIRE-119",
            group(GroupControl { sender_key: vec![1; 220], ..group_control() }),
        ),
    ];
    for (name, rule, control) in cases {
        refuse(vectors, name, rule, &control.encode_canonical());
    }
    let genuine = Control { want_device_list: wish(), ..Control::default() }.encode_canonical();
    refuse(vectors, "a byte more", "WIRE-64", &[&genuine[..], &[0]].concat());
    refuse(vectors, "a field that there isn't", "WIRE-64", &[0x32, 1, 0]);
}

fn refuse(vectors: &mut Vectors, name: &str, rule: &str, bytes: &[u8]) {
    assert!(Control::decode_strict(bytes).is_err(), "{name}");
    let inputs = json!({ "control": hex(bytes) });
    vectors.refused("read control", name, &[rule], "encoding", "Malformed", inputs);
}
