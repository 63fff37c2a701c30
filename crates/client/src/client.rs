//! The client: a device of an account on a store. Every method is one durable step.

use core::mem;

use entrenous_identity::AccountId;

use crate::{
    Address, Engine, Env, Error, Item, Maintained, Operation, Outgoing, Policy, Progress, Records,
    SendOptions, Sent, StartOptions, Started, StoreKey, Unopened, Upload,
    operation::{
        Acknowledge, HandedOver, Inbox, Maintain, Outbox, PrekeysPublished, PublishPrekeys, Receive, Send,
        StartSession,
    },
    store::{Commit, RecordKey, Store},
};

/// Runs of an operation that meet a conflict, until it is given up: others have been quicker every time.
const MAX_ATTEMPTS: usize = 1_000;
/// Items that are read at once from inbox and outbox.
const PAGE: usize = 256;

/// A device of an account, on a store. `E` gives randomness and time.
///
/// What a method returns is durable; an error has changed nothing. Several clients, in one process or many, may be
/// open on one store.
#[derive(Debug)]
pub struct Client<S, E> {
    store: S,
    engine: Engine<E>,
    /// What the last operations have left of records that the next may want.
    remembered: Records,
}

impl<S: Store, E: Env> Client<S, E> {
    /// Opens what `device` is, or makes it, on `store`.
    pub(crate) fn enter(mut store: S, mut device: Unopened<E>) -> Result<Self, Error> {
        let entered = commit(&mut store, &mut Records::new(), |records| device.stage(records))?;
        Ok(Self::of(store, device.finish(entered)?))
    }

    pub(crate) fn of(store: S, engine: Engine<E>) -> Self {
        Self { store, engine, remembered: Records::new() }
    }

    /// Opens the store of a device that was created before.
    ///
    /// # Errors
    /// [`Error::LinkingUnderWay`] when it is still being linked: [`Client::resume_join`] goes on with that;
    /// [`Error::NoAccount`] when the store is empty, [`Error::WrongKey`] when it is another key's, [`Error::Corrupt`],
    /// [`Error::Store`].
    pub fn open(store: S, key: &StoreKey, env: E) -> Result<Self, Error> {
        Self::enter(store, Engine::open(key, env))
    }

    /// Replaces the policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.set_policy(policy);
        self
    }

    /// Replaces the policy: what is done from now on follows it.
    pub fn set_policy(&mut self, policy: Policy) {
        self.engine.set_policy(policy);
    }

    /// The environment's generator.
    pub(crate) fn rng(&mut self) -> &mut E::Rng {
        self.engine.rng()
    }

    /// The device without its store, for an application that loads and commits in its own way.
    pub fn into_engine(self) -> Engine<E> {
        self.engine
    }

    /// The account's id, which it gives to its contacts.
    pub fn account_id(&self) -> AccountId {
        self.engine.address().account
    }

    /// Where messages of this device come from, and messages for it go.
    pub fn address(&self) -> Address {
        self.engine.address()
    }

    /// Does `operation` in one commit; runs it again when others have changed what it relied on.
    ///
    /// # Errors
    /// Those of the operation; [`Error::Busy`], [`Error::Store`], [`Error::ApiMisuse`] in a forked process.
    pub fn perform<O: Operation>(&mut self, operation: &O) -> Result<O::Output, Error> {
        commit(&mut self.store, &mut self.remembered, |records| self.engine.stage(operation, records))
    }

    /// What the directory does not have yet, so that others can write to this device; none when it has everything.
    /// To be called at every start and once a day: it makes the prekeys that are due.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn publish_prekeys(&mut self) -> Result<Option<Upload>, Error> {
        self.perform(&PublishPrekeys::default())
    }

    /// As [`Client::publish_prekeys`], where the directory says that it has `left` one-time bundles of this device: too
    /// few are made up for, also when nobody has used those that are gone.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn publish_prekeys_beside(&mut self, left: usize) -> Result<Option<Upload>, Error> {
        self.perform(&PublishPrekeys { left: Some(left) })
    }

    /// The directory has an upload.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn prekeys_published(&mut self, number: u64) -> Result<(), Error> {
        self.perform(&PrekeysPublished { number })
    }

    /// Starts a session with a device of `expected`, from a bundle that a directory gave.
    ///
    /// # Errors
    /// Those of [`StartSession`].
    pub fn start_session(&mut self, expected: &AccountId, bundle: &[u8]) -> Result<Started, Error> {
        let options = StartOptions::default();
        self.perform(&StartSession { expected: Some(*expected), bundle, options })
    }

    /// Starts a session with a device of an account whose id nobody knew before: the directory could have given
    /// anybody's. It stays [`Trust::FirstUse`](crate::Trust) until the two compare.
    ///
    /// # Errors
    /// Those of [`StartSession`].
    pub fn first_contact(&mut self, bundle: &[u8]) -> Result<Started, Error> {
        self.perform(&StartSession { expected: None, bundle, options: StartOptions::default() })
    }

    /// Sends `content`, at most [`MAX_CONTENT`](crate::MAX_CONTENT) bytes, to every device of `to`, and to the own other ones: to all of them or to none.
    ///
    /// # Errors
    /// Those of [`Send`].
    pub fn send(&mut self, to: &AccountId, content: &[u8]) -> Result<Sent, Error> {
        self.perform(&Send { to: *to, content, options: SendOptions::default() })
    }

    /// What the transport has not taken yet, oldest first; at most 256 at once.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn outbox(&mut self) -> Result<Vec<Outgoing>, Error> {
        self.outbox_from(0)
    }

    /// What the transport has not taken yet, from the envelope with this number on: one above that of the last page's
    /// last to go on without having handed it over. At most 256 at once.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn outbox_from(&mut self, number: u64) -> Result<Vec<Outgoing>, Error> {
        self.perform(&Outbox { from: number, limit: PAGE })
    }

    /// The transport has taken these envelopes, by [`Outgoing::number`].
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn handed_over(&mut self, numbers: &[u64]) -> Result<(), Error> {
        self.perform(&HandedOver { numbers })
    }

    /// Opens an envelope. `from` is the transport's hint where it comes from. Afterwards the outbox may have
    /// something for the transport.
    ///
    /// # Errors
    /// Those of [`Receive`].
    pub fn receive(&mut self, from: &Address, bytes: &[u8]) -> Result<Vec<Item>, Error> {
        self.perform(&Receive { from: *from, bytes })
    }

    /// What is not acknowledged yet, oldest first; at most 256 at once.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn inbox(&mut self) -> Result<Vec<Item>, Error> {
        self.inbox_from(0)
    }

    /// What is not acknowledged yet, from the item with this number on: one above that of the last page's last to go
    /// on without having acknowledged it. At most 256 at once.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn inbox_from(&mut self, number: u64) -> Result<Vec<Item>, Error> {
        self.perform(&Inbox { from: number, limit: PAGE })
    }

    /// The application has stored these items, by [`Item::number`]: they may leave the inbox.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn acknowledge(&mut self, numbers: &[u64]) -> Result<(), Error> {
        self.perform(&Acknowledge { numbers })
    }

    /// Does what is due: to be called at every start and about once an hour, and again as long as it says that there
    /// is more.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn maintain(&mut self) -> Result<Maintained, Error> {
        self.perform(&Maintain)
    }
}

/// Commits what `stage` stages: loads what it needs and doesn't remember, and runs it again when others were quicker.
/// What is remembered is what was committed last: after a conflict or a failure it is nothing.
fn commit<S: Store, T>(
    store: &mut S,
    remembered: &mut Records,
    mut stage: impl FnMut(&Records) -> Result<Progress<Result<T, Error>>, Error>,
) -> Result<T, Error> {
    for _ in 0..MAX_ATTEMPTS {
        let mut records = mem::take(remembered);
        let staged = loop {
            match stage(&records)? {
                Progress::Staged(staged) => break staged,
                Progress::Needs(keys) => load(store, keys, &mut records)?,
            }
        };
        let (changes, unreleased, lasting) = staged.into_parts_to_remember();
        match store.commit(&changes).map_err(Error::of_store::<S>)? {
            Commit::Applied => {
                *remembered = records.after(&changes, lasting);
                return unreleased.release_after_commit();
            }
            Commit::Conflict => {}
        }
    }
    Err(Error::Busy)
}

/// Loads what an operation needs.
fn load<S: Store>(store: &S, keys: Vec<RecordKey>, records: &mut Records) -> Result<(), Error> {
    let loaded = store.load(&keys).map_err(Error::of_store::<S>)?;
    if loaded.len() != keys.len() {
        return Err(Error::ApiMisuse("a store that loads another number of records"));
    }
    keys.into_iter().zip(loaded).for_each(|(key, record)| records.insert(key, record));
    Ok(())
}
