//! Opening what the network brings, each time against the account.

use entrenous_ratchet::{CloneEvidence, OpenError};
use entrenous_wire::{Strict, proto::SkippedKeysRecord};
use rand::{RngExt, seq::IndexedRandom};

use crate::{
    network::{
        End, Fate, Packet,
        forgery::{Forgery, same_prefix},
    },
    oracle::{Note, Opening, Position},
    peer::{Received, Refused, Stored},
};

use super::{
    stats::Event,
    world::{Known, World},
};

const REJECTED: Refused = Refused::Open(OpenError::Rejected);

impl World {
    /// Lets the network decide about the next message for `end`.
    pub(super) fn deliver_next(&mut self, end: End) {
        match self.network.step(end) {
            Fate::Idle => {}
            Fate::Lost => self.stats.count(Event::Lost),
            Fate::Delayed => self.stats.count(Event::Delayed),
            Fate::Arrives { packet, again } => {
                if again {
                    self.stats.count(Event::Repeated);
                }
                self.receive(end, packet);
            }
        }
    }

    /// Loses all that is on its way to `end`.
    pub(super) fn fall_silent(&mut self, end: End) {
        if !self.network.drain(end).is_empty() {
            self.stats.count(Event::Silence);
        }
    }

    /// Delivers anything that was ever sent to `end`.
    pub(super) fn replay(&mut self, end: End) {
        if let Some(packet) = self.network.replay(end) {
            self.stats.count(Event::Replayed);
            self.receive(end, packet);
        }
    }

    /// Delivers `packet`, now and then after a forgery made of it, now and then with a crash.
    pub(super) fn receive(&mut self, end: End, packet: Packet<Known>) {
        if self.rng.random_bool(self.character.forge) {
            self.receive_forgery(end, &packet);
        }
        let expected = self.place(end).oracle.expect(&packet.note.note);
        match expected {
            Ok(opening) if self.rng.random_bool(self.character.crash) => {
                self.crash_while_receiving(end, packet, opening.position);
            }
            Ok(opening) => self.receive_expecting(end, &packet, opening),
            Err(error) => {
                self.refuse(end, &packet.bytes, Some(error), "an authentic message");
                self.stats.count(match error {
                    Refused::Clone(CloneEvidence::NumberUsedTwice) => Event::NumberUsedTwice,
                    Refused::Clone(_) => Event::ChainBegunTwice,
                    Refused::Open(OpenError::Duplicate) => Event::Duplicate,
                    Refused::Open(OpenError::TooFarAhead) => Event::TooFarAhead,
                    _ => Event::ChainUnknown,
                });
            }
        }
    }

    fn receive_expecting(&mut self, end: End, packet: &Packet<Known>, opening: Opening) {
        let Known { note, content } = &packet.note;
        let Received { content: opened, report } = match self.open(end, &packet.bytes) {
            Ok(received) => received,
            Err(refused) => self.fail(end, &refused_instead(refused, note)),
        };
        self.check(opened.as_ref() == Ok(content), end, "another content than was sealed");
        let (lost, told) = (opening.lost_keys(), report.lost_keys);
        self.check(told == lost, end, &format!("{told} lost keys told where {lost} are lost"));
        let new_chain = opening.position == Position::NewChain;
        self.check(report.new_chain == new_chain, end, "a new chain is not told, or told falsely");
        let clone_told = report.clone_suspected == opening.clone_suspected;
        self.check(clone_told, end, "a clone is not suspected, or suspected falsely");
        let kept = opening.after.kept();
        let keeps = self.peer(end).map(|peer| peer.session.skipped_keys() as usize);
        self.check(keeps == Some(kept), end, &format!("{keeps:?} skipped keys are kept, not {kept}"));
        let stores = self.stored(end).map(|stored| keys_in(&stored));
        self.check(stores == Some(kept), end, &format!("{stores:?} skipped keys are stored, not {kept}"));
        let fresh = self.place(end).opened.insert((note.chain, note.n));
        self.check(fresh, end, "one message key has opened two messages");

        self.overhear(end, packet);
        self.stats.count(Event::Delivered);
        let happened = [
            (opening.position == Position::Overtaken, Event::Overtaken),
            (opening.position == Position::FormerChain, Event::FormerChain),
            (opening.evicted > 0, Event::Evicted),
            (opening.retired > 0, Event::Retired),
            (opening.gap_dropped > 0, Event::GapDropped),
            (opening.clone_suspected, Event::CloneSuspected),
            (opening.mixed, Event::MixReceived),
            (opening.skipped, Event::SkipReceived),
        ];
        happened.iter().filter(|(happened, _)| *happened).for_each(|(_, event)| self.stats.count(*event));
        self.compare_epochs(end, &opening.after);
        self.place(end).oracle = opening.after;
    }

    /// Opens and drops; then the message comes again, or never.
    fn crash_while_receiving(&mut self, end: End, packet: Packet<Known>, position: Position) {
        let before = self.stored(end);
        if let Err(refused) = self.open_and_drop(end, &packet.bytes) {
            self.fail(end, &refused_instead(refused, &packet.note.note));
        }
        let unchanged = self.stored(end) == before;
        self.check(unchanged, end, "a dropped opening left a trace");
        self.stats.count(Event::CrashAtReceiving);
        if position == Position::NewChain {
            self.stats.count(Event::CrashAtNewChain);
        }
        if self.rng.random_bool(0.7) {
            self.network.send_again(end, packet);
        }
        if self.rng.random() {
            self.restart(end);
        }
    }

    fn receive_forgery(&mut self, end: End, packet: &Packet<Known>) {
        let forgery = *Forgery::ALL.choose(&mut self.rng).expect("there are forgeries");
        let Some(other) = self.network.replay(end) else { return };
        let own = self.network.replay(end.other()).map(|packet| packet.bytes);
        let Some(forged) = forgery.apply(&packet.bytes, &other.bytes, own.as_deref(), &mut self.rng) else {
            return;
        };
        // only the header says which error it is; a body that was to open is rejected
        let by_header =
            |world: &mut Self, note: &Note| world.place(end).oracle.expect(note).err().or(Some(REJECTED));
        let expected = match forgery {
            Forgery::Body | Forgery::TagEnd => by_header(self, &packet.note.note),
            Forgery::SplicedHeaderAndTag if same_prefix(&packet.bytes, &other.bytes) => {
                by_header(self, &other.note.note)
            }
            Forgery::Type | Forgery::Truncated => None,
            _ => Some(REJECTED),
        };
        self.refuse(end, &forged, expected, &format!("a forgery ({forgery:?})"));
        self.stats.count(Event::Refused(forgery));
    }

    /// Checks that `bytes` are refused, for that reason if one is given, and that nothing changes.
    fn refuse(&mut self, end: End, bytes: &[u8], expected: Option<Refused>, what: &str) {
        let before = self.stored(end);
        let Err(refused) = self.open(end, bytes) else {
            self.fail(end, &format!("{what} was opened; expected was {expected:?}"))
        };
        let right = expected.is_none_or(|expected| refused == expected);
        self.check(right, end, &format!("{what} was refused for {refused:?}; expected was {expected:?}"));
        let unchanged = self.stored(end) == before;
        self.check(unchanged, end, &format!("{what} was refused and left a trace"));
    }
}

/// Message keys in the records of skipped keys.
fn keys_in(stored: &Stored) -> usize {
    let record = |bytes: &Vec<u8>| SkippedKeysRecord::decode_strict(bytes).expect("own record");
    stored.skipped.values().map(|bytes| record(bytes).keys.len() / 32).sum()
}

fn refused_instead(refused: Refused, note: &Note) -> String {
    format!("refused for {refused:?} where {note:?} must open")
}
