//! The two derivations of the ratchet.
//!
//! ```text
//! KDF_RK(rk, dh, ss, mix, e) -> RK ‖ CK ‖ NHK ‖ RS =
//!        HKDF(salt = rk, ikm = dh [‖ ss], info = label ‖ mix 1 ‖ e 8 [‖ H(ek ‖ ct) 32 when mix], 128)
//! KDF_CK(ck) -> CK ‖ MK = HKDF-Expand(ck, label, 64)
//! ```
//!
//! The post-quantum ratchet is not implemented yet: `mix` is 0, and `ss` and the hash are absent.

use entrenous_identity::session_secret::{Header, Resume, Root};
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

/// What a root step gives.
pub(crate) struct RootStep {
    pub(crate) root: Key<Root>,
    pub(crate) chain: Key<Chain>,
    /// NHK: encrypts the headers of the chain after the next.
    pub(crate) next_header: Key<Header>,
    /// RS: for a handshake that continues the session.
    pub(crate) resumption: Key<Resume>,
}

/// KDF_RK for a plain step; `epoch` is the post-quantum epoch before the step.
pub(crate) fn root_step(root: &Key<Root>, dh: &SecretBytes<32>, epoch: u64) -> RootStep {
    const PLAIN: u8 = 0;
    // spec: RATCHET-3
    let prk = Prk::extract(root.as_bytes(), &[dh.as_bytes()]);
    let [root, chain, next_header, resumption] =
        prk.expand_keys(&[label::ROOT, &[PLAIN], &epoch.to_be_bytes()]);
    RootStep {
        root: Key::from_secret(root),
        chain: Key::from_secret(chain),
        next_header: Key::from_secret(next_header),
        resumption: Key::from_secret(resumption),
    }
}

/// KDF_CK: six compressions of SHA-256, as long as the label has at most 22 bytes.
pub(crate) fn chain_step(chain: &Key<Chain>) -> (Key<Chain>, Key<Message>) {
    // spec: RATCHET-4
    let [chain, message] = Prk::from_key(chain.as_bytes()).expand_keys(&[label::CHAIN]);
    (Key::from_secret(chain), Key::from_secret(message))
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use entrenous_identity::ResumptionId;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The examples of `docs/spec/ratchet.md`, which another implementation computed.
    #[test]
    fn the_specifications_examples_hold() {
        let step = root_step(&Key::from_bytes(&[1; 32]), &SecretBytes::from_bytes(&[2; 32]), 1);
        let root = "7cded3b86d59dc124f90df120912baa95183710f8b6edbc4f9d9b08c6a04ba00";
        assert_eq!(hex(step.root.as_bytes()), root);
        let chain = "f3454c0e555252d6ac1368924f6075f7cb9fcd7deec9ceed149e2aba584e03d6";
        assert_eq!(hex(step.chain.as_bytes()), chain);
        let next_header = "3c2dd167ced8d4c1ae759001a0fcd1dc50bbe0a673cceca0f7ec9284f5885a24";
        assert_eq!(hex(step.next_header.as_bytes()), next_header);
        let resumption = "e18693cd3b72be2528d0660006f6a5067457dfb335bba6437c8944e1e26897a1";
        assert_eq!(hex(step.resumption.as_bytes()), resumption);
        assert_eq!(hex(&ResumptionId::of(&step.resumption).0), "96110d892e91aa20");

        let (chain, message) = chain_step(&Key::from_bytes(&[1; 32]));
        assert_eq!(hex(chain.as_bytes()), "4e27257e364c8d1021cb6a63d265f7e63dd540de319cf8e03d2b1fa23ffae1db");
        assert_eq!(
            hex(message.as_bytes()),
            "4cc42d1a279bb2ec17442ffe051be94012dc59a7916ac3ff2ec56f109346cce2"
        );
    }
}
