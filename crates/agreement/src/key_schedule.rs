//! From the shared secrets and T to the session's first keys.

use entrenous_identity::{HandshakeHash, Resumption, SessionSecret, Transcript};
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
/// PRK                = Extract(salt = 0^32, 0xFF^32 ‖ dh1 ‖ dh2 ‖ dh3 ‖ [dh4] ‖ ss ‖ [RS])
/// RK ‖ HK_A ‖ HK_B   = Expand(PRK, label ‖ T, 96)
/// ```
/// T is in `info` and not the salt: RFC 5869, 3.1 wants salts that nobody chooses. It also says which of the
/// optional secrets are there.
pub(crate) fn session_secret(
    secrets: &SharedSecrets,
    continued: Option<&Resumption>,
    transcript: Transcript,
    handshake_hash: HandshakeHash,
) -> SessionSecret {
    let SharedSecrets { dh1, dh2, dh3, dh4, ss } = secrets;
    let dh4 = dh4.as_ref().map_or(&[][..], |dh4| dh4.as_bytes());
    let rs = continued.map_or(&[][..], |old| old.secret().as_bytes());
    // spec: AGREE-11, AGREE-31
    let prk = Prk::extract(
        &[0; 32],
        &[&[0xff; 32], dh1.as_bytes(), dh2.as_bytes(), dh3.as_bytes(), dh4, ss.as_bytes(), rs],
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

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use super::*;

    fn secret(byte: u8) -> SecretBytes<32> {
        SecretBytes::from_bytes(&[byte; 32])
    }

    fn secrets(one_time: bool) -> SharedSecrets {
        SharedSecrets {
            dh1: secret(1),
            dh2: secret(2),
            dh3: secret(3),
            dh4: one_time.then(|| secret(4)),
            ss: secret(5),
        }
    }

    fn keys(secrets: &SharedSecrets, transcript: u8) -> [[u8; 32]; 3] {
        keys_of(secrets, None, transcript)
    }

    fn keys_of(secrets: &SharedSecrets, continued: Option<u8>, transcript: u8) -> [[u8; 32]; 3] {
        let old = continued.map(|rs| Resumption::new(Transcript([0; 32]), Key::from_bytes(&[rs; 32])));
        let hash = HandshakeHash([0; 32]);
        let session = session_secret(secrets, old.as_ref(), Transcript([transcript; 32]), hash);
        [*session.root.as_bytes(), *session.header_initiator.as_bytes(), *session.header_responder.as_bytes()]
    }

    // spec: AGREE-11, AGREE-12
    #[test]
    fn every_key_depends_on_every_secret_and_on_t() {
        let mut all: Vec<[u8; 32]> = Vec::new();
        for one_time in [true, false] {
            let mut cases: Vec<_> = (0..5).map(|_| secrets(one_time)).collect();
            cases[1].dh1 = secret(9);
            cases[2].dh2 = secret(9);
            cases[3].dh3 = secret(9);
            cases[4].ss = secret(9);
            if one_time {
                let mut last = secrets(true);
                last.dh4 = Some(secret(9));
                cases.push(last);
            }
            all.extend(cases.iter().flat_map(|case| keys(case, 7)));
            all.extend(keys(&secrets(one_time), 8));
            all.extend(keys_of(&secrets(one_time), Some(8), 7));
            all.extend(keys_of(&secrets(one_time), Some(9), 7));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!((all.len(), count), (3 * 17, 3 * 17));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The examples of `docs/spec/agreement.md`, which another implementation computed.
    // spec: AGREE-11, AGREE-12, AGREE-31, RATCHET-51
    #[test]
    fn the_specifications_examples_hold() {
        let cases = [
            (
                None,
                [
                    "e0e98f4eaedb960288f6d3a03afcd01826bdba8254aacdcbb8ebd32bfa358a22",
                    "1ddcef135bf95da03720a3372535cf47a669d3e5e80e66b9b60a14db4a115276",
                    "f17243f694627999fcf46183ea81f8cf693164610657c777f333fa1553dd0f61",
                ],
            ),
            (
                Some(8),
                [
                    "8b5dfd4333373a9f7e404dab289bb16288b00dbc7fe557627346a4be0c99b270",
                    "d6b18415f1daf613a1b79e564148c03c194ee9407dc67c70aec198f9e5356c0e",
                    "8cb674bf5771c0278330761012411f0df8329f8aa6680498d194cb254f79bfaa",
                ],
            ),
        ];
        for (continued, expected) in cases {
            assert_eq!(keys_of(&secrets(false), continued, 6).map(|key| hex(&key)), expected);
        }
        let old = Resumption::new(Transcript([0; 32]), Key::from_bytes(&[8; 32]));
        assert_eq!(hex(&old.id().0), "23c7efbac9ab2896");
    }

    /// The formula as the specification has it, put together once more.
    // spec: AGREE-11, AGREE-12
    #[test]
    fn formula() {
        for one_time in [true, false] {
            let dh4: &[u8] = if one_time { &[4; 32] } else { &[] };
            let mut ikm = [&[0xff; 32], &[1; 32], &[2; 32], &[3; 32], dh4, &[5; 32]].concat();
            let info = [&b"entrenous v1 session\0"[..], &[7; 32]].concat();
            let okm = Prk::extract(&[0; 32], &[&ikm]).expand::<96>(&[&info]);
            assert_eq!(keys(&secrets(one_time), 7).as_flattened(), okm.as_bytes());
            ikm.extend([8; 32]);
            let okm = Prk::extract(&[0; 32], &[&ikm]).expand::<96>(&[&info]);
            assert_eq!(keys_of(&secrets(one_time), Some(8), 7).as_flattened(), okm.as_bytes());
        }
    }
}
