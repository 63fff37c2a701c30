//! A thief who copies all that an end has stored: the past stays closed to the copy, and once both ends have answered
//! one another the future does.

use crate::{
    network::{End, Packet},
    peer::Peer,
};

use super::{
    stats::Event,
    world::{Known, World},
};

/// Thefts at one end that a story remembers; more would show nothing new, and each copy opens all that arrives.
const MAX_THEFTS: usize = 2;

/// A copy of an end in a thief's hands.
#[derive(Debug)]
pub(super) struct Thief {
    copy: Peer,
    writes: bool,
}

impl Thief {
    /// Begins or goes on with a chain of its own, if it is one that writes; an exhausted chain ends that.
    fn write(&mut self) {
        self.writes = self.writes && self.copy.seal(b"never sent").is_ok();
    }
}

impl World {
    /// A thief copies `end`: one copy reads, and one writes as well, since only who waits for an answer opens new chains.
    /// Neither opens what the end has opened before.
    pub(super) fn steal(&mut self, end: End) {
        let seeds = [self.draw_seed(), self.draw_seed()];
        if self.places[end as usize].thieves.len() >= 2 * MAX_THEFTS {
            return;
        }
        let Some(victim) = self.peer(end) else { return };
        let stored = victim.stored();
        let [reader, writer] = seeds.map(|seed| victim.reopen(&stored, seed));
        let mut copies = [Thief { copy: reader, writes: false }, Thief { copy: writer, writes: true }];
        copies.iter_mut().for_each(Thief::write);
        for Thief { copy, .. } in &mut copies {
            for packet in self.network.seen(end).iter().filter(|packet| self.has_opened(end, packet)) {
                self.check(copy.open(&packet.bytes).is_err(), end, "a thief reads the past");
            }
        }
        self.place(end).thieves.extend(copies);
        self.stats.count(Event::Stolen);
    }

    fn has_opened(&self, end: End, packet: &Packet<Known>) -> bool {
        let Known { note, .. } = &packet.note;
        self.places[end as usize].opened.contains(&(note.chain, note.n))
    }

    /// The thieves read along what `end` opens, as far as they can.
    pub(super) fn overhear(&mut self, end: End, packet: &Packet<Known>) {
        for thief in &mut self.place(end).thieves {
            if thief.copy.open(&packet.bytes).is_ok() {
                thief.write();
            }
        }
    }

    /// Both ends have answered one another since: what is sealed for `end` opens at no thief. False where nothing can be
    /// sealed any more.
    pub(super) fn shut_out_thieves(&mut self, end: End) -> bool {
        let Some(packet) = self.seal(end.other()) else { return false };
        let reads = |thief: &mut Thief| thief.copy.open(&packet.bytes).is_ok();
        let thieves = &mut self.place(end).thieves;
        let (none, any) = (!thieves.iter_mut().any(reads), !thieves.is_empty());
        self.check(none, end, "a thief reads on though the session has healed");
        if any {
            self.stats.count(Event::ThiefShutOut);
        }
        self.receive(end, packet);
        true
    }
}
