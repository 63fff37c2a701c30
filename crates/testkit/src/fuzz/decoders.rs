//! What comes over the network, and what is inside of it.

use entrenous_group::{
    GroupId,
    roster::{ReceivedEntry, Roster},
    sender_key::ReceivedKey,
};
use entrenous_identity::ReceivedDeviceList;
use entrenous_wire::{
    Strict,
    device_list::DeviceListBody,
    envelope::{self, Envelope},
    frame::Frame,
    group_message::GroupMessage,
    header::Header,
    linking::{LinkBox, Step},
    padding::Padding,
    proto::{
        Bundle, Control, Delivered, DeviceListPush, GroupControl, Handshake, LinkRequest, LinkedContacts,
        ListProof, Prekey, SignedDeviceList, TrustDecision,
    },
    sas::SasMessage,
    sender_key::DistributionBody,
};

use crate::{device::TODAY, roster::PEOPLE, sender_keys::sender};

/// What a message of one encoding owes: bytes that are read are those that are written.
pub(super) fn one_encoding<M: Strict>(bytes: &[u8]) {
    if let Ok(message) = M::decode_strict(bytes) {
        assert_eq!(message.encode_canonical(), bytes, "another encoding was read");
    }
}

/// Envelopes, group messages, headers and frames.
pub(super) fn envelopes(input: &[u8]) {
    let parsed = Envelope::parse(input);
    let group = GroupMessage::parse(input);
    if let Ok(is_group) = envelope::is_group(input) {
        assert!(parsed.is_err() || !is_group);
        assert!(group.is_err() || is_group);
    } else {
        assert!(parsed.is_err() && group.is_err());
    }
    if let Some(header) = input.first_chunk()
        && let Ok(read) = Header::decode(header)
    {
        assert_eq!(read.encode(), *header, "another header was read");
    }
    if let Ok(frame) = Frame::parse(input) {
        let mut written = vec![0; frame.encoded_len(Padding::None)];
        frame.encode_into(&mut written).expect("it was read");
        let read = Frame::parse(&written).expect("it was written");
        assert_eq!(read, frame, "another frame was read");
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
                let _ = LinkBox::parse(step, bytes);
            }
        }
        _ => {
            if let Ok(message) = SasMessage::parse(bytes) {
                assert_eq!(message.encode().as_slice(), bytes, "another message was read");
            }
        }
    }
}

/// Device lists: nothing that isn't signed is taken.
pub(super) fn device_lists(input: &[u8]) {
    if let Ok(body) = DeviceListBody::parse(input) {
        assert_eq!(body.encode().as_deref(), Ok(input), "another list was read");
    }
    if let Ok(signed) = SignedDeviceList::decode_strict(input)
        && let Ok(received) = ReceivedDeviceList::parse(signed)
        && let Ok(list) = received.verify(TODAY)
    {
        assert!(list.device_ids().count() > 0);
    }
}

/// Entries of a group, alone and in batches; a roster takes none that isn't signed.
pub(super) fn roster_entries(input: &[u8]) {
    if let Ok(entry) = ReceivedEntry::parse(input) {
        assert_eq!(entry.bytes(), input, "another entry was read");
    }
    let (mut rest, mut entries) = (input, Vec::new());
    while let Ok((entry, after)) = ReceivedEntry::split(rest) {
        assert!(after.len() < rest.len(), "an entry of no length");
        entries.push(entry);
        rest = after;
    }
    let genesis = crate::roster::genesis(&PEOPLE[0], 1);
    let group = GroupId::of(genesis.received().hash());
    let mut roster = Roster::join(group, genesis.received()).expect("a genesis");
    let before = (roster.id(), roster.entries().count());
    let added = roster.add_all(entries);
    if added.new.is_empty() {
        assert_eq!((roster.id(), roster.entries().count()), before);
    }
    let _ = Roster::from_entries(group, [genesis.bytes.as_slice(), input]);
}

/// Distributions of sender keys.
pub(super) fn sender_keys(input: &[u8]) {
    let _ = DistributionBody::parse(input);
    if let Ok(received) = ReceivedKey::parse(input) {
        let _ = received.accept(crate::sender_keys::GROUP, sender(1, 1), None);
    }
}
