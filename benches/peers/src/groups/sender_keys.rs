//! Groups of the peers that have sender keys.

use crate::messages::Messages;

/// A sender key, at its sender and at a receiver.
pub trait SenderKeys {
    /// The sender's.
    type Sending;
    /// A receiver's.
    type Receiving;

    /// A new key, and what each member is given of it.
    fn generate() -> (Self::Sending, Vec<u8>);
    fn accept(distribution: &[u8]) -> Self::Receiving;
    fn seal(key: &mut Self::Sending, content: &[u8]) -> Vec<u8>;
    /// None for what is refused.
    fn open(key: &mut Self::Receiving, message: &[u8]) -> Option<Vec<u8>>;
}

/// The sender, and one of the receivers.
pub struct Group<K: SenderKeys> {
    sending: K::Sending,
    receiving: K::Receiving,
}

impl<K: SenderKeys> Group<K> {
    pub fn new() -> Self {
        let (sending, distribution) = K::generate();
        Self { sending, receiving: K::accept(&distribution) }
    }
}

impl<K: SenderKeys> Messages for Group<K> {
    // new keys, as ours has them: what one takes depends a little on where it lies
    fn begin(&mut self) {
        *self = Self::new();
    }

    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        *out = K::seal(&mut self.sending, content);
    }

    fn open(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        match K::open(&mut self.receiving, message) {
            Some(content) => {
                *out = content;
                true
            }
            None => false,
        }
    }
}
