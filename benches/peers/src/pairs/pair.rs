//! A session between two, whoever implements it.

use crate::messages::Messages;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Began the session.
    Alice,
    Bob,
}

/// Both ends of a session in which both have written.
pub trait Pair {
    /// Seals `content` at `end` into `out`, whose content is replaced.
    fn seal(&mut self, end: End, content: &[u8], out: &mut Vec<u8>);

    /// Opens `message` at `end` into `out`, whose content is replaced, and says whether it opened.
    fn open(&mut self, end: End, message: &[u8], out: &mut Vec<u8>) -> bool;

    /// The content in what [`Pair::open`] has left.
    fn content<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        out
    }

    /// Both ends as they are now.
    fn fork(&self) -> Box<dyn Pair>;

    /// What Bob stores.
    fn stored(&self) -> Vec<u8>;

    /// The most messages that may be skipped at once, and the most of them that can still be opened.
    fn limits(&self) -> SkipLimits;

    /// `message`, but its header is of a chain that nobody has: where headers are encrypted, of no chain at all.
    fn with_foreign_header(&self, message: &[u8]) -> Vec<u8>;

    /// `message` with its header and a false body.
    fn with_false_body(&self, message: &[u8]) -> Vec<u8> {
        let mut forged = message.to_vec();
        let last = forged.len() - 1;
        forged[last] ^= 1;
        forged
    }

    /// A forged message that makes Bob do as much as one can.
    fn most_work(&mut self) -> Vec<u8>;
}

/// What may be skipped.
#[derive(Clone, Copy, Debug)]
pub struct SkipLimits {
    pub at_once: usize,
    pub kept: usize,
}

/// Both ends in the middle of Alice's chain: both have written, she last.
pub fn settle<P: Pair + ?Sized>(pair: &mut P) {
    exchange(pair, End::Bob, End::Alice, b"answer");
    exchange(pair, End::Alice, End::Bob, b"message");
}

/// `from` writes to `to`, which must read it.
pub fn exchange<P: Pair + ?Sized>(pair: &mut P, from: End, to: End, content: &[u8]) {
    let (mut sealed, mut opened) = (Vec::new(), Vec::new());
    pair.seal(from, content, &mut sealed);
    assert!(pair.open(to, &sealed, &mut opened), "genuine");
    assert_eq!(pair.content(&opened), content);
}

/// Alice writes to Bob.
impl Messages for dyn Pair {
    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        Pair::seal(self, End::Alice, content, out);
    }

    fn open(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        Pair::open(self, End::Bob, message, out)
    }

    fn content<'o>(&self, out: &'o [u8]) -> &'o [u8] {
        Pair::content(self, out)
    }
}
