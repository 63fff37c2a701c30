//! Opening a message of a session that exists.

use entrenous_identity::HandshakeHash;
use entrenous_primitives::wiped_box::WipedBox;
use entrenous_ratchet::{Committed, EndedEpoch, Looked, OpenError, Opened, Report, Session};
use entrenous_wire::envelope::Envelope;
use zeroize::Zeroizing;

use super::deliver::Origin;
use crate::{
    Address, Error, Event,
    engine::{Name, Step, Stop},
    keys_on_stack::with_keys,
    record::{Pair, SessionEntry, Settled},
};

impl Step<'_> {
    /// Opens a message in the session of `hash`, or in whichever of the pair it belongs to.
    pub(super) fn receive_in_session(
        &mut self,
        from: &Address,
        mut pair: Pair,
        envelope: &Envelope<'_>,
        hash: Option<HandshakeHash>,
    ) -> Result<(), Stop> {
        if pair.sessions.is_empty() {
            return Err(Error::NoSession.into());
        }
        let today = self.today();
        let of_hash = |entry: &&SessionEntry| hash.is_none_or(|hash| entry.hash == hash);
        let candidates = pair.sessions.iter().filter(|entry| !pair.is_over(entry, today)).filter(of_hash);
        let candidates: Vec<SessionEntry> = candidates.copied().collect();
        self.want(candidates.iter().map(|entry| Name::Session(entry.hash)))?;
        let (mut refusal, mut authentic) = (Error::Rejected, false);
        // spec: RATCHET-42
        for entry in candidates {
            let Some(session) = self.session(&entry.hash)? else {
                // what it took can't be opened; the rest of the mail can
                // spec: CLIENT-80
                refusal = Error::KeyUnavailable;
                continue;
            };
            match self.open_in(from, &mut pair, &entry, session, envelope) {
                Err(Stop::Failed(Error::Rejected)) => {}
                // its header was authentic: the session is the one, and another may have it as well
                Err(Stop::Refused(Error::Rejected)) => authentic = true,
                Err(Stop::Refused(error)) => return Err(self.note_refusal(from, &mut pair, envelope, error)?),
                Err(stop) => return Err(stop),
                Ok(()) => return Ok(()),
            }
        }
        match authentic {
            true => Err(self.note_refusal(from, &mut pair, envelope, Error::Rejected)?),
            false => Err(refusal.into()),
        }
    }

    /// An envelope with an authentic header can't be opened: the device may not be where the session is. Too many of
    /// them without a message that opens are a hint that it was restored.
    // spec: CLIENT-142
    fn note_refusal(
        &mut self,
        from: &Address,
        pair: &mut Pair,
        envelope: &Envelope<'_>,
        error: Error,
    ) -> Result<Stop, Stop> {
        if !self.count_refusal(pair, envelope)? {
            return Ok(Stop::Failed(error));
        }
        self.put(Name::Pair(*from), pair);
        Ok(Stop::Refused(error))
    }

    /// Tells whether it counts, and the pair is to be written.
    // spec: CLIENT-142
    fn count_refusal(&mut self, pair: &mut Pair, envelope: &Envelope<'_>) -> Result<bool, Stop> {
        let header = envelope.sealed_header().first_chunk().copied().map_or(0, u64::from_be_bytes);
        let counts = pair.refuse(header, self.today());
        if pair.lacks_due() {
            pair.doubt_from(self.draw_soon()?);
        }
        Ok(counts)
    }

    /// Enters into the pair that a message was opened in the session of `entry`. Tells whether what was sealed may
    /// never be opened: in a session that the peer may not come to know, or that is gone. `clone` says that the pair
    /// has noted a clone as told.
    fn settle(
        &mut self,
        from: &Address,
        pair: &mut Pair,
        entry: &SessionEntry,
        new_chain: bool,
        clone: bool,
    ) -> Result<bool, Stop> {
        let today = self.today();
        let settled = pair.settle(&entry.hash, new_chain, today);
        let lists = pair.learn_list_at_peer(entry, new_chain);
        if settled == Settled::Places || pair.sessions.iter().any(|entry| pair.is_over(entry, today)) {
            let lost_keys = self.put_pair(from, pair, Vec::new())?;
            self.tell_report(from, false, lost_keys)?;
            return Ok(true);
        }
        if lists || clone || settled == Settled::Entries {
            self.put(Name::Pair(*from), pair);
        }
        Ok(false)
    }

    fn open_in(
        &mut self,
        from: &Address,
        pair: &mut Pair,
        entry: &SessionEntry,
        mut session: WipedBox<Session>,
        envelope: &Envelope<'_>,
    ) -> Result<(), Stop> {
        let today = self.today();
        let located = match with_keys(|| session.locate(envelope, today)) {
            Ok(Looked::Message(located)) => located,
            Ok(Looked::Clone(_)) => return self.suspect_clone(from, pair, entry, envelope),
            // that a transport has delivered twice says nothing
            // spec: CLIENT-142
            Err(error @ (OpenError::Rejected | OpenError::Duplicate)) => return Err(error.into()),
            Err(error) => return Err(Stop::Refused(error.into())),
        };
        let records = self.skipped(&entry.hash, located.needed())?;
        self.stop_if_looking()?;
        let mut out = Zeroizing::new(Vec::new());
        let committed = with_keys(|| located.open(records, &mut out).map(Opened::commit));
        let Committed { frame, report, mut records } = committed.map_err(|error| match error {
            OpenError::Rejected => Stop::Refused(error.into()),
            error => error.into(),
        })?;
        let Report { clone_suspected, lost_keys, new_chain, ended_epoch } = report;

        let expired = session.expire(today);
        records.remove.extend(expired.records);
        self.change_skipped(&entry.hash, records)?;
        let status = session.status();
        self.put_session(session);
        self.hear_of_stranger(&from.account)?;
        // before the content is looked at, which may be a list that ends the pair
        let tells_clone = clone_suspected && pair.tells_clone(today);
        let reseal = self.settle(from, pair, entry, new_chain, tells_clone)?;
        self.tell_report(from, tells_clone, lost_keys.saturating_add(expired.lost_keys))?;
        self.tell_epoch(from, ended_epoch)?;
        if clone_suspected && pair.fork(&entry.hash) {
            self.write_fork(from, pair, true)?;
        }
        let origin = Origin { from, entry, status, clone_suspected };
        self.deliver(&origin, frame)?;
        let waiting = new_chain && pair.behind;
        if reseal || waiting { self.seal_again(from).map(drop) } else { Ok(()) }
    }

    /// The message can't be opened, and shows that there is a copy of the sender's device: told once a day, since
    /// whoever has such a message can bring it again and again.
    // spec: CLIENT-33
    fn suspect_clone(
        &mut self,
        from: &Address,
        pair: &mut Pair,
        entry: &SessionEntry,
        envelope: &Envelope<'_>,
    ) -> Result<(), Stop> {
        let (tells, forked) = (pair.tells_clone(self.today()), pair.fork(&entry.hash));
        if !tells && !forked {
            return Err(Stop::Refused(Error::Duplicate));
        }
        if tells {
            self.tell(Event::CloneSuspected { of: *from })?;
        }
        self.count_refusal(pair, envelope)?;
        self.write_fork(from, pair, forked)
    }

    /// Writes a pair in which two states of the peer's device have written, if `forked` in the active session: nothing
    /// more is sealed in that, since the peer may not be able to read it.
    // spec: CLIENT-140
    fn write_fork(&mut self, from: &Address, pair: &mut Pair, forked: bool) -> Result<(), Stop> {
        match forked {
            true => {
                let lost_keys = self.put_pair(from, pair, Vec::new())?;
                self.tell_report(from, false, lost_keys)
            }
            false => {
                self.put(Name::Pair(*from), pair);
                Ok(())
            }
        }
    }

    /// Tells of a post-quantum epoch that is over, and of each that came to nothing after another one.
    // spec: CLIENT-90
    fn tell_epoch(&mut self, with: &Address, ended: Option<EndedEpoch>) -> Result<(), Stop> {
        match ended {
            Some(EndedEpoch { epoch, mixed: true, .. }) => {
                self.tell(Event::PostQuantumEpoch { with: *with, epoch })
            }
            Some(EndedEpoch { skipped: 2.., .. }) => self.tell(Event::PostQuantumStalled { with: *with }),
            _ => Ok(()),
        }
    }

    /// Tells what an opening brought to light besides its message.
    pub(crate) fn tell_report(&mut self, from: &Address, clone: bool, lost_keys: u32) -> Result<(), Stop> {
        if clone {
            self.tell(Event::CloneSuspected { of: *from })?;
        }
        if lost_keys > 0 {
            self.tell(Event::KeysLost { from: *from, count: lost_keys })?;
        }
        Ok(())
    }
}
