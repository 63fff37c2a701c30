//! Megolm as vodozemac has it, in its default configuration.

use vodozemac::megolm::{GroupSession, InboundGroupSession, MegolmMessage, SessionConfig, SessionKey};

use crate::groups::sender_keys::SenderKeys;

pub struct Megolm;

impl SenderKeys for Megolm {
    type Sending = GroupSession;
    type Receiving = InboundGroupSession;

    fn generate() -> (GroupSession, Vec<u8>) {
        let session = GroupSession::new(SessionConfig::default());
        let key = session.session_key().to_bytes();
        (session, key)
    }

    fn accept(distribution: &[u8]) -> InboundGroupSession {
        let key = SessionKey::from_bytes(distribution).expect("genuine");
        InboundGroupSession::new(&key, SessionConfig::default())
    }

    fn seal(key: &mut GroupSession, content: &[u8]) -> Vec<u8> {
        key.encrypt(content).to_bytes()
    }

    fn open(key: &mut InboundGroupSession, message: &[u8]) -> Option<Vec<u8>> {
        let message = MegolmMessage::from_bytes(message).expect("well-formed");
        Some(key.decrypt(&message).ok()?.plaintext)
    }
}
