//! Entries that are refused: by their bytes, and by the roster that they would come into.

use entrenous_group::roster::ReceivedEntry;
use serde_json::json;

use super::{Collected, Group, MEMBER, bytes_of, collect, four, named};
use crate::{
    oracle::roster::Act,
    roster::{Made, PEOPLE},
    vectors::{Vectors, hex},
};

pub(super) fn bytes(vectors: &mut Vectors) {
    let group = four();
    let genuine = group.draft(0, Act::Rename("title".into())).sign().bytes;
    let mut refuse = |name: &str, rule: &str, bytes: &[u8]| {
        assert!(ReceivedEntry::parse(bytes).is_err(), "{name}");
        let inputs = json!({ "entry": hex(bytes) });
        vectors.refused("read entry", name, &[rule], "encoding", "Malformed", inputs);
    };
    // places in an entry are those of its body and 4 more
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = genuine.clone();
        bytes[4 + at..4 + at + with.len()].copy_from_slice(with);
        bytes
    };
    refuse("a byte more", "GROUP-2", &[&genuine[..], &[0]].concat());
    refuse("cut off", "GROUP-2", &genuine[..genuine.len() - 1]);
    refuse("version 2", "GROUP-3", &changed(0, &[2]));
    refuse("kind 6", "GROUP-3", &changed(33, &[6]));
    refuse("device 0", "GROUP-5", &changed(66, &[0; 4]));
    refuse("list epoch 0", "GROUP-5", &changed(70, &[0; 4]));
    refuse("number 0", "GROUP-5", &changed(74, &[0; 4]));
    refuse("under nothing", "GROUP-6", &changed(84, &[0; 32]));
    refuse("of no group", "GROUP-6", &changed(1, &[0; 32]));
    refuse("a control character in the title", "GROUP-8", &changed(149, &[7]));
    refuse("a title that isn't UTF-8", "GROUP-8", &changed(149, &[0xff]));
    let mut seventeen = changed(116, &[17]);
    let more: Vec<u8> = (1..17).flat_map(|n| [n; 32]).collect();
    let own: Vec<u8> = seventeen.splice(121..153, [&more[..], &[0xfe; 32]].concat()).collect();
    assert_eq!(own.len(), 32);
    let len = u32::try_from(seventeen.len() - 68).expect("short").to_be_bytes();
    seventeen[..4].copy_from_slice(&len);
    refuse("seventeen that it follows", "GROUP-4", &seventeen);
    let two = |prevs: [[u8; 32]; 2]| {
        let mut bytes = changed(116, &[2]);
        bytes.splice(121..153, prevs.concat());
        let len = u32::try_from(bytes.len() - 68).expect("short").to_be_bytes();
        bytes[..4].copy_from_slice(&len);
        bytes
    };
    refuse("two that it follows, in no order", "GROUP-4", &two([[2; 32], [1; 32]]));
    refuse("the same one twice", "GROUP-4", &two([[1; 32], [1; 32]]));
    let mut set = group.draft(0, Act::Set(PEOPLE[2].id, 0)).sign().bytes;
    set[4 + 181] = 3;
    refuse("role 3", "GROUP-9", &set);
    let mut of_itself = group.draft(0, Act::Set(PEOPLE[2].id, 0)).sign().bytes;
    of_itself[4 + 149..4 + 181].copy_from_slice(&PEOPLE[0].id);
    refuse("a set of its author", "GROUP-9", &of_itself);
}

pub(super) fn entries(vectors: &mut Vectors) {
    let mut refuse = |name: &str, rule: &str, group: &Group, made: &Made| {
        let Collected { mut roster, refused, waiting } = collect(&group.made);
        assert!(refused.is_empty() && waiting.is_empty(), "{name}");
        let entry = made.received();
        let added = roster.add_all(vec![entry]);
        let (hash, error) = added.refused.first().expect(name);
        assert_eq!(hash.as_bytes(), &made.plain.hash, "{name}");
        let inputs = json!({ "entries": bytes_of(&group.made), "entry": hex(&made.bytes) });
        vectors.refused("add entry", name, &[rule], "roster", named(error), inputs);
    };
    let group = four();
    let rename = |author| group.draft(author, Act::Rename("no".into()));

    let mut other = rename(0);
    other.group = [1; 32];
    refuse("of another group", "GROUP-12", &group, &other.sign());
    let mut no_grant = rename(0);
    no_grant.under = group.last();
    refuse("under a grant of somebody else", "GROUP-13", &group, &no_grant.sign());
    let mut unseen = rename(1);
    unseen.prevs = vec![group.id()];
    refuse("under a grant that it doesn't follow", "GROUP-13", &group, &unseen.sign());
    refuse("a member's title", "GROUP-14", &group, &rename(2).sign());
    let member_adds = group.draft(2, Act::Set(PEOPLE[3].id, 0));
    refuse("a member's removal of another", "GROUP-14", &group, &member_adds.sign());
    let mut unlisted = rename(1);
    unlisted.device = PEOPLE[1].devices[3].public().id.get();
    refuse("by a device that no pinned list has", "GROUP-15", &group, &unlisted.sign());
    let mut other_epoch = rename(1);
    other_epoch.epoch = 2;
    refuse("of a list epoch that isn't pinned", "GROUP-15", &group, &other_epoch.sign());
    let other_hand = rename(1).sign_with(&PEOPLE[2].devices[0]);
    refuse("signed by another's device", "GROUP-15", &group, &other_hand);
    let target = group.draft(0, Act::Set(PEOPLE[5].id, MEMBER));
    refuse("lets in somebody of whom no list is pinned", "GROUP-17", &group, &target.sign());

    // a later list without its proof: of the forked lists one pins, the other doesn't descend from it
    let mut forked = four();
    forked.write(0, Act::Devices(PEOPLE[4].pins[1].plain.clone()));
    let other_branch = forked.draft(0, Act::Devices(PEOPLE[4].pins[2].plain.clone()));
    refuse("a list that doesn't descend from the pinned one", "GROUP-16", &forked, &other_branch.sign());

    let mut dropped = four();
    let list = &PEOPLE[1].pins[3].plain;
    dropped.write(0, Act::Devices(list.clone()));
    let by_dropped = dropped.draft(1, Act::Rename("no".into()));
    refuse("by a device that a later list lacks", "GROUP-20", &dropped, &by_dropped.sign());

    let mut full = four();
    for seq in 0..64 {
        let mut draft = full.draft(2, Act::Devices(PEOPLE[2].pins[0].plain.clone()));
        draft.seq = 100 + seq;
        full.add(draft.sign());
    }
    let one_more = full.draft(2, Act::Devices(PEOPLE[2].pins[0].plain.clone()));
    refuse("a member's sixty-fifth entry", "GROUP-18", &full, &one_more.sign());
}
