//! The groups that there are, and what is kept of each beside its entries and keys.

use core::iter;

use entrenous_group::{EntryHash, GroupId, RosterId, sender_key::KeyId};
use entrenous_identity::{AccountId, DeviceId, Timestamp};
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Address, Error, engine::Stored};

/// Groups that a device keeps, those that it was invited to and those that it has left included.
pub(crate) const MAX_GROUPS: usize = 256;

/// Older rosters of a group that are remembered by their heads, beside those under which kept keys were made.
const MAX_KNOWN: usize = 256;

/// Rosters of others that are remembered by their heads.
const MAX_LEARNED: usize = 32;

/// Rosters that were asked for and have not come.
const MAX_ASKED: usize = 64;
/// Of one device.
const MAX_ASKED_OF_DEVICE: usize = 8;

/// The groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Groups(pub(crate) Vec<GroupId>);

/// Where the user stands.
// spec: GROUP-200
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Somebody has added the account, and the user has not said anything.
    Invited { by: Address },
    /// The user takes part.
    Joined,
    /// The account, or this device, is out.
    Out,
}

/// A sender key that is kept: it has a record of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownKey {
    pub(crate) id: KeyId,
    pub(crate) of: Address,
    /// The roster under which it was made.
    pub(crate) roster: RosterId,
    /// When a newer one of the device has come.
    pub(crate) followed: Option<Timestamp>,
}

impl KnownKey {
    pub(crate) const fn new(id: KeyId, of: Address, roster: RosterId) -> Self {
        Self { id, of, roster, followed: None }
    }
}

/// A device that was asked for a new key, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantedKey {
    pub(crate) of: Address,
    pub(crate) at: Timestamp,
}

/// A roster that somebody was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) of: Address,
    pub(crate) roster: RosterId,
    /// When last.
    pub(crate) at: Timestamp,
    /// When first.
    pub(crate) since: Timestamp,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupRecord {
    pub(crate) standing: Standing,
    /// Records that have its entries.
    pub(crate) blocks: u32,
    /// The heads of older rosters that the device had, oldest first.
    pub(crate) known: Vec<Vec<EntryHash>>,
    /// The heads of rosters that others had.
    pub(crate) learned: Vec<Vec<EntryHash>>,
    /// Keys of other devices, oldest first.
    pub(crate) keys: Vec<KnownKey>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) wanted_keys: Vec<WantedKey>,
    /// Since when an own list that is newer than the pinned one is known to wait.
    pub(crate) list_waits: Option<Timestamp>,
    /// Somebody has asked for a new own key.
    pub(crate) key_wanted: bool,
    /// How often the store had been restored when the own key was made, and entries were asked for.
    pub(crate) restorals: u32,
}

impl GroupRecord {
    pub(crate) const fn new(standing: Standing) -> Self {
        Self {
            standing,
            blocks: 0,
            known: Vec::new(),
            learned: Vec::new(),
            keys: Vec::new(),
            asked: Vec::new(),
            wanted_keys: Vec::new(),
            list_waits: None,
            key_wanted: false,
            restorals: 0,
        }
    }

    /// Remembers an older roster, and forgets the oldest that no kept key and not `own`, the own key, was made under.
    // spec: GROUP-166
    pub(crate) fn remember(&mut self, mut heads: Vec<EntryHash>, own: Option<RosterId>) {
        heads.sort_unstable();
        heads.dedup();
        if self.known.contains(&heads) {
            return;
        }
        self.known.push(heads);
        let needed = |id: RosterId| own == Some(id) || self.keys.iter().any(|key| key.roster == id);
        let needed: Vec<bool> = self.known.iter().map(|heads| needed(RosterId::of(heads))).collect();
        let mut surplus = needed.iter().filter(|needed| !**needed).count().saturating_sub(MAX_KNOWN);
        let mut needed = needed.into_iter();
        self.known.retain(|_| {
            let goes = needed.next() == Some(false) && surplus > 0;
            surplus -= usize::from(goes);
            !goes
        });
    }

    /// Remembers a roster that another device had, and forgets the oldest such that no kept key was made under.
    pub(crate) fn learn(&mut self, mut heads: Vec<EntryHash>) {
        heads.sort_unstable();
        heads.dedup();
        if self.rosters().any(|known| *known == heads) {
            return;
        }
        if self.learned.len() >= MAX_LEARNED {
            let is_needed = |heads: &Vec<EntryHash>| {
                let id = RosterId::of(heads);
                self.keys.iter().any(|key| key.roster == id)
            };
            let oldest = self.learned.iter().position(|heads| !is_needed(heads)).unwrap_or(0);
            self.learned.remove(oldest);
        }
        self.learned.push(heads);
    }

    /// All older rosters that are known, by their heads.
    pub(crate) fn rosters(&self) -> impl Iterator<Item = &Vec<EntryHash>> {
        self.known.iter().chain(&self.learned)
    }

    /// What was asked of a device has come; tells whether it was asked.
    pub(crate) fn has_answered(&mut self, of: &Address, roster: RosterId) -> bool {
        let before = self.asked.len();
        self.asked.retain(|asked| (asked.of, asked.roster) != (*of, roster));
        self.asked.len() < before
    }

    /// Forgets what was asked for a week ago, by the clock in either direction.
    pub(crate) fn give_up_asking(&mut self, now: Timestamp) {
        self.asked.retain(|asked| asked.since.as_ms().abs_diff(now.as_ms()) < GIVEN_UP_MS);
    }

    /// Notes that a roster is asked for; tells whether it is time to.
    pub(crate) fn ask(&mut self, of: Address, roster: RosterId, now: Timestamp) -> bool {
        let same = |asked: &Asked| (asked.of, asked.roster) == (of, roster);
        let before = self.asked.iter().find(|asked| same(asked)).copied();
        if before.is_some_and(|asked| asked.at.as_ms().abs_diff(now.as_ms()) < ASK_AGAIN_MS) {
            return false;
        }
        self.asked.retain(|asked| !same(asked));
        // one that asks for much takes no room from others
        let of_device = self.asked.iter().filter(|asked| asked.of == of).count();
        let oldest = match of_device < MAX_ASKED_OF_DEVICE {
            true => (self.asked.len() >= MAX_ASKED).then_some(0),
            false => self.asked.iter().position(|asked| asked.of == of),
        };
        if let Some((at, asked)) = oldest.and_then(|at| Some((at, self.asked.get(at)?))) {
            // nor is one asked more often than once a minute for each place that it has
            if asked.at.as_ms().abs_diff(now.as_ms()) < ASK_AGAIN_MS {
                return false;
            }
            self.asked.remove(at);
        }
        let since = before.map_or(now, |asked| asked.since);
        self.asked.push(Asked { of, roster, at: now, since });
        true
    }

    /// It couldn't be asked for.
    pub(crate) fn ask_later(&mut self, of: &Address, roster: RosterId) {
        if let Some(asked) = self.asked.iter_mut().find(|asked| (asked.of, asked.roster) == (*of, roster)) {
            asked.at = Timestamp::from_ms(0);
        }
    }

    /// Notes that a device is asked for a new key; tells whether it is time to.
    pub(crate) fn want_key(&mut self, of: Address, now: Timestamp) -> bool {
        let before = self.wanted_keys.iter().position(|wanted| wanted.of == of);
        let before = before.map(|at| self.wanted_keys.remove(at));
        let is_early = before.is_some_and(|wanted| wanted.at.as_ms().abs_diff(now.as_ms()) < WANT_AGAIN_MS);
        let at = before.filter(|_| is_early).map_or(now, |wanted| wanted.at);
        self.wanted_keys.push(WantedKey { of, at });
        if self.wanted_keys.len() > MAX_ASKED {
            // the others are asked first
            self.wanted_keys.pop();
            return false;
        }
        !is_early
    }

    /// It couldn't be asked.
    pub(crate) fn want_key_later(&mut self, of: &Address) {
        if let Some(wanted) = self.wanted_keys.iter_mut().find(|wanted| wanted.of == *of) {
            wanted.at = Timestamp::from_ms(0);
        }
    }
}

/// Time between two wishes for a new key, of one device: an hour.
const WANT_AGAIN_MS: u64 = 3_600_000;
/// Time between two wishes for one roster, of one device.
const ASK_AGAIN_MS: u64 = 60_000;
/// What has not come by then, 7 days after it was asked for first, is asked for no more.
const GIVEN_UP_MS: u64 = 7 * 86_400_000;

#[derive(Clone, PartialEq, prost::Message)]
struct GroupsProto {
    #[prost(bytes = "vec", tag = "1")]
    groups: Vec<u8>,
}

impl Stored for Groups {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&GroupsProto { groups: self.0.iter().flat_map(|group| *group.as_bytes()).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: GroupsProto = read(bytes)?;
        Ok(Self(arrays(&proto.groups)?.iter().map(|id| GroupId::from_bytes(*id)).collect()))
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct GroupProto {
    /// 1 invited, 2 joined, 3 out.
    #[prost(uint32, tag = "1")]
    standing: u32,
    /// account 32 ‖ device 4 of who invited.
    #[prost(bytes = "vec", tag = "2")]
    by: Vec<u8>,
    #[prost(uint32, tag = "3")]
    blocks: u32,
    /// The rosters, each by what differs from the one before.
    #[prost(message, repeated, tag = "4")]
    known: Vec<KnownProto>,
    /// id 16 ‖ account 32 ‖ device 4 ‖ roster 32 ‖ followed, ms 8, zero if not, of each.
    #[prost(bytes = "vec", tag = "5")]
    keys: Vec<u8>,
    /// account 32 ‖ device 4 ‖ roster 32 ‖ last, ms 8 ‖ first, ms 8 of each.
    #[prost(bytes = "vec", tag = "6")]
    asked: Vec<u8>,
    #[prost(bool, tag = "7")]
    key_wanted: bool,
    #[prost(uint32, tag = "8")]
    restorals: u32,
    /// account 32 ‖ device 4 ‖ ms 8 of each.
    #[prost(bytes = "vec", tag = "9")]
    wanted_keys: Vec<u8>,
    #[prost(fixed64, optional, tag = "10")]
    list_waits_ms: Option<u64>,
    #[prost(message, repeated, tag = "11")]
    learned: Vec<KnownProto>,
}

/// How the heads of a roster differ from those of the one before it: most stay, and there may be thousands.
#[derive(Clone, PartialEq, prost::Message)]
struct KnownProto {
    /// 32 bytes a head.
    #[prost(bytes = "vec", tag = "1")]
    gone: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    come: Vec<u8>,
}

fn known_to_proto(known: &[Vec<EntryHash>]) -> Vec<KnownProto> {
    let before = iter::once(&[][..]).chain(known.iter().map(Vec::as_slice));
    let lacks = |of: &[EntryHash], in_: &[EntryHash]| -> Vec<EntryHash> {
        of.iter().filter(|head| in_.binary_search(head).is_err()).copied().collect()
    };
    let differ = |(before, heads): (&[EntryHash], &Vec<EntryHash>)| KnownProto {
        gone: heads_to_bytes(&lacks(before, heads)),
        come: heads_to_bytes(&lacks(heads, before)),
    };
    before.zip(known).map(differ).collect()
}

fn known_from_proto(proto: &[KnownProto]) -> Result<Vec<Vec<EntryHash>>, Error> {
    let mut known: Vec<Vec<EntryHash>> = Vec::with_capacity(proto.len());
    for KnownProto { gone, come } in proto {
        let mut heads = known.last().cloned().unwrap_or_default();
        let gone = heads_from_bytes(gone)?;
        heads.retain(|head| !gone.contains(head));
        heads.extend(heads_from_bytes(come)?);
        heads.sort_unstable();
        known.push(heads);
    }
    Ok(known)
}

impl Stored for GroupRecord {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self {
            standing,
            blocks,
            known,
            learned,
            keys,
            asked,
            wanted_keys,
            list_waits,
            key_wanted,
            restorals,
        } = self;
        let (standing, by) = match standing {
            Standing::Invited { by } => (1, address(by).to_vec()),
            Standing::Joined => (2, Vec::new()),
            Standing::Out => (3, Vec::new()),
        };
        let key = |key: &KnownKey| {
            let KnownKey { id, of, roster, followed } = key;
            let followed = followed.map_or(0, Timestamp::as_ms).to_be_bytes();
            [&id.0[..], &address(of), roster.as_bytes(), &followed].concat()
        };
        let wanted_key =
            |wanted: &WantedKey| [&address(&wanted.of)[..], &wanted.at.as_ms().to_be_bytes()].concat();
        let ask = |asked: &Asked| {
            let Asked { of, roster, at, since } = asked;
            let times = [at.as_ms().to_be_bytes(), since.as_ms().to_be_bytes()].concat();
            [&address(of)[..], roster.as_bytes(), &times].concat()
        };
        write(&GroupProto {
            standing,
            by,
            blocks: *blocks,
            known: known_to_proto(known),
            learned: known_to_proto(learned),
            keys: keys.iter().flat_map(key).collect(),
            asked: asked.iter().flat_map(ask).collect(),
            key_wanted: *key_wanted,
            restorals: *restorals,
            wanted_keys: wanted_keys.iter().flat_map(wanted_key).collect(),
            list_waits_ms: list_waits.map(Timestamp::as_ms),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let GroupProto {
            standing,
            by,
            blocks,
            known,
            learned,
            keys,
            asked,
            key_wanted,
            restorals,
            wanted_keys,
            list_waits_ms,
        } = read(bytes)?;
        let standing = match standing {
            1 => Standing::Invited { by: read_address(&by)? },
            2 => Standing::Joined,
            3 => Standing::Out,
            _ => return Err(Error::Corrupt),
        };
        let key = |bytes: &[u8; 92]| -> Result<KnownKey, Error> {
            let (id, rest) = bytes.split_at(16);
            let (of, rest) = rest.split_at(36);
            let (roster, followed) = rest.split_at(32);
            let followed = u64::from_be_bytes(array(followed)?);
            Ok(KnownKey {
                id: KeyId(array(id)?),
                of: read_address(of)?,
                roster: RosterId::from_bytes(array(roster)?),
                followed: (followed != 0).then(|| Timestamp::from_ms(followed)),
            })
        };
        let wanted_key = |bytes: &[u8; 44]| -> Result<WantedKey, Error> {
            let (of, at) = bytes.split_at(36);
            let at = Timestamp::from_ms(u64::from_be_bytes(array(at)?));
            Ok(WantedKey { of: read_address(of)?, at })
        };
        let ask = |bytes: &[u8; 84]| -> Result<Asked, Error> {
            let (of, rest) = bytes.split_at(36);
            let (roster, times) = rest.split_at(32);
            let (at, since) = times.split_at(8);
            let time = |bytes| array(bytes).map(|bytes| Timestamp::from_ms(u64::from_be_bytes(bytes)));
            Ok(Asked {
                of: read_address(of)?,
                roster: RosterId::from_bytes(array(roster)?),
                at: time(at)?,
                since: time(since)?,
            })
        };
        Ok(Self {
            standing,
            blocks,
            known: known_from_proto(&known)?,
            learned: known_from_proto(&learned)?,
            keys: arrays(&keys)?.iter().map(key).collect::<Result<_, _>>()?,
            asked: arrays(&asked)?.iter().map(ask).collect::<Result<_, _>>()?,
            key_wanted,
            restorals,
            wanted_keys: arrays(&wanted_keys)?.iter().map(wanted_key).collect::<Result<_, _>>()?,
            list_waits: list_waits_ms.map(Timestamp::from_ms),
        })
    }
}

/// account 32 ‖ device 4
pub(super) fn address(of: &Address) -> [u8; 36] {
    let mut bytes = [0; 36];
    bytes[..32].copy_from_slice(of.account.as_bytes());
    bytes[32..].copy_from_slice(&of.device.get().to_be_bytes());
    bytes
}

pub(super) fn read_address(bytes: &[u8]) -> Result<Address, Error> {
    let bytes: [u8; 36] = array(bytes)?;
    let (account, device) = bytes.split_at(32);
    Ok(Address {
        account: AccountId::from_bytes(array(account)?),
        device: DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?,
    })
}

/// 32 bytes a head.
pub(crate) fn heads_to_bytes(heads: &[EntryHash]) -> Vec<u8> {
    heads.iter().flat_map(|head| *head.as_bytes()).collect()
}

/// The heads that a field of 32 bytes each holds.
pub(crate) fn heads_from_bytes(bytes: &[u8]) -> Result<Vec<EntryHash>, Error> {
    Ok(arrays(bytes)?.iter().map(|head| EntryHash::from_bytes(*head)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: u32) -> Address {
        Address { account: AccountId::from_bytes([1; 32]), device: DeviceId::new(number).unwrap() }
    }

    fn heads(number: u8) -> Vec<EntryHash> {
        vec![EntryHash::from_bytes([number; 32])]
    }

    #[test]
    fn a_group_comes_back() {
        for standing in [Standing::Invited { by: of(3) }, Standing::Joined, Standing::Out] {
            let record = GroupRecord {
                blocks: 3,
                known: vec![heads(1), [heads(2), heads(3)].concat(), [heads(1), heads(3)].concat(), vec![]],
                learned: vec![heads(4), heads(5)],
                keys: vec![KnownKey {
                    id: KeyId([5; 16]),
                    of: of(6),
                    roster: RosterId::of(&heads(1)),
                    followed: Some(Timestamp::from_ms(4)),
                }],
                asked: vec![Asked {
                    of: of(7),
                    roster: RosterId::of(&heads(9)),
                    at: Timestamp::from_ms(8),
                    since: Timestamp::from_ms(6),
                }],
                wanted_keys: vec![WantedKey { of: of(8), at: Timestamp::from_ms(2) }],
                list_waits: Some(Timestamp::from_ms(1)),
                key_wanted: true,
                restorals: 3,
                ..GroupRecord::new(standing)
            };
            assert_eq!(GroupRecord::from_bytes(&record.to_bytes()), Ok(record));
        }
        let groups = Groups(vec![GroupId::from_bytes([1; 32]), GroupId::from_bytes([2; 32])]);
        assert_eq!(Groups::from_bytes(&groups.to_bytes()), Ok(groups));
    }

    // spec: GROUP-166
    #[test]
    fn rosters_of_keys_stay_known() {
        let mut record = GroupRecord::new(Standing::Joined);
        let numbered =
            |number: u16| vec![EntryHash::from_bytes(array(&[number.to_be_bytes(); 16].concat()).unwrap())];
        let (id, roster) = (KeyId([5; 16]), RosterId::of(&numbered(0)));
        record.keys.push(KnownKey::new(id, of(6), roster));
        for number in 0..400 {
            record.remember(numbered(number), Some(RosterId::of(&numbered(1))));
            record.remember(numbered(number), Some(RosterId::of(&numbered(1))));
        }
        assert_eq!(record.known.len(), MAX_KNOWN + 2);
        assert!([0, 1, 399].iter().all(|number| record.known.contains(&numbered(*number))));
    }

    #[test]
    fn a_roster_is_asked_for_once_a_minute() {
        let mut record = GroupRecord::new(Standing::Joined);
        let roster = RosterId::of(&heads(1));
        assert!(record.ask(of(1), roster, Timestamp::from_ms(100_000)));
        assert!(!record.ask(of(1), roster, Timestamp::from_ms(159_999)));
        assert!(record.ask(of(2), roster, Timestamp::from_ms(159_999)));
        assert!(record.ask(of(1), roster, Timestamp::from_ms(160_000)));
        let week = Timestamp::from_ms(159_999 + GIVEN_UP_MS);
        record.ask(of(1), roster, week);
        record.give_up_asking(week);
        assert_eq!(record.asked, []);
        for number in 10..200 {
            record.ask(of(number), roster, Timestamp::from_ms(1));
        }
        assert_eq!(record.asked.len(), MAX_ASKED);
    }
}
