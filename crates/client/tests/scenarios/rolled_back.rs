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
    /// The sessions that it has begun.
    begun: Vec<Handshake>,
}

impl End {
    fn new(seed: u64, clock: &Clock) -> Self {
        let disk = MemoryStore::new();
        let person = Person::create(disk.clone(), seed, clock).expect("scripted");
        let (directory, last_resort) =
            (person.upload.bundles.clone().into(), person.upload.last_resort.clone());
        let (mail, read, told) = (VecDeque::new(), BTreeSet::new(), Vec::new());
        Self { person, disk, directory, last_resort, mail, read, told, begun: Vec::new() }
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
}

impl Two {
    fn new() -> Self {
        let clock = Clock::at_day(20_000);
        let ends = [End::new(1, &clock), End::new(2, &clock)];
        Self { clock, ends, sent: 0, seeds: 100 }
    }

    fn start(&mut self, at: usize, replace: bool) -> Result<Handshake, Error> {
        let expected = Some(self.ends[1 - at].person.client.account_id());
        let bundle = self.ends[1 - at].bundle();
        let options = StartOptions { replace, ..StartOptions::default() };
        let operation = StartSession { expected, bundle: &bundle, options };
        let started = self.ends[at].person.client.perform(&operation)?.handshake;
        self.ends[at].begun.push(started);
        Ok(started)
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
        for _ in self.ends[at].person.client.missing_devices(&to).expect("known") {
            self.start(at, false).expect("what is missing can be started");
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

/// Who repeats what was read, or a transport that delivers it again after a crash, changes nothing at all.
// spec: CLIENT-142
#[test]
fn repeated_envelopes_begin_nothing() {
    let mut two = Two::met();
    let mut kept = Vec::new();
    for _ in 0..20 {
        two.send(0);
        two.hand_over(0, false);
        kept.extend(two.ends[1].mail.iter().cloned());
        two.collect(1);
    }
    let begun = two.ends[1].begun.len();
    for hour in 0..48 {
        two.ends[1].mail.extend(kept.iter().cloned());
        two.pass(1);
        assert!(two.ends[1].mail.is_empty(), "they are done with");
        two.pass(0);
        if hour % 8 == 7 {
            two.goes_on();
        }
        two.clock.pass_ms(3_600_000);
    }
    assert_eq!(two.ends[1].begun.len(), begun);
    assert!(two.ends.iter().all(|end| end.told.iter().all(|event| !is_alarm(event))));
}

fn is_alarm(event: &Event) -> bool {
    matches!(
        event,
        Event::SessionReset { .. } | Event::CloneSuspected { .. } | Event::NewSessionNeeded { .. }
    )
}

impl Two {
    /// Messages of 0 that somebody keeps back and has made unreadable: only their headers are genuine.
    fn keep_back(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count).for_each(|_| drop(self.send(0)));
        let outgoing = self.ends[0].person.client.outbox().expect("readable");
        let mut kept = Vec::new();
        for mut outgoing in outgoing {
            self.ends[0].person.client.handed_over(outgoing.number.as_slice()).expect("in the outbox");
            let at = outgoing.bytes.len() - 20;
            outgoing.bytes[at] ^= 1;
            kept.push(outgoing.bytes);
        }
        kept
    }

    /// The peer is attacked once an hour for some days, and 0 does what it does only if it is there. Gives what 1 has
    /// begun on each day.
    fn attacked(&mut self, there: bool, days: usize) -> Vec<Vec<Handshake>> {
        let mut begun = Vec::new();
        let mut kept = Vec::new();
        for _ in 0..days {
            let before = self.ends[1].begun.len();
            for hour in 0..24 {
                if there || kept.is_empty() {
                    kept.extend(self.keep_back(3));
                }
                self.ends[1].mail.extend(kept.iter().cloned());
                self.send(1);
                self.pass(1);
                if there {
                    self.pass(0);
                    if hour % 6 == 3 {
                        self.goes_on();
                    }
                    self.pass(1);
                }
                self.clock.pass_ms(3_600_000);
            }
            begun.push(self.ends[1].begun[before..].to_vec());
        }
        begun
    }
}

/// Whoever keeps back genuine envelopes, and makes three of them unreadable as often as he likes, makes the device begin
/// a session a day, whether or not the peer answers in between; no message is held up by it.
// spec: CLIENT-142
#[test]
fn refusals_that_are_made_begin_one_session_a_day() {
    for there in [true, false] {
        let mut two = Two::met();
        let begun = two.attacked(there, 6);
        assert!(begun.iter().all(|begun| begun.len() <= 1), "{there}: {begun:?}");
        assert_eq!(begun.first(), Some(&vec![Handshake::Continued]));
        if there {
            assert!(begun.iter().flatten().all(|handshake| *handshake == Handshake::Continued), "{begun:?}");
            assert!(two.ends.iter().all(|end| end.told.iter().all(|event| !is_alarm(event))));
        }
    }
}

/// One envelope counts once, however it is changed, and too few on a later day lead to no reset.
// spec: CLIENT-142
#[test]
fn few_envelopes_begin_nothing_however_often_they_come() {
    let mut two = Two::met();
    let before = two.ends[1].begun.len();
    let kept = two.keep_back(3);
    for at in 0..9 {
        let mut changed = kept[at % 2].clone();
        let place = changed.len() - 21 - at;
        changed[place] ^= 1;
        two.ends[1].mail.push_back(changed);
        two.pass(1);
    }
    two.clock.pass_ms(2 * 3_600_000);
    two.pass(1);
    assert_eq!(two.ends[1].begun.len(), before);
    two.ends[1].mail.push_back(kept[2].clone());
    two.pass(1);
    assert_eq!(two.ends[1].begun.len(), before, "not at once: it would tell when the device is online");
    two.clock.pass_ms(3_600_000);
    two.pass(1);
    assert_eq!(two.ends[1].begun[before..], [Handshake::Continued]);
    // the peer is away
    for _ in 0..2 {
        two.pass_a_day();
        two.ends[1].mail.extend(kept[..2].iter().cloned());
        two.pass(1);
    }
    assert_eq!(two.ends[1].begun[before..], [Handshake::Continued]);
}

/// A week of silence, and the two sessions that go on from what the other end doesn't have: three days, and six.
const IN_TIME: u32 = 16;

/// From every state of a conversation back to every earlier one, on either side.
// spec: CLIENT-26, CLIENT-140, CLIENT-143
#[test]
fn a_short_way_back_is_healed() {
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
                assert!(days <= IN_TIME, "{days} days");
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
            assert!(days <= IN_TIME);
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
