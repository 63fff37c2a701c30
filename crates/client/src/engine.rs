//! The engine: what a client does, without any I/O.
//!
//! An operation is a function of records. It asks for records by name; when it finds that one has not been loaded,
//! it stops and says which, and is run again from the start once it is there. What it changes is staged: sealed
//! records to be committed, and a result that is let out when they are. So the same operations serve a blocking
//! store and an application's own asynchronous database, and a conflict or crash is answered by running them again.

mod ahead;
mod name;
mod opened;
mod operation;
mod queues;
mod records;
mod rosters;
mod staged;
mod step;
mod unopened;
mod written;

use core::fmt;
use std::{
    collections::{BTreeMap, BTreeSet},
    process,
};

use entrenous_identity::{AccountId, AccountPublicKey, DeviceKeys};
use entrenous_primitives::{nonce_salt::NonceSalt, random::RandomError};
use rand_core::TryRng as _;

pub(crate) use name::{Name, NameBytes};
pub(crate) use opened::{OPENED_LEN, Opened};
pub use operation::Operation;
pub(crate) use operation::{Habit, sealed};
pub(crate) use queues::Which;
pub(crate) use records::Lasting;
pub use records::Records;
pub(crate) use rosters::{ReadRoster, Rosters};
pub use staged::{Progress, Staged, Unreleased};
pub(crate) use step::{Edits, Step, Stop, Stored};
pub use unopened::{Entered, NewAccount, Unopened};

use crate::{Address, Env, Error, Policy, env::Entropy, store::RecordKey, vault::Vault};

/// A device, without its store: everything that changes is in records.
pub struct Engine<E> {
    env: E,
    vault: Vault,
    device: Device,
    salt: NonceSalt,
    opened: Opened,
    rosters: Rosters,
    process: u32,
    policy: Policy,
    habits: BTreeMap<Habit, BTreeSet<RecordKey>>,
}

/// Habits that are remembered.
const MAX_HABITS: usize = 256;

/// What never changes about a device.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) account: AccountId,
    pub(crate) account_key: AccountPublicKey,
    pub(crate) keys: DeviceKeys,
}

impl Device {
    pub(crate) fn address(&self) -> Address {
        Address { account: self.account, device: self.keys.public().id }
    }
}

impl<E: Env> Engine<E> {
    pub(crate) fn new(mut env: E, vault: Vault, device: Device, policy: Policy) -> Result<Self, Error> {
        let salt = NonceSalt::new(env.rng())?;
        let opened = Opened::new(env.rng())?;
        let habits = BTreeMap::new();
        Ok(Self {
            env,
            vault,
            device,
            salt,
            opened,
            rosters: Rosters::default(),
            process: process::id(),
            policy,
            habits,
        })
    }

    /// Replaces the policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.set_policy(policy);
        self
    }

    /// Replaces the policy: what is done from now on follows it.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    pub(crate) fn rng(&mut self) -> &mut E::Rng {
        self.env.rng()
    }

    /// Where messages of this device come from, and messages for it go.
    pub fn address(&self) -> Address {
        self.device.address()
    }

    /// Runs `operation` on `records`: it either names records that have to be loaded for it, or is staged.
    ///
    /// What it finds, an error included, is let out only when what it relied on has been compared in the store:
    /// records that were loaded one after the other may not belong together.
    ///
    /// # Errors
    /// [`Error::ApiMisuse`] in a forked process, [`Error::Random`].
    pub fn stage<O: Operation>(
        &mut self,
        operation: &O,
        records: &Records,
    ) -> Result<Progress<Result<O::Output, Error>>, Error> {
        // a fork copies keys and nonce salt alike: two processes would seal two texts under one key and nonce
        // spec: RATCHET-44
        if process::id() != self.process {
            return Err(Error::ApiMisuse(
                "the process has forked; only the one that opened the client may use it",
            ));
        }
        let habit = operation.habit();
        if let Some(missing) = self.missing_of(habit, records) {
            return Ok(Progress::Needs(missing));
        }
        let now = self.env.now();
        let rng = self.env.rng();
        let mut fill = |bytes: &mut [u8]| rng.try_fill_bytes(bytes).map_err(|_| RandomError::Failed);
        let mut step = Step {
            vault: &self.vault,
            device: &self.device,
            policy: &self.policy,
            now,
            rng: Entropy::new(&mut fill),
            salt: &mut self.salt,
            opened: &mut self.opened,
            rosters: &mut self.rosters,
            told: Vec::new(),
            of_stranger: false,
            looks_only: false,
            queues: queues::Queues::default(),
            edits: Edits::new(records),
        };
        // few lines here, since there are as many of this function as there are operations
        let (changes, output) = match operation.run(&mut step) {
            Err(Stop::Missing) => return Ok(Progress::Needs(step.edits.missing())),
            Err(Stop::Failed(error)) => (step.keep(), Err(error)),
            Err(Stop::Refused(error)) => {
                step.put_queues();
                (step.seal_edits(false)?, Err(error))
            }
            Ok(output) => {
                step.put_queues();
                note_habit(&mut self.habits, habit, &step);
                (step.seal_edits(habit.is_some())?, Ok(output))
            }
        };
        Ok(Progress::Staged(Staged::new(changes, output)))
    }

    /// What an operation with this habit would miss.
    fn missing_of(&self, habit: Option<Habit>, records: &Records) -> Option<Vec<RecordKey>> {
        let keys = self.habits.get(&habit?)?;
        let missing: Vec<_> = keys.iter().filter(|key| !records.has(key)).copied().collect();
        (!missing.is_empty()).then_some(missing)
    }
}

/// What is done now is done again, and wants the same records.
fn note_habit(habits: &mut BTreeMap<Habit, BTreeSet<RecordKey>>, habit: Option<Habit>, step: &Step<'_>) {
    let Some(habit) = habit else { return };
    if habits.len() >= MAX_HABITS {
        habits.clear();
    }
    habits.insert(habit, step.edits.recurring_keys());
}

impl<E> fmt::Debug for Engine<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { env: _, vault: _, device, salt: _, opened: _, rosters: _, process: _, policy, habits: _ } =
            self;
        f.debug_struct("Engine")
            .field("address", &device.address())
            .field("policy", policy)
            .finish_non_exhaustive()
    }
}
