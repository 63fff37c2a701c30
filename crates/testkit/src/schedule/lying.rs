//! An end whose shards are wrong: a faulty library, a thief, or memory that has changed.

use entrenous_ratchet::Session;
use entrenous_wire::Strict;

use crate::{forge, network::End};

use super::{stats::Event, world::World};

/// The stages of an epoch in which something is sent.
const OFFERED: u32 = 2;
const ANSWERED: u32 = 6;

impl World {
    /// From now on `end` sends other shards of this epoch than it should, if it sends any.
    pub(super) fn lie(&mut self, end: End) {
        let fresh = self.draw_name();
        let limits = self.character.limits;
        let Some(peer) = self.peer(end) else { return };
        let mut record = forge::record(&peer.stored().session);
        let epoch = record.post_quantum.as_mut().expect("every session has one");
        if ![OFFERED, ANSWERED].contains(&epoch.stage) {
            return;
        }
        epoch.blob.fill(0xff);
        peer.session = Session::from_record(&record.encode_canonical(), limits).expect("a session's record");
        self.place(end).oracle.epoch.lie(fresh);
        self.stats.count(Event::Lies);
    }
}
