//! The chain of a sender key, and the roles of what it has.
//!
//! ```text
//! CK ‖ MK = HKDF-Expand(ck, label, 64)
//! ```

use entrenous_primitives::{hash::sha256, hkdf::Prk, role::Role, secret::Key};
use entrenous_wire::label;

/// Role of the key that the messages of a sender key step along.
#[derive(Debug)]
pub(crate) enum GroupChain {}
impl Role for GroupChain {
    const NAME: &'static str = "group chain";
}

/// Role of the key that seals one group message.
#[derive(Debug)]
pub(crate) enum GroupMessageKey {}
impl Role for GroupMessageKey {
    const NAME: &'static str = "group message";
}

/// Role of the key that signs what one sender key seals.
#[derive(Debug)]
pub(crate) enum GroupSigning {}
impl Role for GroupSigning {
    const NAME: &'static str = "group signing";
}

/// One step: six compressions of SHA-256, as long as the label has at most 22 bytes.
pub(crate) fn chain_step(chain: &Key<GroupChain>) -> (Key<GroupChain>, Key<GroupMessageKey>) {
    // spec: GROUP-100
    let [chain, message] = Prk::from_key(chain.as_bytes()).expand_keys(&[label::GROUP_CHAIN]);
    (Key::from_secret(chain), Key::from_secret(message))
}

/// H(label ‖ CK_0): who gets the key at its beginning sees that it is the one that everybody has.
pub(crate) fn commitment(first: &Key<GroupChain>) -> [u8; 32] {
    // spec: GROUP-102
    sha256(&[label::GROUP_COMMITMENT, first.as_bytes()])
}
