//! The messages generated from `proto/entrenous.proto`.
//!
//! Decode them with [`Strict::decode_strict`](crate::Strict::decode_strict), never with prost alone: prost
//! accepts more than one encoding and has no limits. Messages with secrets are wiped when dropped, print
//! nothing but their name, and can't be compared.

use core::fmt;

include!(concat!(env!("OUT_DIR"), "/entrenous.v1.rs"));

/// `Debug` that shows the name of a secret message and nothing of it.
macro_rules! debug_by_name {
    ($($message:ident),+) => {$(
        impl fmt::Debug for $message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($message)).finish_non_exhaustive()
            }
        }
    )+};
}

debug_by_name!(
    SessionRecord,
    PostQuantum,
    SkippedKeysRecord,
    PrekeyRecord,
    Sending,
    Receiving,
    DeviceKeysRecord,
    AccountKeyRecord
);
debug_by_name!(LinkPrimaryRecord, LinkDeviceRecord, SasRecord);
debug_by_name!(SendingKeyRecord, ReceivingKeyRecord);
debug_by_name!(Control, GroupControl);

#[cfg(test)]
mod tests {
    use alloc::{format, vec};

    use zeroize::{Zeroize, ZeroizeOnDrop};

    use super::*;

    fn sending() -> Sending {
        Sending {
            ratchet_secret: vec![7; 32],
            ratchet_key: vec![7; 32],
            chain: vec![7; 32],
            header: vec![7; 32],
            previous: 7,
            epoch_step: 1,
        }
    }

    fn record() -> SessionRecord {
        let mut record = SessionRecord::default();
        record.root = vec![7; 32];
        record.sending = Some(sending());
        record.old = vec![7; 40];
        record
    }

    #[test]
    fn secrets_print_nothing_but_their_name() {
        assert_eq!(format!("{:?}", sending()), "Sending { .. }");
        assert_eq!(format!("{:?}", record()), "SessionRecord { .. }");
    }

    #[test]
    fn secrets_are_wiped_with_everything_inside() {
        const fn wiped_on_drop<T: ZeroizeOnDrop>() {}
        wiped_on_drop::<SessionRecord>();
        wiped_on_drop::<PostQuantum>();
        wiped_on_drop::<SkippedKeysRecord>();
        wiped_on_drop::<PrekeyRecord>();
        wiped_on_drop::<Sending>();
        wiped_on_drop::<Receiving>();
        wiped_on_drop::<LinkPrimaryRecord>();
        wiped_on_drop::<LinkDeviceRecord>();
        wiped_on_drop::<SasRecord>();
        wiped_on_drop::<SendingKeyRecord>();
        wiped_on_drop::<ReceivingKeyRecord>();
        wiped_on_drop::<DeviceKeysRecord>();
        wiped_on_drop::<AccountKeyRecord>();

        let mut record = record();
        record.zeroize();
        assert!(record.root.is_empty() && record.sending.is_none() && record.old.is_empty());
    }
}
