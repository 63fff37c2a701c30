//! Groups of people with several devices, and of keys that go from one to the next.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use entrenous::{Event, GroupAct, GroupStanding};
use entrenous_testkit::group_world::{GroupWorld, assert_same_group};

const ALICE: usize = 0;
const BOB: usize = 1;
const HOUR_MS: u64 = 3_600_000;

/// What is due, at everybody, for some hours.
fn pass_time(world: &mut GroupWorld, hours: u64) {
    for _ in 0..hours {
        world.clock.pass_ms(HOUR_MS);
        for number in 0..world.people.len() {
            world.client(number).maintain().unwrap();
            world.collect(number).unwrap();
        }
        world.settle().unwrap();
    }
}

#[track_caller]
fn write(world: &mut GroupWorld, group: &entrenous::GroupId, sender: usize, text: &str) {
    world.client(sender).send_to_group(group, text.as_bytes()).unwrap();
    world.collect(sender).unwrap();
    world.settle().unwrap();
}

fn reads(world: &GroupWorld, group: &entrenous::GroupId, reader: usize, text: &str) -> bool {
    world.messages(reader, group).iter().any(|content| content == text.as_bytes())
}

// spec: GROUP-202, GROUP-209
#[test]
fn a_linked_device_takes_part_and_a_removed_one_is_out() {
    let mut world = GroupWorld::new(2, 21).unwrap();
    let group = world.group_of(&[ALICE, BOB]).unwrap();
    write(&mut world, &group, ALICE, "before");
    let tablet = world.link(BOB);
    world.collect(BOB).unwrap();
    world.settle().unwrap();
    // Bob's phone pins the new list, and tells the tablet of the group, which it is in without being asked
    pass_time(&mut world, 3);
    for number in [ALICE, BOB, tablet] {
        world.meet_group(number, &group).unwrap();
        world.collect(number).unwrap();
    }
    world.settle().unwrap();
    pass_time(&mut world, 2);
    let status = world.client(tablet).group(&group).unwrap();
    assert_eq!(status.standing, GroupStanding::Joined);
    assert!(world.told[tablet].iter().any(|event| matches!(event, Event::GroupJoined { .. })));
    write(&mut world, &group, ALICE, "to both");
    write(&mut world, &group, tablet, "from the tablet");
    write(&mut world, &group, BOB, "from the phone");
    for (reader, text) in [
        (BOB, "to both"),
        (tablet, "to both"),
        (ALICE, "from the tablet"),
        (BOB, "from the tablet"),
        (tablet, "from the phone"),
    ] {
        assert!(reads(&world, &group, reader, text), "{reader}: {text}");
    }
    assert!(!reads(&world, &group, tablet, "before"), "it came later");

    let gone = world.client(tablet).address();
    world.client(BOB).remove_device(gone.device).unwrap();
    world.collect(BOB).unwrap();
    world.settle().unwrap();
    pass_time(&mut world, 3);
    let own = |world: &mut GroupWorld| {
        let status = world.client(ALICE).group(&group).unwrap();
        status.members.iter().flat_map(|member| member.devices.clone()).any(|device| device == gone.device)
    };
    assert!(!own(&mut world), "Bob's phone has pinned the list without it");
    // whoever carries it brings it to the tablet all the same
    world.client(ALICE).send_to_group(&group, b"without it").unwrap();
    world.collect(ALICE).unwrap();
    let mut copies: Vec<_> = world.letters.iter().cloned().collect();
    copies.extend(copies.clone());
    copies.iter_mut().for_each(|letter| letter.to = tablet);
    world.deliver_together(copies).unwrap();
    world.settle().unwrap();
    assert!(reads(&world, &group, BOB, "without it"));
    assert!(!reads(&world, &group, tablet, "without it"));
    assert!(world.client(tablet).send_to_group(&group, b"?").is_err());
}

// spec: GROUP-202
#[test]
fn who_joins_on_one_device_has_joined_on_all() {
    let mut world = GroupWorld::new(2, 22).unwrap();
    let tablet = world.link(BOB);
    world.collect(BOB).unwrap();
    world.meet(tablet, BOB).unwrap();
    world.settle().unwrap();
    let (group, _) = world.client(ALICE).create_group("both").unwrap();
    world.meet(ALICE, BOB).unwrap();
    world.meet(ALICE, tablet).unwrap();
    let bob = world.client(BOB).account_id();
    world.client(ALICE).invite(&group, &bob).unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    for device in [BOB, tablet] {
        let standing = world.client(device).group(&group).unwrap().standing;
        assert!(matches!(standing, GroupStanding::Invited { .. }), "{standing:?}");
    }
    world.client(tablet).join_group(&group).unwrap();
    world.collect(tablet).unwrap();
    world.settle().unwrap();
    assert_eq!(world.client(BOB).group(&group).unwrap().standing, GroupStanding::Joined);
    let on = world.client(tablet).address().device;
    assert!(world.told[BOB].contains(&Event::GroupJoined { group, on }));
}

// spec: GROUP-105, GROUP-205, GROUP-206, GROUP-210
#[test]
fn keys_are_acknowledged_and_the_next_ones_healed() {
    let mut world = GroupWorld::new(2, 23).unwrap();
    let group = world.group_of(&[ALICE, BOB]).unwrap();
    write(&mut world, &group, ALICE, "one");
    let key = world.client(ALICE).group(&group).unwrap().key.unwrap();
    assert_eq!(key.unacknowledged, [world.client(BOB).address()]);
    // Bob says nothing, and acknowledges it by himself
    pass_time(&mut world, 25);
    let later = world.client(ALICE).group(&group).unwrap().key.unwrap();
    assert_eq!((later.made, later.unacknowledged), (key.made, vec![]));
    // a week later there is another one, given in a session whose ratchet has turned since
    pass_time(&mut world, 7 * 24);
    write(&mut world, &group, ALICE, "two");
    let renewed = world.client(ALICE).group(&group).unwrap().key.unwrap();
    assert!(renewed.made > key.made);
    assert!(reads(&world, &group, BOB, "two"));
}

// spec: GROUP-160, GROUP-204, GROUP-207
#[test]
fn what_names_a_roster_that_is_not_known_waits_for_it() {
    let mut world = GroupWorld::new(3, 24).unwrap();
    let group = world.group_of(&[ALICE, BOB, 2]).unwrap();
    write(&mut world, &group, ALICE, "before");
    world.client(ALICE).change_group(&group, GroupAct::Rename("late news")).unwrap();
    world.collect(ALICE).unwrap();
    // the network keeps the news from Bob, and brings what is said about it
    let bob = BOB;
    let kept: Vec<_> = world.letters.iter().filter(|letter| letter.to == bob).cloned().collect();
    world.letters.retain(|letter| letter.to != bob);
    world.settle().unwrap();
    world.client(ALICE).send_to_group(&group, b"under the new title").unwrap();
    world.collect(ALICE).unwrap();
    let wishes = {
        let at = world.letters.iter().position(|letter| letter.to == bob).unwrap();
        let letter = world.letters.remove(at).unwrap();
        world.deliver(&letter).unwrap();
        world.letters.iter().filter(|letter| letter.from == bob && letter.to == ALICE).count()
    };
    assert_eq!(wishes, 1, "he asks whoever has sent it");
    assert!(!reads(&world, &group, bob, "under the new title"));
    assert_eq!(world.client(bob).group(&group).unwrap().waiting, 1);
    world.settle().unwrap();
    assert!(reads(&world, &group, bob, "under the new title"));
    assert_eq!(world.client(bob).group(&group).unwrap().title, "late news");
    // what was kept back changes nothing any more
    world.letters.extend(kept);
    world.settle().unwrap();
    let mut clients: Vec<_> = world.people.into_iter().map(|person| person.client).collect();
    assert_same_group(&mut clients, &group);
}

// spec: GROUP-207
#[test]
fn what_never_can_be_read_is_given_up_after_a_week() {
    let mut world = GroupWorld::new(2, 25).unwrap();
    let (group, _) = world.client(ALICE).create_group("unanswered").unwrap();
    world.meet(ALICE, BOB).unwrap();
    let bob = world.client(BOB).account_id();
    world.client(ALICE).invite(&group, &bob).unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    for number in 0..300 {
        world.client(ALICE).send_to_group(&group, format!("{number}").as_bytes()).unwrap();
        world.collect(ALICE).unwrap();
    }
    let refused = world.settle().unwrap();
    assert_eq!(world.client(BOB).group(&group).unwrap().waiting, 256);
    assert!(refused.iter().all(|(_, error)| !error.is_final()), "the transport keeps the others");
    assert_eq!(refused.len(), 45);
    world.clock.pass_ms(8 * 24 * HOUR_MS);
    world.client(BOB).maintain().unwrap();
    assert_eq!(world.client(BOB).group(&group).unwrap().waiting, 1, "the key");
    world.client(BOB).join_group(&group).unwrap();
    for (letter, _) in refused {
        world.deliver(&letter).unwrap();
    }
    assert_eq!(world.messages(BOB, &group).len(), 45);
}

// spec: GROUP-209
#[test]
fn a_device_that_sleeps_keeps_no_other_out() {
    for asleep in [0, 1] {
        let mut world = GroupWorld::new(2, 26).unwrap();
        let tablet = world.link(BOB);
        world.collect(BOB).unwrap();
        world.settle().unwrap();
        let group = world.group_of(&[ALICE, BOB]).unwrap();
        pass_time(&mut world, 3);
        world.meet_group(tablet, &group).unwrap();
        world.settle().unwrap();
        pass_time(&mut world, 1);
        let newest = world.link(BOB);
        world.collect(BOB).unwrap();
        world.settle().unwrap();
        // the tablet looks up its own account, as applications do when they start
        let (account, list) =
            (world.client(BOB).account_id(), world.people[newest].upload.last_resort.clone());
        world.client(tablet).learn_list(&account, &list).unwrap();
        // of the two that have been in, one sleeps: the other pins the list that has the new one
        let asleep = [BOB, tablet][asleep];
        for _ in 0..4 {
            world.clock.pass_ms(HOUR_MS);
            for number in (0..world.people.len()).filter(|number| *number != asleep) {
                world.client(number).maintain().unwrap();
                world.collect(number).unwrap();
            }
            world.letters.retain(|letter| letter.to != asleep);
            world.settle().unwrap();
        }
        let device = world.client(newest).address().device;
        let status = world.client(ALICE).group(&group).unwrap();
        assert!(status.members.iter().any(|member| member.devices.contains(&device)), "{asleep} asleep");
    }
}

// spec: GROUP-202
#[test]
fn who_refuses_on_one_device_is_shown_nothing_on_another() {
    let mut world = GroupWorld::new(2, 27).unwrap();
    let tablet = world.link(BOB);
    world.collect(BOB).unwrap();
    world.settle().unwrap();
    let (group, _) = world.client(ALICE).create_group("offer").unwrap();
    world.meet(ALICE, BOB).unwrap();
    world.meet(ALICE, tablet).unwrap();
    let bob = world.client(BOB).account_id();
    world.client(ALICE).invite(&group, &bob).unwrap();
    world.client(ALICE).send_to_group(&group, b"unwanted").unwrap();
    world.collect(ALICE).unwrap();
    world.settle().unwrap();
    assert!(matches!(world.client(tablet).group(&group).unwrap().standing, GroupStanding::Invited { .. }));
    world.client(BOB).change_group(&group, GroupAct::Leave).unwrap();
    world.collect(BOB).unwrap();
    world.settle().unwrap();
    pass_time(&mut world, 2);
    for device in [BOB, tablet] {
        assert_eq!(world.messages(device, &group), Vec::<Vec<u8>>::new());
        assert!(world.told[device].iter().all(|event| !matches!(event, Event::GroupJoined { .. })));
    }
    assert!(world.client(ALICE).group(&group).unwrap().members.iter().all(|member| member.account != bob));
}
