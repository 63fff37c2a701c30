//! The tags of the last opened messages: what tells a repeated message from a second one in its place.
//!
//! A tag is remembered only of a message whose body has opened, so it is the genuine one. Of its 16 bytes the
//! first 12 are the header's nonce: whoever replays a header with another body has to leave them as they are, or
//! the header doesn't open. So the first 8 of them differ only if the header was sealed twice.

use alloc::collections::VecDeque;

use entrenous_primitives::aead::TAG_LEN;
use entrenous_wire::records::MAX_OPENED;

/// A message that was opened: its place, and the first 8 bytes of its body's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenedMessage {
    /// The number of the peer's chain, from 0.
    pub(crate) chain: u64,
    pub(crate) n: u32,
    pub(crate) tag: [u8; 8],
}

impl OpenedMessage {
    pub(crate) fn new(chain: u64, n: u32, body_tag: &[u8; TAG_LEN]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *body_tag;
        // spec: RATCHET-55
        Self { chain, n, tag: [a, b, c, d, e, f, g, h] }
    }
}

/// The last 16 opened messages of chains that are still known, oldest first. Not secret.
#[derive(Debug)]
pub(crate) struct OpenedMessages(VecDeque<OpenedMessage>);

impl OpenedMessages {
    pub(crate) fn new() -> Self {
        // its full length at once: nothing is allocated while messages are opened
        Self(VecDeque::with_capacity(MAX_OPENED))
    }

    pub(crate) fn push(&mut self, message: OpenedMessage) {
        // spec: RATCHET-54
        if self.0.len() >= MAX_OPENED {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }

    /// Whether another message than `message` was opened in its place.
    pub(crate) fn contradict(&self, message: &OpenedMessage) -> bool {
        let same_place = |known: &&OpenedMessage| (known.chain, known.n) == (message.chain, message.n);
        // spec: RATCHET-56
        self.0.iter().find(same_place).is_some_and(|known| known.tag != message.tag)
    }

    /// Forgets the messages of chains for which `known` doesn't hold: none of them can come again.
    pub(crate) fn retain_chains(&mut self, known: impl Fn(u64) -> bool) {
        self.0.retain(|message| known(message.chain));
    }

    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = &OpenedMessage> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(chain: u64, n: u32, tag: u8) -> OpenedMessage {
        OpenedMessage::new(chain, n, &[tag; 16])
    }

    // spec: RATCHET-54, RATCHET-56
    #[test]
    fn sixteen_places_are_remembered() {
        let mut opened = OpenedMessages::new();
        for n in 0..20 {
            opened.push(message(1, n, 7));
        }
        for n in 0..21 {
            assert!(!opened.contradict(&message(1, n, 7)), "the same message");
            assert!(!opened.contradict(&message(2, n, 8)), "another chain");
            assert_eq!(opened.contradict(&message(1, n, 8)), (4..20).contains(&n), "{n}");
        }
        opened.retain_chains(|chain| chain != 1);
        assert_eq!(opened.oldest_first().count(), 0);
    }

    // spec: RATCHET-55
    #[test]
    fn what_a_forger_can_change_of_a_tag_is_not_looked_at() {
        let mut opened = OpenedMessages::new();
        opened.push(message(0, 0, 7));
        for at in 0..16 {
            let mut tag = [7; 16];
            tag[at] ^= 1;
            assert_eq!(opened.contradict(&OpenedMessage::new(0, 0, &tag)), at < 8);
        }
    }
}
