//! From the shared secrets and T to the session's first keys.

use entrenous_identity::{HandshakeHash, SessionSecret, Transcript};
use entrenous_primitives::{
    hkdf::Prk,
    secret::{Key, SecretBytes},
};
use entrenous_wire::label;

/// What both sides compute: dh1 to dh3, dh4 with a one-time prekey, and ss from the KEM.
pub(crate) struct SharedSecrets {
    /// DH(I_A, S_B)
    pub(crate) dh1: SecretBytes<32>,
    /// DH(E_A, I_B)
    pub(crate) dh2: SecretBytes<32>,
    /// DH(E_A, S_B)
    pub(crate) dh3: SecretBytes<32>,
    /// DH(E_A, O_B)
    pub(crate) dh4: Option<SecretBytes<32>>,
    /// from the KEM
    pub(crate) ss: SecretBytes<32>,
}

/// ```text
/// PRK                = Extract(salt = 0^32, 0xFF^32 ‖ dh1 ‖ dh2 ‖ dh3 ‖ [dh4] ‖ ss)
/// RK ‖ HK_A ‖ HK_B   = Expand(PRK, label ‖ T, 96)
/// ```
/// T is in `info` and not the salt: RFC 5869, 3.1 wants salts that nobody chooses.
pub(crate) fn session_secret(
    secrets: &SharedSecrets,
    transcript: Transcript,
    handshake_hash: HandshakeHash,
) -> SessionSecret {
    let SharedSecrets { dh1, dh2, dh3, dh4, ss } = secrets;
    let dh4 = dh4.as_ref().map_or(&[][..], |dh4| dh4.as_bytes());
    // spec: AGREE-11
    let prk = Prk::extract(
        &[0; 32],
        &[&[0xff; 32], dh1.as_bytes(), dh2.as_bytes(), dh3.as_bytes(), dh4, ss.as_bytes()],
    );
    // spec: AGREE-12
    let [root, header_initiator, header_responder] = prk.expand_keys(&[label::SESSION, &transcript.0]);
    SessionSecret {
        transcript,
        handshake_hash,
        root: Key::from_secret(root),
        header_initiator: Key::from_secret(header_initiator),
        header_responder: Key::from_secret(header_responder),
    }
}
