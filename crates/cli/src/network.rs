//! A hostile network in memory. It knows nothing of keys and messages: it gets bytes, and loses, copies, holds
//! back or changes them as its seed says. Time is a number of ticks.

use std::{borrow::Cow, collections::BTreeMap, rc::Rc};

use rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use crate::{side::Side, text::len_of};

/// Ticks that anything is held back at most.
pub(crate) const LONGEST_HOLD: u64 = 20;

/// What a sender gives to the network, and repeats byte for byte until it has arrived.
#[derive(Debug)]
pub(crate) struct Packet {
    /// Counts the packets of both sides, from 1.
    pub(crate) number: u64,
    pub(crate) from: Side,
    pub(crate) carries: Carries,
    pub(crate) bytes: Vec<u8>,
}

/// What a packet is to its sender. The network can't tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carries {
    Message,
    /// What the library sends along from time to time: that messages of the other side were delivered.
    Proofs,
}

/// What the network does with one transmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    Pass,
    Lose,
    /// Deliver it now, and once more some time later.
    Copy,
    /// Deliver it late, so that others overtake it.
    Hold,
    /// Deliver it with one bit changed.
    Tamper,
}

/// A packet at its destination.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) packet: Rc<Packet>,
    flip: Option<u64>,
}

impl Arrival {
    pub(crate) fn is_tampered(&self) -> bool {
        self.flip.is_some()
    }

    /// What the receiver gets.
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        let genuine = &self.packet.bytes;
        let bits = 8 * len_of(genuine.len());
        let Some(bit) = self.flip.and_then(|flip| flip.checked_rem(bits)) else { return genuine.into() };
        let mut changed = genuine.clone();
        if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| changed.get_mut(at)) {
            *byte ^= 1 << (bit % 8);
        }
        changed.into()
    }
}

#[derive(Debug)]
pub(crate) struct Network {
    rng: Xoshiro256PlusPlus,
    now: u64,
    /// By the tick of arrival and, among equals, in the order of sending.
    under_way: BTreeMap<(u64, u64), Arrival>,
    scheduled: u64,
}

impl Network {
    pub(crate) fn new(seed: u64) -> Self {
        let rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self { rng, now: 0, under_way: BTreeMap::new(), scheduled: 0 }
    }

    /// Draws what is to happen to a transmission: four in ten come to harm.
    pub(crate) fn draw(&mut self) -> Treatment {
        match self.rng.random_range(0..100_u32) {
            0..10 => Treatment::Lose,
            10..18 => Treatment::Copy,
            18..33 => Treatment::Hold,
            33..40 => Treatment::Tamper,
            _ => Treatment::Pass,
        }
    }

    /// Takes a transmission and does with it as `treatment` says.
    pub(crate) fn carry(&mut self, packet: Rc<Packet>, treatment: Treatment) {
        match treatment {
            Treatment::Pass => self.schedule(packet, 1, None),
            Treatment::Lose => {}
            Treatment::Copy => {
                let later = self.later();
                self.schedule(Rc::clone(&packet), 1, None);
                self.schedule(packet, later, None);
            }
            Treatment::Hold => {
                let later = self.later();
                self.schedule(packet, later, None);
            }
            Treatment::Tamper => {
                // reduced to a bit of the packet when it arrives: one draw, however long the packet is, so that
                // a seed repeats
                let flip = self.rng.next_u64();
                self.schedule(packet, 1, Some(flip));
            }
        }
    }

    /// Lets one tick pass and gives what arrives in it.
    pub(crate) fn tick(&mut self) -> Vec<Arrival> {
        self.now += 1;
        let still_under_way = self.under_way.split_off(&(self.now + 1, 0));
        std::mem::replace(&mut self.under_way, still_under_way).into_values().collect()
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// What is still to arrive.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = &Packet> {
        self.under_way.values().map(|arrival| arrival.packet.as_ref())
    }

    /// Long enough that what is sent in the next tick overtakes.
    fn later(&mut self) -> u64 {
        self.rng.random_range(3..=LONGEST_HOLD)
    }

    fn schedule(&mut self, packet: Rc<Packet>, ticks: u64, flip: Option<u64>) {
        self.scheduled += 1;
        self.under_way.insert((self.now + ticks, self.scheduled), Arrival { packet, flip });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u64) -> Rc<Packet> {
        Rc::new(Packet { number, from: Side::Alice, carries: Carries::Message, bytes: vec![0; 100] })
    }

    /// What a network does with a thousand packets: number, tick and bytes of each arrival.
    fn life(seed: u64) -> Vec<(u64, u64, Vec<u8>)> {
        let mut network = Network::new(seed);
        let mut seen = Vec::new();
        for number in 0..1000 + LONGEST_HOLD {
            if number < 1000 {
                let treatment = network.draw();
                network.carry(packet(number), treatment);
            }
            let arrivals = network.tick();
            seen.extend(arrivals.iter().map(|a| (a.packet.number, number, a.bytes().into_owned())));
        }
        assert_eq!(network.under_way().count(), 0, "nothing is held longer than the longest hold");
        seen
    }

    #[test]
    fn a_seed_repeats_and_another_differs() {
        assert_eq!(life(7), life(7));
        assert_ne!(life(7), life(8));
    }

    #[test]
    fn it_loses_copies_reorders_and_tampers() {
        let seen = life(1);
        let copies = |number| seen.iter().filter(|(n, ..)| *n == number).count();
        let lost = (0..1000).filter(|n| copies(*n) == 0).count();
        let copied = (0..1000).filter(|n| copies(*n) == 2).count();
        let overtaken = seen.windows(2).filter(|pair| pair[0].0 > pair[1].0).count();
        let tampered = seen.iter().filter(|(.., bytes)| bytes.iter().any(|byte| *byte != 0)).count();
        for (what, count) in
            [("lost", lost), ("copied", copied), ("overtaken", overtaken), ("tampered", tampered)]
        {
            assert!((40..250).contains(&count), "{count} {what} of 1000");
        }
    }

    #[test]
    fn tampering_changes_exactly_one_bit() {
        let mut network = Network::new(3);
        for number in 0..100 {
            network.carry(packet(number), Treatment::Tamper);
        }
        for arrival in network.tick() {
            assert!(arrival.is_tampered());
            assert_eq!(arrival.bytes().iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
        }
    }
}
