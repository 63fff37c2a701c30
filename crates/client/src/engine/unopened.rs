//! A device that has no engine yet: its account is made, got back, or read from the store.

use core::fmt;

use entrenous_identity::RecoveryCode;

use super::{
    Device, Engine, Name, Progress, Records, Staged, Stored as _,
    records::{Lasting, Loaded},
};
use crate::{
    Env, Error, Policy, Recovery, StoreKey,
    account::{Begin, DeviceRecord, NewDevice},
    store::{Action, Change, RecordKey},
    vault::Vault,
};

/// A device that is not open yet, without its store: from [`Engine::create`], [`Engine::recover`] or
/// [`Engine::open`]. It is staged like an operation, and [`Unopened::finish`] gives the engine.
pub struct Unopened<E>(State<E>);

#[allow(
    clippy::large_enum_variant,
    reason = "there is one at a time, and out of a box secrets are not moved"
)]
enum State<E> {
    New(Box<NewDevice>, Engine<E>),
    Kept(Vault, E),
}

/// A new account that is not in a store yet.
#[derive(Debug)]
pub struct NewAccount<E> {
    /// Its first and primary device.
    pub device: Unopened<E>,
    /// As in [`Created`](crate::Created). It is worth nothing before the device is in the store.
    pub recovery: RecoveryCode,
}

/// The store has the device.
pub struct Entered {
    device: Device,
    /// The name under which it has it, which differs with the store's key.
    name: RecordKey,
}

impl<E: Env> Engine<E> {
    /// Makes an account, for an empty store. What is staged enters this as its first and primary device.
    ///
    /// # Errors
    /// [`Error::Random`]; when it is staged, [`Error::AccountExists`] and [`Error::LinkingUnderWay`] for a store that
    /// is not empty.
    pub fn create(key: &StoreKey, mut env: E) -> Result<NewAccount<E>, Error> {
        let today = env.now().day();
        let new = NewDevice::of_new_account(env.rng(), today)?;
        // spec: CLIENT-55
        let recovery = new.account_key.as_ref().map(RecoveryCode::of).ok_or(Error::NotPrimary)?;
        Ok(NewAccount { device: Unopened::new(new, key, env)?, recovery })
    }

    /// Brings an account back on a new device, for an empty store: as [`Client::recover`](crate::Client::recover).
    ///
    /// # Errors
    /// Those of [`Client::recover`](crate::Client::recover), the ones of the store when it is staged.
    pub fn recover(key: &StoreKey, mut env: E, recovery: &Recovery<'_>) -> Result<Unopened<E>, Error> {
        let today = env.now().day();
        let new = NewDevice::of_recovery(recovery, env.rng(), today)?;
        Unopened::new(new, key, env)
    }

    /// Opens a device that a store has. When it is staged, its errors are those of
    /// [`Client::open`](crate::Client::open).
    pub fn open(key: &StoreKey, env: E) -> Unopened<E> {
        Unopened(State::Kept(Vault::new(key), env))
    }
}

impl<E: Env> Unopened<E> {
    fn new(new: NewDevice, key: &StoreKey, env: E) -> Result<Self, Error> {
        let engine = Engine::new(env, Vault::new(key), new.device()?, Policy::default())?;
        Ok(Self(State::New(Box::new(new), engine)))
    }

    /// As [`Engine::stage`]: names the records that have to be loaded, or is ready to be committed.
    ///
    /// # Errors
    /// As for [`Engine::stage`].
    pub fn stage(&mut self, records: &Records) -> Result<Progress<Result<Entered, Error>>, Error> {
        match &mut self.0 {
            State::New(new, engine) => {
                let entered = Entered { device: new.device()?, name: engine.vault.key_of(&Name::Device) };
                Ok(match engine.stage(&Begin(new), records)? {
                    Progress::Needs(keys) => Progress::Needs(keys),
                    Progress::Staged(Staged { changes, output, lasting }) => {
                        Progress::Staged(Staged { changes, output: output.map(|()| entered), lasting })
                    }
                })
            }
            State::Kept(vault, _) => Ok(find(vault, records)),
        }
    }

    /// The engine, once what was staged is in the store.
    ///
    /// # Errors
    /// [`Error::ApiMisuse`] when it is another device that was entered; [`Error::Random`].
    pub fn finish(self, entered: Entered) -> Result<Engine<E>, Error> {
        let Entered { device, name } = entered;
        match self.0 {
            State::New(_, engine) if engine.address() == device.address() => Ok(engine),
            State::Kept(vault, env) if vault.key_of(&Name::Device) == name => {
                Engine::new(env, vault, device, Policy::default())
            }
            _ => Err(Error::ApiMisuse("another device was entered")),
        }
    }
}

/// Looks for the device in `records`, and changes nothing.
fn find(vault: &Vault, records: &Records) -> Progress<Result<Entered, Error>> {
    let names = [Name::Check, Name::Device, Name::Joining].map(|name| vault.key_of(&name));
    let [Some(check), Some(device), Some(joining)] = names.map(|key| records.get(&key)) else {
        return Progress::Needs(names.to_vec());
    };
    let [check_key, device_key, _] = names;
    // spec: CLIENT-54
    let found = match (device.generation(), check.generation(), joining.generation()) {
        // under this name none but this key's store has a record
        (Some(_), _, _) => device.open(&device_key, vault).and_then(|opened| match opened {
            Some((format, _)) if format > DeviceRecord::FORMAT => Err(Error::LaterVersion),
            Some((DeviceRecord::FORMAT, bytes)) => DeviceRecord::from_bytes(bytes)?.device(),
            _ => Err(Error::Corrupt),
        }),
        (None, None, Some(_)) => Err(Error::LinkingUnderWay),
        (None, None, None) => Err(Error::NoAccount),
        (None, Some(_), _) => match check.open(&check_key, vault) {
            Ok(_) => Err(Error::Corrupt),
            Err(_) => Err(Error::WrongKey),
        },
    };
    let keep =
        |(key, loaded): (_, &Loaded)| (key, Change { expected: loaded.generation(), action: Action::Keep });
    let changes = names.into_iter().zip([check, device, joining]).map(keep).collect();
    let entered = |device| Entered { device, name: device_key };
    Progress::Staged(Staged { changes, output: found.map(entered), lasting: Lasting::default() })
}

impl<E> fmt::Debug for Unopened<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::New(_, engine) => f.debug_tuple("Unopened").field(engine).finish(),
            State::Kept(_, _) => f.write_str("Unopened"),
        }
    }
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, name: _ } = self;
        write!(f, "Entered({})", device.address())
    }
}
