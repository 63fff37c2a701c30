//! What a store gives back: a damaged record is refused, and one that is read is written as the same bytes.

use entrenous_agreement::{OneTimePrekey, PrekeySecret};
use entrenous_group::sender_key::{ReceivingKey, SendingKey, SkippedBlock as GroupSkippedBlock};
use entrenous_identity::{
    DeviceKeys, KnownLists,
    linking::{NewDevice, Primary},
    sas::Sas,
    session_secret::SignedPrekey,
    stored_keys::{account_key_from_record, account_key_to_record},
};
use entrenous_ratchet::{Limits, Session, SkippedBlock};
use entrenous_wire::{
    Strict,
    proto::{LinkDeviceRecord, LinkPrimaryRecord, SasRecord},
};

use super::decoders::one_encoding;

/// Every record of the protocol's crates; the first byte chooses.
pub(super) fn records(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    let written = match kind % 13 {
        0 => Session::from_record(bytes, Limits::default()).ok().map(|session| session.to_record().to_vec()),
        1 => SkippedBlock::from_record(bytes).ok().map(|block| block.to_record().to_vec()),
        2 => PrekeySecret::<SignedPrekey>::from_record(bytes).ok().map(|key| key.to_record().to_vec()),
        3 => PrekeySecret::<OneTimePrekey>::from_record(bytes).ok().map(|key| key.to_record().to_vec()),
        4 => SendingKey::from_record(bytes).ok().map(|key| key.to_record().to_vec()),
        5 => ReceivingKey::from_record(bytes).ok().map(|key| key.to_record().to_vec()),
        6 => GroupSkippedBlock::from_record(bytes).ok().map(|block| block.to_record().to_vec()),
        7 => KnownLists::from_record(bytes).ok().map(|lists| lists.to_record()),
        8 => DeviceKeys::from_record(bytes).ok().map(|keys| keys.to_record().to_vec()),
        9 => account_key_from_record(bytes).ok().map(|key| account_key_to_record(&key).to_vec()),
        10 => {
            one_encoding::<SasRecord>(bytes);
            let read = SasRecord::decode_strict(bytes).ok().and_then(|record| Sas::from_record(&record).ok());
            read.map(|sas| sas.to_record().encode_canonical())
        }
        11 => {
            one_encoding::<LinkPrimaryRecord>(bytes);
            let read = LinkPrimaryRecord::decode_strict(bytes).ok();
            let read = read.and_then(|record| Primary::from_record(&record).ok());
            read.map(|primary| primary.to_record().encode_canonical())
        }
        _ => {
            one_encoding::<LinkDeviceRecord>(bytes);
            let read = LinkDeviceRecord::decode_strict(bytes).ok();
            let read = read.and_then(|record| NewDevice::from_record(&record).ok());
            read.map(|device| device.to_record().encode_canonical())
        }
    };
    if let Some(written) = written {
        assert_eq!(written, bytes, "another record was read");
    }
}
