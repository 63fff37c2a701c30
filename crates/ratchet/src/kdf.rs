//! The two derivations of the ratchet.
//!
//! ```text
//! KDF_RK(rk, dh, ss, mix, e) -> RK ‖ CK ‖ NHK ‖ RS =
//!        HKDF(salt = rk, ikm = dh [‖ ss], info = label ‖ mix 1 ‖ e 8 [‖ H(ek ‖ ct) 32 when mix], 128)
//! KDF_CK(ck) -> CK ‖ MK = HKDF-Expand(ck, label, 64)
//! ```
//!
//! The post-quantum ratchet is not implemented yet: `mix` is 0, and `ss` and the hash are absent.

use entrenous_identity::session_secret::{Header, Root};
use entrenous_primitives::{
    hkdf::Prk,
    role::Role,
    secret::{Key, SecretBytes},
};
use entrenous_wire::label;

/// Role of the key that a chain of messages steps along.
#[derive(Debug)]
pub(crate) enum Chain {}
impl Role for Chain {
    const NAME: &'static str = "chain";
}

/// Role of the key that seals one message.
#[derive(Debug)]
pub(crate) enum Message {}
impl Role for Message {
    const NAME: &'static str = "message";
}

/// What a root step gives. The fourth output, RS, is for continued handshakes and wiped here.
pub(crate) struct RootStep {
    pub(crate) root: Key<Root>,
    pub(crate) chain: Key<Chain>,
    /// NHK: encrypts the headers of the chain after the next.
    pub(crate) next_header: Key<Header>,
}

/// KDF_RK for a plain step; `epoch` is the post-quantum epoch before the step.
pub(crate) fn root_step(root: &Key<Root>, dh: &SecretBytes<32>, epoch: u64) -> RootStep {
    const PLAIN: u8 = 0;
    // spec: RATCHET-3
    let prk = Prk::extract(root.as_bytes(), &[dh.as_bytes()]);
    let [root, chain, next_header, _resumption] =
        prk.expand_keys(&[label::ROOT, &[PLAIN], &epoch.to_be_bytes()]);
    RootStep {
        root: Key::from_secret(root),
        chain: Key::from_secret(chain),
        next_header: Key::from_secret(next_header),
    }
}

/// KDF_CK: six compressions of SHA-256, as long as the label has at most 22 bytes.
pub(crate) fn chain_step(chain: &Key<Chain>) -> (Key<Chain>, Key<Message>) {
    // spec: RATCHET-4
    let [chain, message] = Prk::from_key(chain.as_bytes()).expand_keys(&[label::CHAIN]);
    (Key::from_secret(chain), Key::from_secret(message))
}
