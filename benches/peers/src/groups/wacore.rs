//! Sender keys of the Signal protocol as wacore-libsignal has them.

use std::sync::LazyLock;

use async_trait::async_trait;
use wacore_libsignal::protocol::{
    SenderKeyDistributionMessage, SenderKeyName, SenderKeyRecord, SenderKeyStore,
    create_sender_key_distribution_message, error::Result, group_decrypt, group_encrypt,
    process_sender_key_distribution_message,
};

use crate::{groups::sender_keys::SenderKeys, pairs::ready};

static NAME: LazyLock<SenderKeyName> = LazyLock::new(|| SenderKeyName::from_parts("group", "sender"));

/// The record of the one sender key, in memory: what it holds is shared by its copies.
#[derive(Default)]
pub struct Store(Option<SenderKeyRecord>);

#[async_trait]
impl SenderKeyStore for Store {
    async fn store_sender_key(&mut self, _: &SenderKeyName, record: SenderKeyRecord) -> Result<()> {
        self.0 = Some(record);
        Ok(())
    }

    async fn load_sender_key(&self, _: &SenderKeyName) -> Result<Option<SenderKeyRecord>> {
        Ok(self.0.clone())
    }
}

pub struct Wacore;

impl SenderKeys for Wacore {
    type Sending = Store;
    type Receiving = Store;

    fn generate() -> (Store, Vec<u8>) {
        let mut store = Store::default();
        let made = ready(create_sender_key_distribution_message(&NAME, &mut store, &mut rand::rng()));
        (store, made.expect("a key").into_serialized().into_vec())
    }

    fn accept(distribution: &[u8]) -> Store {
        let mut store = Store::default();
        let message = SenderKeyDistributionMessage::try_from(distribution).expect("well-formed");
        ready(process_sender_key_distribution_message(&NAME, &message, &mut store)).expect("genuine");
        store
    }

    fn seal(key: &mut Store, content: &[u8]) -> Vec<u8> {
        let message = ready(group_encrypt(key, &NAME, content, &mut rand::rng()));
        message.expect("sealed").into_serialized().into_vec()
    }

    fn open(key: &mut Store, message: &[u8]) -> Option<Vec<u8>> {
        ready(group_decrypt(message, key, &NAME)).ok()
    }
}
