//! The sessions with one device, and what is remembered of those before.
//!
//! One session is active: messages are sealed in it. The others only receive. Where the peer goes on in one of those
//! it doesn't have the active one, since it has lost its state; nothing is sealed then until a new session begins.

mod beginning;
mod entry;
mod healing;
mod settling;
mod stored;

use core::num::NonZeroU64;

use entrenous_identity::{Day, HandshakeHash, Timestamp, Transcript};

pub(crate) use entry::SessionEntry;
pub(crate) use settling::Settled;

use super::{Limit, ListAtPeer, Times};

/// Sessions kept beside the active one, to receive what is still under way in them.
pub(crate) const MAX_RECEIVE_ONLY: usize = 3;
/// Handshakes remembered, by which copies of a device are noticed.
const MAX_HANDSHAKES: usize = 32;
/// Resets that either side may make.
const RESETS: Limit = Limit { in_an_hour: 1, in_a_day: 3 };
/// Handshakes of a device that are accepted: each costs us key agreement, records, and what is sealed again.
const ACCEPTED: Limit = Limit { in_an_hour: 4, in_a_day: 16 };
/// Sessions that we begin without an answer: a directory may hand out prekeys that are gone, but not without end.
const ATTEMPTS: Limit = Limit { in_an_hour: 4, in_a_day: 4 };

/// Attempts to go on from a session before it is given up.
const MAX_CONTINUED: u32 = 2;

/// The sessions with one device of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The active session, in which messages are sent, then those that only receive, newest first.
    pub(crate) sessions: Vec<SessionEntry>,
    /// Highest session counter seen in either direction.
    pub(crate) highest_counter: u64,
    /// Highest counter of a session in which the peer is known to have read a message of ours; 0 for none.
    confirmed_counter: u64,
    /// The last handshakes, newest first.
    handshakes: Vec<PastHandshake>,
    /// The session of the last message of the peer.
    heard: Option<HandshakeHash>,
    /// The session that the peer has in the place of the active one, or had when that was begun: until it has read a
    /// message of ours in the active one.
    lives_in: Option<HandshakeHash>,
    /// Whether a new session is needed: the peer doesn't have the active one.
    waits: bool,
    /// Whether it is needed because two states of the peer's device have written.
    forked: bool,
    /// Envelopes of the sessions that could not be opened, since one was opened in the active session: of the header of
    /// each.
    refused: Vec<u64>,
    /// From when on another session may be begun because of them.
    doubt_due: Option<Timestamp>,
    /// The day on which we have last begun a session because of such envelopes or of silence.
    doubted: Option<Day>,
    /// Whether the device has been heard in it, or has begun another.
    doubt_answered: bool,
    /// Since when the peer was written to without having been heard.
    asked: Option<Day>,
    /// When handshakes of the peer were accepted.
    accepted: Times,
    /// When we have begun sessions, since there was an answer.
    attempts: Times,
    /// How many of them went on from a former one.
    in_vain: u32,
    /// When the peer has reset.
    resets: Times,
    /// When we have.
    own_resets: Times,
    /// The day on which a suspected clone was told last: whoever has evidence of one can bring it again and again.
    clone_told: Option<Day>,
    /// What the device has of our device lists.
    pub(crate) list: ListAtPeer,
    /// Whether messages wait here to be sealed for the device, so that later ones have to wait behind them.
    pub(crate) behind: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PastHandshake {
    counter: NonZeroU64,
    by_us: bool,
    transcript: Transcript,
}

impl Pair {
    /// No sessions; the next has a counter above `highest_counter`.
    pub(crate) fn after(highest_counter: u64) -> Self {
        Self { highest_counter, ..Self::default() }
    }

    pub(crate) fn active(&self) -> Option<&SessionEntry> {
        self.sessions.first()
    }

    /// The session to seal in: the active one, unless it was begun before the store was restored last, or the peer
    /// doesn't have it.
    // spec: CLIENT-83, CLIENT-100
    pub(crate) fn to_seal_in(&self, restored: u32) -> Option<&SessionEntry> {
        self.active().filter(|active| active.restored == restored && !self.waits)
    }

    /// The session that the peer has in the place of the active one: a new one is to be begun from it.
    pub(crate) fn lives_in(&self) -> Option<&HandshakeHash> {
        self.lives_in.as_ref().filter(|_| self.waits)
    }

    fn wait_for_a_new_session(&mut self, lives_in: HandshakeHash) {
        (self.lives_in, self.waits, self.forked) = (Some(lives_in), true, false);
    }

    /// The counter of the next session of this pair, `jump` above the one that is due.
    // spec: RATCHET-43
    pub(crate) fn next_counter(&self, jump: u64) -> Option<NonZeroU64> {
        NonZeroU64::new(self.highest_counter.checked_add(1)?.checked_add(jump)?)
    }

    pub(crate) fn session(&self, hash: &HandshakeHash) -> Option<&SessionEntry> {
        self.sessions.iter().find(|entry| entry.hash == *hash)
    }

    /// Whether the peer is known to have read a message of ours in any session that there was.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.confirmed_counter > 0
    }

    /// Whether we may go on from a former session: the peer may not have it any more when nothing has come of that.
    // spec: CLIENT-107
    pub(crate) fn may_continue(&self) -> bool {
        self.in_vain < MAX_CONTINUED
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

    /// Enters a reset, if it may be made now.
    // spec: CLIENT-31
    pub(crate) fn reset(&mut self, by_us: bool, now: Timestamp) -> bool {
        let resets = if by_us { &mut self.own_resets } else { &mut self.resets };
        let allowed = resets.allow(&RESETS, now);
        if allowed {
            resets.add(&RESETS, now);
        }
        allowed
    }

    /// Whether we may make a reset now.
    // spec: CLIENT-31
    pub(crate) fn may_reset(&self, now: Timestamp) -> bool {
        self.own_resets.allow(&RESETS, now)
    }

    /// Whether a handshake of the peer may be accepted now.
    // spec: CLIENT-103
    pub(crate) fn may_accept(&self, now: Timestamp) -> bool {
        self.accepted.allow(&ACCEPTED, now)
    }

    /// Whether a suspected clone is to be told: once a day.
    // spec: CLIENT-33
    pub(crate) fn tells_clone(&mut self, today: Day) -> bool {
        self.clone_told.replace(today) != Some(today)
    }
}
