//! What anybody on the way can tell from the bytes of a message.
//!
//! ```text
//! version 1 | type 1 | [handshake length 2 | handshake] | sealed header 65 | sealed frame | tag 16
//! ```
//!
//! A first message (type 1) brings its handshake along; the others (type 2) don't. A frame has 16 bytes of its
//! own, then pieces of a key of the post-quantum ratchet, the text, and padding; that part is sealed, so only who sent
//! it can say how much is text. What is not text counts as padding here.

use crate::text::len_of;

const FIRST_MESSAGE: u8 = 1;
/// Version and type, sealed header, the frame's own bytes, tag.
pub(crate) const FIXED: usize = 2 + 65 + 16 + 16;

/// The parts of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    len: usize,
    /// Bytes before the sealed header, beyond version and type; none in a later message.
    handshake: usize,
}

impl Shape {
    pub(crate) fn of(message: &[u8]) -> Self {
        let handshake = match message {
            [_, FIRST_MESSAGE, high, low, ..] => 2 + usize::from(u16::from_be_bytes([*high, *low])),
            _ => 0,
        };
        Self { len: message.len(), handshake }
    }

    /// Bytes before the sealed part: all that an impostor could take from somebody else's first message.
    pub(crate) fn open_part(self) -> usize {
        2 + self.handshake
    }

    pub(crate) fn handshake(self) -> u64 {
        len_of(self.handshake)
    }

    /// How much of the message is there to hide the length of `content` bytes of text.
    pub(crate) fn padding(self, content: usize) -> u64 {
        len_of(self.len.saturating_sub(self.handshake + FIXED + content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exchange::Exchange, network::Treatment, side::Side};

    #[test]
    fn the_layout_is_that_of_real_messages() {
        let mut exchange = Exchange::begin(1).expect("a session");
        let first = exchange.send(Side::Alice, b"ok".to_vec(), Some(Treatment::Pass)).expect("sent");
        let shape = Shape::of(&first.bytes);
        assert!(shape.handshake() > 2_000, "a handshake has a KEM ciphertext of 1,568 bytes and more");
        // a frame of up to 64 bytes is padded to 64
        assert_eq!(shape.padding(2), 64 - 16 - 2);

        exchange.settle();
        let answer = exchange.send(Side::Bob, Vec::new(), Some(Treatment::Pass)).expect("sent");
        let shape = Shape::of(&answer.bytes);
        assert_eq!(shape.handshake(), 0);
        // two pieces of a key for the post-quantum ratchet, their place and number, and what rounds that up
        assert_eq!(shape.padding(0), 88 - 16);
        assert_eq!(answer.bytes.len(), FIXED + 88 - 16);

        exchange.settle();
        let next = exchange.send(Side::Alice, Vec::new(), Some(Treatment::Pass)).expect("sent");
        let shape = Shape::of(&next.bytes);
        assert_eq!((shape.handshake(), shape.padding(0)), (0, 64 - 16));
        assert_eq!(next.bytes.len(), FIXED + 64 - 16);
    }
}
