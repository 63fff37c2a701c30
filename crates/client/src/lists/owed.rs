//! Lists that are owed or wanted. Nothing of it is done at once: who makes a device answer learns when it is online.

use entrenous_identity::Timestamp;
use entrenous_primitives::random::draw;
use entrenous_wire::proto::{Control, KnownList};

use crate::{
    Address, Error, Outgoing,
    engine::{Name, Step, Stop},
    record::{DebtKind, ListDebt, ListDebts, Lists, Own, Pair},
};

/// A list is pushed or asked for within so long after it was found missing, and a session begun after refusals: a minute
/// to an hour.
const DUE_MS: core::ops::Range<u64> = 60_000..3_600_000;
/// Time between two wishes for the same list.
const AGAIN_MS: u64 = 86_400_000;
/// Wishes for one list: who states lists that don't exist is asked no more often.
const MAX_ASKS: u8 = 3;
/// Debts that are paid in one step.
const DEBTS_A_STEP: usize = 32;

impl DebtKind {
    pub(super) const fn ask(epoch: u32) -> Self {
        Self::Ask { epoch, left: MAX_ASKS }
    }
}

impl Step<'_> {
    /// A frame states a list of its sender's account. If it isn't known, it is asked for.
    // spec: CLIENT-66
    pub(crate) fn hear_of_list(&mut self, from: &Address, epoch: u32) -> Result<(), Stop> {
        let known = match from.account == self.device.account {
            true => self.expect::<Own>(Name::Own)?.list_epoch,
            false => self.contact(&from.account)?.map_or(0, |known| known.list_epoch),
        };
        match epoch > known && self.is_close(from)? {
            true => self.owe_list(from, DebtKind::ask(epoch)),
            false => Ok(()),
        }
    }

    /// Whether a device is an own one, or an accepted contact's: strangers get no answers.
    pub(crate) fn is_close(&mut self, device: &Address) -> Result<bool, Stop> {
        if device.account == self.device.account {
            return Ok(true);
        }
        let contact = self.contact(&device.account)?;
        Ok(contact.is_some_and(|contact| contact.accepted))
    }

    pub(super) fn owe_list(&mut self, device: &Address, kind: DebtKind) -> Result<(), Stop> {
        let mut debts: ListDebts = self.get_unless_damaged(Name::ListDebts)?.unwrap_or_default();
        let due = self.draw_soon()?;
        debts.add(ListDebt { due, device: *device, kind });
        self.put(Name::ListDebts, &debts);
        Ok(())
    }

    /// When to do what somebody could cause who wants to know when this device is online.
    pub(crate) fn draw_soon(&mut self) -> Result<Timestamp, Stop> {
        let random = u64::from_be_bytes(*draw::<8>(&mut self.rng)?.as_bytes());
        let wait = DUE_MS.start + random % (DUE_MS.end - DUE_MS.start);
        Ok(Timestamp::from_ms(self.now.as_ms() + wait))
    }

    /// Pushes and asks for what is due; tells whether more is.
    pub(crate) fn pay_list_debts(&mut self, outgoing: &mut Vec<Outgoing>) -> Result<bool, Stop> {
        let Some(ListDebts(debts)) = self.get_unless_damaged(Name::ListDebts)? else { return Ok(false) };
        let now = self.now;
        // one that is due in more than a day is of a clock that was wrong
        // spec: CLIENT-106
        let is_due = |debt: &ListDebt| debt.due <= now || debt.due.as_ms() > now.as_ms() + AGAIN_MS;
        let (mut due, mut later): (Vec<_>, Vec<_>) = debts.into_iter().partition(is_due);
        if due.is_empty() {
            return Ok(false);
        }
        let rest = due.split_off(due.len().min(DEBTS_A_STEP));
        let more = !rest.is_empty();
        later.extend(rest);
        let devices: Vec<Address> = due.iter().map(|debt| debt.device).collect();
        self.want(devices.iter().map(|device| Name::Lists(device.account)))?;
        self.load_active_sessions(&devices)?;
        for debt in due {
            let sent = self.attempt(|step| match debt.kind {
                DebtKind::Push => step.push_list(&debt.device),
                DebtKind::Ask { epoch, .. } => step.ask_for_list(&debt.device, epoch),
            })?;
            match (sent, debt.kind) {
                (Err(Error::OutboxFull), _) => later.push(debt),
                // what is wrong with one device is not to hold up the others
                (Err(_) | Ok(None), _) => {}
                (Ok(sent), DebtKind::Push) => outgoing.extend(sent),
                (Ok(sent), DebtKind::Ask { epoch, left }) => {
                    outgoing.extend(sent);
                    let due = Timestamp::from_ms(now.as_ms() + AGAIN_MS);
                    let kind = DebtKind::Ask { epoch, left: left.saturating_sub(1) };
                    later.extend((left > 1).then_some(ListDebt { due, kind, ..debt }));
                }
            }
        }
        match later.is_empty() {
            true => self.remove(Name::ListDebts)?,
            false => self.put(Name::ListDebts, &ListDebts(later)),
        }
        Ok(more)
    }

    /// Asks a device for its account's list of `epoch`, or for the proof of it, if either is still missing.
    fn ask_for_list(&mut self, device: &Address, epoch: u32) -> Result<Option<Outgoing>, Stop> {
        let Some(Lists(known)) = self.get_unless_damaged(Name::Lists(device.account))? else {
            return Ok(None);
        };
        let has = match known.unproven_since() {
            Some(proven) => proven,
            None if known.in_force().epoch() < epoch => known.in_force().name(),
            None => return Ok(None),
        };
        let pair: Option<Pair> = self.get_unless_damaged(Name::Pair(*device))?;
        if pair.is_none() {
            return Ok(None);
        }
        let wish = KnownList { epoch: has.epoch, hash: has.hash.to_vec() };
        let control = Control { want_device_list: Some(wish), ..Control::default() };
        self.send_control(device, &control)
    }
}
