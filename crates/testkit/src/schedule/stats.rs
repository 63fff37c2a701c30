//! What happened, counted: a schedule that has gone soft shows here.

use core::{fmt, ops::AddAssign};
use std::collections::BTreeMap;

use crate::network::forgery::Forgery;

/// Something that can happen in a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A message left its device.
    Sent,
    /// A message was opened.
    Delivered,
    /// A message was opened that was overtaken in its own chain.
    Overtaken,
    /// A message of a former chain was opened.
    FormerChain,
    /// A message was lost.
    Lost,
    /// A message was put behind others.
    Delayed,
    /// A message was left in the queue as well.
    Repeated,
    /// All that was on its way was lost.
    Silence,
    /// A message from long ago came again.
    Replayed,
    /// A message was refused as a duplicate.
    Duplicate,
    /// A message was refused as too far ahead.
    TooFarAhead,
    /// An authentic message was refused because its chain is not known any more, or not yet.
    ChainUnknown,
    /// Keys of skipped messages made room for newer ones.
    Evicted,
    /// Keys of skipped messages went with their chain.
    Retired,
    /// The end of a chain was too long a gap, and given up.
    GapDropped,
    /// A chain began that counts less than was read.
    CloneSuspected,
    /// A message came in the place of another that was opened.
    NumberUsedTwice,
    /// A message came of a second chain in the place of the newest.
    ChainBegunTwice,
    /// The responder had nothing to write to yet.
    NotReady,
    /// A chain had no message left.
    Exhausted,
    /// A sealed message was dropped before it was stored.
    CrashAtSending,
    /// An opened message was dropped before it was stored.
    CrashAtReceiving,
    /// An opened message was dropped that began a chain.
    CrashAtNewChain,
    /// A client was closed and opened again.
    Restart,
    /// An end went back to an older state, and the peer saw no chain begun since.
    Restored,
    /// An end went back to an older state although the peer may have seen a chain begun since.
    Forked,
    /// A thief copied an end.
    Stolen,
    /// In quiescence what was sealed opened at no thief.
    ThiefShutOut,
    /// A message carried shards.
    Shards,
    /// An end began to send false shards.
    Lies,
    /// A chain began that mixes an epoch in.
    MixSent,
    /// A chain began that skips an epoch.
    SkipSent,
    /// A chain that mixes an epoch in was opened.
    MixReceived,
    /// A chain that skips an epoch was opened.
    SkipReceived,
    /// A forged message was refused.
    Refused(Forgery),
    /// In quiescence everything arrived, both ways.
    Healed,
    /// The same, after an end was restored.
    HealedRestored,
    /// Quiescence met a limit, and a new session is what helps.
    Stuck,
}

impl Event {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Sent,
            Self::Delivered,
            Self::Overtaken,
            Self::FormerChain,
            Self::Lost,
            Self::Delayed,
            Self::Repeated,
            Self::Silence,
            Self::Replayed,
            Self::Duplicate,
            Self::TooFarAhead,
            Self::ChainUnknown,
            Self::Evicted,
            Self::Retired,
            Self::GapDropped,
            Self::CloneSuspected,
            Self::NumberUsedTwice,
            Self::ChainBegunTwice,
            Self::NotReady,
            Self::Exhausted,
            Self::CrashAtSending,
            Self::CrashAtReceiving,
            Self::CrashAtNewChain,
            Self::Restart,
            Self::Restored,
            Self::Forked,
            Self::Shards,
            Self::Stolen,
            Self::ThiefShutOut,
            Self::Lies,
            Self::MixSent,
            Self::SkipSent,
            Self::MixReceived,
            Self::SkipReceived,
            Self::Healed,
            Self::HealedRestored,
            Self::Stuck,
        ];
        plain.into_iter().chain(Forgery::ALL.map(Self::Refused))
    }
}

/// How often each event happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats(BTreeMap<Event, u64>);

impl Stats {
    /// Counts one event.
    pub fn count(&mut self, event: Event) {
        *self.0.entry(event).or_default() += 1;
    }

    /// How often `event` happened.
    pub fn of(&self, event: Event) -> u64 {
        self.0.get(&event).copied().unwrap_or_default()
    }
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        for (event, times) in other.0 {
            *self.0.entry(event).or_default() += times;
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Event::all().try_for_each(|event| writeln!(f, "{:9} {event:?}", self.of(event)))
    }
}
