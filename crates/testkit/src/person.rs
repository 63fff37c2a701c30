//! People with a client each, on a clock that the test sets.

use std::{cell::Cell, io, rc::Rc};

use entrenous::{
    Address, Client, Created, Env, Error, Event, Item, Marker, MemoryStore, Outgoing, Recovery, RecoveryCode,
    Store, StoreKey, Timestamp, Upload, marker::MARK_LEN,
};

use crate::rng::ScriptedRng;

const DAY_MS: u64 = 86_400_000;

/// A clock that stands still until it is set. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Rc<Cell<u64>>);

impl Clock {
    /// The clock at midnight of a day.
    pub fn at_day(day: u64) -> Self {
        Self(Rc::new(Cell::new(day * DAY_MS)))
    }

    /// Another clock that shows the same time now.
    pub fn copy(&self) -> Self {
        Self(Rc::new(self.0.as_ref().clone()))
    }

    /// Sets it to midnight of a day.
    pub fn set_day(&self, day: u64) {
        self.0.set(day * DAY_MS);
    }

    /// Lets time pass.
    pub fn pass_ms(&self, ms: u64) {
        self.0.set(self.0.get() + ms);
    }
}

/// Scripted randomness, and a clock that the test sets.
#[derive(Clone, Debug)]
pub struct ScriptedEnv {
    rng: ScriptedRng,
    clock: Clock,
}

impl ScriptedEnv {
    /// The stream of `seed` on `clock`.
    pub fn new(seed: u64, clock: &Clock) -> Self {
        Self { rng: ScriptedRng::new(seed), clock: clock.clone() }
    }
}

impl Env for ScriptedEnv {
    type Rng = ScriptedRng;

    fn rng(&mut self) -> &mut ScriptedRng {
        &mut self.rng
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock.0.get())
    }
}

/// A marker in memory. Clones are the same place.
#[derive(Clone, Debug, Default)]
pub struct MemoryMarker {
    mark: Rc<Cell<Option<[u8; MARK_LEN]>>>,
    /// Whether writing fails.
    pub broken: bool,
}

impl MemoryMarker {
    /// The mark that is there.
    pub fn mark(&self) -> Option<[u8; MARK_LEN]> {
        self.mark.get()
    }

    /// Puts a mark there, or takes it away.
    pub fn set(&self, mark: Option<[u8; MARK_LEN]>) {
        self.mark.set(mark);
    }
}

impl Marker for MemoryMarker {
    type Error = io::Error;

    fn read(&mut self) -> io::Result<Option<[u8; MARK_LEN]>> {
        Ok(self.mark.get())
    }

    fn write(&mut self, mark: &[u8; MARK_LEN]) -> io::Result<()> {
        if self.broken {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.mark.set(Some(*mark));
        Ok(())
    }
}

/// The key of every store in tests.
pub fn store_key() -> StoreKey {
    StoreKey::from_bytes(&[7; 32])
}

/// A person with one device, and what the directory has of it.
#[derive(Debug)]
pub struct Person<S: Store = MemoryStore> {
    /// The device.
    pub client: Client<S, ScriptedEnv>,
    /// In the directory.
    pub upload: Upload,
    /// On paper.
    /// What its user has written down: none on a linked device.
    pub recovery_code: Option<RecoveryCode>,
}

impl Person<MemoryStore> {
    /// A new account, on day 20,000.
    pub fn new(seed: u64) -> Self {
        Self::at_day(seed, 20_000)
    }

    /// A new account, on a day of its own.
    pub fn at_day(seed: u64, day: u64) -> Self {
        Self::on_clock(seed, &Clock::at_day(day))
    }

    /// A new account, on a clock that others may have as well.
    pub fn on_clock(seed: u64, clock: &Clock) -> Self {
        Self::create(MemoryStore::new(), seed, clock).expect("scripted")
    }
}

impl<S: Store> Person<S> {
    /// A new account on a store, its prekeys in the directory.
    ///
    /// # Errors
    /// Those of the client.
    pub fn create(store: S, seed: u64, clock: &Clock) -> Result<Self, Error> {
        let Created { client, recovery } =
            Client::create(store, &store_key(), ScriptedEnv::new(seed, clock))?;
        Ok(Self { recovery_code: Some(recovery), ..Self::of(client)? })
    }

    /// A device, its prekeys in the directory.
    ///
    /// # Errors
    /// Those of the client.
    pub fn of(mut client: Client<S, ScriptedEnv>) -> Result<Self, Error> {
        let upload = client.publish_prekeys()?.expect("a new client has something to publish");
        client.prekeys_published(upload.number)?;
        Ok(Self { client, upload, recovery_code: None })
    }

    /// A new device of an account, in the place of those that are lost, its prekeys in the directory.
    ///
    /// # Errors
    /// Those of the client.
    pub fn recover(store: S, seed: u64, clock: &Clock, recovery: &Recovery<'_>) -> Result<Self, Error> {
        let client = Client::recover(store, &store_key(), ScriptedEnv::new(seed, clock), recovery)?;
        let code = RecoveryCode::parse(&recovery.code.text()).expect("its own");
        Ok(Self { recovery_code: Some(code), ..Self::of(client)? })
    }

    /// Puts into the directory what it doesn't have yet.
    pub fn publish(&mut self) {
        if let Some(upload) = self.client.publish_prekeys().expect("scripted") {
            self.client.prekeys_published(upload.number).expect("published");
            self.upload = upload;
        }
    }

    /// What its user has written down: not on a linked device.
    pub fn recovery(&self) -> &RecoveryCode {
        self.recovery_code.as_ref().expect("a device that made the account, or got it back")
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.client.address()
    }

    /// Begins a session with `peer` from one of its bundles.
    ///
    /// # Errors
    /// Those of the client.
    pub fn start<T: Store>(&mut self, peer: &Person<T>, bundle: usize) -> Result<(), Error> {
        self.client.start_session(&peer.client.account_id(), &peer.upload.bundles[bundle]).map(drop)
    }

    /// The envelopes of a message to `peer`.
    ///
    /// # Errors
    /// Those of the client.
    pub fn try_send<T: Store>(&mut self, peer: &Person<T>, content: &[u8]) -> Result<Vec<Outgoing>, Error> {
        Ok(self.client.send(&peer.client.account_id(), content)?.outgoing)
    }

    /// The one envelope of a message to `peer`, taken by the transport. What the library sends besides is lost.
    pub fn send<T: Store>(&mut self, peer: &Person<T>, content: &[u8]) -> Vec<u8> {
        let mut outgoing = self.try_send(peer, content).expect("a session");
        let numbers: Vec<u64> = outgoing.iter().filter_map(|out| out.number).collect();
        self.client.handed_over(&numbers).expect("in the outbox");
        outgoing.retain(|out| out.id.is_some());
        assert_eq!(outgoing.len(), 1, "one envelope with a message");
        outgoing.remove(0).bytes
    }

    /// The content of the one message that `bytes` bring, acknowledged.
    ///
    /// # Errors
    /// Those of the client.
    pub fn receive<T: Store>(&mut self, from: &Person<T>, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let items = self.client.receive(&from.address(), bytes)?;
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        self.client.acknowledge(&numbers)?;
        let contents = contents(&items);
        assert_eq!(contents.len(), 1, "one message: {items:?}");
        Ok(contents.concat())
    }
}

/// Carries what is in the outbox of `from` for `to`, and gives what it brings, acknowledged.
///
/// # Errors
/// Those of the client that receives; what was not received stays in the outbox.
pub fn carry<S: Store, T: Store>(from: &mut Person<S>, to: &mut Person<T>) -> Result<Vec<Event>, Error> {
    let mut events = Vec::new();
    let (sender, receiver) = (from.address(), to.address());
    for Outgoing { number, bytes, .. } in
        from.client.outbox()?.into_iter().filter(|outgoing| outgoing.to == receiver.into())
    {
        let items = to.client.receive(&sender, &bytes)?;
        from.client.handed_over(number.as_slice())?;
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        to.client.acknowledge(&numbers)?;
        events.extend(items.into_iter().map(|item| item.event));
    }
    Ok(events)
}

/// The contents of the messages among `items`.
pub fn contents(items: &[Item]) -> Vec<Vec<u8>> {
    let content = |item: &Item| match &item.event {
        Event::Message(message) => Some(message.content.to_vec()),
        _ => None,
    };
    items.iter().filter_map(content).collect()
}

/// Two people who have read a message of one another.
pub fn established() -> (Person, Person) {
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    alice.start(&bob, 0).expect("genuine");
    let first = alice.send(&bob, b"first");
    bob.receive(&alice, &first).expect("genuine");
    let reply = bob.send(&alice, b"reply");
    alice.receive(&bob, &reply).expect("genuine");
    (alice, bob)
}

/// Three messages each way, in turns.
pub fn converse<S: Store, T: Store>(one: &mut Person<S>, other: &mut Person<T>) {
    for round in 0..3u8 {
        let bytes = one.send(other, &[round]);
        assert_eq!(other.receive(one, &bytes), Ok(vec![round]));
        let bytes = other.send(one, &[round, 1]);
        assert_eq!(one.receive(other, &bytes), Ok(vec![round, 1]));
    }
}
