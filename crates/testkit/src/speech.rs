//! Sender keys in a hostile story: messages lost, repeated, reordered, forged by outsiders and by members; senders restored
//! and lying about their keys. What each member must be able to open is told by an independent
//! [account](crate::oracle::sender_key).

use std::collections::BTreeMap;

use entrenous_group::sender_key::{DistributionError, KeyId, OpenError, Sender};
use rand::RngExt;

use crate::{
    oracle::sender_key::{Chain, Note, Oracle, accept},
    rng::ScriptedRng,
    sender_keys::{Listener, Speaker, seal_by_hand, sender, signing_seed},
};

/// A distribution that is on its way.
#[derive(Clone, Debug)]
struct Given {
    bytes: Vec<u8>,
    from: Sender,
    id: KeyId,
    chain: Chain,
    at: u32,
    previous: Option<(KeyId, u32)>,
}

/// A message that is on its way.
#[derive(Clone, Debug)]
struct Sent {
    bytes: Vec<u8>,
    id: KeyId,
    note: Note,
}

#[derive(Default, Debug)]
struct Member {
    listener: Listener,
    oracles: BTreeMap<KeyId, Oracle>,
}

/// What a story came to.
#[derive(Default, Debug)]
pub struct Stats {
    /// Messages that were opened.
    pub opened: u32,
    /// Forged ones.
    pub rejected: u32,
    /// Repeated ones.
    pub duplicates: u32,
    /// Those of a key that has ended.
    pub ended: u32,
    /// Those from before a key was given.
    pub before: u32,
    /// Distributions of a state that is older than what is known.
    pub rewound: u32,
    /// Distributions of another chain under one name.
    pub doubled: u32,
}

/// Three speakers and two members who listen.
#[derive(Debug)]
pub struct Story {
    rng: ScriptedRng,
    speakers: Vec<Speaker>,
    snapshots: Vec<Vec<Vec<u8>>>,
    members: [Member; 2],
    given: Vec<Given>,
    sent: Vec<Sent>,
    /// What it came to so far.
    pub stats: Stats,
}

impl Story {
    /// The story in which `rng` makes the choices.
    pub fn new(rng: ScriptedRng) -> Self {
        let speakers =
            [(1, 1), (1, 2), (2, 1)].map(|(account, device)| Speaker::new(sender(account, device), 7));
        Self {
            rng,
            speakers: speakers.into(),
            snapshots: vec![Vec::new(); 3],
            members: Default::default(),
            given: Vec::new(),
            sent: Vec::new(),
            stats: Stats::default(),
        }
    }

    fn pick(&mut self, count: usize) -> usize {
        self.rng.random_range(..count)
    }

    /// Lets something happen.
    pub fn step(&mut self) {
        let at = self.pick(3);
        match self.pick(100) {
            0..25 => self.speak(at),
            25..28 => self.speakers[at].renew(),
            28..30 => {
                let record = self.speakers[at].key.to_record().to_vec();
                self.snapshots[at].push(record);
            }
            30..32 => {
                if let Some(record) = self.snapshots[at].last() {
                    self.speakers[at].restore(record);
                }
            }
            32..40 => self.give(at),
            40..50 => self.take(),
            50..52 => self.close(),
            52..90 => self.hear(),
            _ => self.hear_many(),
        }
    }

    fn speak(&mut self, at: usize) {
        let speaker = &mut self.speakers[at];
        if speaker.key.sealed() >= 4000 {
            return;
        }
        // now and then far ahead
        let skip = if self.rng.random_range(..20_u32) == 0 { self.rng.random_range(..150_u32) } else { 0 };
        for _ in 0..skip {
            speaker.seal(b"lost");
        }
        let (id, n) = (speaker.key.id(), speaker.key.sealed());
        let given = speaker.distribution();
        let stolen = signing_seed(&speaker.key);
        let bytes = speaker.seal(&n.to_be_bytes());
        let note = Note { n, chain: Chain::Committed, genuine: true };
        self.sent.push(Sent { bytes: bytes.clone(), id, note });
        match self.pick(12) {
            // an outsider changes what is sealed
            0 => {
                let mut changed = bytes;
                let place = 22 + self.pick(changed.len() - 22);
                changed[place] ^= 1 << self.pick(8);
                self.sent.push(Sent { bytes: changed, id, note: Note { genuine: false, ..note } });
            }
            // a member who has the chain key signs with a key of its own
            1 => {
                let bytes = seal_by_hand(&given, &[9; 32], b"forged");
                self.sent.push(Sent { bytes, id, note: Note { genuine: false, ..note } });
            }
            // a copy of the speaker's state seals the same number
            2 => {
                let bytes = seal_by_hand(&given, &stolen, &n.to_be_bytes());
                self.sent.push(Sent { bytes, id, note });
            }
            // the speaker seals under a chain that it gave to some
            3 => {
                let mut doubled = given;
                doubled[165] ^= 1;
                let bytes = seal_by_hand(&doubled, &stolen, &n.to_be_bytes());
                self.sent.push(Sent { bytes, id, note: Note { chain: Chain::Doubled(n), ..note } });
            }
            _ => {}
        }
    }

    fn give(&mut self, at: usize) {
        let speaker = &self.speakers[at];
        let mut bytes = speaker.distribution();
        let (at, mut chain) = (speaker.key.sealed(), Chain::Committed);
        let previous = decode_previous(&bytes);
        let (id, from) = (speaker.key.id(), speaker.key.sender());
        if self.rng.random_range(..8_u32) == 0 {
            bytes[165] ^= 1;
            chain = Chain::Doubled(at);
        }
        self.given.push(Given { bytes, from, id, chain, at, previous });
    }

    fn take(&mut self) {
        if self.given.is_empty() {
            return;
        }
        let at = self.pick(self.given.len());
        let (given, place) = (self.given[at].clone(), self.pick(2));
        let member = &mut self.members[place];
        let before = member.listener.clone();
        // through the session with another device
        let other = if given.from == sender(2, 1) { sender(1, 1) } else { sender(2, 1) };
        assert_eq!(member.listener.accept(&given.bytes, other), Err(DistributionError::OtherSender));
        assert_eq!(member.listener, before);

        let expected = accept(member.oracles.get(&given.id), given.chain, given.at);
        let result = member.listener.accept(&given.bytes, given.from);
        match expected {
            Ok(new) => {
                assert_eq!(result, Ok(new.is_some().then_some(given.id)));
                if let Some(oracle) = new {
                    member.oracles.insert(given.id, oracle);
                    if let Some((old, count)) = given.previous {
                        let ended = member.oracles.get_mut(&old).map(|oracle| oracle.end_at(count));
                        assert_eq!(member.listener.end(old, given.id), ended);
                    }
                } else {
                    assert_eq!(member.listener, before);
                }
            }
            Err(error) => {
                self.stats.rewound += u32::from(error == DistributionError::Rewound);
                self.stats.doubled += u32::from(error == DistributionError::OtherChain);
                assert_eq!(result, Err(error));
                assert_eq!(member.listener, before);
            }
        }
        member.compare();
    }

    fn close(&mut self) {
        let place = self.pick(2);
        let count = self.members[place].oracles.len();
        if count == 0 {
            return;
        }
        let at = self.pick(count);
        // now and then a message far ahead, or one that was opened long ago, is parked
        let ahead = self.pick(800);
        let parked = self.rng.random_range(..3_u32) == 0;
        let member = &mut self.members[place];
        let (id, oracle) = member.oracles.iter_mut().nth(at).expect("one of them");
        let next = oracle.next() + u32::try_from(ahead).expect("small");
        let parked = parked.then(|| next.saturating_sub(300).min(4095));
        oracle.close(parked);
        member.listener.close(*id, parked);
        member.compare();
    }

    fn hear(&mut self) {
        let (Some(sent), place) = (self.some_sent(), self.pick(2)) else { return };
        let member = &mut self.members[place];
        let before = member.listener.clone();
        let result = member.listener.open(&sent.bytes);
        let expected = member.expect(&sent);
        assert_eq!(result.as_ref().map(|_| ()).map_err(|error| *error), expected);
        if let Ok(content) = &result {
            assert_eq!(*content, sent.note.n.to_be_bytes());
        } else {
            assert_eq!(member.listener, before);
        }
        self.stats.count(expected);
        member.compare();
    }

    fn hear_many(&mut self) {
        let (count, place) = (self.pick(30), self.pick(2));
        let sent: Vec<Sent> = (0..count).filter_map(|_| self.some_sent()).collect();
        let declined: Vec<bool> = sent.iter().map(|_| self.rng.random_range(..10_u32) == 0).collect();
        let member = &mut self.members[place];
        let bytes: Vec<_> = sent.iter().map(|sent| sent.bytes.clone()).collect();
        let results = member.listener.open_all(&bytes, |at, _| !declined[at]);
        for ((sent, declined), result) in sent.iter().zip(declined).zip(results) {
            let unchanged = member.oracles.clone();
            let mut expected = member.expect(sent);
            if declined && expected.is_ok() {
                member.oracles = unchanged;
                expected = Err(OpenError::Declined);
            }
            assert_eq!(result.map(|_| ()), expected);
            self.stats.count(expected);
        }
        member.compare();
    }

    /// Mostly of the last ones, in any order; any number of times.
    fn some_sent(&mut self) -> Option<Sent> {
        let count = self.sent.len();
        if count == 0 {
            return None;
        }
        let back = if self.pick(3) == 0 { self.pick(count) } else { self.pick(count.min(12)) };
        Some(self.sent[count - 1 - back].clone())
    }
}

fn decode_previous(distribution: &[u8]) -> Option<(KeyId, u32)> {
    let id: [u8; 16] = distribution[201..217].try_into().expect("16 bytes");
    let count = u32::from_be_bytes(distribution[217..221].try_into().expect("4 bytes"));
    (id != [0; 16]).then_some((KeyId(id), count))
}

impl Stats {
    fn count(&mut self, result: Result<(), OpenError>) {
        match result {
            Ok(()) => self.opened += 1,
            Err(OpenError::Rejected) => self.rejected += 1,
            Err(OpenError::Duplicate) => self.duplicates += 1,
            Err(OpenError::Ended) => self.ended += 1,
            Err(OpenError::BeforeFirst) => self.before += 1,
            Err(_) => {}
        }
    }
}

impl Member {
    fn expect(&mut self, sent: &Sent) -> Result<(), OpenError> {
        self.oracles.get_mut(&sent.id).ok_or(OpenError::Declined)?.open(&sent.note)
    }

    fn compare(&self) {
        assert_eq!(self.oracles.len(), self.listener.records.len());
        for (id, oracle) in &self.oracles {
            let key = self.listener.key(*id).expect("known");
            assert_eq!(key.next(), oracle.next());
            assert_eq!(key.skipped_keys(), oracle.kept());
            assert_eq!(key.is_spent(), oracle.is_spent());
            assert_eq!(key.is_closed(), oracle.closed);
        }
    }
}
