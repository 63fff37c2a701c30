//! What comes over the network, and what is inside of it.

use entrenous_identity::ReceivedDeviceList;
use entrenous_wire::{
    Strict,
    device_list::DeviceListBody,
    linking::{LinkBox, Step},
    proto::{
        Bundle, Control, Delivered, DeviceListPush, GroupControl, Handshake, LinkRequest, LinkedContacts,
        ListProof, Prekey, SignedDeviceList, TrustDecision,
    },
    sas::SasMessage,
};

use super::genuine::LISTS;
use crate::device::TODAY;

/// What a message of one encoding owes: bytes that are read are those that are written.
pub(super) fn one_encoding<M: Strict>(bytes: &[u8]) {
    if let Ok(message) = M::decode_strict(bytes) {
        assert_eq!(message.encode_canonical(), bytes, "another encoding was read");
    }
}

/// Every message that one device sends to another or to a directory; the first byte chooses.
pub(super) fn messages(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    match kind % 14 {
        0 => one_encoding::<Handshake>(bytes),
        1 => one_encoding::<Bundle>(bytes),
        2 => one_encoding::<Prekey>(bytes),
        3 => one_encoding::<Control>(bytes),
        4 => one_encoding::<GroupControl>(bytes),
        5 => one_encoding::<DeviceListPush>(bytes),
        6 => one_encoding::<ListProof>(bytes),
        7 => one_encoding::<Delivered>(bytes),
        8 => one_encoding::<TrustDecision>(bytes),
        9 => one_encoding::<LinkRequest>(bytes),
        10 => one_encoding::<LinkedContacts>(bytes),
        11 => one_encoding::<SignedDeviceList>(bytes),
        12 => {
            for step in [Step::Request, Step::Reveal, Step::Approval] {
                if let Ok(read) = LinkBox::parse(step, bytes) {
                    assert_eq!(read.encode(step), bytes, "another box was read");
                }
            }
        }
        _ => {
            if let Ok(message) = SasMessage::parse(bytes) {
                assert_eq!(message.encode().as_slice(), bytes, "another message was read");
            }
        }
    }
}

/// Device lists: no signature holds but of a genuine one, on whatever day.
pub(super) fn device_lists(input: &[u8]) {
    if let Ok(body) = DeviceListBody::parse(input) {
        assert_eq!(body.encode().as_deref(), Ok(input), "another list was read");
    }
    one_encoding::<SignedDeviceList>(input);
    if let Ok(signed) = SignedDeviceList::decode_strict(input)
        && let Ok(received) = ReceivedDeviceList::parse(signed)
    {
        let dated = received.clone().verify(TODAY);
        if let Ok(list) = received.verify_undated() {
            assert!(LISTS.iter().any(|genuine| genuine == input), "a forged list was taken");
            assert_eq!(dated.is_ok(), list.check_current(TODAY).is_ok(), "dates are verified alike");
        } else {
            assert!(dated.is_err(), "a list that isn't signed was taken");
        }
    }
}
