//! What was sent and has not arrived yet, to compare with what arrives.

use std::collections::HashMap;

use entrenous::{Address, Message, MessageId};

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    awaited: HashMap<MessageId, Awaited>,
}

#[derive(Debug)]
struct Awaited {
    number: u64,
    from: Address,
    content: Vec<u8>,
}

/// How a delivered message compares with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The same bytes from the same sender.
    Intact,
    /// The same id, but other bytes or another sender.
    Altered,
    /// Nothing of this id is awaited: never sent, or delivered before.
    Unexpected,
}

impl Ledger {
    pub(crate) fn sent(&mut self, id: MessageId, number: u64, from: Address, content: Vec<u8>) {
        self.awaited.insert(id, Awaited { number, from, content });
    }

    /// Compares a delivered message. One that is intact is not awaited any more.
    pub(crate) fn delivered(&mut self, message: &Message) -> Verdict {
        match self.awaited.get(&message.id) {
            None => Verdict::Unexpected,
            Some(sent) if *sent.content == **message.content && sent.from == message.from => {
                self.awaited.remove(&message.id);
                Verdict::Intact
            }
            Some(_) => Verdict::Altered,
        }
    }

    /// The numbers of what has not arrived intact.
    pub(crate) fn missing(&self) -> Vec<u64> {
        let mut missing: Vec<u64> = self.awaited.values().map(|awaited| awaited.number).collect();
        missing.sort_unstable();
        missing
    }
}

#[cfg(test)]
mod tests {
    use entrenous::Event;

    use super::*;
    use crate::party;

    /// A real message with the ledger that awaits it.
    fn message() -> (Ledger, Message) {
        let mut alice = party::create().expect("random");
        let mut bob = party::create().expect("random");
        let bundle = party::upload(&mut bob).expect("prekeys").last_resort;
        alice.start_session(&bob.account_id(), &bundle).expect("a session");
        let out = party::send(&mut alice, &bob.account_id(), b"bonjour").expect("sealed").remove(0);
        let mut ledger = Ledger::default();
        ledger.sent(out.id.expect("an id"), 1, alice.address(), b"bonjour".to_vec());
        let events = party::receive(&mut bob, &alice.address(), &out.bytes).expect("opened");
        let message = events.into_iter().find_map(|event| match event {
            Event::Message(message) => Some(message),
            _ => None,
        });
        (ledger, message.expect("a message"))
    }

    #[test]
    fn an_intact_message_counts_once() {
        let (mut ledger, message) = message();
        assert_eq!(ledger.missing(), [1]);
        assert_eq!(ledger.delivered(&message), Verdict::Intact);
        assert_eq!(ledger.missing(), [0; 0]);
        assert_eq!(ledger.delivered(&message), Verdict::Unexpected);
    }

    #[test]
    fn a_corrupted_delivery_is_noticed_and_still_missing() {
        let (mut ledger, genuine) = message();
        let mut corrupted = genuine.clone();
        corrupted.content[3] ^= 1;
        let mut cut = genuine.clone();
        cut.content.pop();
        let mut misattributed = genuine.clone();
        misattributed.from = party::create().expect("random").address();
        for wrong in [corrupted, cut, misattributed] {
            assert_eq!(ledger.delivered(&wrong), Verdict::Altered);
        }
        assert_eq!(ledger.missing(), [1]);
    }
}
