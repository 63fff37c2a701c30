//! Entries go to every device that was not told of them.

use std::collections::BTreeSet;

use entrenous_group::{EntryHash, roster::Entry};
use entrenous_wire::{group_control::MAX_BATCH, proto::GroupControl};

use super::loaded::Group;
use crate::{
    Address, Error, Outgoing,
    engine::{Name, Step, Stop},
    record::GroupDevice,
};

impl Step<'_> {
    /// Sends every device the entries that it was not told of, as far as there are sessions and room in the outbox; gives
    /// those that it was not possible for.
    // spec: GROUP-203
    pub(crate) fn spread_entries(
        &mut self,
        group: &Group,
        outgoing: &mut Vec<Outgoing>,
    ) -> Result<Vec<Address>, Stop> {
        let mut devices = self.group_devices(group)?;
        let me = self.device.address();
        for address in group.devices(&me) {
            devices.enter(address, 0);
        }
        let count = group.len();
        let is_behind = |device: &&GroupDevice| device.out.is_some() || device.told < count;
        let behind: Vec<GroupDevice> = devices.devices.iter().filter(is_behind).cloned().collect();
        if behind.is_empty() {
            return Ok(Vec::new());
        }
        self.load_active_sessions(&behind.iter().map(|device| device.address).collect::<Vec<_>>())?;
        // what has no effect is relayed to nobody
        // spec: GROUP-41
        let counting: BTreeSet<EntryHash> =
            group.roster.entries_beyond(&[]).into_iter().map(|entry| entry.hash).collect();
        let mut unreached = Vec::new();
        let mut full = false;
        for device in behind {
            let address = device.address;
            let sent = match full {
                true => None,
                false => match self.attempt(|step| step.tell_entries(group, &counting, &device))? {
                    Ok(sent) => sent,
                    // the others come with the next step, when the transport has taken some
                    Err(Error::OutboxFull) => {
                        full = true;
                        None
                    }
                    Err(error) => return Err(error.into()),
                },
            };
            match (sent, devices.get_mut(&address)) {
                (Some(sent), Some(device)) => {
                    outgoing.extend(sent);
                    (device.told, device.out) = (count, None);
                }
                _ => unreached.push(address),
            }
        }
        devices.devices.retain(|device| group.has(&device.address) || device.out.is_some());
        self.put(Name::GroupDevices(group.id), &devices);
        Ok(unreached)
    }

    /// Sends a device what it lacks, all of it; none if there is no session with it.
    fn tell_entries(
        &mut self,
        group: &Group,
        counting: &BTreeSet<EntryHash>,
        to: &GroupDevice,
    ) -> Result<Option<Vec<Outgoing>>, Stop> {
        let entries: Vec<&Entry> = match to.out {
            Some(last) => group.roster.entries_up_to(&last).unwrap_or_default(),
            None => {
                let lacking = group.order.iter().skip(to.told as usize);
                lacking
                    .filter(|hash| counting.contains(*hash))
                    .filter_map(|hash| group.roster.entry(hash))
                    .collect()
            }
        };
        let mut sent = Vec::new();
        for entries in batches(entries.into_iter()) {
            let control = GroupControl { entries, ..GroupControl::default() };
            match self.send_group_control(group, &to.address, control)? {
                Some(out) => sent.push(out),
                None => return Ok(None),
            }
        }
        Ok(Some(sent))
    }
}

/// Entries in as few controls as they fit into: one, but for a roster that is full to the brim.
pub(super) fn batches<'e>(entries: impl Iterator<Item = &'e Entry>) -> Vec<Vec<u8>> {
    let mut batches: Vec<Vec<u8>> = Vec::new();
    for entry in entries {
        match batches.last_mut() {
            Some(batch) if batch.len() + entry.bytes.len() <= MAX_BATCH => batch.extend(&*entry.bytes),
            _ => batches.push(entry.bytes.to_vec()),
        }
    }
    batches
}
