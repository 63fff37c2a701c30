//! Where a person's client keeps what it has: a machine whose power fails.

use std::sync::{Mutex, MutexGuard};

use entrenous_disk::{Fault, Keep};
use entrenous_store_sqlite::SqliteStore;
use entrenous_testkit::{rng::ScriptedRng, store::Place};
use rand::RngExt;

use crate::machine::Machine;

/// How many points there are in an opening, or a little more.
const OPENING: u64 = 90;

pub(crate) struct Home {
    machine: Machine,
    chance: Mutex<Chance>,
}

struct Chance {
    rng: ScriptedRng,
    /// Whether an end is near.
    threatened: bool,
    power_cuts: u64,
}

impl Home {
    pub(crate) fn new(seed: u64) -> Self {
        let chance = Chance { rng: ScriptedRng::new(seed), threatened: false, power_cuts: 0 };
        Self { machine: Machine::new(), chance: Mutex::new(chance) }
    }

    fn chance(&self) -> MutexGuard<'_, Chance> {
        self.chance.lock().unwrap()
    }

    /// The process ends at this point from now on.
    pub(crate) fn end_at(&self, occasion: u64) {
        self.machine.disk.arm(Fault::Die, occasion);
        self.chance().threatened = true;
    }

    /// The process ends at some point soon, if none has been set.
    pub(crate) fn end_soon(&self, bound: u64) {
        let occasion = self.chance().rng.random_range(0..bound);
        if !self.chance().threatened {
            self.end_at(occasion);
        }
    }

    /// No end is near any more. Whether there has been one since the store was opened.
    pub(crate) fn spare(&self) -> bool {
        let ended = self.machine.disk.struck().is_some();
        if !ended {
            self.machine.disk.repair();
        }
        ended
    }

    pub(crate) fn power_cuts(&self) -> u64 {
        self.chance().power_cuts
    }
}

impl Place for Home {
    type Store = SqliteStore;

    /// What the power cut has left, if there was one. Another may come while it is opened.
    fn open(&self) -> SqliteStore {
        let (disk, mut chance) = (&self.machine.disk, self.chance());
        chance.threatened = false;
        loop {
            if self.spare() {
                disk.power_cut(match chance.rng.random_range(0..6) {
                    0 => Keep::Nothing,
                    1 => Keep::Everything,
                    2 => Keep::TornEnd,
                    _ => Keep::Some(chance.rng.random()),
                });
                chance.power_cuts += 1;
            }
            if chance.rng.random_ratio(1, 8) {
                disk.arm(Fault::Die, chance.rng.random_range(0..OPENING));
            }
            match self.machine.open() {
                Ok(store) if !self.spare() => return store,
                Ok(_) => {}
                Err(error) => assert!(disk.struck().is_some(), "{error:?} on a disk that is well"),
            }
        }
    }
}
