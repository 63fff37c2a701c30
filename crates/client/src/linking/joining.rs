//! A new device of an account: asks for it by a code, compares, and becomes a client. Before it is one there is no
//! account in the store, so the state is one record that is written without the engine.

use core::fmt;

use entrenous_agreement::{OneTimePrekey, PrekeyId, PrekeySecret};
use entrenous_identity::{
    DeviceKeys, DeviceList, ShortString,
    linking::{LinkCode, NewDevice as LinkState, Requesting},
    session_secret::SignedPrekey,
};
use rand_core::TryCryptoRng;

use crate::{
    Client, Engine, Env, Error, Policy, Store, StoreKey,
    account::{Begin, NewDevice},
    engine::{Name, Step, Stop, Stored, sealed::Run},
    prekeys::LIFETIME_DAYS,
    record::{JoiningRecord, Opaque, Prekeys},
    store::{Action, Change, Changes, Commit, Generation, Record},
    vault::Vault,
};

/// A device that is being linked, on its store. After a crash [`Client::resume_join`] goes on with it.
pub struct Joining<S, E> {
    store: S,
    env: E,
    vault: Vault,
    generation: Generation,
    record: JoiningRecord,
    state: LinkState,
}

/// An approval that is genuine: the list of the account has this device.
#[derive(Debug)]
pub struct Approval {
    list: DeviceList,
}

impl<S: Store, E: Env> Client<S, E> {
    /// Begins to link a new device on an empty store, by the text of the code that the primary shows.
    ///
    /// # Errors
    /// [`Error::Text`] for what is no code, [`Error::AccountExists`] and [`Error::LinkingUnderWay`] when the store is
    /// not empty, [`Error::Random`], [`Error::Store`].
    pub fn join(store: S, key: &StoreKey, env: E, code: &str) -> Result<Joining<S, E>, Error> {
        Joining::begin(store, key, env, LinkCode::parse(code)?)
    }

    /// Goes on with a linking that was begun on this store.
    ///
    /// # Errors
    /// [`Error::AccountExists`] when it is done, [`Error::NoAccount`] when there is none or the key is not the
    /// store's, [`Error::Corrupt`], [`Error::Store`].
    pub fn resume_join(store: S, key: &StoreKey, env: E) -> Result<Joining<S, E>, Error> {
        Joining::resume(store, key, env)
    }
}

impl<S: Store, E: Env> Joining<S, E> {
    fn begin(mut store: S, key: &StoreKey, mut env: E, code: LinkCode) -> Result<Self, Error> {
        let vault = Vault::new(key);
        let [device, joining] = found(&store, &vault)?;
        check_empty(device.is_some(), joining.is_some())?;
        let (now, rng) = (env.now(), env.rng());
        let keys = DeviceKeys::generate(rng)?;
        let signed = PrekeySecret::<SignedPrekey>::generate(PrekeyId::FIRST, now.day(), LIFETIME_DAYS, rng)?;
        let one_time =
            PrekeySecret::<OneTimePrekey>::generate(PrekeyId::FIRST, now.day(), LIFETIME_DAYS, rng)?;
        let account = *code.account();
        let prekeys = [signed.publish(&account, &keys), one_time.publish(&account, &keys)];
        let [signed_prekey, one_time_prekey] = prekeys;
        let (state, request) = Requesting::new(code, &keys, signed_prekey, one_time_prekey, now, rng)?;
        let state = LinkState::Requesting(state);
        let record = JoiningRecord {
            keys: keys.to_record(),
            signed: signed.to_record(),
            one_time: one_time.to_record(),
            request,
            state: JoiningRecord::state(&state),
        };
        // spec: CLIENT-76
        match commit(&mut store, &vault, rng, None, &record)? {
            Some(generation) => Ok(Self { store, env, vault, generation, record, state }),
            None => Err(Error::LinkingUnderWay),
        }
    }

    fn resume(store: S, key: &StoreKey, env: E) -> Result<Self, Error> {
        let vault = Vault::new(key);
        let [device, joining] = found(&store, &vault)?;
        if device.is_some() {
            return Err(Error::AccountExists);
        }
        let joining = joining.ok_or(Error::NoAccount)?;
        let (format, bytes) =
            vault.open(&vault.key_of(&Name::Joining), joining.generation, &joining.bytes)?;
        if format > JoiningRecord::FORMAT {
            return Err(Error::LaterVersion);
        }
        let record = JoiningRecord::from_bytes(&bytes)?;
        let state = record.read_state()?;
        Ok(Self { store, env, vault, generation: joining.generation, record, state })
    }

    /// The mailbox in which the two devices meet: what is sent goes there, and what comes is there.
    pub fn rendezvous(&self) -> &[u8; 16] {
        match &self.state {
            LinkState::Requesting(state) => state.rendezvous(),
            LinkState::Comparing(state) => state.rendezvous(),
        }
    }

    /// What the primary is to get, 3,645 bytes: to be sent until it has answered, always as these bytes; none after.
    pub fn request(&self) -> Option<&[u8]> {
        match &self.state {
            LinkState::Requesting(_) => Some(&self.record.request),
            LinkState::Comparing(_) => None,
        }
    }

    /// What the user compares with the primary's screen; none before the primary has answered.
    pub fn short_string(&self) -> Option<ShortString> {
        match &self.state {
            LinkState::Requesting(_) => None,
            LinkState::Comparing(state) => Some(state.short_string()),
        }
    }

    /// Takes the primary's answer, and gives what the user is to compare.
    ///
    /// # Errors
    /// [`Error::NotLinking`] when it was taken before; [`Error::LinkExpired`]; [`Error::Malformed`];
    /// [`Error::Rejected`], also when the primary has taken another device's request; [`Error::WrongLinkCode`];
    /// [`Error::Busy`] when another process was quicker; [`Error::Store`].
    pub fn receive_reveal(&mut self, bytes: &[u8]) -> Result<ShortString, Error> {
        let LinkState::Requesting(state) = &self.state else { return Err(Error::NotLinking) };
        let comparing = state.receive(bytes, self.env.now())?;
        let string = comparing.short_string();
        let next = LinkState::Comparing(comparing);
        let record = self.record.with_state(&next);
        let (before, rng) = (Some(self.generation), self.env.rng());
        match commit(&mut self.store, &self.vault, rng, before, &record)? {
            Some(generation) => {
                (self.generation, self.record, self.state) = (generation, record, next);
                Ok(string)
            }
            None => Err(Error::Busy),
        }
    }

    /// Looks at what comes after: the approval. Nothing is changed yet.
    ///
    /// # Errors
    /// [`Error::NotLinking`] before the primary's first answer; [`Error::Malformed`], [`Error::Rejected`],
    /// [`Error::IdentityMismatch`] and [`Error::Untrusted`] for what is no approval of this linking.
    pub fn receive_approval(&self, bytes: &[u8]) -> Result<Approval, Error> {
        match &self.state {
            LinkState::Requesting(_) => Err(Error::NotLinking),
            LinkState::Comparing(state) => Ok(Approval { list: state.receive(bytes, self.env.now())?.list }),
        }
    }

    /// The device becomes one of the account's, in one commit. If it fails, [`Client::open`] or
    /// [`Client::resume_join`] tells which of both the store has.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn finish(self, approval: Approval) -> Result<Client<S, E>, Error> {
        let Self { store, env, vault, generation: _, record, state: _ } = self;
        let keys = DeviceKeys::from_record(&record.keys).map_err(|_| Error::Corrupt)?;
        let new = NewDevice { keys, list: approval.list, account_key: None, before: None };
        let engine = Engine::new(env, vault, new.device()?, Policy::default())?;
        let mut client = Client::of(store, engine);
        client.perform(&Join { new: &new, record: &record })?;
        Ok(client)
    }

    /// Gives the linking up: the store is empty again.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process was quicker, [`Error::Store`].
    pub fn abandon(mut self) -> Result<S, Error> {
        let change = Change { expected: Some(self.generation), action: Action::Remove };
        let changes = Changes::from_iter([(self.vault.key_of(&Name::Joining), change)]);
        match self.store.commit(&changes).map_err(Error::of_store::<S>)? {
            Commit::Applied => Ok(self.store),
            Commit::Conflict => Err(Error::Busy),
        }
    }
}

/// What the store has of a device, and of one that is being linked.
fn found<S: Store>(store: &S, vault: &Vault) -> Result<[Option<Record>; 2], Error> {
    let names = [vault.key_of(&Name::Device), vault.key_of(&Name::Joining)];
    let found = store.load(&names).map_err(Error::of_store::<S>)?;
    found.try_into().map_err(|_| Error::Corrupt)
}

/// Refuses a store that is not empty.
pub(crate) fn check_empty(device: bool, joining: bool) -> Result<(), Error> {
    match (device, joining) {
        (true, _) => Err(Error::AccountExists),
        (false, true) => Err(Error::LinkingUnderWay),
        (false, false) => Ok(()),
    }
}

/// Writes the one record, in a store that has no device; tells its generation, and none for a conflict.
fn commit<S: Store>(
    store: &mut S,
    vault: &Vault,
    rng: &mut impl TryCryptoRng,
    before: Option<Generation>,
    record: &JoiningRecord,
) -> Result<Option<Generation>, Error> {
    let [device, joining] = [Name::Device, Name::Joining].map(|name| vault.key_of(&name));
    let sealed = vault.seal(&joining, JoiningRecord::FORMAT, &record.to_bytes(), rng)?;
    let generation = sealed.generation;
    let changes = Changes::from_iter([
        (device, Change { expected: None, action: Action::Keep }),
        (joining, Change { expected: before, action: Action::Put(sealed) }),
    ]);
    let commit = store.commit(&changes).map_err(Error::of_store::<S>)?;
    Ok((commit == Commit::Applied).then_some(generation))
}

/// The linking is done: the device is entered, with the prekeys that were in its request.
struct Join<'a> {
    new: &'a NewDevice,
    record: &'a JoiningRecord,
}

impl Run for Join<'_> {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let Self { new, record } = self;
        step.want([Name::Joining, Name::Device, Name::Own])?;
        if step.get::<JoiningRecord>(Name::Joining)?.is_none() {
            return Err(Error::NotLinking.into());
        }
        Begin(new).run(step)?;
        // spec: CLIENT-77
        let signed: PrekeySecret<SignedPrekey> =
            PrekeySecret::from_record(&record.signed).map_err(|_| Error::Corrupt)?;
        let id = signed.public().id;
        step.put(Name::SignedPrekey(id), &Opaque(record.signed.clone()));
        step.put(Name::OneTimePrekey(id), &Opaque(record.one_time.clone()));
        step.put(Name::Prekeys, &Prekeys::of_request(id, signed.public().issued));
        step.remove(Name::Joining)
    }
}

impl<S, E> fmt::Debug for Joining<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store: _, env: _, vault: _, generation: _, record: _, state } = self;
        f.debug_struct("Joining").field("state", state).finish_non_exhaustive()
    }
}
