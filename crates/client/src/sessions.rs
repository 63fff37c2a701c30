//! Sessions in the store: loading, writing and dropping them with their skipped keys.

use entrenous_identity::{Day, HandshakeHash};
use entrenous_primitives::wiped_box::WipedBox;
use entrenous_ratchet::{BlockId, Expired, Limits, RecordChanges, Session, SkippedBlock};
use entrenous_wire::records::MAX_OLD_CHAINS;

use crate::{
    Address, Error, Event,
    engine::{Name, Step, Stop},
    keys_on_stack::with_keys,
    record::{Opaque, Pair, Retired, SessionEntry, SessionTag, Unproven},
};

/// Former chains that are kept of all sessions of a pair: as many as one may have.
const OLD_CHAINS: usize = MAX_OLD_CHAINS as usize;
/// Devices whose sessions are looked at in one step of maintenance.
const DEVICES_A_STEP: usize = 32;

/// The session in `record`; none if it is damaged.
pub(crate) fn read_session(record: &[u8], limits: Limits) -> Option<WipedBox<Session>> {
    with_keys(|| Session::from_record(record, limits).ok().map(WipedBox::new))
}

impl Step<'_> {
    /// The session of a pair's entry; none when the store has damaged or lost it. That takes the session with it,
    /// and nothing else: another one can be started.
    // spec: CLIENT-80
    pub(crate) fn session(&mut self, hash: &HandshakeHash) -> Result<Option<WipedBox<Session>>, Stop> {
        let name = Name::Session(*hash);
        if let Some(open) = self.take_session(name)? {
            return Ok(Some(open));
        }
        let Some(Opaque(record)) = self.get_unless_damaged(name)? else { return Ok(None) };
        Ok(Some(read_session(&record, self.policy.limits).ok_or(Error::Corrupt)?))
    }

    /// The same for who puts it again, whatever comes of it.
    pub(crate) fn session_to_put(&mut self, hash: &HandshakeHash) -> Result<Option<WipedBox<Session>>, Stop> {
        match self.take_session_to_put(Name::Session(*hash))? {
            Some(open) => Ok(Some(open)),
            None => self.session(hash),
        }
    }

    /// The skipped keys of `ids` as far as the store still has them: the session notices what is missing or damaged.
    pub(crate) fn skipped(&mut self, of: &HandshakeHash, ids: &[BlockId]) -> Result<Vec<SkippedBlock>, Stop> {
        self.want(ids.iter().map(|id| Name::Skipped(*of, *id)))?;
        let mut blocks = Vec::new();
        for id in ids {
            // a record that is lost takes its own messages with it, and no others
            if let Some(Opaque(record)) = self.get_unless_damaged(Name::Skipped(*of, *id))? {
                blocks.extend(SkippedBlock::from_record(&record));
            }
        }
        Ok(blocks)
    }

    pub(crate) fn change_skipped(&mut self, of: &HandshakeHash, changes: RecordChanges) -> Result<(), Stop> {
        let RecordChanges { put, remove } = changes;
        let names = put.iter().map(SkippedBlock::id).chain(remove.iter().copied());
        self.want(names.map(|id| Name::Skipped(*of, id)).collect::<Vec<_>>())?;
        for block in put {
            let name = Name::Skipped(*of, block.id());
            self.note(name)?;
            self.put(name, &Opaque(block.to_record()));
        }
        remove.into_iter().try_for_each(|id| self.remove(Name::Skipped(*of, id)))
    }

    /// Writes a pair whose sessions have changed places, and `dropped` are out of. Sees to it that its sessions that
    /// only receive go in time, and have few header keys meanwhile; gives the number of late messages that are lost by
    /// that. Tells when the peer turns out not to have the active session.
    // spec: CLIENT-32
    pub(crate) fn put_pair(
        &mut self,
        with: &Address,
        pair: &mut Pair,
        mut dropped: Vec<SessionEntry>,
    ) -> Result<u32, Stop> {
        let today = self.today();
        dropped.extend(pair.take_over(today));
        for entry in &dropped {
            self.drop_session(&entry.hash)?;
        }
        let lost = self.share_room(pair)?;
        self.remind_of_retired(with, pair)?;
        // spec: CLIENT-100
        let before: Option<Pair> = self.get_unless_damaged(Name::Pair(*with))?;
        if pair.lives_in().is_some() && before.as_ref().is_none_or(|before| before.lives_in().is_none()) {
            self.tell(Event::NewSessionNeeded { with: *with })?;
        }
        if let (Some(before), Some(active)) = (before, pair.active())
            && before.session(&active.hash).is_some_and(|entry| entry.retired.is_some())
        {
            self.doubt_what_was_sealed_in(&active.hash, with)?;
        }
        self.put(Name::Pair(*with), pair);
        Ok(lost)
    }

    /// Bounds the header keys that are tried for a forged message: all sessions of a pair have the room of one for former
    /// chains. They stay as far as there is room: what is under way in them is not sent again as long as it counts for
    /// its sender as sent. Gives the number of late messages that are lost.
    // spec: RATCHET-59
    fn share_room(&mut self, pair: &Pair) -> Result<u32, Stop> {
        let (mut room, mut lost) = (OLD_CHAINS, 0);
        if pair.sessions.len() > 1 {
            for entry in &pair.sessions {
                let (kept, lost_keys) = self.keep_old_chains(&entry.hash, room)?;
                (room, lost) = (room.saturating_sub(kept), lost + lost_keys);
            }
        }
        Ok(lost)
    }

    /// Drops the former chains whose time is over in the sessions with these devices, though nothing comes in them.
    // spec: RATCHET-21, CLIENT-146
    pub(crate) fn expire_old_chains(&mut self, devices: &[Address]) -> Result<(), Stop> {
        self.want(devices.iter().map(|device| Name::Pair(*device)))?;
        for device in devices {
            let pair: Pair = self.get_unless_damaged(Name::Pair(*device))?.unwrap_or_default();
            self.want(pair.sessions.iter().map(|entry| Name::Session(entry.hash)))?;
            let mut lost = 0;
            for entry in &pair.sessions {
                let (_, lost_keys) = self.keep_old_chains(&entry.hash, OLD_CHAINS)?;
                lost += lost_keys;
            }
            self.tell_report(device, false, lost)?;
        }
        Ok(())
    }

    /// Forgets the former chains of a session but for the newest `most`, and of those the ones whose time is over. Gives
    /// how many are kept, and the number of late messages that are lost.
    fn keep_old_chains(&mut self, hash: &HandshakeHash, most: usize) -> Result<(usize, u32), Stop> {
        let today = self.today();
        let Some(mut session) = self.session(hash)? else { return Ok((0, 0)) };
        let before = session.old_chains();
        let Expired { lost_keys, records } = session.keep_old_chains(today, most);
        let kept = session.old_chains();
        if kept < before {
            self.change_skipped(hash, RecordChanges { put: Vec::new(), remove: records })?;
            self.put_session(session);
        }
        Ok((kept, lost_keys))
    }

    /// What was sealed in a session before its time began counts as lost when it is taken up again: the peer had left it
    /// as well, and may have had no more room for the keys.
    // spec: CLIENT-26
    fn doubt_what_was_sealed_in(&mut self, session: &HandshakeHash, with: &Address) -> Result<(), Stop> {
        let mut unproven: Unproven = self.get_unless_damaged(Name::Unproven(*with))?.unwrap_or_default();
        if unproven.doubt(SessionTag::of(session)) {
            self.put(Name::Unproven(*with), &unproven);
        }
        Ok(())
    }

    /// Notes when something is to be done about a session of the pair, so that it is done though nobody writes.
    fn remind_of_retired(&mut self, with: &Address, pair: &Pair) -> Result<(), Stop> {
        let mut retired: Retired = self.get_unless_damaged(Name::Retired)?.unwrap_or_default();
        let before = retired.clone();
        retired.0.retain(|(_, other)| other != with);
        if let Some(day) = pair.sessions.iter().filter_map(SessionEntry::next_day).min() {
            retired.0.push((day, *with));
        }
        if retired != before {
            self.put(Name::Retired, &retired);
        }
        Ok(())
    }

    /// Drops what is over, of some devices in each step, and seals again what counts as lost; tells whether there are
    /// more.
    pub(crate) fn tidy_pairs(&mut self) -> Result<bool, Stop> {
        let over = self.due_pairs()?;
        let in_turn = over.get(..DEVICES_A_STEP).unwrap_or(&over);
        self.want(in_turn.iter().map(|device| Name::Pair(*device)))?;
        for device in in_turn {
            // one that is damaged goes when another session takes its place
            if self.attempt(|step| step.tidy_pair(device))?.is_err() {
                self.remind_of_retired(device, &Pair::default())?;
            }
        }
        Ok(over.len() > in_turn.len())
    }

    /// The devices with sessions about which something is to be done.
    fn due_pairs(&mut self) -> Result<Vec<Address>, Stop> {
        let retired: Retired = self.get_unless_damaged(Name::Retired)?.unwrap_or_default();
        let today = self.today();
        let due = |(day, with): (Day, Address)| (day <= today).then_some(with);
        Ok(retired.0.into_iter().filter_map(due).collect())
    }

    /// Drops the sessions with a device that are over, and seals again what counts as lost.
    fn tidy_pair(&mut self, with: &Address) -> Result<(), Stop> {
        let mut pair: Pair = self.get_unless_damaged(Name::Pair(*with))?.unwrap_or_default();
        match pair.sessions.is_empty() {
            // gone since, with all that belonged to it
            true => self.remind_of_retired(with, &pair),
            false => {
                let lost_keys = self.put_pair(with, &mut pair, Vec::new())?;
                self.tell_report(with, false, lost_keys)?;
                self.seal_again(with).map(drop)
            }
        }
    }

    /// Removes a session with all that belongs to it.
    pub(crate) fn drop_session(&mut self, hash: &HandshakeHash) -> Result<(), Stop> {
        if let Some(session) = self.session(hash)? {
            let blocks = session.skipped_blocks();
            self.change_skipped(hash, RecordChanges { put: Vec::new(), remove: blocks })?;
        }
        self.remove(Name::Session(*hash))
    }
}
