//! What is to be erased when its time is over, by the hour.

use entrenous_identity::Timestamp;
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Error, MessageId, engine::Stored};

const HOUR_MS: u64 = 3_600_000;
/// Hours that a note is ahead at most.
const AHEAD: u32 = 7 * 24;
/// Notes for one hour: as many as the inbox has items. What comes beyond it is erased when somebody looks at it.
const MAX_AN_HOUR: usize = 16_384;

/// Something that has a time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A message that was sent.
    Message(MessageId),
    /// An item of the inbox.
    Item(u64),
}

/// What is due in one hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expiring(pub(crate) Vec<Due>);

impl Expiring {
    /// Tells whether there was room.
    pub(crate) fn add(&mut self, due: Due) -> bool {
        let room = self.0.len() < MAX_AN_HOUR;
        if room {
            self.0.push(due);
        }
        room
    }
}

/// The hours since 1970 for which there are notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expiries(Vec<u32>);

impl Expiries {
    /// All hours for which there can be notes now.
    pub(crate) fn around(now: Timestamp) -> Self {
        let now = hour_of(now);
        Self((now.saturating_sub(AHEAD)..=now.saturating_add(AHEAD + 1)).collect())
    }

    /// The hour for which to note what is over at a time: at its end it is.
    pub(crate) fn hour_for(at: Timestamp, now: Timestamp) -> u32 {
        let now = hour_of(now);
        hour_of(at).clamp(now, now.saturating_add(AHEAD)).saturating_add(1)
    }

    /// Tells whether it is new.
    pub(crate) fn add(&mut self, hour: u32) -> bool {
        let new = !self.0.contains(&hour);
        if new {
            self.0.push(hour);
        }
        new
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn remove(&mut self, hour: u32) {
        self.0.retain(|other| *other != hour);
    }

    /// An hour whose notes are to be looked at: it has begun, or it was noted by a clock that was ahead.
    pub(crate) fn due(&self, now: Timestamp) -> Option<u32> {
        let now = hour_of(now);
        self.0.iter().copied().find(|hour| *hour <= now || *hour > now.saturating_add(AHEAD + 1))
    }
}

fn hour_of(at: Timestamp) -> u32 {
    u32::try_from(at.as_ms() / HOUR_MS).unwrap_or(u32::MAX)
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntriesProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for Expiring {
    /// kind 1 ‖ message id 16; or kind 2 ‖ number 8 ‖ zeros 8
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut entries = Vec::with_capacity(17 * self.0.len());
        for due in &self.0 {
            match due {
                Due::Message(id) => {
                    entries.push(1);
                    entries.extend_from_slice(id.as_bytes());
                }
                Due::Item(number) => {
                    entries.push(2);
                    entries.extend_from_slice(&number.to_be_bytes());
                    entries.extend_from_slice(&[0; 8]);
                }
            }
        }
        write(&EntriesProto { entries })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 17]| -> Result<Due, Error> {
            let (kind, rest) = bytes.split_first().ok_or(Error::Corrupt)?;
            let (number, _) = rest.split_at(8);
            match kind {
                1 => Ok(Due::Message(MessageId::from_bytes(array(rest)?))),
                2 => Ok(Due::Item(u64::from_be_bytes(array(number)?))),
                _ => Err(Error::Corrupt),
            }
        };
        let proto: EntriesProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

impl Stored for Expiries {
    /// hour 4 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&EntriesProto { entries: self.0.iter().flat_map(|hour| hour.to_be_bytes()).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: EntriesProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(|hour| u32::from_be_bytes(*hour)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u64) -> Timestamp {
        Timestamp::from_ms(hour * HOUR_MS + 1)
    }

    #[test]
    fn notes_come_back_and_are_bounded() {
        let mut expiring = Expiring::default();
        assert!(expiring.add(Due::Message(MessageId::from_bytes([7; 16]))));
        for number in 1..16_384 {
            assert!(expiring.add(Due::Item(number)));
        }
        assert!(!expiring.add(Due::Item(0)));
        assert_eq!(Expiring::from_bytes(&expiring.to_bytes()), Ok(expiring));
        let mut expiries = Expiries::default();
        assert!(expiries.add(5) && !expiries.add(5));
        assert_eq!(Expiries::from_bytes(&expiries.to_bytes()).as_ref(), Ok(&expiries));
    }

    // spec: CLIENT-106, CLIENT-132
    #[test]
    fn an_hour_is_due_when_it_has_begun_and_when_it_is_too_far_ahead() {
        let mut expiries = Expiries::default();
        for (end, hour) in [(1_000, 1_001), (900, 1_001), (1_100, 1_101), (99_999, 1_169)] {
            assert_eq!(Expiries::hour_for(at(end), at(1_000)), hour);
        }
        expiries.add(1_169);
        assert_eq!(expiries.due(at(1_168)), None);
        assert_eq!(expiries.due(at(1_169)), Some(1_169));
        assert_eq!(expiries.due(at(1_000)), None);
        assert_eq!(expiries.due(at(999)), Some(1_169));
    }
}
