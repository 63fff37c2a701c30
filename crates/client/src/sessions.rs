//! Sessions in the store: loading, writing and dropping them with their skipped keys.

use entrenous_identity::HandshakeHash;
use entrenous_ratchet::{BlockId, Expired, RecordChanges, Session, SkippedBlock};

use crate::{
    Error,
    engine::{Name, Step, Stop},
    record::{Opaque, Pair},
};

impl Step<'_> {
    /// The session of a pair's entry.
    pub(crate) fn session(&mut self, hash: &HandshakeHash) -> Result<Session, Stop> {
        let Opaque(record) = self.expect(Name::Session(*hash))?;
        Ok(Session::from_record(&record, self.policy.limits).map_err(|_| Error::Corrupt)?)
    }

    pub(crate) fn put_session(&mut self, session: &Session) {
        self.put(Name::Session(session.handshake_hash()), &Opaque(session.to_record()));
    }

    /// The skipped keys of `ids` as far as the store still has them: the session notices what is missing or damaged.
    pub(crate) fn skipped(&mut self, of: &HandshakeHash, ids: &[BlockId]) -> Result<Vec<SkippedBlock>, Stop> {
        self.want(ids.iter().map(|id| Name::Skipped(*of, *id)))?;
        let mut blocks = Vec::new();
        for id in ids {
            match self.get::<Opaque>(Name::Skipped(*of, *id)) {
                Ok(Some(Opaque(record))) => blocks.extend(SkippedBlock::from_record(&record)),
                // a record that is lost takes its own messages with it, and no others
                Ok(None) | Err(Stop::Failed(Error::Corrupt)) => {}
                Err(stop) => return Err(stop),
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

    /// Sees to it that the sessions of a pair that only receive have 2 header keys each, which bounds the work for
    /// a forged message; gives the number of late messages that are lost by that.
    // spec: CLIENT-32
    pub(crate) fn retire_sessions(&mut self, pair: &Pair) -> Result<u32, Stop> {
        let (today, mut lost) = (self.today(), 0);
        for entry in pair.sessions.iter().filter(|entry| entry.retired.is_some()) {
            let mut session = self.session(&entry.hash)?;
            let Expired { lost_keys, records } = session.retire(today);
            for block in records {
                self.remove(Name::Skipped(entry.hash, block))?;
            }
            self.put_session(&session);
            lost += lost_keys;
        }
        Ok(lost)
    }

    /// Removes a session with all that belongs to it.
    pub(crate) fn drop_session(&mut self, hash: &HandshakeHash) -> Result<(), Stop> {
        let session = self.session(hash)?;
        let blocks = session.skipped_blocks();
        self.change_skipped(hash, RecordChanges { put: Vec::new(), remove: blocks })?;
        self.remove(Name::Session(*hash))
    }
}
