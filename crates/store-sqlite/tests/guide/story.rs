//! Two people and their devices, as the guide tells it.

use core::time::Duration;
use std::fs;

use entrenous::{MemoryStore, Timestamp};
use tempfile::TempDir;

use super::*;

/// Somebody's phone.
struct Phone {
    folder: TempDir,
    key: StoreKey,
}

impl Phone {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, key: StoreKey::generate(&mut System::new()).expect("random") }
    }

    fn open(&self, server: &Server) -> App {
        let (client, _) = open(self.folder.path(), &self.key, System::new()).expect("opened");
        App::new(client, server)
    }
}

/// Two who know each other.
fn two(server: &Server) -> [(Phone, App); 2] {
    let mut people = [(); 2].map(|()| {
        let phone = Phone::new();
        let app = phone.open(server);
        (phone, app)
    });
    people.iter_mut().for_each(|(_, app)| app.publish().expect("published"));
    let [(_, alice), (_, bob)] = &mut people;
    let (hers, his) = (alice.my_card().expect("a card"), bob.my_card().expect("a card"));
    alice.add_contact(&his).expect("a card");
    bob.add_contact(&hers).expect("a card");
    people
}

fn texts<E: Env>(app: &App<E>) -> Vec<(bool, &str)> {
    app.messages.iter().map(|row| (row.mine, row.text.as_str())).collect()
}

fn id<E: Env>(app: &App<E>) -> AccountId {
    app.client.account_id()
}

#[test]
fn two_people_talk() {
    let server = Server::default();
    let [(phone, mut alice), (_, mut bob)] = two(&server);
    alice.write(&id(&bob), "See you at nine?").expect("sent");
    bob.tick().expect("done");
    bob.write(&id(&alice), "Yes!").expect("sent");
    alice.tick().expect("done");
    assert_eq!(texts(&bob), [(false, "See you at nine?"), (true, "Yes!")]);
    assert_eq!(texts(&alice), [(true, "See you at nine?"), (false, "Yes!")]);
    assert!(alice.messages.iter().all(|row| row.with == id(&bob)));
    // the app is closed, and opened again
    drop(alice);
    let mut alice = phone.open(&server);
    alice.write(&id(&bob), "Good.").expect("sent");
    bob.tick().expect("done");
    assert_eq!(texts(&bob).last(), Some(&(false, "Good.")));
    assert!(alice.notices.is_empty() && bob.notices.is_empty(), "{:?} {:?}", alice.notices, bob.notices);
}

#[test]
fn a_draft_that_was_sent_before_the_app_died_is_not_sent_twice() {
    let server = Server::default();
    let [(phone, mut alice), (_, mut bob)] = two(&server);
    let draft = Draft { token: [7; 8], to: id(&bob), text: "once".to_owned() };
    alice.drafts.push(draft.clone());
    alice.send_drafts().expect("sent");
    let first = alice.messages[0].id;
    // it was sent, and died with the app before the table had it
    drop(alice);
    let mut alice = phone.open(&server);
    alice.drafts.push(draft);
    alice.send_drafts().expect("sent");
    assert_eq!(alice.messages[0].id, first);
    bob.tick().expect("done");
    assert_eq!(texts(&bob), [(false, "once")]);
}

#[test]
fn an_account_found_by_its_name_is_not_verified() {
    let server = Server::default();
    let [(_, mut alice), _] = two(&server);
    let phone = Phone::new();
    let mut carol = phone.open(&server);
    carol.publish().expect("published");
    let device = server.devices(&id(&carol))[0];
    let account = alice.add_by_name(&server.bundle(&device).expect("published")).expect("genuine");
    assert_eq!(account, id(&carol));
    assert!(!is_verified(&mut alice, &account).expect("known"));
}

#[test]
fn people_compare() {
    let server = Server::default();
    let [(_, mut alice), (_, mut bob)] = two(&server);
    let (hers, his) = (id(&alice), id(&bob));
    let mut heard = String::new();
    let said = |number: &str| {
        number.clone_into(&mut heard);
        true
    };
    assert!(alice.compare_numbers(&his, said).expect("compared"));
    assert!(bob.compare_numbers(&hers, |number| number == heard).expect("compared"));
    assert!(is_verified(&mut alice, &his).expect("known"));
    assert!(!alice.compare_numbers(&his, |_| false).expect("compared"));
    alice.read_inbox().expect("open");
    assert_eq!(alice.notices.len(), 1);
}

#[test]
fn a_scanned_card_verifies() {
    let server = Server::default();
    let [(_, mut alice), (_, mut bob)] = two(&server);
    let his = id(&bob);
    let card = bob.my_card().expect("a card");
    assert!(alice.scan(&card, &his).expect("a card"));
    assert!(is_verified(&mut alice, &his).expect("known"));
}

#[test]
fn people_compare_in_a_call() {
    let server = Server::default();
    let [(_, mut alice), (_, mut bob)] = two(&server);
    let (hers, his) = (id(&alice), id(&bob));
    alice.write(&his, "may I call?").expect("sent");
    bob.tick().expect("done");
    bob.write(&hers, "yes").expect("sent");
    alice.tick().expect("done");
    alice.call(&his).expect("asked");
    let mut shown = (None, None);
    for _ in 0..6 {
        bob.collect().expect("done");
        shown.1 = bob.call(&hers).expect("joined");
        alice.collect().expect("done");
        shown.0 = alice.call(&his).expect("asked");
    }
    assert!(shown.0.is_some() && shown.0 == shown.1, "{shown:?}");
    assert!(alice.end_call(&his, true).expect("ready") && bob.end_call(&hers, true).expect("ready"));
    assert!(is_verified(&mut alice, &his).expect("known"));
}

#[test]
fn a_second_device_is_linked_and_has_what_is_written() {
    let server = Server::default();
    let [(_, mut alice), (_, mut bob)] = two(&server);
    let tablet = Phone::new();
    let (code, meeting) = alice.show_link_code().expect("the primary");
    let store = SqliteStore::open(database(tablet.folder.path())).expect("opened");
    let mut joining = Client::join(store, &tablet.key, System::new(), &code).expect("a code");
    let client = loop {
        let shown = joining.short_string();
        joining = match join(joining, tablet.folder.path(), &server).expect("done") {
            Joined::NotYet(joining) => *joining,
            Joined::Done(client) => break *client,
        };
        if let Some((device, string)) = alice.wait_for_device(meeting).expect("done")
            && shown == Some(string)
        {
            alice.approve(device).expect("asked");
        }
    };
    let mut tablet = App::new(client, &server);
    assert_eq!(id(&tablet), id(&alice));
    tablet.publish().expect("published");
    alice.tick().expect("done");
    tablet.tick().expect("done");
    bob.tick().expect("done");
    bob.write(&id(&alice), "to both").expect("sent");
    alice.write(&id(&bob), "from the phone").expect("sent");
    for app in [&mut alice, &mut tablet] {
        app.tick().expect("done");
        assert!(texts(app).contains(&(false, "to both")), "{:?}", texts(app));
    }
    assert!(texts(&tablet).contains(&(true, "from the phone")), "{:?}", texts(&tablet));
    // the user is told, and removes what isn't theirs
    assert!(bob.notices.iter().any(|words| words.contains("has a new device")), "{:?}", bob.notices);
    let device = tablet.client.address().device;
    alice.client.remove_device(device).expect("the primary");
    alice.publish().expect("published");
    // nobody has told the tablet: the directory does
    tablet.tick().expect_err("it has nothing to publish");
    assert!(
        tablet.notices.iter().any(|words| words.contains("removed from its account")),
        "{:?}",
        tablet.notices
    );
    alice.tick().expect("done");
    // it can do nothing any more, and its mail is collected all the same
    bob.write(&id(&alice), "to the phone alone").expect("sent");
    let waits = || server.mail(Destination::Device(Address { account: id(&alice), device })).len();
    server.deliver(Destination::Device(tablet.client.address()), Some(bob.client.address()), b"no envelope");
    let before = waits();
    let error = tablet.tick().expect_err("it has nothing to publish");
    assert_eq!(error.to_string(), Error::RemovedFromAccount.to_string());
    assert!(waits() < before);
    tablet.write(&id(&bob), "x").expect("kept");
    assert_eq!(
        (tablet.drafts.len(), tablet.notices.last()),
        (1, Some(&Error::RemovedFromAccount.to_string()))
    );
}

#[test]
fn a_lost_phone_is_replaced() {
    let server = Server::default();
    let [(_, mut alice), _] = two(&server);
    let phone = Phone::new();
    let (client, recovery) = open(phone.folder.path(), &phone.key, System::new()).expect("created");
    let code = recovery.expect("it is new").text().to_string();
    let mut carol = App::new(client, &server);
    carol.publish().expect("published");
    alice.add_contact(&carol.my_card().expect("a card")).expect("a card");
    let (account, lost) = (id(&carol), carol.client.address().device);
    drop((carol, phone));

    let new = Phone::new();
    let mut carol = recover(new.folder.path(), &new.key, &code, &[lost], &server).expect("recovered");
    assert_eq!(id(&carol), account);
    // she needn't write first
    alice.write(&account, "are you there?").expect("sent");
    let lost = Destination::Device(Address { account, device: lost });
    assert!(server.mail(lost).is_empty());
    carol.tick().expect("done");
    assert_eq!(texts(&carol), [(false, "are you there?")]);
    carol.add_contact(&alice.my_card().expect("a card")).expect("a card");
    carol.write(&id(&alice), "new phone").expect("sent");
    alice.tick().expect("done");
    assert_eq!(texts(&alice).last(), Some(&(false, "new phone")));
    alice.write(&account, "ah").expect("sent");
    carol.tick().expect("done");
    assert_eq!(texts(&carol).last(), Some(&(false, "ah")));
}

/// The server learns of a few contacts a day, and of the others when they are written to.
#[test]
fn a_tick_asks_for_few_contacts() {
    let server = Server::default();
    let [(phone, mut alice), _] = two(&server);
    for _ in 0..20 {
        let mut other = Phone::new().open(&server);
        other.publish().expect("published");
        alice.add_contact(&other.my_card().expect("a card")).expect("a card");
    }
    alice.tick().expect("done");
    server.asked();
    let mut alice = phone.open(&server);
    for asked in [8, 8, 5, 8] {
        alice.looked.day = 0;
        for _ in 0..3 {
            alice.tick().expect("done");
        }
        let others = server.asked().into_iter().filter(|account| *account != id(&alice));
        assert_eq!(others.count(), asked);
    }
}

#[test]
fn a_store_that_comes_back_from_a_backup_is_noticed() {
    let server = Server::default();
    let [(phone, mut alice), (_, mut bob)] = two(&server);
    alice.write(&id(&bob), "one").expect("sent");
    bob.tick().expect("done");
    bob.write(&id(&alice), "two").expect("sent");
    alice.tick().expect("done");
    drop(alice);
    let path = database(phone.folder.path());
    let backup = fs::read(&path).expect("closed");
    let mut alice = phone.open(&server);
    alice.write(&id(&bob), "three").expect("sent");
    drop(alice);
    // the whole folder comes back as it was, but for the mark, which is of another file
    fs::remove_file(&path).expect("there");
    fs::write(&path, backup).expect("written");
    let _ = fs::remove_file(path.with_extension("db-marker"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    let mut alice = phone.open(&server);
    alice.read_inbox().expect("open");
    assert!(alice.notices.iter().any(|words| words.contains("old copy")), "{:?}", alice.notices);
    let his = id(&bob);
    alice.begin_anew(&his).expect("published");
    alice.write(&his, "four").expect("sent");
    bob.tick().expect("done");
    let received: Vec<_> = texts(&bob).into_iter().filter(|(mine, _)| !mine).collect();
    assert_eq!(received, [(false, "one"), (false, "three"), (false, "four")]);
}

#[test]
fn errors_say_whose_fault_they_are() {
    let server = Server::default();
    let [(phone, mut alice), (_, bob)] = two(&server);
    let wrong = StoreKey::generate(&mut System::new()).expect("random");
    let store = SqliteStore::open(database(phone.folder.path())).expect("opened");
    let error = Client::open(store, &wrong, System::new()).expect_err("another key");
    assert_eq!(error.fault(), Fault::Store);
    let from = bob.client.address();
    let error = alice.client.receive(&from, b"junk").expect_err("no message");
    assert_eq!(error.fault(), Fault::Other);
    let error = alice.client.add_card("no card").expect_err("no card");
    assert_eq!(error.fault(), Fault::User);
    let nobody = AccountId::from_bytes([1; 32]);
    let error = alice.client.send(&nobody, b"x").expect_err("nobody");
    assert_eq!(error.fault(), Fault::Application);
    assert_eq!(Error::Busy.fault(), Fault::Passing);
    assert_eq!(advice(&Error::Busy), "Later it will do.");
}

#[test]
fn a_passphrase_opens_what_it_has_locked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = database(folder.path());
    let key = key_under("correct horse", &path).expect("new");
    let again = key_under("correct horse", &path).expect("right");
    assert_eq!(key.as_bytes(), again.as_bytes());
    assert!(key_under("wrong", &path).is_err());
}

#[test]
fn two_processes_share_a_store() {
    let server = Server::default();
    let [(phone, mut app), (_, mut bob)] = two(&server);
    bob.write(&id(&app), "while you were away").expect("sent");
    // what wakes up for a notification, beside the app
    let mut extension = phone.open(&server);
    extension.collect().expect("done");
    assert_eq!(texts(&extension), [(false, "while you were away")]);
    app.collect().expect("nothing is left");
    app.write(&id(&bob), "back").expect("sent");
    bob.tick().expect("done");
    assert_eq!(texts(&bob).last(), Some(&(false, "back")));
}

/// The system's randomness, and a clock that a test puts forward.
#[derive(Clone)]
struct TestEnv {
    system: System,
    ahead: Duration,
}

impl Env for TestEnv {
    type Rng = <System as Env>::Rng;

    fn rng(&mut self) -> &mut Self::Rng {
        self.system.rng()
    }

    fn now(&self) -> Timestamp {
        let ahead = u64::try_from(self.ahead.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_ms(self.system.now().as_ms() + ahead)
    }
}

/// The server has handed out one bundle twice.
// spec: CLIENT-130
#[test]
fn who_came_too_late_is_heard_after_some_ticks() {
    let server = Server::default();
    let [(_, mut bob), (_, mut alice)] = two(&server);
    let carol = Phone::new();
    let on_day = |day: u64| {
        let env = TestEnv { system: System::new(), ahead: Duration::from_secs(day * 86_400) };
        App::new(open(carol.folder.path(), &carol.key, env).expect("opened").0, &server)
    };
    let bundle = server.bundle(&bob.client.address()).expect("published");
    alice.begin_from(&bundle);
    alice.write(&id(&bob), "I was first").expect("sent");
    bob.tick().expect("done");
    let mut late = on_day(0);
    late.begin_from(&bundle);
    late.write(&id(&bob), "Hello").expect("sent");
    bob.tick().expect("done");
    assert!(!texts(&bob).contains(&(false, "Hello")), "nobody can open it");
    drop(late);
    for day in [1, 2, 3, 4] {
        let mut late = on_day(day);
        late.tick().expect("done");
    }
    bob.tick().expect("done");
    assert_eq!(texts(&bob).iter().filter(|row| **row == (false, "Hello")).count(), 1);
}

impl<E: Env> App<E> {
    fn begin_from(&mut self, bundle: &[u8]) {
        let options = StartOptions { replace: true, ..StartOptions::default() };
        self.client.perform(&StartSession { expected: None, bundle, options }).expect("genuine");
    }
}

#[test]
fn keys_are_renewed_after_a_week() -> Done {
    let (store, key) = (MemoryStore::new(), StoreKey::generate(&mut System::new())?);
    let mut client = Client::create(store.clone(), &key, System::new())?.client;
    let upload = client.publish_prekeys()?.expect("nothing is published yet");
    client.prekeys_published(upload.number)?;
    assert!(client.publish_prekeys()?.is_none());

    let next_week = TestEnv { system: System::new(), ahead: Duration::from_secs(8 * 86_400) };
    let mut client = Client::open(store, &key, next_week)?;
    assert!(client.publish_prekeys()?.is_some());
    Ok(())
}
