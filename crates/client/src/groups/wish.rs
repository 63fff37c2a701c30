//! What is lacking of a roster is asked for, and answered.

use entrenous_group::{EntryHash, RosterId};
use entrenous_identity::Timestamp;
use entrenous_primitives::random::draw;
use entrenous_wire::proto::GroupControl;

use super::{control::ANY, loaded::Group, spread::batches};
use crate::{
    Address,
    engine::{Name, Step, Stop},
    record::{Standing, heads_to_bytes},
};

/// Heads that a wish names: with fewer than there are, more comes than is lacking.
const MAX_HEADS: usize = 256;

/// What a device is answered counts as sent at this pace: milliseconds for each 64 KiB that are begun.
const ANSWER_MS: u64 = 5_000;
const ANSWER_BYTES: usize = 64 << 10;
/// A device is answered for as long as it is not so far ahead of that pace.
const ANSWERS_AHEAD_MS: u64 = 16 * ANSWER_MS;
/// And never counts as further ahead than this, whatever it was sent.
const MAX_AHEAD_MS: u64 = 3_600_000;

impl Step<'_> {
    /// Asks a device for a roster, once a minute. Where that can't be done now it is in maintenance.
    // spec: GROUP-204
    pub(crate) fn want_roster(
        &mut self,
        group: &mut Group,
        of: &Address,
        roster: RosterId,
    ) -> Result<(), Stop> {
        if group.record.standing != Standing::Joined || !group.record.ask(*of, roster, self.now) {
            return Ok(());
        }
        // who is no member is not told what we have
        let heads = if group.has(of) { group.roster.heads() } else { &[] };
        let heads = heads.get(..MAX_HEADS).unwrap_or(heads);
        let wanted = roster.as_bytes().to_vec();
        let control = GroupControl { wanted, heads: heads_to_bytes(heads), ..GroupControl::default() };
        if !matches!(self.attempt(|step| step.send_group_control(group, of, control))?, Ok(Some(_))) {
            group.record.ask_later(of, roster);
        }
        self.put(Name::Group(group.id), &group.record);
        Ok(())
    }

    /// Asks again for what has not come.
    // spec: GROUP-204
    pub(super) fn want_again(&mut self, group: &mut Group) -> Result<(), Stop> {
        group.record.give_up_asking(self.now);
        for asked in group.record.asked.clone() {
            self.want_roster(group, &asked.of, asked.roster)?;
        }
        Ok(())
    }

    /// Asks a device of some of the other accounts, whichever, for whatever it has.
    pub(super) fn want_anything(&mut self, group: &mut Group, of: usize) -> Result<(), Stop> {
        let me = self.device.address();
        let mut devices = group.devices(&me);
        devices.dedup_by_key(|device| device.account);
        let first = u64::from_be_bytes(*draw::<8>(&mut self.rng)?.as_bytes()) % devices.len().max(1) as u64;
        devices.rotate_left(usize::try_from(first).unwrap_or_default());
        for device in devices.into_iter().take(of) {
            self.want_roster(group, &device, ANY)?;
        }
        Ok(())
    }

    /// Sends a member's device what it lacks of the roster.
    // spec: GROUP-204
    pub(super) fn answer(
        &mut self,
        group: &mut Group,
        to: &Address,
        wanted: &RosterId,
        has: &[EntryHash],
    ) -> Result<(), Stop> {
        if group.record.standing != Standing::Joined || !group.has(to) {
            return Ok(());
        }
        let mut devices = self.group_devices(group)?;
        devices.enter(*to, 0);
        let (now, count) = (self.now.as_ms(), group.len());
        let Some(device) = devices.get_mut(to) else { return Ok(()) };
        let paid = device.answered_until.as_ms();
        // further ahead than one can be, the clock went back
        let paid = if paid > now.saturating_add(MAX_AHEAD_MS) { now } else { paid.max(now) };
        if paid - now >= ANSWERS_AHEAD_MS {
            return Ok(());
        }
        let mut batches = batches(group.roster.entries_beyond(has).into_iter());
        let heads = match *wanted == ANY {
            true => Some(group.roster.heads()),
            false => group.heads_of(wanted),
        };
        let heads = heads.map(heads_to_bytes).unwrap_or_default();
        if batches.is_empty() && !heads.is_empty() {
            batches.push(Vec::new());
        }
        let bytes = batches.iter().map(Vec::len).sum::<usize>();
        let cost = ANSWER_MS * (1 + bytes / ANSWER_BYTES) as u64;
        device.answered_until =
            Timestamp::from_ms(paid.saturating_add(cost).min(now.saturating_add(MAX_AHEAD_MS)));
        let last = batches.len().saturating_sub(1);
        let mut sent = true;
        for (number, entries) in batches.into_iter().enumerate() {
            let heads = if number == last { heads.clone() } else { Vec::new() };
            let control = GroupControl { entries, heads, ..GroupControl::default() };
            sent &= self.send_group_control(group, to, control)?.is_some();
        }
        if let Some(device) = devices.get_mut(to).filter(|_| sent) {
            device.told = count;
        }
        self.put(Name::GroupDevices(group.id), &devices);
        // it has something as well
        match has.iter().any(|head| group.roster.entry(head).is_none()) {
            true => self.want_roster(group, to, ANY),
            false => Ok(()),
        }
    }
}
