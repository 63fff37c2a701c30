//! The sessions with one device, and what is remembered of those before.

use core::{cmp::Reverse, num::NonZeroU64};

use entrenous_identity::{Day, HandshakeHash, Timestamp, Transcript};
use zeroize::Zeroizing;

use super::{ListAtPeer, array, arrays, read, write};
use crate::{Error, engine::Stored, status::Handshake};

/// Sessions kept beside the active one, to receive what is still under way in them.
pub(crate) const MAX_RECEIVE_ONLY: usize = 3;
/// Handshakes remembered, by which copies of a device are noticed.
const MAX_HANDSHAKES: usize = 32;
/// Resets that a peer device may make in a day, and at most one in an hour.
const MAX_RESETS: usize = 3;
const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The sessions with one device of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The active session, in which messages are sent, then those that only receive, newest first.
    pub(crate) sessions: Vec<SessionEntry>,
    /// Highest session counter seen in either direction.
    pub(crate) highest_counter: u64,
    /// The last handshakes, newest first.
    handshakes: Vec<PastHandshake>,
    /// When the peer has reset, newest first.
    resets: Vec<Timestamp>,
    /// When we have.
    own_resets: Vec<Timestamp>,
    /// The day on which a suspected clone was told last: whoever has evidence of one can bring it again and again.
    clone_told: Option<Day>,
    /// What the device has of our device lists.
    pub(crate) list: ListAtPeer,
    /// Whether messages wait here to be sealed for the device, so that later ones have to wait behind them.
    pub(crate) behind: bool,
}

/// One session of a pair of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionEntry {
    /// Names its records.
    pub(crate) hash: HandshakeHash,
    pub(crate) transcript: Transcript,
    pub(crate) counter: NonZeroU64,
    pub(crate) handshake: Handshake,
    pub(crate) one_time_prekey: bool,
    /// Whether the peer is known to have it: it began it, or has answered in it.
    pub(crate) answered: bool,
    /// Whether the peer is known to have read a message of ours in it.
    pub(crate) confirmed: bool,
    /// Since when it only receives.
    pub(crate) retired: Option<Day>,
    /// Messages received since then.
    pub(crate) received: u32,
    /// How often the store had been restored when it was begun. In one of before the last time nothing is sealed.
    pub(crate) restored: u32,
    /// Epoch of our list in the handshake, if we began it; else 0.
    pub(crate) own_list_epoch: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PastHandshake {
    counter: NonZeroU64,
    by_us: bool,
    transcript: Transcript,
}

/// A session only receives for so many days.
const RECEIVE_ONLY_DAYS: u32 = 7;
/// A session that is being replaced may receive so many messages before the peer has answered in the new one. More
/// show that the peer can't open that.
const LATE_MESSAGES: u32 = 32;
/// A session only receives so many messages.
const RECEIVE_ONLY_MESSAGES: u32 = 2_000;

impl SessionEntry {
    /// Whether it has received for long enough since it was retired.
    // spec: CLIENT-32
    pub(crate) fn is_over(&self, today: Day) -> bool {
        self.last_day().is_some_and(|day| day <= today) || self.received >= RECEIVE_ONLY_MESSAGES
    }

    /// The day from which on it receives no more, if it only receives.
    pub(crate) fn last_day(&self) -> Option<Day> {
        self.retired.map(|since| Day(since.0.saturating_add(RECEIVE_ONLY_DAYS)))
    }

    /// The order in which both sides prefer sessions that both have. It decides as well which are dropped: were each
    /// side to keep those that it saw last, it might drop the very one in which the other sends.
    // spec: CLIENT-87
    fn order(&self) -> (u32, NonZeroU64, Reverse<Transcript>) {
        (self.restored, self.counter, Reverse(self.transcript))
    }

    /// Whether to send in this session rather than in the `active` one. One that was begun after the store was
    /// restored goes before those of earlier. A session that the peer is known to have
    /// goes before one that it may never come to know; among those the higher counter, and of two that crossed
    /// the lower T: so both sides come to the same.
    fn is_preferred_to(&self, active: &Self) -> bool {
        // what is under way in the session that is being replaced says nothing; that the peer goes on in it does
        // spec: CLIENT-85
        let replaces = active.handshake != Handshake::Fresh && active.counter > self.counter;
        if replaces && active.restored == self.restored && self.received < LATE_MESSAGES {
            return false;
        }
        let rank = |entry: &Self| (entry.restored, entry.answered, entry.counter, Reverse(entry.transcript));
        self.answered && rank(self) > rank(active)
    }
}

impl Pair {
    /// No sessions; the next has a counter above `highest_counter`.
    pub(crate) fn after(highest_counter: u64) -> Self {
        Self { highest_counter, ..Self::default() }
    }

    pub(crate) fn active(&self) -> Option<&SessionEntry> {
        self.sessions.first()
    }

    /// The counter of the next session of this pair, `jump` above the one that is due.
    pub(crate) fn next_counter(&self, jump: u64) -> Option<NonZeroU64> {
        NonZeroU64::new(self.highest_counter.checked_add(1)?.checked_add(jump)?)
    }

    pub(crate) fn session(&self, hash: &HandshakeHash) -> Option<&SessionEntry> {
        self.sessions.iter().find(|entry| entry.hash == *hash)
    }

    /// Whether the peer is known to have read a message of ours in any session.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.sessions.iter().any(|entry| entry.confirmed)
    }

    /// Enters a session that we began, or one whose first message was just opened; gives those that have to go.
    pub(crate) fn add(&mut self, new: SessionEntry, by_us: bool, today: Day) -> Vec<SessionEntry> {
        // spec: RATCHET-40
        let first = match self.sessions.first() {
            Some(active) => {
                // spec: CLIENT-83
                (new.restored, new.counter) > (active.restored, active.counter) || new.is_preferred_to(active)
            }
            None => true,
        };
        self.sessions.insert(usize::from(!first), new);
        self.highest_counter = self.highest_counter.max(new.counter.get());
        let handshake = PastHandshake { counter: new.counter, by_us, transcript: new.transcript };
        self.handshakes.insert(0, handshake);
        self.handshakes.truncate(MAX_HANDSHAKES);
        self.retire_all_but_the_first(today);
        // spec: RATCHET-41
        let mut dropped = Vec::new();
        while self.sessions.len() > MAX_RECEIVE_ONLY + 1 {
            let others = self.sessions.iter().enumerate().skip(1);
            let Some((lowest, _)) = others.min_by_key(|(_, entry)| entry.order()) else { break };
            dropped.push(self.sessions.remove(lowest));
        }
        dropped
    }

    /// Takes out the sessions that have received for long enough.
    pub(crate) fn take_over(&mut self, today: Day) -> Vec<SessionEntry> {
        self.sessions.extract_if(.., |entry| entry.is_over(today)).collect()
    }

    /// Whether frames in the active session have to state our list of `epoch`: the device may not have it.
    // spec: CLIENT-66
    pub(crate) fn must_state(&self, epoch: u32) -> bool {
        let carried = self.active().map_or(0, |active| active.own_list_epoch);
        self.list.known.max(carried) < epoch
    }

    /// A message was opened in the session of `entry`, which shows what the device has of our lists. Tells whether
    /// anything has changed.
    pub(crate) fn learn_list_at_peer(&mut self, entry: &SessionEntry, turned: bool) -> bool {
        let has = self.list.has(entry.own_list_epoch);
        has | (turned && self.list.turned(&entry.hash))
    }

    /// A message was opened in the session of `hash`: the peer has it, and it may be the better one to send in.
    /// Tells whether anything has changed.
    pub(crate) fn settle(&mut self, hash: &HandshakeHash, confirmed: bool, today: Day) -> bool {
        let Some(at) = self.sessions.iter().position(|entry| entry.hash == *hash) else { return false };
        let Some(opened) = self.sessions.get_mut(at) else { return false };
        let changed = !opened.answered || (confirmed && !opened.confirmed) || opened.retired.is_some();
        opened.answered = true;
        opened.confirmed |= confirmed;
        opened.received += u32::from(opened.retired.is_some());
        let opened = *opened;
        // spec: RATCHET-40
        if at > 0 && self.sessions.first().is_some_and(|active| opened.is_preferred_to(active)) {
            self.sessions.swap(0, at);
            self.retire_all_but_the_first(today);
        }
        changed
    }

    fn retire_all_but_the_first(&mut self, today: Day) {
        for (at, entry) in self.sessions.iter_mut().enumerate() {
            match at {
                0 => (entry.retired, entry.received) = (None, 0),
                _ => entry.retired = entry.retired.or(Some(today)),
            }
        }
    }

    /// Whether another handshake of the same side had this counter: one of the two comes from a copy of it.
    pub(crate) fn counter_was_used(&self, counter: NonZeroU64, by_us: bool, transcript: &Transcript) -> bool {
        let same = |past: &&PastHandshake| past.counter == counter && past.by_us == by_us;
        self.handshakes.iter().filter(same).any(|past| past.transcript != *transcript)
    }

    /// Enters a reset, if it may be made now.
    pub(crate) fn reset(&mut self, by_us: bool, now: Timestamp) -> bool {
        let resets = if by_us { &mut self.own_resets } else { &mut self.resets };
        let age = |then: &Timestamp| now.as_ms().saturating_sub(then.as_ms());
        if resets.first().is_some_and(|last| age(last) < HOUR_MS)
            || resets.iter().filter(|then| age(then) < DAY_MS).count() >= MAX_RESETS
        {
            return false;
        }
        resets.insert(0, now);
        resets.truncate(MAX_RESETS);
        true
    }

    /// Whether a suspected clone is to be told: once a day.
    pub(crate) fn tells_clone(&mut self, today: Day) -> bool {
        self.clone_told.replace(today) != Some(today)
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct PairProto {
    #[prost(message, repeated, tag = "1")]
    sessions: Vec<SessionProto>,
    #[prost(uint64, tag = "2")]
    highest_counter: u64,
    /// counter 8 ‖ by us 1 ‖ T 32 of each.
    #[prost(bytes = "vec", tag = "3")]
    handshakes: Vec<u8>,
    /// Milliseconds, 8 bytes each.
    #[prost(bytes = "vec", tag = "4")]
    resets: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    own_resets: Vec<u8>,
    #[prost(uint32, optional, tag = "6")]
    clone_told: Option<u32>,
    #[prost(bytes = "vec", tag = "11")]
    list: Vec<u8>,
    #[prost(bool, tag = "57")]
    behind: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SessionProto {
    #[prost(bytes = "vec", tag = "1")]
    hash: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    transcript: Vec<u8>,
    #[prost(uint64, tag = "3")]
    counter: u64,
    #[prost(uint32, tag = "4")]
    handshake: u32,
    #[prost(bool, tag = "5")]
    one_time_prekey: bool,
    #[prost(bool, tag = "6")]
    answered: bool,
    #[prost(bool, tag = "7")]
    confirmed: bool,
    #[prost(uint32, optional, tag = "8")]
    retired: Option<u32>,
    #[prost(uint32, tag = "9")]
    received: u32,
    #[prost(uint32, tag = "50")]
    restored: u32,
    #[prost(uint32, tag = "11")]
    own_list_epoch: u32,
}

impl Stored for Pair {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let session = |entry: &SessionEntry| SessionProto {
            hash: entry.hash.0.to_vec(),
            transcript: entry.transcript.0.to_vec(),
            counter: entry.counter.get(),
            handshake: entry.handshake.number(),
            one_time_prekey: entry.one_time_prekey,
            answered: entry.answered,
            confirmed: entry.confirmed,
            retired: entry.retired.map(|day| day.0),
            received: entry.received,
            restored: entry.restored,
            own_list_epoch: entry.own_list_epoch,
        };
        let handshake = |past: &PastHandshake| {
            [past.counter.get().to_be_bytes().as_slice(), &[past.by_us.into()], &past.transcript.0].concat()
        };
        write(&PairProto {
            sessions: self.sessions.iter().map(session).collect(),
            highest_counter: self.highest_counter,
            handshakes: self.handshakes.iter().flat_map(handshake).collect(),
            resets: times_to_bytes(&self.resets),
            own_resets: times_to_bytes(&self.own_resets),
            clone_told: self.clone_told.map(|day| day.0),
            list: self.list.to_bytes().to_vec(),
            behind: self.behind,
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let session = |entry: &SessionProto| -> Result<SessionEntry, Error> {
            Ok(SessionEntry {
                hash: HandshakeHash(array(&entry.hash)?),
                transcript: Transcript(array(&entry.transcript)?),
                counter: NonZeroU64::new(entry.counter).ok_or(Error::Corrupt)?,
                handshake: Handshake::from_number(entry.handshake).ok_or(Error::Corrupt)?,
                one_time_prekey: entry.one_time_prekey,
                answered: entry.answered,
                confirmed: entry.confirmed,
                retired: entry.retired.map(Day),
                received: entry.received,
                restored: entry.restored,
                own_list_epoch: entry.own_list_epoch,
            })
        };
        let handshake = |bytes: &[u8; 41]| -> Result<PastHandshake, Error> {
            let (counter, rest) = bytes.split_at(8);
            let (by_us, transcript) = rest.split_at(1);
            Ok(PastHandshake {
                counter: NonZeroU64::new(u64::from_be_bytes(array(counter)?)).ok_or(Error::Corrupt)?,
                by_us: by_us == [1],
                transcript: Transcript(array(transcript)?),
            })
        };
        let proto: PairProto = read(bytes)?;
        Ok(Self {
            sessions: proto.sessions.iter().map(session).collect::<Result<_, _>>()?,
            highest_counter: proto.highest_counter,
            handshakes: arrays(&proto.handshakes)?.iter().map(handshake).collect::<Result<_, _>>()?,
            resets: times_from_bytes(&proto.resets)?,
            own_resets: times_from_bytes(&proto.own_resets)?,
            clone_told: proto.clone_told.map(Day),
            list: ListAtPeer::from_bytes(&proto.list)?,
            behind: proto.behind,
        })
    }
}

fn times_to_bytes(times: &[Timestamp]) -> Vec<u8> {
    times.iter().flat_map(|at| at.as_ms().to_be_bytes()).collect()
}

fn times_from_bytes(bytes: &[u8]) -> Result<Vec<Timestamp>, Error> {
    Ok(arrays(bytes)?.iter().map(|ms| Timestamp::from_ms(u64::from_be_bytes(*ms))).collect())
}
