//! What came too early is kept within bounds, and tried again when what it waits for is here.

use entrenous_group::{GroupId, sender_key::KeyId};
use entrenous_primitives::random::draw;
use entrenous_wire::group_message::GroupMessage;
use zeroize::Zeroizing;

use super::loaded::Group;
use crate::{
    Address, Error,
    engine::{Name, Step, Stop},
    record::{MAX_PARKED_MS, Opaque, Parked, ParkedEntry, Waits},
};

/// What came too early.
#[derive(Clone, Copy, Debug)]
pub(super) struct Early {
    pub(super) waits: Waits,
    pub(super) from: Address,
    pub(super) group: GroupId,
    pub(super) key: KeyId,
    pub(super) iteration: u32,
}

impl Step<'_> {
    /// Keeps bytes that came too early.
    ///
    /// # Errors
    /// [`Error::TooEarly`] when there is no room: the transport keeps them.
    // spec: GROUP-207
    pub(super) fn park(&mut self, early: Early, bytes: &[u8]) -> Result<(), Stop> {
        let Early { waits, from, group, key, iteration } = early;
        let mut parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        if parked.has(waits, &from, &key, iteration) {
            return Ok(());
        }
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if !parked.has_room(&from, len) {
            return Err(Error::TooEarly.into());
        }
        let number = u64::from_be_bytes(*draw::<8>(&mut self.rng)?.as_bytes());
        parked.0.push(ParkedEntry { number, waits, from, group, key, iteration, len, since: self.now });
        self.put(Name::ParkedBytes(number), &Opaque(Zeroizing::new(bytes.to_vec())));
        self.put(Name::Parked, &parked);
        Ok(())
    }

    /// Tries again what waits for something of a group. What still can't be told stays where it is.
    pub(crate) fn retry_parked(&mut self, group: &mut Group) -> Result<(), Stop> {
        let mut parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let keys: Vec<KeyId> = group.record.keys.iter().map(|key| key.id).collect();
        let concerns = |entry: &ParkedEntry| match entry.waits {
            Waits::ForKey => keys.contains(&entry.key),
            Waits::ForRoster | Waits::Key => entry.group == group.id,
        };
        let mut again: Vec<ParkedEntry> = parked.0.iter().filter(|entry| concerns(entry)).copied().collect();
        if again.is_empty() {
            return Ok(());
        }
        // each parks anew what must go on waiting
        parked.0.retain(|entry| !concerns(entry));
        self.put(Name::Parked, &parked);
        self.want(again.iter().map(|entry| Name::ParkedBytes(entry.number)))?;
        // keys first, and a key's messages in their order
        again.sort_by_key(|entry| (entry.waits != Waits::Key, entry.iteration));
        for entry in again {
            let bytes = self.get_unless_damaged::<Opaque>(Name::ParkedBytes(entry.number))?;
            self.remove(Name::ParkedBytes(entry.number))?;
            let Some(Opaque(bytes)) = bytes else { continue };
            let since = self.now.as_ms().abs_diff(entry.since.as_ms());
            if since > MAX_PARKED_MS {
                continue;
            }
            // what is wrong with one is not to hold up the others
            let outcome = self.attempt(|step| step.try_again(group, &entry, &bytes))?;
            if let Err(Error::InboxFull | Error::TooManyStrangers) = outcome {
                let ParkedEntry { waits, from, group, key, iteration, .. } = entry;
                self.attempt(|step| step.park(Early { waits, from, group, key, iteration }, &bytes))?.ok();
            }
        }
        Ok(())
    }

    fn try_again(&mut self, group: &mut Group, entry: &ParkedEntry, bytes: &[u8]) -> Result<(), Stop> {
        match entry.waits {
            Waits::Key => self.receive_key(group, &entry.from, bytes),
            Waits::ForKey | Waits::ForRoster => {
                let message = GroupMessage::parse(bytes)?;
                self.open_group_message(group, &message, bytes)
            }
        }
    }

    /// Gives up what has waited for too long.
    // spec: GROUP-207
    pub(crate) fn expire_parked(&mut self) -> Result<bool, Stop> {
        let mut parked: Parked = self.get_unless_damaged(Name::Parked)?.unwrap_or_default();
        let now = self.now.as_ms();
        let (over, stay): (Vec<ParkedEntry>, Vec<ParkedEntry>) =
            parked.0.iter().partition(|entry| now.abs_diff(entry.since.as_ms()) > MAX_PARKED_MS);
        if over.is_empty() {
            return Ok(false);
        }
        for entry in over {
            self.remove(Name::ParkedBytes(entry.number))?;
        }
        parked.0 = stay;
        self.put(Name::Parked, &parked);
        Ok(false)
    }
}
