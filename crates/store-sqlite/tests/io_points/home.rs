//! Where a person's client keeps what it has: a machine whose power fails, and whose disk fails or is full.

use std::sync::{Mutex, MutexGuard};

use entrenous_disk::{Disk, Fault, Keep, Span};
use entrenous_store_sqlite::SqliteStore;
use entrenous_testkit::{rng::ScriptedRng, store::Place};
use rand::RngExt;

use crate::machine::Machine;

/// How many points there are in an opening, or a little more.
const OPENING: u64 = 90;

/// The process ends, and the power with it.
pub(crate) const POWER: &[Fault] = &[Fault::Die];

/// The disk fails or is full, at one point or for as long as something is being done.
pub(crate) const DISK: &[Fault] = &[
    Fault::Fail(Span::Once),
    Fault::Fail(Span::Lasting),
    Fault::Full(Span::Once),
    Fault::Full(Span::Lasting),
];

pub(crate) struct Home {
    machine: Machine,
    /// What may go wrong.
    faults: Vec<Fault>,
    chance: Mutex<Chance>,
}

struct Chance {
    rng: ScriptedRng,
    /// What is about to go wrong, or has.
    armed: Option<Fault>,
    blows: u64,
    power_cuts: u64,
}

impl Chance {
    /// All is well again, or nothing comes of what was about to go wrong.
    fn recover(&mut self, disk: &Disk) {
        self.blows += u64::from(disk.struck().is_some());
        self.armed = None;
        disk.repair();
    }

    fn cut_power(&mut self, disk: &Disk) {
        disk.power_cut(match self.rng.random_range(0..6) {
            0 => Keep::Nothing,
            1 => Keep::Everything,
            2 => Keep::TornEnd,
            _ => Keep::Some(self.rng.random()),
        });
        self.power_cuts += 1;
    }
}

impl Home {
    pub(crate) fn new(seed: u64, faults: &[Fault]) -> Self {
        let chance = Chance { rng: ScriptedRng::new(seed), armed: None, blows: 0, power_cuts: 0 };
        Self { machine: Machine::new(), faults: faults.to_vec(), chance: Mutex::new(chance) }
    }

    fn chance(&self) -> MutexGuard<'_, Chance> {
        self.chance.lock().unwrap()
    }

    fn arm(&self, chance: &mut Chance, occasion: u64) {
        let fault = self.faults[chance.rng.random_range(0..self.faults.len())];
        self.machine.disk.arm(fault, occasion);
        chance.armed = Some(fault);
    }

    /// Something goes wrong at this point from now on.
    pub(crate) fn strike_at(&self, occasion: u64) {
        self.arm(&mut self.chance(), occasion);
    }

    /// Something goes wrong at some point soon, unless something is about to. A failure that has changed nothing is over.
    pub(crate) fn strike_soon(&self, bound: u64) {
        let mut chance = self.chance();
        let occasion = chance.rng.random_range(0..bound);
        if self.machine.disk.struck().is_some() && chance.armed != Some(Fault::Die) {
            chance.recover(&self.machine.disk);
        }
        if chance.armed.is_none() {
            self.arm(&mut chance, occasion);
        }
    }

    /// Nothing is about to go wrong any more. Whether something has since the store was opened.
    pub(crate) fn spare(&self) -> bool {
        let struck = self.machine.disk.struck().is_some();
        if !struck {
            self.chance().recover(&self.machine.disk);
        }
        struck
    }

    /// How often something has gone wrong, up to the last opening.
    pub(crate) fn blows(&self) -> u64 {
        self.chance().blows
    }

    pub(crate) fn power_cuts(&self) -> u64 {
        self.chance().power_cuts
    }
}

impl Place for Home {
    type Store = SqliteStore;

    /// What the power cut has left, if there was one, or the failure. Another may come while it is opened.
    fn open(&self) -> SqliteStore {
        let (disk, mut chance) = (&self.machine.disk, self.chance());
        loop {
            let (struck, fault) = (disk.struck().is_some(), chance.armed);
            chance.recover(disk);
            if struck && (fault == Some(Fault::Die) || chance.rng.random()) {
                chance.cut_power(disk);
            }
            if chance.rng.random_ratio(1, 8) {
                let occasion = chance.rng.random_range(0..OPENING);
                self.arm(&mut chance, occasion);
            }
            match self.machine.open() {
                Ok(_) if disk.struck().is_some() && chance.armed == Some(Fault::Die) => {}
                Ok(store) => {
                    chance.recover(disk);
                    return store;
                }
                Err(error) => assert!(disk.struck().is_some(), "{error:?} on a disk that is well"),
            }
        }
    }

    /// After a failure as often as not, and never after the end of the process.
    fn goes_on(&self) -> bool {
        let mut chance = self.chance();
        let goes_on = chance.armed != Some(Fault::Die) && chance.rng.random();
        if goes_on {
            chance.recover(&self.machine.disk);
        }
        goes_on
    }
}
