//! Sealing, and the crash between sealing and storing.

use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::SealError;
use entrenous_wire::envelope::PREKEY;
use rand::RngExt;

use crate::{
    network::{End, Packet},
    oracle::{Note, Oracle},
    peer::frame,
    rng::ScriptedRng,
};

use super::{
    stats::Event,
    world::{Known, World},
};

impl World {
    /// Seals at `end` and hands the message to the network.
    pub(super) fn send(&mut self, end: End) {
        if let Some(packet) = self.seal(end) {
            self.network.send(end.other(), packet);
        }
    }

    /// Seals at `end`; none where nothing may be sealed, or a crash comes between.
    pub(super) fn seal(&mut self, end: End) -> Option<Packet<Known>> {
        if self.peer(end).is_none() {
            self.stats.count(Event::NotReady);
            return None;
        }
        if self.rng.random_bool(self.character.crash) {
            self.seal_and_crash(end);
            return None;
        }
        let fresh = self.draw_name();
        let content = self.draw_content();
        let policy = self.character.policy(&mut self.rng);
        let expected = self.place(end).oracle.seal(fresh, &policy.post_quantum);
        let peer = self.peer(end)?;
        peer.policy = policy;
        let sealed = peer.seal(&content);
        match (sealed, expected) {
            (Ok(bytes), Some((note, after))) => {
                // spec: RATCHET-32
                let prekey = end == End::Alice && !after.has_heard();
                self.check(
                    (bytes[1] == PREKEY) == prekey,
                    end,
                    "the handshake part is missing, or still there",
                );
                self.note_epoch(end, &note, &after);
                self.place(end).left(&note, after);
                self.stats.count(Event::Sent);
                Some(Packet { bytes, note: Known { note, content } })
            }
            (Err(SealError::ChainExhausted), None) => {
                self.stats.count(Event::Exhausted);
                None
            }
            (sealed, expected) => self.fail(end, &seal_differs(sealed.err(), expected.map(|(note, _)| note))),
        }
    }

    /// The epochs of the real end and of the account must be the same, once `after` holds.
    pub(super) fn compare_epochs(&mut self, end: End, after: &Oracle) {
        let Some(real) = self.peer(end).map(|peer| peer.session.status().post_quantum) else { return };
        let real = (real.epoch, real.mixed.map(|mixed| mixed.epoch), real.skipped);
        let expected = (after.epoch.number, after.epoch.mixed, after.epoch.skipped);
        self.check(real == expected, end, &format!("epoch, mixed, skipped are {real:?}, not {expected:?}"));
    }

    /// Counts what sealing did about the epoch.
    fn note_epoch(&mut self, end: End, note: &Note, after: &Oracle) {
        self.compare_epochs(end, after);
        let happened = [
            (note.epoch.run.is_some(), Event::Shards),
            (note.epoch.mix && note.n == 0, Event::MixSent),
            (after.epoch.skipped > self.place(end).oracle.epoch.skipped, Event::SkipSent),
        ];
        happened.iter().filter(|(happened, _)| *happened).for_each(|(_, event)| self.stats.count(*event));
    }

    /// Seals and drops the step: nothing left, nothing changed.
    fn seal_and_crash(&mut self, end: End) {
        let restarts = self.rng.random();
        let content = self.draw_content();
        let mut rng = ScriptedRng::new(self.rng.random());
        let mut salt = NonceSalt::new(&mut rng).expect("scripted");
        let mut out = Vec::new();
        let policy = self.character.policy(&mut self.rng);
        let Some(peer) = self.peer(end) else { return };
        let (before, now) = (peer.stored(), peer.now());
        let sealed =
            peer.session.seal(&frame(&content), &policy, now, &mut salt, &mut rng, &mut out).map(drop);
        let unchanged = peer.stored() == before;
        self.check(unchanged, end, "a dropped sealing left a trace");
        self.check(out.is_empty(), end, "a dropped sealing left a message");
        self.check(matches!(sealed, Ok(()) | Err(SealError::ChainExhausted)), end, "sealing failed");
        self.stats.count(Event::CrashAtSending);
        if restarts {
            self.restart(end);
        }
    }
}

fn seal_differs(sealed: Option<SealError>, expected: Option<Note>) -> String {
    format!("sealing gave the error {sealed:?} where {expected:?} was expected")
}
