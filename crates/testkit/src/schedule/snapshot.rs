//! Ends that go back to an older state: a backup restored, a virtual machine rolled back.

use rand::{RngExt, seq::IndexedRandom};

use crate::network::End;

use super::{
    character::Snapshots,
    place::{Place, Snapshot},
    stats::Event,
    world::World,
};

impl World {
    /// Keeps the present state of `end`.
    pub(super) fn take_snapshot(&mut self, end: End) {
        if self.character.snapshots == Snapshots::Never {
            return;
        }
        let Some(stored) = self.stored(end) else { return };
        let Place { oracle, opened, chains_left, .. } = self.place(end);
        let snapshot =
            Snapshot { stored, oracle: oracle.clone(), opened: opened.clone(), chains_left: *chains_left };
        self.place(end).snapshots.push(snapshot);
    }

    /// Takes `end` back to a state that was kept: the client that was open all the time, or one opened anew.
    pub(super) fn restore_snapshot(&mut self, end: End) {
        let any = self.character.snapshots == Snapshots::Any;
        let place = &self.places[end as usize];
        let followed = |snapshot: &&Snapshot| any || snapshot.chains_left == place.chains_left;
        let choices: Vec<&Snapshot> = place.snapshots.iter().filter(followed).collect();
        let Some(snapshot) = choices.choose(&mut self.rng).map(|snapshot| (*snapshot).clone()) else {
            return;
        };
        let anew = self.rng.random::<bool>().then(|| self.draw_seed());
        let Some(peer) = self.peer(end) else { return };
        match anew {
            Some(seed) => *peer = peer.reopen(&snapshot.stored, seed),
            None => peer.restore(&snapshot.stored),
        }
        let place = self.place(end);
        let forks = snapshot.chains_left != place.chains_left;
        place.oracle = snapshot.oracle;
        place.opened = snapshot.opened;
        place.restored = true;
        self.forked |= forks;
        self.stats.count(if forks { Event::Forked } else { Event::Restored });
    }
}
