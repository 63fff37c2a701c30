//! The lives of some clients, and what they draw in them.

use core::{cell::RefCell, convert::Infallible, mem};
use std::rc::Rc;

use entrenous::{
    Client, Compared, Created, Destination, Env, Error, GroupAct, GroupId, Outgoing, Recovery, RecoveryCode,
    ShortStringState, Store, Timestamp, Upload,
};
use entrenous_testkit::{
    device::{TODAY, start_of},
    linked::boxed,
    person::store_key,
    rng::ScriptedRng,
};
use rand_core::{TryCryptoRng, TryRng};

use crate::CONTENT;

/// What was drawn by 32 or 64 bytes, as keys and seeds are.
pub(crate) type Drawn = Rc<RefCell<Vec<Vec<u8>>>>;

/// Randomness that is noted.
pub(crate) struct Noting(ScriptedRng, Drawn);

impl TryRng for Noting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)?;
        if matches!(bytes.len(), 32 | 64) {
            self.1.borrow_mut().push(bytes.to_vec());
        }
        Ok(())
    }
}

impl TryCryptoRng for Noting {}

pub(crate) struct NotingEnv(Noting);

impl NotingEnv {
    pub(crate) fn new(seed: u64, drawn: &Drawn) -> Self {
        Self(Noting(ScriptedRng::new(seed), drawn.clone()))
    }

    /// Another one, noted in the same list.
    pub(crate) fn beside(&self, seed: u64) -> Self {
        Self::new(seed, &self.0.1)
    }

    /// Has another secret looked for.
    pub(crate) fn note(&self, secret: &[u8]) {
        self.0.1.borrow_mut().push(secret.to_vec());
    }
}

impl Env for NotingEnv {
    type Rng = Noting;

    fn rng(&mut self) -> &mut Noting {
        &mut self.0
    }

    fn now(&self) -> Timestamp {
        start_of(TODAY)
    }
}

/// Clients on stores that `open` gives by their number, any number of times.
struct Lives<'a, S: Store> {
    open: &'a dyn Fn(usize) -> S,
    /// Told after each operation.
    learn: &'a dyn Fn(),
    drawn: &'a Drawn,
    clients: Vec<Client<S, NotingEnv>>,
}

impl<S: Store> Lives<'_, S> {
    fn env(&self, seed: usize) -> NotingEnv {
        NotingEnv::new(seed as u64, self.drawn)
    }

    fn create(&mut self) -> (Upload, RecoveryCode) {
        let number = self.clients.len();
        let Created { client, recovery } =
            Client::create((self.open)(number), &store_key(), self.env(number)).unwrap();
        self.clients.push(client);
        (self.publish(number), recovery)
    }

    fn publish(&mut self, number: usize) -> Upload {
        let upload = self.clients[number].publish_prekeys().unwrap().unwrap();
        self.clients[number].prekeys_published(upload.number).unwrap();
        upload
    }

    /// Another process goes on.
    fn reopen(&mut self, number: usize) {
        let last = self.clients.len() - 1;
        self.clients.swap(number, last);
        drop(self.clients.pop());
        let again = Client::open((self.open)(number), &store_key(), self.env(100 + number)).unwrap();
        self.clients.push(again);
        self.clients.swap(number, last);
    }

    /// Carries what is in the outboxes until nothing is.
    fn settle(&mut self) {
        while let Some((from, out)) = self.next() {
            self.clients[from].handed_over(out.number.as_slice()).unwrap();
            let Destination::Device(to) = out.to else { panic!("of no linking") };
            let from = self.clients[from].address();
            let to = self.clients.iter_mut().find(|client| client.address() == to).unwrap();
            // some have been brought before
            let came = to.receive(&from, &out.bytes);
            assert!(came.is_ok() || came == Err(Error::Duplicate), "{came:?}");
            let numbers: Vec<u64> = to.inbox().unwrap().iter().filter_map(|item| item.number).collect();
            (self.learn)();
            to.acknowledge(&numbers).unwrap();
        }
    }

    fn next(&mut self) -> Option<(usize, Outgoing)> {
        let firsts = self.clients.iter_mut().map(|client| client.outbox().unwrap().into_iter().next());
        firsts.enumerate().find_map(|(from, first)| Some((from, first?)))
    }

    fn talk(&mut self, from: usize, to: usize) {
        let to = self.clients[to].account_id();
        self.clients[from].send(&to, CONTENT).unwrap();
        (self.learn)();
        self.settle();
    }

    /// The last of three comes first, so that the keys of the others are kept; and a copy that was tampered with before it.
    fn talk_out_of_order(&mut self, from: usize, to: usize) {
        let account = self.clients[to].account_id();
        for _ in 0..3 {
            self.clients[from].send(&account, CONTENT).unwrap();
        }
        let sent = self.clients[from].outbox().unwrap();
        let from = self.clients[from].address();
        for out in sent.iter().rev() {
            let mut forged = out.bytes.clone();
            *forged.last_mut().unwrap() ^= 1;
            assert_eq!(self.clients[to].receive(&from, &forged), Err(Error::Rejected));
            self.clients[to].receive(&from, &out.bytes).unwrap();
            (self.learn)();
        }
        self.settle();
    }

    /// The two compare a short string.
    fn compare(&mut self, one: usize, other: usize) {
        let addresses = [one, other].map(|client| self.clients[client].address());
        let secret = self.drawn.borrow().len();
        self.clients[one].begin_short_string(&addresses[1]).unwrap();
        self.settle();
        self.clients[other].join_short_string(&addresses[0]).unwrap();
        self.settle();
        for (client, with) in [(one, addresses[1]), (other, addresses[0])] {
            let state = self.clients[client].short_string(&with.account).unwrap();
            let Some(ShortStringState::Ready(shown)) = state else { panic!("both have answered") };
            assert_eq!(self.clients[client].decide_short_string(shown, true), Ok(Compared::Same));
        }
        // the nonces are told; the keys drawn beside them are in records, and must not be found in what this list gives back
        mem::forget(self.drawn.borrow_mut().split_off(secret));
    }

    /// A message to the group comes before the key that it was sealed with, and waits for it.
    fn speak_too_early(&mut self, group: &GroupId, from: usize, to: usize) {
        self.clients[from].change_group(group, GroupAct::NewKeys).unwrap();
        for _ in 0..3 {
            self.clients[from].send_to_group(group, CONTENT).unwrap();
        }
        let sent = self.clients[from].outbox().unwrap();
        let from = self.clients[from].address();
        for out in sent.iter().rev() {
            self.clients[to].receive(&from, &out.bytes).unwrap();
            (self.learn)();
        }
        self.settle();
    }

    fn link(&mut self, primary: usize) {
        let number = self.clients.len();
        let offer = self.clients[primary].begin_linking().unwrap();
        let code = offer.code.text();
        let mut joining = Client::join((self.open)(number), &store_key(), self.env(number), &code).unwrap();
        // the nonce of its request, which goes over the network as it is
        self.drawn.borrow_mut().pop().unwrap();
        let shown = self.clients[primary].receive_link(joining.request().unwrap()).unwrap();
        joining.receive_reveal(&boxed(&shown.outgoing)).unwrap();
        let outgoing = self.clients[primary].approve_link(shown.device).unwrap();
        let mailbox = outgoing.iter().filter(|out| matches!(out.to, Destination::Rendezvous(_)));
        let numbers: Vec<u64> = mailbox.filter_map(|out| out.number).collect();
        self.clients[primary].handed_over(&numbers).unwrap();
        let approval = joining.receive_approval(&boxed(&outgoing)).unwrap();
        self.clients.push(joining.finish(approval).unwrap());
        self.publish(number);
    }
}

/// Two accounts, a session, some turns, another process, a group, a linked device, and an account that is got back.
pub(crate) fn life<S: Store>(open: &dyn Fn(usize) -> S, learn: &dyn Fn(), drawn: &Drawn) {
    let mut lives = Lives { open, learn, drawn, clients: Vec::new() };
    lives.create();
    let (upload, code) = lives.create();
    let bob = lives.clients[1].account_id();
    lives.clients[0].start_session(&bob, &upload.bundles[0]).unwrap();
    (lives.learn)();
    for round in 0..6 {
        if round == 3 {
            lives.reopen(0);
        }
        lives.talk(0, 1);
        lives.talk(1, 0);
    }
    lives.talk_out_of_order(0, 1);
    lives.talk(1, 0);
    lives.compare(0, 1);
    let secret = drawn.borrow().len();
    let (group, _) = lives.clients[0].create_group("those who are to be forgotten").unwrap();
    // the random bytes of its first entry, which are told to all members
    drawn.borrow_mut().truncate(secret);
    lives.clients[0].invite(&group, &bob).unwrap();
    lives.settle();
    lives.clients[1].join_group(&group).unwrap();
    lives.settle();
    for from in [0, 1, 0] {
        lives.clients[from].send_to_group(&group, CONTENT).unwrap();
        (lives.learn)();
        lives.settle();
    }
    lives.speak_too_early(&group, 0, 1);
    lives.clients[0].change_group(&group, GroupAct::Remove { account: bob }).unwrap();
    lives.settle();
    lives.link(0);
    let recovery = Recovery { code: &code, newest: &upload.last_resort, lost: &[] };
    drop(Client::recover(open(9), &store_key(), lives.env(9), &recovery).unwrap());
}
