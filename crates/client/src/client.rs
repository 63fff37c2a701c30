//! The client: one account with its one device, and its sessions.

use core::num::NonZeroU64;
use std::{collections::BTreeMap, process};

use entrenous_agreement::{Initiator, Mode, OwnList, ReceivedBundle, ReceivedHandshake, StalePrekeys};
use entrenous_identity::{
    AccountId, AccountKey, AccountPublicKey, Day, DeviceKeys, DeviceList, HandshakeHash, SafetyNumber,
    Timestamp,
};
use entrenous_primitives::{nonce_salt::NonceSalt, random::draw};
use entrenous_ratchet::{Await, Committed, Limits, Looked, RecordChanges, Report, Session};
use entrenous_wire::{
    device_list::MAX_DEVICES,
    envelope::{Envelope, Kind},
    frame::{Frame, FrameKind, MAX_CONTENT},
    padding::Padding,
};

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::{
    Address, Env, Error, Event, Message, MessageId, Upload,
    prekeys::Prekeys,
    sessions::{KeptSession, Sessions},
};

/// An envelope for the transport to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The device that it is for.
    pub to: Address,
    /// The message in it.
    pub id: MessageId,
    /// What goes over the network. A transport that repeats it repeats these bytes.
    pub bytes: Vec<u8>,
}

/// An account with its device and sessions. `E` gives randomness and time.
#[derive(Debug)]
pub struct Client<E: Env> {
    env: E,
    device: DeviceKeys,
    list: DeviceList,
    prekeys: Prekeys,
    // boxed: the map moves its values about, and would leave copies of their keys behind
    sessions: BTreeMap<Address, Box<Sessions>>,
    salt: NonceSalt,
    process: u32,
    limits: Limits,
}

impl<E: Env> Client<E> {
    /// Creates an account with one device and its prekeys.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn create(mut env: E) -> Result<Self, Error> {
        let today = env.now().day();
        let rng = env.rng();
        let account = AccountKey::generate(rng)?;
        let device = DeviceKeys::generate(rng)?;
        let id = AccountId::of(&account.verifying_key());
        let list = DeviceList::first(&account, &[device.entry(&id)], today)?;
        let prekeys = Prekeys::generate(today, rng)?;
        let salt = NonceSalt::new(rng)?;
        Ok(Self {
            env,
            device,
            list,
            prekeys,
            sessions: BTreeMap::new(),
            salt,
            process: process::id(),
            limits: Limits::default(),
        })
    }

    /// The account's id, which it gives to its contacts.
    pub fn account_id(&self) -> AccountId {
        self.list.account_id()
    }

    /// Where messages of this device come from, and messages for it go.
    pub fn address(&self) -> Address {
        Address { account: self.account_id(), device: self.device.public().id }
    }

    /// What a directory needs so that others can write to this device.
    pub fn publish_prekeys(&self) -> Upload {
        self.prekeys.upload(&self.list, &self.device)
    }

    /// Begins a session with a device of `expected`, from a bundle that a directory gave. Nothing goes out
    /// before the first [`Client::send`]. While the device has not answered, up to three more may be begun: the
    /// directory may have handed out a one-time prekey that was gone.
    ///
    /// # Errors
    /// [`Error::IdentityMismatch`] for another account's bundle, [`Error::Untrusted`] when anything in it
    /// doesn't hold, [`Error::SessionExists`] once the device has answered or four are begun,
    /// [`Error::TooManyDevices`], [`Error::ApiMisuse`] for the own device.
    pub fn start_session(&mut self, expected: &AccountId, bundle: &[u8]) -> Result<Address, Error> {
        let today = self.today();
        let bundle = ReceivedBundle::parse(bundle)?.verify(expected, today, StalePrekeys::Refuse)?;
        let with = Address { account: *expected, device: bundle.device().id };
        // spec: AGREE-25
        if with == self.address() {
            return Err(Error::ApiMisuse("a session with the own device"));
        }
        self.check_room(&with)?;
        let existing = self.sessions.get(&with);
        if existing.is_some_and(|sessions| sessions.is_answered() || sessions.is_full()) {
            return Err(Error::SessionExists(with.device));
        }
        let counter = match existing.map(|sessions| sessions.highest_counter()) {
            None => NonZeroU64::MIN,
            Some(highest) => highest.checked_add(1).ok_or(Error::SessionExists(with.device))?,
        };
        let account_key = *bundle.device_list().account_key();
        let secret = Initiator::new(&self.device, &self.list, bundle, counter, Mode::Fresh, today)?
            .agree(self.env.rng())?;
        self.keep(with, account_key, KeptSession::new(Session::initiate(secret, self.limits), counter));
        Ok(with)
    }

    /// Seals `content`, at most 16 MiB, for every device of `to` that there is a session with: for all of them
    /// or for none.
    ///
    /// # Errors
    /// [`Error::NoSession`], [`Error::TooLong`], [`Error::ChainExhausted`], [`Error::Random`],
    /// [`Error::ApiMisuse`] after a fork.
    pub fn send(&mut self, to: &AccountId, content: &[u8]) -> Result<Vec<Outgoing>, Error> {
        if content.len() > MAX_CONTENT {
            return Err(Error::TooLong);
        }
        // a fork copies keys and nonce salt alike: two processes would seal two texts under one key and nonce
        // spec: RATCHET-44
        if process::id() != self.process {
            return Err(Error::ApiMisuse(
                "the process has forked; only the one that made the client may use it",
            ));
        }
        let nonce = *draw::<8>(self.env.rng())?.as_bytes();
        let frame = Frame {
            kind: FrameKind::Application,
            sent_ms: self.env.now().as_ms(),
            nonce,
            ttl: None,
            list_epoch: None,
            shards: None,
            content,
        };
        let id = MessageId::of(&self.account_id(), to, &frame);
        let devices = self.sessions.iter_mut().filter(|(address, _)| address.account == *to);
        let mut devices = devices.map(|(address, sessions)| (*address, sessions.active()));
        let mut outgoing = Vec::new();
        seal_for_all(&mut devices, &frame, &mut self.salt, self.env.rng(), &mut |to, bytes| {
            outgoing.push(Outgoing { to, id, bytes });
        })?;
        if outgoing.is_empty() { Err(Error::NoSession) } else { Ok(outgoing) }
    }

    /// Opens an envelope. `from` is the transport's hint where it comes from.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Rejected`] and [`Error::Duplicate`]: the transport may drop such bytes.
    /// [`Error::NoSession`] when nothing is known of `from`, or a handshake is of another device: a wrong hint is
    /// not followed up. [`Error::KeyUnavailable`] when a prekey is gone, or the store has lost a key.
    /// [`Error::Untrusted`] and [`Error::TooManyDevices`] for handshakes. None of them changes anything.
    pub fn receive(&mut self, from: &Address, bytes: &[u8]) -> Result<Vec<Event>, Error> {
        let envelope = Envelope::parse(bytes)?;
        let hash = match envelope.kind() {
            Kind::Ratchet => None,
            Kind::Prekey { handshake } => {
                // spec: AGREE-18
                let hash = HandshakeHash::of(handshake);
                if !self.sessions.get(from).is_some_and(|sessions| sessions.knows(&hash)) {
                    return self.accept(from, &envelope, handshake, hash);
                }
                Some(hash)
            }
        };
        self.receive_in_session(from, &envelope, hash)
    }

    /// Opens a message in the session of `hash`, or in whichever it belongs to.
    fn receive_in_session(
        &mut self,
        from: &Address,
        envelope: &Envelope<'_>,
        hash: Option<HandshakeHash>,
    ) -> Result<Vec<Event>, Error> {
        let (today, me) = (self.today(), self.account_id());
        let sessions = self.sessions.get_mut(from).ok_or(Error::NoSession)?;
        // spec: RATCHET-42
        let decided = sessions.all().find_map(|kept| {
            let of_session = kept.session.handshake_hash();
            if hash.is_some_and(|hash| hash != of_session) {
                return None;
            }
            match open(kept, envelope, today, from, &me) {
                Err(Error::Rejected) => None,
                outcome => Some((of_session, outcome)),
            }
        });
        let (of_session, outcome) = decided.ok_or(Error::Rejected)?;
        let events = outcome?;
        sessions.settle(&of_session);
        Ok(events)
    }

    /// A first message: nothing is kept, and no prekey deleted, unless it opens.
    fn accept(
        &mut self,
        from: &Address,
        envelope: &Envelope<'_>,
        handshake: &[u8],
        hash: HandshakeHash,
    ) -> Result<Vec<Event>, Error> {
        let today = self.today();
        let received = ReceivedHandshake::parse(handshake)?;
        let (account, device) = received.claimed();
        // spec: AGREE-21
        if (Address { account, device }) != *from {
            return Err(Error::NoSession);
        }
        self.check_room(from)?;
        let verified = received.verify(self.device.public().id, today)?;
        let one_time = verified.one_time_prekey();
        let named = self.prekeys.named(&hash, verified.signed_prekey(), one_time);
        let named = named.ok_or(Error::KeyUnavailable)?;
        let account_key = *verified.device_list().account_key();
        let counter = verified.counter();
        let own_list = OwnList::from(&self.list);
        // a secret that no session with `from` has can't continue one
        let continued = match verified.mode().continued() {
            None => None,
            Some(id) => {
                let sessions = self.sessions.get(from);
                Some(sessions.and_then(|sessions| sessions.resumption(id)).ok_or(Error::KeyUnavailable)?)
            }
        };
        let secret =
            verified.agree(&self.device, own_list, named.signed, named.one_time, continued.as_ref())?;
        let mut out = Zeroizing::new(Vec::new());
        let accepted = Await::new(secret, self.limits).open(envelope, &mut out)?;

        let (session, committed) = accepted.commit();
        // spec: AGREE-19, AGREE-20
        self.prekeys.consume(hash, one_time);
        let mut events = vec![Event::SessionStarted { with: *from, one_time_prekey: one_time.is_some() }];
        let me = self.list.account_id();
        let records = events_of(committed, from, &me, &mut events);
        let mut kept = KeptSession::new(session, counter);
        kept.store(records);
        self.keep(*from, account_key, kept);
        Ok(events)
    }

    /// Every send seals for all devices of an account, so they are not to be any number.
    fn check_room(&self, with: &Address) -> Result<(), Error> {
        let devices = self.sessions.keys().filter(|address| address.account == with.account).count();
        // spec: RATCHET-45
        if devices >= MAX_DEVICES && !self.sessions.contains_key(with) {
            return Err(Error::TooManyDevices);
        }
        Ok(())
    }

    fn keep(&mut self, with: Address, account_key: AccountPublicKey, new: KeptSession) {
        match self.sessions.get_mut(&with) {
            Some(sessions) => sessions.add(new),
            None => drop(self.sessions.insert(with, Box::new(Sessions::new(account_key, new)))),
        }
    }

    /// The number that the two compare, over another channel, to know that nobody stands between them.
    ///
    /// # Errors
    /// [`Error::NoSession`] when the account's key is not known yet.
    pub fn safety_number(&self, with: &AccountId) -> Result<SafetyNumber, Error> {
        let mut sessions = self.sessions.iter();
        let (_, sessions) = sessions.find(|(address, _)| address.account == *with).ok_or(Error::NoSession)?;
        Ok(SafetyNumber::of(self.list.account_key(), &sessions.account_key))
    }

    fn today(&self) -> Day {
        self.env.now().day()
    }
}

/// Seals for all `devices`, at most 16, or for none: each sealing waits on the stack, where no copy of its keys
/// outlives it, until those after it have succeeded, and is rolled back if one has not.
fn seal_for_all(
    devices: &mut dyn Iterator<Item = (Address, &mut KeptSession)>,
    frame: &Frame<'_>,
    salt: &mut NonceSalt,
    rng: &mut impl TryCryptoRng,
    release: &mut impl FnMut(Address, Vec<u8>),
) -> Result<(), Error> {
    let Some((to, kept)) = devices.next() else { return Ok(()) };
    let mut bytes = Vec::new();
    let sealed = kept.session.seal(frame, Padding::default(), salt, rng, &mut bytes)?;
    seal_for_all(devices, frame, salt, rng, release)?;
    sealed.commit();
    release(to, bytes);
    Ok(())
}

fn open(
    kept: &mut KeptSession,
    envelope: &Envelope<'_>,
    today: Day,
    from: &Address,
    me: &AccountId,
) -> Result<Vec<Event>, Error> {
    let mut out = Zeroizing::new(Vec::new());
    let (session, skipped) = kept.parts();
    let located = match session.locate(envelope, today)? {
        Looked::Message(located) => located,
        Looked::Clone(_) => return Ok(vec![Event::CloneSuspected { of: *from }]),
    };
    let records = skipped.needed(&located);
    let committed = located.open(records, &mut out)?.commit();
    let mut events = Vec::new();
    let records = events_of(committed, from, me, &mut events);
    kept.store(records);
    let expired = kept.expire(today);
    if expired > 0 {
        events.push(Event::KeysLost { from: *from, count: expired });
    }
    Ok(events)
}

fn events_of(
    committed: Committed<'_>,
    from: &Address,
    me: &AccountId,
    events: &mut Vec<Event>,
) -> RecordChanges {
    let Committed { frame, report: Report { clone_suspected, lost_keys, .. }, records } = committed;
    if clone_suspected {
        events.push(Event::CloneSuspected { of: *from });
    }
    if lost_keys > 0 {
        events.push(Event::KeysLost { from: *from, count: lost_keys });
    }
    // spec: WIRE-38
    events.push(match frame {
        Err(_) => Event::MalformedFrame { from: *from },
        Ok(frame) if frame.kind == FrameKind::Application => Event::Message(Message {
            from: *from,
            id: MessageId::of(&from.account, me, &frame),
            sent: Timestamp::from_ms(frame.sent_ms),
            content: frame.content.to_vec(),
        }),
        Ok(_) => Event::Unsupported { from: *from },
    });
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::System;

    #[test]
    fn a_forked_client_seals_nothing() {
        let mut alice = Client::create(System::new()).unwrap();
        let bob = Client::create(System::new()).unwrap();
        alice.start_session(&bob.account_id(), &bob.publish_prekeys().bundles[0]).unwrap();
        assert!(alice.send(&bob.account_id(), b"parent").is_ok());
        // what the child of a fork finds: a client that another process made
        alice.process = alice.process.wrapping_add(1);
        let before = alice.salt.next_salt();
        assert!(matches!(alice.send(&bob.account_id(), b"child"), Err(Error::ApiMisuse(_))));
        assert_eq!(u64::from_be_bytes(alice.salt.next_salt()), u64::from_be_bytes(before).wrapping_add(1));
    }
}
