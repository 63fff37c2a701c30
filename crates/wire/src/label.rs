//! Domain separation: the one table of labels of every derivation, hash and signature.
//!
//! A label is ASCII `entrenous v1 <purpose>` and one zero byte. The zero byte belongs to the label: with it no
//! label is a prefix of another, so `label ‖ data` is read in one way only.
//! spec: WIRE-2, WIRE-3

/// Declares the labels and the list of all of them, so that none can be left out of the list.
macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $label:literal;)+) => {
        // spec: WIRE-2
        $($(#[$doc])* pub const $name: &[u8] = concat!("entrenous v1 ", $label, "\0").as_bytes();)+

        /// Every label of the protocol.
        pub const ALL: &[&[u8]] = &[$($name),+];
    };
}

labels! {
    /// Hash of the account key that gives the account id.
    ACCOUNT_ID = "account id";
    /// A device's signature over its own entry.
    DEVICE_ENTRY = "device entry";
    /// The account's signature over its device list.
    DEVICE_LIST = "device list";
    /// Hash of a device list, by which the next one names its parents.
    DEVICE_LIST_HASH = "device list hash";
    /// The digits that two people compare.
    SAFETY_NUMBER = "safety number";
    /// Check of what people copy or scan.
    TEXT_CHECK = "text check";
    /// Hash of what both sides of a comparison by short string believe.
    SAS_VIEW = "sas view";
    /// Commitment to the nonce of who commits, in a comparison by short string.
    SAS_COMMITMENT = "sas commitment";
    /// Transcript hash of a comparison by short string.
    SAS_TRANSCRIPT = "sas transcript";
    /// Hash of a link code.
    LINK_CODE = "link code";
    /// Commitment to the primary's nonce in a link code.
    LINK_NONCE = "link nonce";
    /// A new device's signature over its link request.
    LINK_SIGNATURE = "link signature";
    /// Hash of a link request.
    LINK_REQUEST = "link request";
    /// Transcript hash of a linking.
    LINK_TRANSCRIPT = "link transcript";
    /// Keys and associated data of the boxes between a primary and a new device.
    LINK_BOX = "link box";
    /// Key and commitment of a recovery file.
    RECOVERY_FILE = "recovery file";
    /// A device's signature over a prekey.
    PREKEY = "prekey";
    /// Hash of the handshake part as received.
    HANDSHAKE = "handshake";
    /// Transcript hash T of a key agreement.
    TRANSCRIPT = "transcript";
    /// Session secrets out of the key agreement.
    SESSION = "session";
    /// Root step of the ratchet.
    ROOT = "root";
    /// Chain step of the ratchet: at most 22 bytes, so that a step stays at six compressions.
    // spec: WIRE-3
    CHAIN = "chain";
    /// Hash of the two blobs of a post-quantum epoch.
    EPOCH_BLOBS = "epoch blobs";
    /// Confirmation and secret of a post-quantum epoch.
    EPOCH = "epoch";
    /// Name of a resumption secret in a continued handshake.
    RESUMPTION_ID = "resumption id";
    /// A device's signature over an entry of a group's roster.
    ROSTER_ENTRY = "roster entry";
    /// Hash of a roster entry, by which later entries, and the group, are named.
    ROSTER_ENTRY_HASH = "roster entry hash";
    /// Hash of the newest entries of a roster, which names the roster.
    ROSTER_ID = "roster id";
    /// Message id, derived and never sent.
    MESSAGE_ID = "message id";
    /// Chain step of a sender key: at most 22 bytes, as that of the ratchet.
    // spec: WIRE-3
    GROUP_CHAIN = "group ck";
    /// Commitment of a sender key to its first chain key.
    GROUP_COMMITMENT = "group commitment";
    /// Hash that gives a sender key its id.
    GROUP_KEY = "group key";
    /// A sender's signature over a group message.
    GROUP_MESSAGE = "group message";
    /// Names of the records that a client keeps.
    STORE_NAME = "store name";
    /// Keys under which a client seals its records.
    STORE_RECORD = "store record";
    /// Key and commitment of a passphrase's lock of a store, and the check of its bytes.
    STORE_LOCK = "store lock";
}

#[cfg(test)]
mod tests {
    use super::*;

    // spec: WIRE-2
    #[test]
    fn every_label_is_ascii_with_one_final_zero() {
        for label in ALL {
            let (last, text) = label.split_last().expect("not empty");
            assert_eq!(*last, 0);
            assert!(text.starts_with(b"entrenous v1 "));
            assert!(
                text.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b' ')
            );
        }
    }

    // spec: WIRE-2
    #[test]
    fn no_label_is_a_prefix_of_another() {
        for (i, one) in ALL.iter().enumerate() {
            for (j, other) in ALL.iter().enumerate() {
                assert!(i == j || !other.starts_with(one), "{one:?} begins {other:?}");
            }
        }
    }

    // spec: WIRE-3
    #[test]
    fn the_chain_labels_keep_the_chain_step_short() {
        assert_eq!(CHAIN, b"entrenous v1 chain\0");
        assert_eq!(GROUP_CHAIN, b"entrenous v1 group ck\0");
        assert!(CHAIN.len() <= 22 && GROUP_CHAIN.len() <= 22);
    }
}
