//! Sealing, and the crash between sealing and storing.

use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::SealError;
use entrenous_wire::{envelope::PREKEY, padding::Padding};
use rand::RngExt;

use crate::{
    network::{End, Packet},
    oracle::Note,
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
        let expected = self.place(end).oracle.seal(fresh);
        let sealed = self.peer(end)?.seal(&content);
        match (sealed, expected) {
            (Ok(bytes), Some((note, after))) => {
                let prekey = end == End::Alice && !after.has_heard();
                self.check(
                    (bytes[1] == PREKEY) == prekey,
                    end,
                    "the handshake part is missing, or still there",
                );
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

    /// Seals and drops the step: nothing left, nothing changed.
    fn seal_and_crash(&mut self, end: End) {
        let restarts = self.rng.random();
        let content = self.draw_content();
        let mut rng = ScriptedRng::new(self.rng.random());
        let mut salt = NonceSalt::new(&mut rng).expect("scripted");
        let mut out = Vec::new();
        let Some(peer) = self.peer(end) else { return };
        let before = peer.stored();
        let sealed =
            peer.session.seal(&frame(&content), Padding::default(), &mut salt, &mut rng, &mut out).map(drop);
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
