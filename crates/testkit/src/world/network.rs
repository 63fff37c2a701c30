//! What carries envelopes: late, in any order, twice, and some of them damaged besides.

use entrenous::{Address, Destination, Outgoing};
use rand::RngExt;

use super::Fate;
use crate::rng::ScriptedRng;

/// An envelope under way.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
    /// Whether it is as it was sent.
    pub(super) genuine: bool,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// The receiver has it, or will never want it.
    Done,
    /// To be brought again.
    Later,
}

/// The packets under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    packets: Vec<Packet>,
}

impl Network {
    pub(super) fn carry(&mut self, from: Address, outgoing: &Outgoing, fate: &Fate, rng: &mut ScriptedRng) {
        let Destination::Device(to) = outgoing.to else { panic!("nobody is linking here") };
        let packet = Packet { from, to, bytes: outgoing.bytes.clone(), genuine: true };
        if rng.random_bool(fate.duplicate) {
            self.packets.push(packet.clone());
        }
        if rng.random_bool(fate.tamper) {
            let mut damaged = packet.clone();
            let at = rng.random_range(0..damaged.bytes.len());
            damaged.bytes[at] ^= 1 << rng.random_range(0..8);
            damaged.genuine = false;
            self.packets.push(damaged);
        }
        self.packets.push(packet);
    }

    /// Any of them.
    pub(super) fn take(&mut self, rng: &mut ScriptedRng) -> Option<Packet> {
        let at = (!self.packets.is_empty()).then(|| rng.random_range(0..self.packets.len()))?;
        Some(self.packets.swap_remove(at))
    }

    pub(super) fn put_back(&mut self, packet: Packet) {
        self.packets.push(packet);
    }

    pub(super) fn len(&self) -> usize {
        self.packets.len()
    }
}
