//! Groups, as an application uses them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use entrenous::{
    Client, Error, Event, GroupAct, GroupChange, GroupRole, GroupStanding, IssueError, MemoryStore,
    operation::{Receive, ReceiveMany},
};
use entrenous_testkit::{
    group_world::GroupWorld,
    person::{MemoryMarker, Person, ScriptedEnv, store_key},
};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

fn content(of: usize, n: u8) -> Vec<u8> {
    format!("{of}: {n}").into_bytes()
}

#[test]
fn three_talk() {
    let mut world = GroupWorld::new(3, 1).unwrap();
    let group = world.group_of(&[ALICE, BOB, CAROL]).unwrap();
    for sender in [ALICE, BOB, CAROL] {
        for n in 0..3u8 {
            let sent = world.client(sender).send_to_group(&group, &content(sender, n)).unwrap();
            assert_eq!(sent.unreached, []);
            world.collect(sender).unwrap();
        }
    }
    assert_eq!(world.settle().unwrap().len(), 0);
    for reader in [ALICE, BOB, CAROL] {
        let mut read = world.messages(reader, &group);
        read.sort();
        let others = [ALICE, BOB, CAROL].into_iter().filter(|of| *of != reader);
        let expected: Vec<Vec<u8>> = others.flat_map(|of| (0..3u8).map(move |n| content(of, n))).collect();
        assert_eq!(read, expected, "{reader}");
    }
    let status = world.client(BOB).group(&group).unwrap();
    assert_eq!((status.members.len(), status.title.as_str()), (3, "a group"));
    assert_eq!(status.standing, GroupStanding::Joined);
}

// spec: GROUP-200, GROUP-202
#[test]
fn who_is_invited_sees_nothing_and_says_nothing_until_it_joins() {
    let mut world = GroupWorld::new(2, 2).unwrap();
    let (group, _) = world.client(ALICE).create_group("surprise").unwrap();
    world.meet(ALICE, BOB).unwrap();
    let bob = world.client(BOB).account_id();
    world.client(ALICE).invite(&group, &bob).unwrap();
    world.client(ALICE).send_to_group(&group, b"early").unwrap();
    world.collect(ALICE).unwrap();
    assert_eq!(world.settle().unwrap().len(), 0);
    let alice = world.client(ALICE).address();
    let invited = |event: &Event| {
        matches!(event, Event::GroupInvited { group: of, by, title, members: 2 }
            if *of == group && *by == alice && title == "surprise")
    };
    assert_eq!(world.told[BOB].iter().filter(|event| invited(event)).count(), 1);
    assert_eq!(world.messages(BOB, &group).len(), 0);
    assert_eq!(world.client(BOB).send_to_group(&group, b"?"), Err(Error::NotInGroup));
    world.client(BOB).join_group(&group).unwrap();
    world.read(BOB).unwrap();
    assert_eq!(world.messages(BOB, &group), [b"early"], "it has waited");
}

// spec: GROUP-205
#[test]
fn who_is_removed_reads_nothing_after_and_sends_nothing_that_counts() {
    let mut world = GroupWorld::new(3, 3).unwrap();
    let group = world.group_of(&[ALICE, BOB, CAROL]).unwrap();
    for sender in [ALICE, BOB, CAROL] {
        world.client(sender).send_to_group(&group, b"before").unwrap();
        world.collect(sender).unwrap();
    }
    world.settle().unwrap();
    let carol = world.client(CAROL).account_id();
    world.client(ALICE).change_group(&group, GroupAct::Remove { account: carol }).unwrap();
    world.collect(ALICE).unwrap();
    // before she knows
    world.client(CAROL).send_to_group(&group, b"after").unwrap();
    let before = world.letters.len();
    world.collect(CAROL).unwrap();
    let late = world.letters.split_off(before);
    world.settle().unwrap();
    let refused = late.iter().filter(|letter| world.deliver(letter) == Err(Error::Rejected)).count();
    assert_eq!(refused, 2, "she is out");
    assert!(world.told[CAROL].contains(&Event::GroupLeft { group }));
    assert_eq!(world.client(CAROL).send_to_group(&group, b"?"), Err(Error::NotInGroup));
    let (by, change) = (Some(world.client(ALICE).account_id()), GroupChange::Removed { account: carol });
    assert!(world.told[BOB].contains(&Event::GroupChanged { group, by, change }));
    for sender in [ALICE, BOB] {
        world.client(sender).send_to_group(&group, b"without her").unwrap();
        world.collect(sender).unwrap();
    }
    // the network brings it to her all the same
    let copies: Vec<_> = world.letters.iter().cloned().collect();
    for mut letter in copies {
        letter.to = CAROL;
        world.deliver(&letter).ok();
    }
    world.settle().unwrap();
    assert!(world.messages(CAROL, &group).iter().all(|content| content == b"before"));
    assert_eq!(world.messages(BOB, &group).last().unwrap(), b"without her");
    assert!(!world.messages(BOB, &group).contains(&b"after".to_vec()));
}

#[test]
fn who_comes_later_reads_nothing_from_before() {
    let mut world = GroupWorld::new(3, 4).unwrap();
    let group = world.group_of(&[ALICE, BOB]).unwrap();
    world.client(ALICE).send_to_group(&group, b"before").unwrap();
    world.collect(ALICE).unwrap();
    let old: Vec<_> = world.letters.iter().cloned().collect();
    world.settle().unwrap();
    world.meet(ALICE, CAROL).unwrap();
    let carol = world.client(CAROL).account_id();
    world.client(ALICE).invite(&group, &carol).unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    world.client(CAROL).join_group(&group).unwrap();
    world.client(ALICE).send_to_group(&group, b"welcome").unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    for mut letter in old {
        letter.to = CAROL;
        world.deliver(&letter).ok();
    }
    assert_eq!(world.messages(CAROL, &group), [b"welcome"]);
    assert_eq!(world.messages(BOB, &group), [b"before".to_vec(), b"welcome".to_vec()]);
}

#[test]
fn what_is_not_ones_own_to_change_is_refused() {
    let mut world = GroupWorld::new(3, 5).unwrap();
    let group = world.group_of(&[ALICE, BOB, CAROL]).unwrap();
    let (alice, carol) = (world.client(ALICE).account_id(), world.client(CAROL).account_id());
    for act in [GroupAct::Remove { account: carol }, GroupAct::Rename("mine"), GroupAct::NewKeys] {
        let refused = world.client(BOB).change_group(&group, act);
        assert_eq!(refused, Err(Error::Group(IssueError::NotAdmin)), "{act:?}");
    }
    let last = world.client(ALICE).change_group(&group, GroupAct::Leave);
    assert_eq!(last, Err(Error::Group(IssueError::LastAdmin)));
    let admin = GroupAct::Set { account: carol, role: GroupRole::Admin };
    world.client(ALICE).change_group(&group, admin).unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    let above = world.client(CAROL).change_group(&group, GroupAct::Remove { account: alice });
    assert_eq!(above, Err(Error::Group(IssueError::Outranked)));
    world.client(CAROL).change_group(&group, GroupAct::Rename("ours")).unwrap();
    world.client(ALICE).change_group(&group, GroupAct::Leave).unwrap();
    world.collect(CAROL).unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    let status = world.client(BOB).group(&group).unwrap();
    assert_eq!((status.title.as_str(), status.members.len()), ("ours", 2));
    assert_eq!(status.owner, Some(carol));
}

#[test]
fn what_was_written_before_there_was_a_session_can_be_read_once_there_is_one() {
    let mut world = GroupWorld::new(3, 6).unwrap();
    let (group, _) = world.client(ALICE).create_group("early").unwrap();
    for other in [BOB, CAROL] {
        world.meet(ALICE, other).unwrap();
        let account = world.client(other).account_id();
        world.client(ALICE).invite(&group, &account).unwrap();
    }
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    for other in [BOB, CAROL] {
        world.client(other).join_group(&group).unwrap();
    }
    let carol = world.client(CAROL).address();
    let sent = world.client(BOB).send_to_group(&group, b"early").unwrap();
    assert_eq!(sent.unreached, [carol]);
    world.meet(BOB, CAROL).unwrap();
    world.collect(BOB).unwrap();
    // the transport keeps what came before the session, and brings it again
    for (letter, error) in world.settle().unwrap() {
        assert_eq!(error, Error::NoSession);
        world.deliver(&letter).unwrap();
    }
    assert_eq!(world.messages(CAROL, &group), [b"early"]);
}

// spec: GROUP-211
#[test]
fn who_came_back_from_a_copy_is_read_and_reads_again() {
    let mut world = GroupWorld::new(2, 7).unwrap();
    let (disk, marker) = (MemoryStore::new(), MemoryMarker::default());
    let carol = Person::create(disk.clone(), 70_009, &world.clock).unwrap();
    assert_eq!(world.enter(carol), CAROL);
    let open = |world: &mut GroupWorld, seed| {
        let env = ScriptedEnv::new(seed, &world.clock);
        let client = Client::open(disk.clone(), &store_key(), env).unwrap();
        world.people[CAROL].client = client.with_marker(marker.clone()).unwrap();
    };
    open(&mut world, 70_010);
    let group = world.group_of(&[ALICE, BOB, CAROL]).unwrap();
    let all_write = |world: &mut GroupWorld, text: &str| {
        for sender in [ALICE, BOB, CAROL] {
            world.client(sender).send_to_group(&group, text.as_bytes()).unwrap();
            world.collect(sender).unwrap();
        }
        assert_eq!(world.settle().unwrap().len(), 0);
    };
    all_write(&mut world, "before");
    let backup = disk.copy();
    open(&mut world, 70_011);
    all_write(&mut world, "lost to her");
    world.client(ALICE).change_group(&group, GroupAct::Rename("meanwhile")).unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    disk.restore(&backup);
    open(&mut world, 70_012);
    world.told[CAROL].clear();
    // her sessions are replaced, as the application is told
    world.clock.pass_ms(3_600_000);
    for other in [ALICE, BOB] {
        world.meet(CAROL, other).unwrap();
    }
    world.settle().unwrap();
    for _ in 0..2 {
        for number in [ALICE, BOB, CAROL] {
            world.client(number).maintain().unwrap();
            world.collect(number).unwrap();
        }
        world.settle().unwrap();
        world.clock.pass_ms(120_000);
    }
    assert_eq!(world.client(CAROL).group(&group).unwrap().title, "meanwhile");
    all_write(&mut world, "after");
    for reader in [ALICE, BOB, CAROL] {
        let after = world.messages(reader, &group).iter().filter(|content| *content == b"after").count();
        assert_eq!(after, 2, "{reader}");
    }
}

// spec: GROUP-155, GROUP-157
#[test]
fn a_backlog_is_opened_at_once_and_one_bad_message_is_named() {
    let mut world = GroupWorld::new(3, 8).unwrap();
    let group = world.group_of(&[ALICE, BOB, CAROL]).unwrap();
    for sender in [ALICE, BOB] {
        world.client(sender).send_to_group(&group, b"first").unwrap();
        world.collect(sender).unwrap();
    }
    world.settle().unwrap();
    for n in 0..40u8 {
        let sender = if n % 3 == 0 { BOB } else { ALICE };
        world.client(sender).send_to_group(&group, &content(sender, n)).unwrap();
        world.collect(sender).unwrap();
    }
    let mut letters: Vec<_> = world.letters.drain(..).filter(|letter| letter.to == CAROL).collect();
    assert_eq!(letters.len(), 40);
    letters.swap(3, 30);
    letters[7].bytes[60] ^= 1;
    letters.push(letters[11].clone());
    // by a key that she has not got yet
    world.client(ALICE).change_group(&group, GroupAct::NewKeys).unwrap();
    world.client(ALICE).send_to_group(&group, b"in a new key").unwrap();
    world.collect(ALICE).unwrap();
    let (late, keys): (Vec<_>, Vec<_>) =
        world.letters.drain(..).filter(|letter| letter.to == CAROL).partition(|letter| letter.bytes[1] == 3);
    letters.extend(late);
    let addresses: Vec<_> = letters.iter().map(|letter| world.people[letter.from].address()).collect();
    let envelopes: Vec<Receive<'_>> = letters
        .iter()
        .zip(&addresses)
        .map(|(letter, from)| Receive { from: *from, bytes: &letter.bytes })
        .collect();
    let outcomes = world.client(CAROL).perform(&ReceiveMany { envelopes: &envelopes }).unwrap();
    for (at, outcome) in outcomes.iter().enumerate() {
        match at {
            7 => assert_eq!(outcome, &Err(Error::Rejected)),
            40 => assert_eq!(outcome, &Err(Error::Duplicate)),
            41 => assert_eq!(outcome, &Ok(vec![]), "it waits"),
            _ => assert!(
                matches!(outcome.as_deref(), Ok([item]) if matches!(item.event, Event::GroupMessage(_)))
            ),
        }
    }
    world.read(CAROL).unwrap();
    assert_eq!(world.messages(CAROL, &group).len(), 2 + 39);
    world.letters.extend(keys);
    world.settle().unwrap();
    assert_eq!(world.messages(CAROL, &group).last().unwrap(), b"in a new key");
    // the genuine one still opens: what was changed has used nothing up
    let mut genuine = letters.swap_remove(7);
    genuine.bytes[60] ^= 1;
    world.deliver(&genuine).unwrap();
    assert_eq!(world.messages(CAROL, &group).len(), 2 + 40 + 1);
}
