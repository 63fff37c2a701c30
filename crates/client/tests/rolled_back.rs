//! A store that comes back in an older state, and no marker tells: both ends find together again, from whatever state to
//! whatever state, and what is sent afterwards arrives.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use std::collections::{BTreeSet, VecDeque};

use entrenous::{Client, Error, Event, Handshake, MemoryStore, StartOptions, operation::StartSession};
use entrenous_testkit::person::{Clock, Person, ScriptedEnv, contents, store_key};

const DAY_MS: u64 = 86_400_000;

/// A device, its application, and what the directory has of it.
struct End {
    person: Person,
    disk: MemoryStore,
    directory: VecDeque<Vec<u8>>,
    last_resort: Vec<u8>,
    /// What has arrived for it.
    mail: VecDeque<Vec<u8>>,
    read: BTreeSet<Vec<u8>>,
    told: Vec<Event>,
    /// When it has begun a session that has no answer yet.
    begun: Option<u64>,
}

impl End {
    fn new(seed: u64, clock: &Clock) -> Self {
        let disk = MemoryStore::new();
        let person = Person::create(disk.clone(), seed, clock).expect("scripted");
        let (directory, last_resort) =
            (person.upload.bundles.clone().into(), person.upload.last_resort.clone());
        let (mail, read, told) = (VecDeque::new(), BTreeSet::new(), Vec::new());
        Self { person, disk, directory, last_resort, mail, read, told, begun: None }
    }

    /// What was told but messages, without what it is of.
    fn events(&self) -> Vec<String> {
        let told = self.told.iter().filter(|event| !matches!(event, Event::Message(_)));
        told.map(|event| format!("{event:?}").chars().take_while(char::is_ascii_alphabetic).collect())
            .collect()
    }

    fn bundle(&mut self) -> Vec<u8> {
        self.directory.pop_front().unwrap_or_else(|| self.last_resort.clone())
    }

    fn publish(&mut self) {
        if let Some(upload) = self.person.client.publish_prekeys().expect("scripted") {
            self.person.client.prekeys_published(upload.number).expect("in the directory");
            if upload.replaces {
                self.directory.clear();
            }
            self.directory.extend(upload.bundles);
            self.last_resort = upload.last_resort;
        }
    }

    /// What the transport has brought; what can't be opened yet stays.
    fn collect(&mut self, from: &entrenous::Address) {
        for bytes in std::mem::take(&mut self.mail) {
            match self.person.client.receive(from, &bytes) {
                Ok(items) => {
                    self.read.extend(contents(&items));
                    let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
                    self.person.client.acknowledge(&numbers).expect("in the inbox");
                    self.told.extend(items.into_iter().map(|item| item.event));
                }
                Err(error) if error.is_final() => {}
                Err(_) => self.mail.push_back(bytes),
            }
        }
    }
}

/// Two ends; nobody has a marker.
struct Two {
    clock: Clock,
    ends: [End; 2],
    sent: u32,
    seeds: u64,
    day: u64,
}

impl Two {
    fn new() -> Self {
        let clock = Clock::at_day(20_000);
        let ends = [End::new(1, &clock), End::new(2, &clock)];
        Self { clock, ends, sent: 0, seeds: 100, day: 0 }
    }

    fn start(&mut self, at: usize, replace: bool) -> Result<Handshake, Error> {
        let expected = Some(self.ends[1 - at].person.client.account_id());
        let bundle = self.ends[1 - at].bundle();
        let options = StartOptions { replace, ..StartOptions::default() };
        let operation = StartSession { expected, bundle: &bundle, options };
        self.ends[at].person.client.perform(&operation).map(|started| started.handshake)
    }

    /// `at` writes something of its own.
    fn send(&mut self, at: usize) -> Vec<u8> {
        let to = self.ends[1 - at].person.client.account_id();
        self.sent += 1;
        let content = format!("{at} writes message {}", self.sent).into_bytes();
        self.ends[at].person.client.send(&to, &content).expect("a contact");
        content
    }

    /// `at` hands over what is in its outbox; none of it is lost unless `lost`.
    fn hand_over(&mut self, at: usize, lost: bool) {
        for outgoing in self.ends[at].person.client.outbox().expect("readable") {
            self.ends[at].person.client.handed_over(outgoing.number.as_slice()).expect("in the outbox");
            if !lost {
                self.ends[1 - at].mail.push_back(outgoing.bytes);
            }
        }
    }

    fn collect(&mut self, at: usize) {
        let from = self.ends[1 - at].person.address();
        self.ends[at].collect(&from);
    }

    /// What an application does again and again: collect, begin the sessions that are asked for, hand over.
    fn pass(&mut self, at: usize) {
        let to = self.ends[1 - at].person.client.account_id();
        while self.ends[at].person.client.maintain().expect("due").more {}
        self.ends[at].publish();
        self.collect(at);
        let mut missing = self.ends[at].person.client.missing_devices(&to).expect("known").len();
        // who gets no answer for three days begins anew
        let session = self.ends[at].person.client.contact(&to).expect("known").devices[0].session;
        let now = self.day;
        match session.is_some_and(|session| !session.answered) {
            true if *self.ends[at].begun.get_or_insert(now) + 3 <= now => missing = 1,
            true => {}
            false => self.ends[at].begun = None,
        }
        for _ in 0..missing {
            match self.start(at, false) {
                Ok(_) => self.ends[at].begun = None,
                Err(Error::TooManyResets | Error::SessionExists(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        self.hand_over(at, false);
    }

    fn snapshot(&self, at: usize) -> MemoryStore {
        self.ends[at].disk.copy()
    }

    /// The store of `at` is as it was, and a new process opens it.
    fn roll_back(&mut self, at: usize, to: &MemoryStore) {
        self.ends[at].disk.restore(to);
        self.seeds += 1;
        let env = ScriptedEnv::new(self.seeds, &self.clock);
        self.ends[at].person.client =
            Client::open(self.ends[at].disk.clone(), &store_key(), env).expect("an account");
    }

    /// The two know each other and have nothing under way.
    fn met() -> Self {
        let mut two = Self::new();
        two.start(0, false).expect("genuine");
        for _ in 0..2 {
            for at in [0, 1] {
                two.send(at);
                two.hand_over(at, false);
                two.collect(1 - at);
            }
        }
        two
    }

    /// One step of a conversation.
    fn talk(&mut self, step: char) {
        match step {
            // a message that is read
            'a' | 'b' => {
                let at = usize::from(step == 'b');
                self.send(at);
                self.hand_over(at, false);
                self.collect(1 - at);
            }
            // one that is lost
            'A' | 'B' => {
                let at = usize::from(step == 'B');
                self.send(at);
                self.hand_over(at, true);
            }
            // another session
            's' | 't' => {
                let at = usize::from(step == 't');
                self.start(at, true).expect("the device has answered");
                self.hand_over(at, false);
                self.collect(1 - at);
            }
            _ => self.pass_a_day(),
        }
    }

    fn pass_a_day(&mut self) {
        self.clock.pass_ms(DAY_MS);
        self.day += 1;
    }

    fn has_read(&self, content: &[u8]) -> bool {
        self.ends.iter().any(|end| end.read.contains(content))
    }

    /// Both write once a day; gives the days until all that was sent since the beginning is read.
    fn days_to_find_together(&mut self, writers: &[usize]) -> u32 {
        let mut sent = Vec::new();
        for day in 0.. {
            assert!(day < 40, "apart for ever: {:?}", self.ends.each_ref().map(End::events));
            sent.extend(writers.iter().map(|at| self.send(*at)));
            for _ in 0..3 {
                (0..2).for_each(|at| self.pass(at));
            }
            if sent.iter().all(|content| self.has_read(content)) {
                return day;
            }
            self.pass_a_day();
        }
        0
    }

    /// Both read one another again, with nothing but what an application does all day.
    fn goes_on(&mut self) {
        for at in [0, 1] {
            let content = self.send(at);
            self.hand_over(at, false);
            self.collect(1 - at);
            assert!(self.has_read(&content));
        }
    }
}

fn asked(end: &End) -> bool {
    end.told.iter().any(|event| matches!(event, Event::NewSessionNeeded { .. }))
}

// spec: CLIENT-140, CLIENT-141
#[test]
fn evidence_leads_to_a_session_after_one_round() {
    for restored in [0, 1] {
        let mut two = Two::met();
        let before = two.snapshot(restored);
        let talk = if restored == 0 { "aba" } else { "bab" };
        talk.chars().for_each(|step| two.talk(step));
        two.roll_back(restored, &before);
        let other = 1 - restored;

        // one round: the restored end writes, and the other one finds out
        let unread = two.send(restored);
        two.pass(restored);
        let waits = two.send(other);
        two.pass(other);
        assert!(asked(&two.ends[other]), "{:?}", two.ends[other].told);
        assert!(!two.has_read(&unread));
        // and one back: it hears, and says it again
        two.pass(restored);
        assert!(two.has_read(&waits));
        let reset = |event: &Event| matches!(event, Event::SessionReset { .. });
        assert_eq!(two.ends[restored].told.iter().filter(|event| reset(event)).count(), 1);
        two.pass(other);
        assert!(two.has_read(&unread));
        two.goes_on();
    }
}

/// Nothing waits at the end that finds out, and the restored one hears of it all the same.
// spec: CLIENT-141
#[test]
fn who_has_nothing_to_say_begins_the_session_all_the_same() {
    let mut two = Two::met();
    let before = two.snapshot(0);
    "aba".chars().for_each(|step| two.talk(step));
    // proofs of all that Bob has written have come
    two.pass_a_day();
    (0..4).for_each(|at| two.pass(at % 2));
    two.roll_back(0, &before);
    let unread = two.send(0);
    (0..4).for_each(|at| two.pass(at % 2));
    assert!(two.has_read(&unread), "{:?}", two.ends[1].told);
}

/// The same evidence is brought again and again, by whoever has kept it.
// spec: CLIENT-140
#[test]
fn old_evidence_begins_nothing() {
    let mut two = Two::met();
    let before = two.snapshot(0);
    "aba".chars().for_each(|step| two.talk(step));
    two.roll_back(0, &before);
    two.send(0);
    two.hand_over(0, false);
    let evidence = two.ends[1].mail.clone();
    assert_eq!(two.days_to_find_together(&[0, 1]), 0);
    let counter = |two: &mut Two| {
        let of = two.ends[0].person.client.account_id();
        two.ends[1].person.client.contact(&of).expect("known").devices[0]
            .session
            .map(|session| session.counter)
    };
    let healed = counter(&mut two);
    for _ in 0..3 {
        two.clock.pass_ms(2 * 3_600_000);
        two.ends[1].mail.extend(evidence.iter().cloned());
        two.pass(1);
        two.pass(0);
    }
    assert_eq!(counter(&mut two), healed);
    two.goes_on();
}

/// Bytes that nobody with keys has made begin nothing, however many they are.
// spec: CLIENT-140, CLIENT-142
#[test]
fn what_is_not_authentic_changes_nothing() {
    let mut two = Two::met();
    let genuine = {
        two.send(0);
        let outgoing = two.ends[0].person.client.outbox().expect("readable").remove(0);
        outgoing.bytes
    };
    let before = two.ends[1].disk.dump();
    let from = two.ends[0].person.address();
    for at in (2..genuine.len()).step_by(3).take(60) {
        let mut forged = genuine.clone();
        // the header, and the part of the tag that is its nonce
        let at = if at < 67 { at } else { forged.len() - 16 + at % 12 };
        forged[at] ^= 1;
        assert!(two.ends[1].person.client.receive(&from, &forged).is_err());
    }
    assert_eq!(two.ends[1].disk.dump(), before);
}

/// Who repeats what was read makes the two begin another session at most once a day, which goes on from the one before
/// and is no alarm.
// spec: CLIENT-142
#[test]
fn repeated_envelopes_are_no_alarm() {
    let mut two = Two::met();
    let mut kept = Vec::new();
    for _ in 0..20 {
        two.send(0);
        two.hand_over(0, false);
        kept.extend(two.ends[1].mail.iter().cloned());
        two.collect(1);
    }
    for hour in 0..24 {
        two.ends[1].mail.extend(kept.iter().cloned());
        two.pass(1);
        assert!(two.ends[1].mail.is_empty(), "they are done with");
        two.pass(0);
        if hour % 8 == 7 {
            two.goes_on();
        }
        two.clock.pass_ms(3_600_000);
    }
    let alarm = |event: &&Event| {
        matches!(
            event,
            Event::SessionReset { .. } | Event::CloneSuspected { .. } | Event::NewSessionNeeded { .. }
        )
    };
    assert_eq!(two.ends.iter().flat_map(|end| &end.told).filter(alarm).count(), 0);
    assert!(two.ends[0].told.len() < 10);
}

/// From every state of a conversation back to every earlier one, on either side.
// spec: CLIENT-26, CLIENT-140
#[test]
fn a_short_way_back_is_healed_at_once() {
    let talk = "abaAbBabsabtbaBA";
    for restored in [0, 1] {
        for from in 0..talk.len() {
            for to in (from + 1..=talk.len()).step_by(3) {
                let mut two = Two::met();
                talk[..from].chars().for_each(|step| two.talk(step));
                let before = two.snapshot(restored);
                talk[from..to].chars().for_each(|step| two.talk(step));
                two.roll_back(restored, &before);
                eprintln!("{restored} back from {to} to {from}");
                let days = two.days_to_find_together(&[0, 1]);
                eprintln!("{days} days");
                // of a session that has been replaced the keys of older chains are gone, so that nobody can tell
                let replaced = talk[from..to].contains(['s', 't']);
                assert!(days < if replaced { 15 } else { 6 }, "{days} days");
                two.goes_on();
            }
        }
    }
}

/// So much was read since that no place is remembered: only refusals and silence are left to tell.
// spec: CLIENT-142, CLIENT-143
#[test]
fn a_long_way_back_is_healed_in_time() {
    for (talk, writers) in [
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &[0, 1][..]),
        ("abababababababababababababababababababababababababababababababababababababababab", &[0, 1]),
        ("abababababababababababababababababababababababababababababababababababababababab", &[0]),
        ("abababababababababababababababababababababababababababababababababababababababab", &[1]),
        ("aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbaaaaaaaaaaaaaaaaaaaa", &[0, 1]),
        ("ababdddddddddsabababababdddddddddtababababab", &[0, 1]),
        ("ababdddddddddsabababababdddddddddtababababab", &[0]),
    ] {
        for restored in [0, 1] {
            let mut two = Two::met();
            let before = two.snapshot(restored);
            talk.chars().for_each(|step| two.talk(step));
            two.roll_back(restored, &before);
            let days = two.days_to_find_together(writers);
            eprintln!("{restored} back before {talk}, {writers:?} write: {days} days");
            two.goes_on();
        }
    }
}

/// Again and again, on both sides, at the most unpleasant times.
#[test]
fn both_may_be_restored_again_and_again() {
    let mut two = Two::met();
    let before = [two.snapshot(0), two.snapshot(1)];
    "abaab".chars().for_each(|step| two.talk(step));
    for round in 0..4 {
        two.roll_back(round % 2, &before[round % 2]);
        two.days_to_find_together(&[0, 1]);
        two.goes_on();
        two.pass_a_day();
    }
    let mut two = Two::met();
    let before = [two.snapshot(0), two.snapshot(1)];
    "abaab".chars().for_each(|step| two.talk(step));
    (0..2).for_each(|at| two.roll_back(at, &before[at]));
    two.days_to_find_together(&[0, 1]);
    two.goes_on();
}
