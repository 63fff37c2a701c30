//! What the devices of a group tell one another over their sessions: entries, wishes, keys and acknowledgements.

use entrenous_group::{EntryHash, GroupId, RosterId, sender_key::KeyId};
use entrenous_wire::{
    Malformed, fixed,
    proto::{Control, GroupControl},
};
use zeroize::{Zeroize as _, Zeroizing};

use super::loaded::{Group, read_batch};
use crate::{
    Address, Error, Event, Outgoing,
    engine::{Name, Step, Stop},
    record::{Standing, heads_from_bytes},
};

/// Bytes of entries that are taken of a stranger's group as long as its user has not joined it.
pub(super) const MAX_BYTES_OF_STRANGER: usize = 1 << 20;

impl Step<'_> {
    /// Sends a control of a group to a device; none while there is no session with it.
    pub(crate) fn send_group_control(
        &mut self,
        group: &Group,
        to: &Address,
        control: GroupControl,
    ) -> Result<Option<Outgoing>, Stop> {
        let group = GroupControl { group: group.id.as_bytes().to_vec(), ..control };
        let mut control = Control { group: Some(group), ..Control::default() };
        let sent = self.load_active_sessions(&[*to]).and_then(|()| self.send_control(to, &control));
        // there may be a sender key in it
        control.group.zeroize();
        sent
    }

    /// Does what a control of a group asks for. What is wrong with it, or with what is kept of the group, harms nothing
    /// but the control itself.
    pub(crate) fn receive_group_control(
        &mut self,
        from: &Address,
        control: GroupControl,
    ) -> Result<(), Stop> {
        // there may be a sender key in it
        let control = Zeroizing::new(control);
        self.want([Name::Groups, Name::Parked, Name::Own])?;
        let id = GroupId::from_bytes(fixed("group control group", &control.group)?);
        match self.attempt(|step| step.do_group_control(from, id, &control))? {
            Err(Error::Malformed(_) | Error::Rejected | Error::TooManyGroups | Error::Corrupt) => {
                self.tell(Event::Unsupported { from: *from })
            }
            outcome => Ok(outcome?),
        }
    }

    fn do_group_control(&mut self, from: &Address, id: GroupId, control: &GroupControl) -> Result<(), Stop> {
        let Some(mut group) = self.group(id)? else {
            return self.hear_of_group(from, id, control);
        };
        self.list_group(id)?;
        let tells = !control.entries.is_empty() || !control.heads.is_empty() && control.wanted.is_empty();
        // only who has joined has a key
        if control.joined != 0 || !control.sender_key.is_empty() {
            self.hear_of_joining(&mut group, from)?;
        }
        if tells {
            self.receive_entries(&mut group, from, control)
        } else if !control.wanted.is_empty() {
            let wanted = RosterId::from_bytes(fixed("group control wanted roster", &control.wanted)?);
            self.answer(&mut group, from, &wanted, &heads_of(control)?)
        } else if !control.sender_key.is_empty() {
            self.receive_key(&mut group, from, &control.sender_key)
        } else if !control.accepted_key.is_empty() {
            let key = KeyId(fixed("group control accepted key", &control.accepted_key)?);
            self.note_acknowledged(&group, from, key)
        } else if control.wants_key != 0 {
            self.note_key_wanted(&mut group, from)
        } else {
            Ok(())
        }
    }

    // spec: GROUP-203
    fn receive_entries(
        &mut self,
        group: &mut Group,
        from: &Address,
        control: &GroupControl,
    ) -> Result<(), Stop> {
        let mut entries = read_batch(&control.entries)?;
        let heads = heads_of(control)?;
        // who is no member is asked, and heard then: it may be one that we don't know of yet
        if !group.has(from) && group.record.asked.iter().all(|asked| asked.of != *from) {
            return match group.has_seen_out(&from.account) {
                true => Err(Error::Rejected.into()),
                false => self.want_roster(group, from, ANY),
            };
        }
        entries.retain(|entry| group.roster.entry(&entry.hash()).is_none());
        // spec: GROUP-201
        let bytes = group.bytes() + entries.iter().map(|entry| entry.bytes().len()).sum::<usize>();
        if let Standing::Invited { by } = group.record.standing
            && bytes > MAX_BYTES_OF_STRANGER
            && !self.is_close(&by)?
        {
            return Err(Error::Rejected.into());
        }
        let was_invited = matches!(group.record.standing, Standing::Invited { .. });
        let news = !entries.is_empty();
        let incomplete = news && self.take_entries(group, entries, Some(from))?;
        // an invitation that is taken back before it was accepted leaves nothing
        // spec: GROUP-201
        if was_invited && group.record.standing == Standing::Out {
            return self.forget_group(group.id);
        }
        // an own device that sends them takes part
        self.hear_of_joining(group, from)?;
        let learned = !heads.is_empty() && self.learn_heads(group, heads)?;
        // what follows entries that are missing comes again with them
        match incomplete {
            true => self.want_roster(group, from, ANY)?,
            false if group.record.has_answered(from, ANY) => self.put(Name::Group(group.id), &group.record),
            false => {}
        }
        if news || learned { self.retry_parked(group) } else { Ok(()) }
    }
}

/// Asks for whatever the other has.
pub(super) const ANY: RosterId = RosterId::from_bytes([0; 32]);

fn heads_of(control: &GroupControl) -> Result<Vec<EntryHash>, Error> {
    heads_from_bytes(&control.heads)
        .map_err(|_| Error::Malformed(Malformed::new("group control heads", entrenous_wire::Reason::Length)))
}
