//! What came too early is kept within bounds, and tried again when what it waits for is here.

use core::mem;

use entrenous_group::GroupId;
use entrenous_primitives::{hash::sha256, random::draw};
use entrenous_wire::group_message::GroupMessage;
use zeroize::Zeroizing;

use super::{loaded::Group, received_key::Taken};
use crate::{
    Error,
    engine::{Name, Step, Stop},
    record::{Early, Opaque, Parked, ParkedEntry, Waits},
};

/// Tells bytes from others: the first 16 bytes of their SHA-256.
fn digest(bytes: &[u8]) -> [u8; 16] {
    let mut digest = [0; 16];
    digest.copy_from_slice(sha256(&[bytes]).split_at(16).0);
    digest
}

impl Step<'_> {
    /// Keeps bytes that came too early.
    ///
    /// # Errors
    /// [`Error::TooEarly`] when there is no room: the transport keeps them.
    // spec: GROUP-207
    pub(super) fn park(&mut self, early: Early, bytes: &[u8]) -> Result<(), Stop> {
        let mut parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let digest = digest(bytes);
        if parked.has(&early.from, &digest) {
            return Ok(());
        }
        let number = u64::from_be_bytes(*draw::<8>(&mut self.rng)?.as_bytes());
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let of_stranger = !self.is_close(&early.from)?;
        let entry = ParkedEntry { number, early, of_stranger, len, digest, since: self.now };
        if !parked.has_room_for(&entry) {
            return Err(Error::TooEarly.into());
        }
        parked.0.push(entry);
        self.put(Name::ParkedBytes(number), &Opaque(Zeroizing::new(bytes.to_vec())));
        self.put(Name::Parked, &parked);
        Ok(())
    }

    /// Tries again what waits for something of a group. What still can't be told stays where it is.
    pub(crate) fn retry_parked(&mut self, group: &mut Group) -> Result<(), Stop> {
        let mut parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let concerns = |entry: &ParkedEntry| match entry.early.waits {
            Waits::ForKey => true,
            Waits::ForRoster | Waits::Key => entry.early.group == group.id,
        };
        let mut again: Vec<ParkedEntry> = parked.0.iter().filter(|entry| concerns(entry)).copied().collect();
        // those that are without their key stay, unless one of the keys here is theirs
        let may_open = |entry: &&ParkedEntry| {
            entry.early.waits != Waits::ForKey
                || group.record.keys.iter().any(|key| key.id == entry.early.key)
                || again.iter().any(|of| of.early.waits == Waits::Key && of.early.key == entry.early.key)
        };
        let names = again.iter().filter(may_open).map(|entry| Name::ParkedBytes(entry.number));
        self.want(names.collect::<Vec<_>>())?;
        // keys first, and a key's messages in their order
        again.sort_by_key(|entry| (entry.early.waits != Waits::Key, entry.early.iteration));
        let mut settled = false;
        for entry in again {
            let knows = |group: &Group| group.record.keys.iter().any(|key| key.id == entry.early.key);
            if entry.early.waits == Waits::ForKey && !knows(group) {
                continue;
            }
            // what is wrong with one is not to hold up the others
            match self.attempt_on(group, |step, group| step.try_again(group, &entry))? {
                Ok(Some(early)) => parked.keep(entry.number, early),
                // room that is lacking now is there later
                Err(error) if !error.is_final() && error != Error::KeyUnavailable => continue,
                Ok(None) | Err(_) => {
                    self.remove(Name::ParkedBytes(entry.number))?;
                    parked.0.retain(|other| other.number != entry.number);
                }
            }
            settled = true;
        }
        if settled {
            self.put(Name::Parked, &parked);
        }
        Ok(())
    }

    fn try_again(&mut self, group: &mut Group, entry: &ParkedEntry) -> Result<Option<Early>, Stop> {
        let bytes = self.get_unless_damaged::<Opaque>(Name::ParkedBytes(entry.number))?;
        let Opaque(bytes) = bytes.ok_or(Error::KeyUnavailable)?;
        // whoever has brought what it waited for: members of a group that the user has joined are no strangers there
        let of_stranger = mem::take(&mut self.of_stranger);
        let outcome = match entry.early.waits {
            Waits::Key => match self.take_key(group, &entry.early.from, &bytes) {
                Ok(Taken::Early(early)) => Ok(Some(early)),
                Ok(Taken::New | Taken::Known) => Ok(None),
                Err(stop) => Err(stop),
            },
            Waits::ForKey | Waits::ForRoster => self.check_inbox().and_then(|()| {
                let message = GroupMessage::parse(&bytes)?;
                self.open_group_message(group, &message)
            }),
        };
        self.of_stranger = of_stranger;
        outcome
    }

    /// Gives up what has waited for too long.
    // spec: GROUP-207
    pub(crate) fn expire_parked(&mut self) -> Result<bool, Stop> {
        let now = self.now;
        self.drop_parked(|entry| entry.is_over(now)).map(|()| false)
    }

    /// Drops what waits for a group that is forgotten.
    pub(super) fn forget_parked_of(&mut self, group: GroupId) -> Result<(), Stop> {
        self.drop_parked(|entry| entry.early.group == group)
    }

    fn drop_parked(&mut self, is_dropped: impl Fn(&ParkedEntry) -> bool) -> Result<(), Stop> {
        let parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let (dropped, stay): (Vec<ParkedEntry>, Vec<ParkedEntry>) =
            parked.0.iter().partition(|entry| is_dropped(entry));
        if dropped.is_empty() {
            return Ok(());
        }
        for entry in dropped {
            self.remove(Name::ParkedBytes(entry.number))?;
        }
        self.put(Name::Parked, &Parked(stay));
        Ok(())
    }
}
