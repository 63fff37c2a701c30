//! Two clients, the hostile network between them, their outboxes, and the ledger that watches over what arrives.
//! It only says what happens; who counts or tells it decides what that means.

use std::rc::Rc;

use entrenous::{Error, Event, Upload};

use crate::{
    ledger::{Ledger, Verdict},
    network::{Arrival, Carries, Network, Packet, Treatment},
    outbox::Outbox,
    party::{self, Party},
    side::{Pair, Side},
    text::len_of,
};

/// Messages from the oldest that is still under way to the newest, at most. Bounds memory, and what the ratchet has
/// to keep: at most as many skipped keys (of 2,000), and half as many former chains of a side (of 32), since
/// the two take turns at best with every message.
const WINDOW: u64 = 48;
/// Bytes under way, beyond which the sender waits; a single message may be longer.
const WINDOW_BYTES: u64 = 32 << 20;

/// What happened to a packet.
#[derive(Debug)]
pub(crate) struct Happening {
    /// The packet's number among those of both sides, from 1.
    pub(crate) number: u64,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// Given to the network for the first time, or again.
    Transmitted { carries: Carries, again: bool, treatment: Treatment, bytes: u64 },
    /// Opened by the receiver, which keeps what it says to itself: a proof of delivery.
    Taken { tampered: bool },
    /// Opened by the receiver and compared with what was sent.
    Opened { order: Order, verdict: Verdict, tampered: bool },
    /// Recognized as opened before.
    Duplicate,
    /// Refused.
    Refused { tampered: bool },
    /// Something that has no place among these two, such as a suspected clone or a lost key.
    Alarm,
    /// The receiver has learned that both have renewed their keys against quantum computers.
    Renewed,
}

/// When a message was opened, compared with the others of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    InTurn,
    /// Before an earlier one, for which a key was put aside.
    Ahead,
    /// After a later one, with the key put aside for it.
    Late,
}

#[derive(Debug)]
pub(crate) struct Exchange {
    clients: Pair<Party>,
    network: Network,
    outbox: Outbox,
    ledger: Ledger,
    /// Packets.
    sent: u64,
    messages: u64,
    bob_knows_alice: bool,
    /// By the receiving side: the highest number opened.
    newest_opened: Pair<u64>,
    /// By the receiving side: the numbers not opened yet.
    unopened: Pair<Vec<u64>>,
    happened: Vec<Happening>,
}

impl Exchange {
    /// Two new accounts, and a session of Alice's from a bundle of Bob's.
    pub(crate) fn begin(seed: u64) -> Result<Self, Error> {
        let alice = party::create()?;
        let mut bob = party::create()?;
        let Upload { bundles, last_resort, .. } = party::upload(&mut bob)?;
        let mut exchange = Self::between(alice, bob, seed);
        exchange.start(bundles.first().unwrap_or(&last_resort))?;
        Ok(exchange)
    }

    pub(crate) fn between(alice: Party, bob: Party, seed: u64) -> Self {
        Self {
            clients: Pair { alice, bob },
            network: Network::new(seed),
            outbox: Outbox::default(),
            ledger: Ledger::default(),
            sent: 0,
            messages: 0,
            bob_knows_alice: false,
            newest_opened: Pair::default(),
            unopened: Pair::default(),
            happened: Vec::new(),
        }
    }

    /// Begins Alice's session with Bob.
    pub(crate) fn start(&mut self, bundle: &[u8]) -> Result<(), Error> {
        let bob = self.clients.bob.account_id();
        self.clients.alice.start_session(&bob, bundle).map(drop)
    }

    pub(crate) fn clients(&mut self) -> &mut Pair<Party> {
        &mut self.clients
    }

    /// Whether `from` can write: Bob has no session before Alice's first message is there.
    pub(crate) fn can_send(&self, from: Side) -> bool {
        from == Side::Alice || self.bob_knows_alice
    }

    /// Whether one more message of `len` bytes may be under way.
    pub(crate) fn has_room(&self, len: usize) -> bool {
        let under_way = || self.network.under_way().chain(self.outbox.packets());
        let Some(oldest) = under_way().map(|packet| packet.number).min() else { return true };
        let bytes: u64 = under_way().map(|packet| len_of(packet.bytes.len())).sum();
        self.sent - oldest + 1 < WINDOW && bytes + len_of(len) <= WINDOW_BYTES
    }

    /// Seals a message and gives it to the network, which treats it as it likes; or as `treatment` says, and
    /// then lets repetitions pass. So does what goes along with it.
    pub(crate) fn send(
        &mut self,
        from: Side,
        content: Vec<u8>,
        treatment: Option<Treatment>,
    ) -> Result<Rc<Packet>, Error> {
        let to = self.clients.of(from.other()).account_id();
        let client = self.clients.of(from);
        let mut along = party::send(client, &to, &content)?;
        // each has one device, so there is one envelope of the message
        let message = along.pop().ok_or(Error::NoSession)?;
        let id = message.id.ok_or(Error::NoSession)?;
        self.messages += 1;
        self.ledger.sent(id, self.messages, client.address(), content);
        for envelope in along {
            self.post(from, Carries::Proofs, envelope.bytes, treatment);
        }
        self.unopened.of(from.other()).push(self.sent + 1);
        Ok(self.post(from, Carries::Message, message.bytes, treatment))
    }

    fn post(
        &mut self,
        from: Side,
        carries: Carries,
        bytes: Vec<u8>,
        treatment: Option<Treatment>,
    ) -> Rc<Packet> {
        self.sent += 1;
        let packet = Rc::new(Packet { number: self.sent, from, carries, bytes });
        self.outbox.keep(Rc::clone(&packet), self.network.now(), treatment.is_some());
        let treatment = treatment.unwrap_or_else(|| self.network.draw());
        self.transmit(Rc::clone(&packet), false, treatment);
        packet
    }

    /// Lets time pass once: what is overdue is sent again, and what arrives is received.
    pub(crate) fn tick(&mut self) {
        for again in self.outbox.overdue(self.network.now()) {
            let treatment = if again.spared { Treatment::Pass } else { self.network.draw() };
            self.transmit(again.packet, true, treatment);
        }
        for arrival in self.network.tick() {
            let what = self.receive(&arrival);
            // as a transport tells its sender; a tampered packet gives it no news
            if matches!(what, What::Opened { .. } | What::Taken { .. } | What::Duplicate) {
                self.outbox.arrived(arrival.packet.number);
            }
            self.happened.push(Happening { number: arrival.packet.number, what });
        }
    }

    /// Whether nothing is under way and nothing waits to be sent again.
    pub(crate) fn is_quiet(&self) -> bool {
        self.network.under_way().next().is_none() && self.outbox.packets().next().is_none()
    }

    /// Lets time pass until nothing is under way.
    pub(crate) fn settle(&mut self) {
        while !self.is_quiet() {
            self.tick();
        }
    }

    /// What has happened since this was last asked.
    pub(crate) fn happened(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happened)
    }

    /// The numbers of the messages that have not arrived intact.
    pub(crate) fn missing(&self) -> Vec<u64> {
        self.ledger.missing()
    }

    /// Hands `bytes` to `to` as something that came from the other side, and says what becomes of it.
    pub(crate) fn hand_over(&mut self, to: Side, bytes: &[u8]) -> Result<Vec<Event>, Error> {
        let from = self.clients.of(to.other()).address();
        party::receive(self.clients.of(to), &from, bytes)
    }

    fn transmit(&mut self, packet: Rc<Packet>, again: bool, treatment: Treatment) {
        let bytes = len_of(packet.bytes.len());
        let what = What::Transmitted { carries: packet.carries, again, treatment, bytes };
        self.happened.push(Happening { number: packet.number, what });
        self.network.carry(packet, treatment);
    }

    fn receive(&mut self, arrival: &Arrival) -> What {
        let to = arrival.packet.from.other();
        let tampered = arrival.is_tampered();
        let events = match self.hand_over(to, &arrival.bytes()) {
            Ok(events) => events,
            Err(Error::Duplicate) if !tampered => return What::Duplicate,
            Err(_) => return What::Refused { tampered },
        };
        let mut what = What::Taken { tampered };
        for event in events {
            match event {
                Event::SessionStarted { .. } => self.bob_knows_alice = true,
                Event::Message(message) => {
                    let verdict = self.ledger.delivered(&message);
                    what = What::Opened { order: self.order(to, arrival.packet.number), verdict, tampered };
                }
                Event::PostQuantumEpoch { .. } => {
                    self.happened.push(Happening { number: arrival.packet.number, what: What::Renewed });
                }
                _ => self.happened.push(Happening { number: arrival.packet.number, what: What::Alarm }),
            }
        }
        what
    }

    fn order(&mut self, to: Side, number: u64) -> Order {
        let unopened = self.unopened.of(to);
        unopened.retain(|other| *other != number);
        let overtakes = unopened.iter().any(|other| *other < number);
        let newest = self.newest_opened.of(to);
        let late = *newest > number;
        *newest = number.max(*newest);
        match (late, overtakes) {
            (true, _) => Order::Late,
            (false, true) => Order::Ahead,
            (false, false) => Order::InTurn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(happened: &[Happening]) -> Vec<(u64, Order, Verdict)> {
        let opened = happened.iter().filter_map(|happening| match happening.what {
            What::Opened { order, verdict, .. } => Some((happening.number, order, verdict)),
            _ => None,
        });
        opened.collect()
    }

    #[test]
    fn a_held_message_is_opened_late_with_its_key() {
        let mut exchange = Exchange::begin(1).expect("a session");
        for treatment in [Treatment::Hold, Treatment::Pass] {
            exchange.send(Side::Alice, b"one".to_vec(), Some(treatment)).expect("sent");
            exchange.tick();
        }
        exchange.settle();
        let seen = verdicts(&exchange.happened());
        assert_eq!(seen, [(2, Order::Ahead, Verdict::Intact), (1, Order::Late, Verdict::Intact)]);
    }

    #[test]
    fn a_tampered_message_is_refused_and_its_genuine_copy_opens() {
        let mut exchange = Exchange::begin(1).expect("a session");
        exchange.send(Side::Alice, b"one".to_vec(), Some(Treatment::Tamper)).expect("sent");
        exchange.tick();
        let happened = exchange.happened();
        assert!(matches!(happened[1].what, What::Refused { tampered: true }));
        assert_eq!(exchange.missing(), [1]);
        exchange.settle();
        assert_eq!(verdicts(&exchange.happened()), [(1, Order::InTurn, Verdict::Intact)]);
        assert_eq!(exchange.missing(), [0; 0]);
    }

    #[test]
    fn the_window_is_bounded() {
        let mut exchange = Exchange::begin(1).expect("a session");
        let mut under_way = 0;
        while exchange.has_room(0) {
            exchange.send(Side::Alice, Vec::new(), Some(Treatment::Lose)).expect("sent");
            under_way += 1;
        }
        assert_eq!(under_way, WINDOW);
        exchange.settle();
        assert!(exchange.has_room(usize::MAX), "alone, a message may be as long as it likes");
    }
}
