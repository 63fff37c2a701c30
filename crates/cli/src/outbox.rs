//! The sender's outbox: what the network has not brought to its destination is sent again, the same bytes.
//! A real one keeps them in its store; sealing again instead would be another message.

use std::{collections::BTreeMap, rc::Rc};

use crate::network::{LONGEST_HOLD, Packet};

/// Ticks without news after which a packet counts as lost: longer than anything is held back.
const PATIENCE: u64 = LONGEST_HOLD + 4;
/// From this attempt on the network is made to let a packet pass: a network that loses it every time could
/// not be told from one that is switched off.
const MERCY: u32 = 8;
/// Attempts after which a packet is given up. Never reached but by a receiver that refuses genuine packets.
const MAX_ATTEMPTS: u32 = 16;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    packet: Rc<Packet>,
    attempts: u32,
    again_at: u64,
    spared: bool,
}

/// A packet to be sent once more.
#[derive(Debug)]
pub(crate) struct Again {
    pub(crate) packet: Rc<Packet>,
    /// Whether the network has to let it pass.
    pub(crate) spared: bool,
}

impl Outbox {
    /// Keeps a packet whose first transmission is under way; `spared` if the network is to let every repetition
    /// pass.
    pub(crate) fn keep(&mut self, packet: Rc<Packet>, now: u64, spared: bool) {
        self.waiting.insert(packet.number, Waiting { packet, attempts: 1, again_at: now + PATIENCE, spared });
    }

    pub(crate) fn arrived(&mut self, number: u64) {
        self.waiting.remove(&number);
    }

    /// What there was no news of for too long.
    pub(crate) fn overdue(&mut self, now: u64) -> Vec<Again> {
        self.waiting.retain(|_, waiting| waiting.attempts < MAX_ATTEMPTS || waiting.again_at > now);
        let overdue = self.waiting.values_mut().filter(|waiting| waiting.again_at <= now);
        let again = overdue.map(|waiting| {
            waiting.attempts += 1;
            waiting.again_at = now + PATIENCE;
            Again { packet: Rc::clone(&waiting.packet), spared: waiting.spared || waiting.attempts >= MERCY }
        });
        again.collect()
    }

    pub(crate) fn packets(&self) -> impl Iterator<Item = &Packet> {
        self.waiting.values().map(|waiting| waiting.packet.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        network::{Carries, Network, Treatment},
        side::Side,
    };

    fn packet(number: u64) -> Rc<Packet> {
        Rc::new(Packet {
            number,
            from: Side::Bob,
            carries: Carries::Message,
            bytes: number.to_be_bytes().to_vec(),
        })
    }

    #[test]
    fn everything_arrives_in_the_end_whatever_the_network_does() {
        for seed in 0..50 {
            let (mut network, mut outbox) = (Network::new(seed), Outbox::default());
            let mut missing: Vec<u64> = (0..200).collect();
            for number in 0..200 {
                let treatment = network.draw();
                network.carry(packet(number), treatment);
                outbox.keep(packet(number), network.now(), false);
            }
            while outbox.packets().next().is_some() {
                for again in outbox.overdue(network.now()) {
                    let treatment = if again.spared { Treatment::Pass } else { network.draw() };
                    network.carry(again.packet, treatment);
                }
                for arrival in network.tick().iter().filter(|arrival| !arrival.is_tampered()) {
                    assert_eq!(*arrival.bytes(), arrival.packet.number.to_be_bytes(), "the same bytes");
                    outbox.arrived(arrival.packet.number);
                    missing.retain(|number| *number != arrival.packet.number);
                }
            }
            assert!(missing.is_empty(), "seed {seed}: {missing:?}");
        }
    }

    #[test]
    fn what_nobody_takes_is_given_up() {
        let mut outbox = Outbox::default();
        outbox.keep(packet(1), 0, false);
        let sent = (1..=10_000).map(|now| outbox.overdue(now).len()).sum::<usize>();
        assert_eq!((sent + 1, outbox.packets().count()), (16, 0));
    }
}
