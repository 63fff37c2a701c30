//! An end whose shards are wrong: a faulty library, a thief, or memory that has changed.

use entrenous_primitives::{ml_kem::DecapsulationKey768, role::Role};
use entrenous_ratchet::Session;
use entrenous_wire::Strict;
use rand::RngExt;

use crate::{forge, network::End};

use super::{stats::Event, world::World};

/// The stages of an epoch in which something is sent.
const OFFERED: u32 = 2;
const ANSWERED: u32 = 6;

#[derive(Debug)]
enum Foreign {}
impl Role for Foreign {
    const NAME: &'static str = "foreign";
}
type ForeignKey = DecapsulationKey768<Foreign>;

impl World {
    /// From now on `end` sends other shards of this epoch than it should, if it sends any.
    pub(super) fn lie(&mut self, end: End) {
        let fresh = self.draw_name();
        let limits = self.character.limits;
        let Some(stored) = self.stored(end) else { return };
        let mut record = forge::record(&stored.session);
        let epoch = record.post_quantum.as_mut().expect("every session has one");
        if ![OFFERED, ANSWERED].contains(&epoch.stage) {
            return;
        }
        // what is no key, or somebody else's; an answer is false either way
        let foreign = epoch.stage == OFFERED && self.rng.random();
        if foreign {
            epoch.blob.copy_from_slice(ForeignKey::from_seed(&[7; 64]).encapsulation_key().as_bytes());
        } else {
            epoch.blob.fill(0xff);
        }
        let session = Session::from_record(&record.encode_canonical(), limits).expect("a session's record");
        if let Some(peer) = self.peer(end) {
            peer.session = session;
        }
        self.place(end).oracle.epoch.lie(fresh, foreign);
        self.stats.count(Event::Lies);
    }
}
