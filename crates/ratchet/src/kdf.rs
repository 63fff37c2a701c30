//! The two derivations of the ratchet.
//!
//! ```text
//! KDF_RK(rk, dh, [es], e) -> RK ‖ CK ‖ NHK ‖ RS =
//!        HKDF(salt = rk, ikm = dh [‖ es], info = label ‖ mix 1 ‖ e 8, 128), mix = 1 with es, else 0
//! KDF_CK(ck) -> CK ‖ MK = HKDF-Expand(ck, label, 64)
//! ```

use entrenous_identity::session_secret::{Header, Resume, Root};
use entrenous_primitives::{
    hkdf::Prk,
    role::Role,
    secret::{Key, SecretBytes},
};
use entrenous_wire::label;

use crate::epoch::EpochSecret;

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

/// KDF_RK. `epoch` is the post-quantum epoch before the step, and `mixed` its secret, if the step mixes that in.
pub(crate) fn root_step(
    root: &Key<Root>,
    dh: &SecretBytes<32>,
    mixed: Option<&Key<EpochSecret>>,
    epoch: u64,
) -> RootStep {
    // spec: RATCHET-3
    let mixed = mixed.map(|secret| &secret.as_bytes()[..]).unwrap_or_default();
    let mix = u8::from(!mixed.is_empty());
    let prk = Prk::extract(root.as_bytes(), &[dh.as_bytes(), mixed]);
    let [root, chain, next_header, resumption] =
        prk.expand_keys(&[label::ROOT, &[mix], &epoch.to_be_bytes()]);
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
    // spec: RATCHET-3, RATCHET-4, RATCHET-51
    #[test]
    fn the_specifications_examples_hold() {
        let step = root_step(&Key::from_bytes(&[1; 32]), &SecretBytes::from_bytes(&[2; 32]), None, 1);
        let root = "7cded3b86d59dc124f90df120912baa95183710f8b6edbc4f9d9b08c6a04ba00";
        assert_eq!(hex(step.root.as_bytes()), root);
        let chain = "f3454c0e555252d6ac1368924f6075f7cb9fcd7deec9ceed149e2aba584e03d6";
        assert_eq!(hex(step.chain.as_bytes()), chain);
        let next_header = "3c2dd167ced8d4c1ae759001a0fcd1dc50bbe0a673cceca0f7ec9284f5885a24";
        assert_eq!(hex(step.next_header.as_bytes()), next_header);
        let resumption = "e18693cd3b72be2528d0660006f6a5067457dfb335bba6437c8944e1e26897a1";
        assert_eq!(hex(step.resumption.as_bytes()), resumption);
        assert_eq!(hex(&ResumptionId::of(&step.resumption).0), "96110d892e91aa20");

        let secret = Key::from_bytes(&[3; 32]);
        let step =
            root_step(&Key::from_bytes(&[1; 32]), &SecretBytes::from_bytes(&[2; 32]), Some(&secret), 1);
        let root = "093e7ef0cd65cd8ce8dc2a5fa5b4d2fb842ace4a9b4b07bd09bcd5fd40315d51";
        assert_eq!(hex(step.root.as_bytes()), root);
        let chain = "46f594b38f11422d08b6b961ea3dc4bb577d153197c75eb9330731ea07dab8a7";
        assert_eq!(hex(step.chain.as_bytes()), chain);
        let next_header = "a55aa78270c88caa0f02555ae994b1e26f2d14889c40c5b4d44051c11cec8522";
        assert_eq!(hex(step.next_header.as_bytes()), next_header);
        let resumption = "3ca35d46d0a0ff8e236b041e8662a74ed440a2bf39a668800852302a232cb317";
        assert_eq!(hex(step.resumption.as_bytes()), resumption);

        let (chain, message) = chain_step(&Key::from_bytes(&[1; 32]));
        assert_eq!(hex(chain.as_bytes()), "4e27257e364c8d1021cb6a63d265f7e63dd540de319cf8e03d2b1fa23ffae1db");
        assert_eq!(
            hex(message.as_bytes()),
            "4cc42d1a279bb2ec17442ffe051be94012dc59a7916ac3ff2ec56f109346cce2"
        );
    }
}
