//! What a peer device has of our device lists.

use entrenous_identity::{HandshakeHash, ListName};
use zeroize::Zeroizing;

use super::{SessionTag, read, write};
use crate::{Error, engine::Stored};

/// Turns of the peer's ratchet in one session that show that it has read a frame which states the list: the first
/// may answer an earlier frame.
const TURNS: u32 = 2;

/// What one peer device has of our device lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListAtPeer {
    /// Epoch of the newest one that it is known to have; 0 for none.
    pub(crate) known: u32,
    /// Epoch of the newest one that was sent to it, in a handshake or a push.
    pub(crate) sent: u32,
    /// The one that it has said to have when it wanted a newer one.
    pub(crate) said: Option<ListName>,
    /// Its ratchet turns since the push, and in which session.
    turns: Option<(SessionTag, u32)>,
}

impl ListAtPeer {
    /// A handshake that we sent carries our list of `epoch`.
    pub(crate) fn carried(&mut self, epoch: u32) {
        self.sent = self.sent.max(epoch);
    }

    /// The device has our list of `epoch`. Tells whether that is new.
    pub(crate) fn has(&mut self, epoch: u32) -> bool {
        let new = epoch > self.known;
        if new {
            (self.known, self.sent) = (epoch, self.sent.max(epoch));
        }
        new
    }

    /// Our list of `epoch` was pushed. Every frame states it from now on, until the device has turned its ratchet
    /// twice: it has then read one of them, and asks if the push didn't come.
    pub(crate) fn pushed(&mut self, epoch: u32) {
        *self = Self { known: self.known, sent: epoch, said: None, turns: None };
    }

    /// Whether our list of `epoch` is to be pushed to the device.
    pub(crate) fn lacks(&self, epoch: u32) -> bool {
        self.sent < epoch || self.said.is_some()
    }

    /// The device has `name` and wants what came after it.
    pub(crate) fn wants(&mut self, name: ListName) {
        *self = Self { known: self.known.min(name.epoch), sent: 0, said: Some(name), turns: None };
    }

    /// The device has turned its ratchet in a session. Tells whether that changes anything.
    pub(crate) fn turned(&mut self, session: &HandshakeHash) -> bool {
        if self.known >= self.sent {
            return false;
        }
        let tag = SessionTag::of(session);
        let turns = self.turns.filter(|(of, _)| *of == tag).map_or(0, |(_, turns)| turns) + 1;
        self.turns = Some((tag, turns));
        if turns >= TURNS {
            self.has(self.sent);
        }
        true
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ListAtPeerProto {
    #[prost(uint32, tag = "1")]
    known: u32,
    #[prost(uint32, tag = "2")]
    sent: u32,
    #[prost(uint32, tag = "3")]
    said_epoch: u32,
    #[prost(bytes = "vec", tag = "4")]
    said_hash: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    session: Vec<u8>,
    #[prost(uint32, tag = "6")]
    turns: u32,
}

impl Stored for ListAtPeer {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { known, sent, said, turns } = self;
        write(&ListAtPeerProto {
            known: *known,
            sent: *sent,
            said_epoch: said.map_or(0, |name| name.epoch),
            said_hash: said.map(|name| name.hash.to_vec()).unwrap_or_default(),
            session: turns.map(|(tag, _)| tag.to_bytes().to_vec()).unwrap_or_default(),
            turns: turns.map_or(0, |(_, turns)| turns),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let ListAtPeerProto { known, sent, said_epoch, said_hash, session, turns } = read(bytes)?;
        let name = |hash: [u8; 32]| ListName { epoch: said_epoch, hash };
        let tag = |tag: [u8; 8]| (SessionTag::from_bytes(tag), turns);
        Ok(Self {
            known,
            sent,
            said: super::present(&said_hash)?.map(name),
            turns: super::present(&session)?.map(tag),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_turns_in_one_session_show_that_a_push_was_stated() {
        let [one, other] = [HandshakeHash([1; 32]), HandshakeHash([2; 32])];
        let mut list = ListAtPeer::default();
        list.has(1);
        assert!(!list.turned(&one));
        list.pushed(2);
        assert!(list.turned(&one));
        assert!(list.turned(&other));
        assert_eq!(list.known, 1);
        list = ListAtPeer::from_bytes(&list.to_bytes()).unwrap();
        assert!(list.turned(&other));
        assert_eq!((list.known, list.turned(&other)), (2, false));
    }

    #[test]
    fn who_wants_a_list_gets_it_again() {
        let mut list = ListAtPeer::default();
        list.has(7);
        list.wants(ListName { epoch: 3, hash: [9; 32] });
        assert_eq!((list.known, list.sent), (3, 0));
        assert_eq!(ListAtPeer::from_bytes(&list.to_bytes()), Ok(list));
        // a handshake of before the wish is no answer to it
        list.has(7);
        assert!(list.lacks(7));
        list.pushed(7);
        assert!(!list.lacks(7));
        assert!(list.lacks(8));
    }
}
