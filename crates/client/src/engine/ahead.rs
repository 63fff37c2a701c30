//! Sessions that are read and prepared ahead, on all cores: the run itself goes one step after the other.

use entrenous_identity::HandshakeHash;
use entrenous_primitives::parallel;
use entrenous_ratchet::Session;

use super::{Name, Step, Stored};
use crate::{record::Opaque, sessions::read_session};

impl Step<'_> {
    /// Reads sessions as the store has them, prepares each with what comes with it, and keeps them open for whoever takes
    /// them. None, if there are fewer than two or one of them is still to be loaded; not those that the run has written.
    pub(crate) fn prepare_sessions<T: Send>(
        &mut self,
        sessions: Vec<(HandshakeHash, T)>,
        prepare: impl Fn(&mut Session, T) + Send + Sync,
    ) {
        let (vault, limits) = (self.vault, self.policy.limits);
        let mut read = Vec::with_capacity(sessions.len());
        for (hash, with) in sessions {
            let key = vault.key_of(&Name::Session(hash));
            if self.edits.written.contains_key(&key) || self.edits.sessions.contains_key(&key) {
                continue;
            }
            let Some(loaded) = self.edits.found(&key) else { return };
            // one that is damaged is for whoever takes it
            if let Ok(Some((format, record))) = loaded.open(&key, vault)
                && format == Opaque::FORMAT
            {
                read.push((key, record, with));
            }
        }
        if read.len() < 2 {
            return;
        }
        let prepared = parallel::map(read, |(key, record, with)| {
            let mut session = read_session(record, limits)?;
            prepare(&mut session, with);
            Some((key, session))
        });
        self.edits.sessions.extend(prepared.into_iter().flatten());
    }
}
