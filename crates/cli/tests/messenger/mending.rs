//! What went wrong is mended: homes that come back in an older state, sessions that are begun anew, damaged contacts,
//! devices that were removed, keys that have expired.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use entrenous::MemoryStore;
use entrenous_cli::transport::{Folder, Offer, Transport};
use entrenous_testkit::{
    linked,
    person::{Clock, Person as Client},
};
use rusqlite::{Connection, params};

use crate::{
    devices::link,
    people::{Person, World},
};

/// Copies the files of a directory into one that is there, as `cp -a from/. to` does: each that is there stays the file
/// that it is.
fn write_over(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("read") {
        let path = entry.expect("read").path();
        let name = path.file_name().expect("a name");
        if path.is_dir() {
            write_over(&path, &to.join(name));
        } else {
            fs::write(to.join(name), fs::read(&path).expect("read")).expect("written");
        }
    }
}

fn notices(person: &Person, notice: &str) -> usize {
    let rows = person.records(&["history", "--last", "0"]);
    rows.iter().filter(|row| row["notice"] == notice).count()
}

/// The two have written to each other, and Alice's home comes back over itself as it was before the last messages;
/// with everything that lies outside the home, if `all`.
fn brought_back(world: &World, all: bool, since: usize) -> (Person, Person) {
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "hello"]);
    alice.does(&["receive"]);
    let state = alice.home.with_extension("state");
    write_over(&alice.home, &world.path("backup"));
    write_over(&state, &world.path("backup-state"));
    for n in 0..since {
        alice.does(&["send", "bob", &format!("since {n}")]);
        bob.does(&["receive"]);
        bob.does(&["send", "alice", &format!("so far {n}")]);
        alice.does(&["receive"]);
    }
    write_over(&world.path("backup"), &alice.home);
    if all {
        write_over(&world.path("backup-state"), &state);
    }
    (alice, bob)
}

// spec: CLIENT-82
#[test]
fn a_home_that_is_written_over_in_place_is_noticed_and_goes_on() {
    let world = World::new("written_over");
    let (alice, bob) = brought_back(&world, false, 2);
    alice.does(&["receive"]);
    assert_eq!(notices(&alice, "store-restored"), 1);
    // Bob is told by the session that replaces the old one, though Alice has said nothing
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "are you back?"]);
    alice.does(&["receive"]);
    assert!(alice.received().contains(&"are you back?".to_owned()), "{:?}", alice.received());
    alice.does(&["send", "bob", "I am"]);
    bob.does(&["receive"]);
    assert!(bob.received().contains(&"I am".to_owned()));
    assert_eq!(notices(&alice, "store-restored"), 1, "it is said once");
    assert_eq!(notices(&bob, "clone-suspected"), 0);
}

/// As a snapshot of the whole machine brings it back: no mark tells.
// spec: CLIENT-140
#[test]
fn a_machine_that_is_brought_back_finds_its_contacts_again() {
    let world = World::new("snapshot");
    let (alice, bob) = brought_back(&world, true, 3);
    alice.does(&["send", "bob", "lost at first"]);
    bob.does(&["receive"]);
    assert_eq!((notices(&alice, "store-restored"), notices(&bob, "clone-suspected")), (0, 1));
    alice.does(&["receive"]);
    bob.does(&["receive"]);
    assert!(bob.received().contains(&"lost at first".to_owned()), "{:?}", bob.received());
    bob.does(&["send", "alice", "and back"]);
    alice.does(&["receive"]);
    assert!(alice.received().contains(&"and back".to_owned()));
}

/// Another environment makes no difference: the home knows where its mark is.
#[test]
fn the_mark_is_found_whatever_the_environment_says() {
    let world = World::new("environment");
    let alice = world.person("alice");
    for state in [Some("elsewhere"), None] {
        let mut command = alice.command(&["receive"]);
        match state {
            Some(state) => command.env("XDG_STATE_HOME", world.path(state)),
            None => command.env_remove("XDG_STATE_HOME").env_remove("HOME"),
        };
        assert!(command.status().expect("it runs").success());
    }
    assert_eq!(notices(&alice, "store-restored"), 0);
    assert!(!world.path("elsewhere").exists());
    // where the folder is gone so is the mark
    fs::remove_dir_all(alice.home.with_extension("state")).expect("there");
    alice.does(&["receive"]);
    assert_eq!(notices(&alice, "store-restored"), 1);
}

#[test]
fn a_session_is_begun_anew_by_hand() {
    let world = World::new("renewed");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "two"]);
    alice.does(&["receive"]);
    // what is under way is lost
    alice.does(&["send", "bob", "three"]);
    world.mail_of(&bob).iter().for_each(|path| fs::remove_file(path).expect("there"));
    let said = &alice.records(&["contacts", "renew", "bob"])[0];
    assert_eq!((&said["type"], &said["devices"]), (&"renewed".into(), &1.into()));
    assert!(!world.mail_of(&bob).is_empty(), "Bob hears of it at once");
    alice.does(&["send", "bob", "four"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "five"]);
    alice.does(&["receive"]);
    assert!(bob.received().contains(&"four".to_owned()) && alice.received().contains(&"five".to_owned()));
    assert_eq!(notices(&bob, "session-reset"), 0, "it goes on from the one before");
    let complaint = alice.fails(3, &["contacts", "renew", "nobody"]);
    assert!(complaint.contains("nobody called"), "{complaint}");
    fs::remove_dir_all(world.path("drop").join("v1/bundles")).expect("there");
    let complaint = alice.fails(5, &["contacts", "renew", "bob"]);
    assert!(complaint.contains("published nothing"), "{complaint}");
}

fn generations(person: &Person) -> BTreeMap<Vec<u8>, i64> {
    let store = Connection::open(person.home.join("store.sqlite")).expect("opened");
    let mut rows = store.prepare("SELECT key, generation FROM record").expect("a table");
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("read");
    rows.map(|row| row.expect("a row")).collect()
}

/// The records that are written when `from` writes to `to` and that were there before.
fn touched(from: &Person, to: &Person, name: &str) -> BTreeSet<Vec<u8>> {
    let before = generations(to);
    from.does(&["send", name, "again"]);
    to.does(&["receive"]);
    let after = generations(to);
    let changed = before.into_iter().filter(|(key, was)| after.get(key).is_some_and(|is| is != was));
    changed.map(|(key, _)| key).collect()
}

#[test]
fn a_damaged_contact_does_not_keep_others_from_being_read() {
    let world = World::new("damaged_contact");
    let (alice, bob) = world.two();
    let carol = world.person("carol");
    alice.does(&["add", "carol", &carol.account()]);
    carol.does(&["add", "alice", &alice.account()]);
    for _ in 0..2 {
        touched(&bob, &alice, "alice");
        touched(&carol, &alice, "alice");
    }
    let (mut of_bob, of_carol) = (touched(&bob, &alice, "alice"), touched(&carol, &alice, "alice"));
    of_bob.retain(|key| !of_carol.contains(key));
    assert!(!of_bob.is_empty());
    let store = Connection::open(alice.home.join("store.sqlite")).expect("opened");
    for key in &of_bob {
        let update = "UPDATE record SET bytes = zeroblob(length(bytes)) WHERE key = ?1";
        assert_eq!(store.execute(update, params![key]), Ok(1));
    }
    drop(store);
    bob.does(&["send", "alice", "from a damaged contact"]);
    carol.does(&["send", "alice", "from a sound one"]);
    for _ in 0..3 {
        alice.does(&["receive"]);
    }
    assert!(alice.received().contains(&"from a sound one".to_owned()), "{:?}", alice.received());
    // what was kept of him counts as absent, and each pass begins anew what is missing
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "well again"]);
    alice.does(&["receive"]);
    let received = alice.received();
    assert!(received.contains(&"well again".to_owned()), "{received:?}");
    assert!(received.contains(&"from a damaged contact".to_owned()), "{received:?}");
}

/// The record of Bob that says what was decided about him: it is written when he is verified, and not when Carol is.
fn damage_what_was_decided(alice: &Person) {
    let verified = |name: &str| {
        let before = generations(alice);
        alice.does(&["verify", name, "--matches"]);
        let after = generations(alice);
        let changed = before.into_iter().filter(|(key, was)| after.get(key).is_some_and(|is| is != was));
        changed.map(|(key, _)| key).collect::<BTreeSet<_>>()
    };
    let both = [verified("bob"), verified("carol")];
    let of_bob: Vec<_> = both[0].difference(&both[1]).collect();
    assert_eq!(of_bob.len(), 1);
    let store = Connection::open(alice.home.join("store.sqlite")).expect("opened");
    let update = "UPDATE record SET bytes = zeroblob(length(bytes)) WHERE key = ?1";
    assert_eq!(store.execute(update, params![of_bob[0]]), Ok(1));
}

// spec: CLIENT-80
#[test]
fn a_decision_that_the_disk_has_lost_is_called_that_and_can_be_accepted() {
    let world = World::new("lost_decision");
    let (alice, bob) = world.two();
    let carol = world.person("carol");
    alice.does(&["add", "carol", &carol.account()]);
    alice.does(&["send", "bob", "one"]);
    alice.does(&["send", "carol", "one"]);
    bob.does(&["receive"]);
    damage_what_was_decided(&alice);
    let complaint = alice.fails(4, &["send", "bob", "two"]);
    assert!(complaint.contains("lost what you decided") && complaint.contains("--accept"), "{complaint}");
    let says_lost =
        |said: &str| said.contains("disk has lost what you decided") && !said.contains("account than");
    for command in [&["status"][..], &["contacts", "list"], &["add", "bob", &bob.account()], &["history"]] {
        let said = alice.does(command);
        assert!(says_lost(&said), "{said}");
    }
    let listed = alice.records(&["contacts", "list"]);
    assert!(listed.iter().any(|one| one["name"] == "bob" && one["trust"] == "lost"), "{listed:?}");
    // what comes meanwhile says so as well
    bob.does(&["send", "alice", "hello"]);
    let came = alice.records(&["receive"]);
    assert!(came.iter().any(|one| one["text"] == "hello" && one["trust"] == "lost"), "{came:?}");
    let said = alice.does(&["verify", "bob", "--accept", "--yes"]);
    assert!(said.contains("bob is accepted again") && !said.contains("new account"), "{said}");
    alice.does(&["send", "bob", "three"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "three"]);
    alice.fails(3, &["verify", "bob", "--accept", "--yes"]);
}

// spec: CLIENT-8
#[test]
fn a_removed_device_goes_on_to_collect_what_own_devices_send() {
    let world = World::new("removed_collects");
    let (alice, bob) = world.two();
    let tablet = world.nobody("tablet");
    link(&alice, &tablet);
    for person in [&alice, &bob, &tablet] {
        person.does(&["receive"]);
    }
    alice.does(&["send", "bob", "to all"]);
    bob.does(&["receive"]);
    tablet.does(&["receive"]);
    let mailbox = world.mailbox(&tablet);
    // it is under way when the tablet is removed
    bob.does(&["send", "alice", "to all devices"]);
    let from_bob: Vec<_> = tablet.mail().into_iter().filter(|path| path.starts_with(&mailbox)).collect();
    assert!(!from_bob.is_empty());
    let devices = alice.records(&["devices", "list"]);
    let id = devices.iter().find(|device| device["this"] == false).expect("the tablet")["device"].clone();
    alice.does(&["devices", "remove", id.as_str().expect("an id"), "--yes"]);
    alice.does(&["receive"]);
    let mut mail: Vec<_> =
        fs::read_dir(&mailbox).expect("read").map(|entry| entry.expect("read").path()).collect();
    mail.retain(|path| !from_bob.contains(path));
    assert!(!mail.is_empty(), "it is told");
    let kept: Vec<_> = mail.iter().map(|path| (path.clone(), fs::read(path).expect("read"))).collect();
    let _ = tablet.runs(&["receive"]);
    tablet.fails(4, &["receive"]);
    // what own devices send comes once more
    kept.iter().for_each(|(path, bytes)| fs::write(path, bytes).expect("written"));
    tablet.fails(4, &["receive"]);
    assert!(kept.iter().all(|(path, _)| !path.exists()), "they were looked at");
    assert!(from_bob.iter().all(|path| path.exists()), "and his stays for a device that may come back");
}

/// Keys of a device that has not been there for so long that they have expired.
fn publish_expired_keys(world: &World) -> String {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() / 86_400;
    let clock = Clock::at_day(today - 94);
    let mut dora = Client::create(MemoryStore::new(), 4, &clock).expect("scripted");
    // a new list comes with the signed prekey of the days before
    clock.set_day(today - 88);
    linked::link(&mut dora, MemoryStore::new(), 5, &clock);
    dora.publish();
    let folder = Folder::open(&world.path("drop")).expect("there");
    let offer = Offer { one_time: &[], last_resort: Some(&dora.upload.last_resort), replaces: true };
    folder.publish(&dora.address(), &offer).expect("published");
    dora.client.account_id().to_string()
}

#[test]
fn an_expired_key_is_used_when_the_user_says_so() {
    let world = World::new("expired_key");
    let alice = world.person("alice");
    let dora = publish_expired_keys(&world);
    let said = alice.does(&["add", "dora", &dora]);
    assert!(said.contains("90 days") && said.contains("--take-old-key"), "{said}");
    let complaint = alice.fails(4, &["send", "dora", "are you there?"]);
    assert!(complaint.contains("90 days") && complaint.contains("--take-old-key"), "{complaint}");
    alice.does(&["send", "dora", "are you there?", "--take-old-key"]);
    assert_eq!(alice.written(), ["are you there?"]);
    // or right away
    let bob = world.person("bob");
    let said = bob.does(&["add", "dora", &dora, "--take-old-key"]);
    assert!(!said.contains("90 days"), "{said}");
    bob.does(&["send", "dora", "hello"]);
}
