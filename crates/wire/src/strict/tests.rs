//! One encoding for every message: what is written is read, and what is read is what would be written.

use alloc::{vec, vec::Vec};

use proptest::{
    collection,
    prelude::*,
    sample::Index,
    strategy::ValueTree,
    test_runner::{TestCaseResult, TestRunner},
};

use super::{samples, *};
use crate::proto::{
    AccountKeyRecord, Bundle, Control, Delivered, DeviceKeysRecord, DeviceListPush, GroupControl, Handshake,
    KnownListsRecord, LinkDeviceRecord, LinkPrimaryRecord, LinkRequest, ListLink, ListProof, Prekey,
    PrekeyRecord, ReceivingKeyRecord, SasRecord, SendingKeyRecord, SessionRecord, SignedDeviceList,
    SkippedIndex, SkippedKeysRecord,
};

/// A change to an encoded message: a byte flipped, inserted or deleted, or a stretch copied or moved.
#[derive(Debug, Clone)]
enum Edit {
    Flip(Index, u8),
    Insert(Index, u8),
    Delete(Index),
    Repeat(Index, usize),
    Move(Index, Index, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), 1..=u8::MAX).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        at().prop_map(Edit::Delete),
        (at(), 1..40_usize).prop_map(|(at, len)| Edit::Repeat(at, len)),
        (at(), at(), 1..40_usize).prop_map(|(from, to, len)| Edit::Move(from, to, len)),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    if bytes.is_empty() {
        return;
    }
    let stretch = |from: usize, len: usize| from..(from + len).min(bytes.len());
    match edit {
        Edit::Flip(at, bits) => {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        Edit::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
        Edit::Delete(at) => drop(bytes.remove(at.index(bytes.len()))),
        Edit::Repeat(at, len) => {
            let range = stretch(at.index(bytes.len()), *len);
            let copy = bytes[range.clone()].to_vec();
            bytes.splice(range.end..range.end, copy);
        }
        Edit::Move(from, to, len) => {
            let range = stretch(from.index(bytes.len()), *len);
            let moved: Vec<u8> = bytes.drain(range).collect();
            let to = to.index(bytes.len() + 1);
            bytes.splice(to..to, moved);
        }
    }
}

fn round_trip<M: Strict>(message: &M) -> TestCaseResult {
    let bytes = message.encode_canonical();
    let again = M::decode_strict(&bytes).map_err(|error| TestCaseError::fail(alloc::format!("{error}")))?;
    prop_assert_eq!(again.encode_canonical(), bytes);
    Ok(())
}

fn one_encoding<M: Strict>(bytes: &[u8]) -> TestCaseResult {
    if let Ok(accepted) = M::decode_strict(bytes) {
        prop_assert_eq!(accepted.encode_canonical(), bytes);
    }
    Ok(())
}

fn edited<M: Strict>(message: &M, edits: &[Edit]) -> TestCaseResult {
    let mut bytes = message.encode_canonical();
    edits.iter().for_each(|edit| apply(&mut bytes, edit));
    one_encoding::<M>(&bytes)
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    collection::vec(edit(), 1..4)
}

proptest! {
    // spec: WIRE-70
    #[test]
    fn device_lists(message in samples::signed_device_list(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    // spec: WIRE-71
    #[test]
    fn prekeys(message in samples::prekey(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    #[test]
    fn bundles(message in samples::bundle(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    // spec: WIRE-110, WIRE-112, WIRE-113, WIRE-119, WIRE-160
    #[test]
    fn controls(message in samples::control(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    #[test]
    fn handshakes(message in samples::handshake(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    #[test]
    fn skipped_keys_records(message in samples::skipped_keys(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    #[test]
    fn prekey_records(message in samples::prekey_record(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    // spec: WIRE-82
    #[test]
    fn session_records(message in samples::session(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    // spec: WIRE-122
    #[test]
    fn link_requests(message in samples::link_request(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    // spec: WIRE-123, WIRE-124
    #[test]
    fn linking_records(
        primary in samples::link_primary(),
        device in samples::link_device(),
        edits in edits(),
    ) {
        round_trip(&primary)?;
        edited(&primary, &edits)?;
        round_trip(&device)?;
        edited(&device, &edits)?;
    }

    // spec: WIRE-128
    #[test]
    fn sas_records(message in samples::sas(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    #[test]
    fn sender_key_records(
        sending in samples::sending_key(),
        receiving in samples::receiving_key(),
        edits in edits(),
    ) {
        round_trip(&sending)?;
        edited(&sending, &edits)?;
        round_trip(&receiving)?;
        edited(&receiving, &edits)?;
    }

    #[test]
    fn list_proofs(message in samples::list_proof(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
        round_trip(&message.links[0])?;
        edited(&message.links[0], &edits)?;
    }

    #[test]
    fn known_lists_records(message in samples::known_lists(), edits in edits()) {
        round_trip(&message)?;
        edited(&message, &edits)?;
    }

    #[test]
    fn key_records(
        device in samples::device_keys(),
        account in samples::account_key(),
        edits in edits(),
    ) {
        round_trip(&device)?;
        edited(&device, &edits)?;
        round_trip(&account)?;
        edited(&account, &edits)?;
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in collection::vec(any::<u8>(), 0..3000)) {
        one_encoding::<SignedDeviceList>(&bytes)?;
        one_encoding::<Prekey>(&bytes)?;
        one_encoding::<Bundle>(&bytes)?;
        one_encoding::<Handshake>(&bytes)?;
        one_encoding::<SkippedKeysRecord>(&bytes)?;
        one_encoding::<PrekeyRecord>(&bytes)?;
        one_encoding::<SessionRecord>(&bytes)?;
        one_encoding::<LinkRequest>(&bytes)?;
        one_encoding::<LinkPrimaryRecord>(&bytes)?;
        one_encoding::<LinkDeviceRecord>(&bytes)?;
        one_encoding::<SasRecord>(&bytes)?;
        one_encoding::<SendingKeyRecord>(&bytes)?;
        one_encoding::<ReceivingKeyRecord>(&bytes)?;
        one_encoding::<ListProof>(&bytes)?;
        one_encoding::<Control>(&bytes)?;
        one_encoding::<KnownListsRecord>(&bytes)?;
        one_encoding::<DeviceKeysRecord>(&bytes)?;
        one_encoding::<AccountKeyRecord>(&bytes)?;
    }

    #[test]
    fn decoded_fields_are_the_encoded_ones(handshake in samples::handshake(), bundle in samples::bundle()) {
        prop_assert_eq!(Handshake::decode_strict(&handshake.encode_canonical()), Ok(handshake));
        prop_assert_eq!(Bundle::decode_strict(&bundle.encode_canonical()), Ok(bundle));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn truncated_messages_are_refused(
        list in samples::signed_device_list(),
        prekey in samples::prekey(),
        handshake in samples::handshake(),
        skipped in samples::skipped_keys(),
        kept in samples::prekey_record(),
        session in samples::session(),
        bundle in samples::bundle(),
        request in samples::link_request(),
        sas in samples::sas(),
        proof in samples::list_proof(),
        known in samples::known_lists(),
        (device, account) in (samples::device_keys(), samples::account_key()),
        (sending, receiving) in (samples::sending_key(), samples::receiving_key()),
    ) {
        fn every_cut<M: Strict>(message: &M, cut: fn(&[u8]) -> TestCaseResult) -> TestCaseResult {
            let bytes = message.encode_canonical();
            (0..bytes.len()).try_for_each(|len| cut(&bytes[..len]))
        }
        fn refused<M: Strict>(bytes: &[u8]) -> TestCaseResult {
            prop_assert!(M::decode_strict(bytes).is_err(), "cut to {}", bytes.len());
            Ok(())
        }
        every_cut(&list, refused::<SignedDeviceList>)?;
        every_cut(&prekey, refused::<Prekey>)?;
        every_cut(&handshake, refused::<Handshake>)?;
        every_cut(&skipped, refused::<SkippedKeysRecord>)?;
        every_cut(&request, refused::<LinkRequest>)?;
        every_cut(&kept, refused::<PrekeyRecord>)?;
        every_cut(&proof.links[0], refused::<ListLink>)?;
        every_cut(&device, refused::<DeviceKeysRecord>)?;
        every_cut(&account, refused::<AccountKeyRecord>)?;
        // These end with optional fields: cut before one of them they are another whole message.
        every_cut(&session, one_encoding::<SessionRecord>)?;
        every_cut(&sas, one_encoding::<SasRecord>)?;
        every_cut(&sending, one_encoding::<SendingKeyRecord>)?;
        every_cut(&receiving, one_encoding::<ReceivingKeyRecord>)?;
        every_cut(&bundle, one_encoding::<Bundle>)?;
        every_cut(&proof, one_encoding::<ListProof>)?;
        every_cut(&known, one_encoding::<KnownListsRecord>)?;
        let without = Bundle { one_time_prekey: None, ..bundle };
        every_cut(&without, refused::<Bundle>)?;
    }
}

fn valid<M: core::fmt::Debug>(strategy: impl Strategy<Value = M>) -> M {
    let mut runner = TestRunner::deterministic();
    strategy.new_tree(&mut runner).expect("a sample").current()
}

fn reason<M: Strict + core::fmt::Debug>(message: &M) -> Reason {
    M::decode_strict(&message.encode_canonical()).expect_err("malformed").reason
}

// spec: WIRE-72
#[test]
fn a_prekey_expires_after_its_issue() {
    let prekey = valid(samples::prekey());
    let same_day = Prekey { issued_day: 5, expires_day: 5, ..prekey.clone() };
    assert_eq!(reason(&same_day), Reason::Inconsistent);
    let bundle = Bundle { one_time_prekey: Some(same_day), ..valid(samples::bundle()) };
    assert_eq!(reason(&bundle), Reason::Inconsistent);
    assert!(Prekey::decode_strict(&Prekey { issued_day: 0, ..prekey }.encode_canonical()).is_ok());
}

// spec: WIRE-75
#[test]
fn a_secret_id_is_there_exactly_when_continued() {
    let handshake = valid(samples::handshake());
    for mode in 1..=3 {
        for continued_secret_id in [vec![], vec![7; 8]] {
            let right = (mode == 2) != continued_secret_id.is_empty();
            let message = Handshake { mode, continued_secret_id, ..handshake.clone() };
            assert_eq!(Handshake::decode_strict(&message.encode_canonical()).is_ok(), right);
        }
    }
}

// spec: WIRE-74
#[test]
fn a_one_time_prekey_id_is_absent_or_not_zero() {
    let handshake = Handshake { one_time_prekey_id: Some(0), ..valid(samples::handshake()) };
    assert_eq!(reason(&handshake), Reason::Range);
}

// spec: WIRE-81
#[test]
fn every_skipped_key_has_its_bit() {
    let mut record = valid(samples::skipped_keys());
    record.present = 0b11;
    for (len, right) in [(32, false), (63, false), (64, true), (65, false), (96, false)] {
        record.keys = vec![7; len];
        assert_eq!(SkippedKeysRecord::decode_strict(&record.encode_canonical()).is_ok(), right);
    }
}

// spec: WIRE-152, WIRE-153
#[test]
fn a_kept_prekey_expires_after_its_issue() {
    let mut record = valid(samples::prekey_record());
    for (issued_day, expires_day, right) in [(5, 5, false), (6, 5, false), (4, 5, true), (0, 5, true)] {
        (record.issued_day, record.expires_day) = (issued_day, expires_day);
        assert_eq!(PrekeyRecord::decode_strict(&record.encode_canonical()).is_ok(), right);
    }
    record.kind = 3;
    assert_eq!(reason(&record), Reason::Range);
}

// spec: WIRE-150, WIRE-151, WIRE-171
#[test]
fn what_a_session_remembers_has_whole_entries() {
    let mut session = valid(samples::session());
    let mut holds = |resumption: usize, opened: usize| {
        (session.resumption, session.opened) = (vec![7; resumption], vec![7; opened]);
        SessionRecord::decode_strict(&session.encode_canonical()).is_ok()
    };
    for (len, right) in
        [(0, true), (31, false), (32, true), (33, false), (96, true), (128, true), (160, false)]
    {
        assert_eq!(holds(len, 12), right, "{len} bytes of resumption secrets");
    }
    for (len, right) in [(0, true), (11, false), (12, true), (13, false), (192, true), (204, false)] {
        assert_eq!(holds(32, len), right, "{len} bytes of opened messages");
    }
    let mut holds = |old: usize| {
        (session.old, session.opened) = (vec![7; old], vec![]);
        SessionRecord::decode_strict(&session.encode_canonical()).is_ok()
    };
    for (len, right) in
        [(0, true), (39, false), (40, true), (41, false), (80, true), (1280, true), (1320, false)]
    {
        assert_eq!(holds(len), right, "{len} bytes of old chains");
    }
}

// spec: WIRE-170
#[test]
fn a_session_has_its_epoch_with_whole_shards() {
    let mut session = valid(samples::session());
    let mut holds = |shards: usize| {
        session.post_quantum.as_mut().expect("generated").shards = vec![7; shards];
        SessionRecord::decode_strict(&session.encode_canonical()).is_ok()
    };
    for (len, right) in [(0, true), (32, false), (33, true), (34, false), (33 * 36, true), (33 * 37, false)] {
        assert_eq!(holds(len), right, "{len} bytes of shards");
    }
    session.post_quantum = None;
    assert_eq!(reason(&session), Reason::Missing);
}

// spec: WIRE-83
#[test]
fn a_session_either_sends_or_holds_the_peers_key() {
    let mut session = valid(samples::session());
    (session.sending, session.peer_ratchet_key) = (None, vec![]);
    assert_eq!(reason(&session), Reason::Inconsistent);
    session.peer_ratchet_key = vec![7; 32];
    assert!(SessionRecord::decode_strict(&session.encode_canonical()).is_ok());
}

// spec: WIRE-84
#[test]
fn skipped_blocks_ascend() {
    let mut session = valid(samples::session());
    let index = |(place, block)| SkippedIndex { place, block, present: 1 };
    for (blocks, right) in [
        ([(1, 4), (1, 5)], true),
        ([(1, 5), (1, 5)], false),
        ([(1, 5), (1, 4)], false),
        ([(1, 5), (2, 4)], true),
        ([(2, 4), (1, 5)], false),
    ] {
        session.skipped = blocks.map(index).to_vec();
        assert_eq!(SessionRecord::decode_strict(&session.encode_canonical()).is_ok(), right);
    }
}

// spec: WIRE-85, WIRE-86
#[test]
fn the_parents_of_a_link_are_one_or_two_ascending_hashes() {
    let link = |parents: &[u8]| ListLink { parents: parents.to_vec(), body_hash: vec![7; 32] };
    let two = |one, other| [[one; 32], [other; 32]].concat();
    for parents in [vec![4; 32], two(4, 5)] {
        assert!(ListLink::decode_strict(&link(&parents).encode_canonical()).is_ok());
    }
    for parents in [two(5, 5), two(5, 4)] {
        assert_eq!(reason(&link(&parents)), Reason::Order);
        assert_eq!(reason(&ListProof { links: vec![link(&[4; 32]), link(&parents)] }), Reason::Order);
    }
    for len in [31, 33, 63, 65, 96] {
        assert_eq!(reason(&link(&vec![4; len])), Reason::Length);
    }
}

// spec: WIRE-87
#[test]
fn a_proof_has_1_to_256_links() {
    let link = ListLink { parents: vec![4; 32], body_hash: vec![7; 32] };
    assert_eq!(reason(&ListProof { links: vec![] }), Reason::Missing);
    assert!(
        ListProof::decode_strict(&ListProof { links: vec![link.clone(); 256] }.encode_canonical()).is_ok()
    );
    assert_eq!(reason(&ListProof { links: vec![link; 257] }), Reason::Count);
    let push = |proof| DeviceListPush { list: Some(valid(samples::signed_device_list())), proof };
    assert!(DeviceListPush::decode_strict(&push(None).encode_canonical()).is_ok());
    assert_eq!(reason(&push(Some(ListProof { links: vec![] }))), Reason::Missing);
}

// spec: WIRE-88, WIRE-89
#[test]
fn evidence_is_there_exactly_with_a_fork() {
    let list = valid(samples::signed_device_list());
    for branches in 0..=5 {
        for evidence in 0..=3 {
            let record = KnownListsRecord {
                version: 1,
                branches: vec![list.clone(); branches],
                evidence: vec![list.clone(); evidence],
                proven: None,
            };
            let right = matches!((branches, evidence), (1, 0) | (2..=4, 2));
            assert_eq!(KnownListsRecord::decode_strict(&record.encode_canonical()).is_ok(), right);
        }
    }
}

// spec: WIRE-111
#[test]
fn a_control_says_one_thing() {
    let delivered = Delivered { ids: vec![7; 16] };
    let nothing = Control::default();
    assert_eq!(reason(&nothing), Reason::Inconsistent);
    let two = Control {
        delivered: Some(delivered.clone()),
        want_device_list: Some(crate::proto::KnownList { epoch: 1, hash: vec![7; 32] }),
        ..Control::default()
    };
    assert_eq!(reason(&two), Reason::Inconsistent);
    let one = Control { delivered: Some(delivered), ..Control::default() };
    assert!(Control::decode_strict(&one.encode_canonical()).is_ok());
}

// spec: WIRE-119, WIRE-200
#[test]
fn a_group_control_says_one_thing() {
    let of = |said: GroupControl| Control {
        group: Some(GroupControl { group: vec![7; 32], ..said }),
        ..Control::default()
    };
    let nothing = GroupControl::default();
    let two = GroupControl { wants_key: 1, joined: 1, ..Default::default() };
    let key_and_heads = GroupControl { accepted_key: vec![7; 16], heads: vec![7; 32], ..Default::default() };
    for said in [nothing, two, key_and_heads] {
        assert_eq!(reason(&of(said)), Reason::Inconsistent);
    }
    let half = GroupControl { heads: vec![7; 33], ..Default::default() };
    assert_eq!(reason(&of(half)), Reason::Length);
    let answer = GroupControl { entries: vec![7; 9], heads: vec![7; 64], ..Default::default() };
    let wish = GroupControl { wanted: vec![7; 32], heads: vec![7; 64], ..Default::default() };
    for said in [answer, wish] {
        assert!(Control::decode_strict(&of(said).encode_canonical()).is_ok());
    }
}

// spec: WIRE-114
#[test]
fn delivered_ids_are_whole() {
    for (len, right) in [(16, true), (17, false), (31, false), (4096, true)] {
        let control = Control { delivered: Some(Delivered { ids: vec![7; len] }), ..Control::default() };
        assert_eq!(Control::decode_strict(&control.encode_canonical()).is_ok(), right, "{len} bytes");
    }
}

// spec: WIRE-72, WIRE-122
#[test]
fn the_prekeys_of_a_link_request_expire_after_they_were_issued() {
    let request = valid(samples::link_request());
    let mut edited = request.clone();
    let prekey = edited.one_time_prekey.as_mut().unwrap();
    (prekey.issued_day, prekey.expires_day) = (9, 9);
    assert_eq!(reason(&edited), Reason::Inconsistent);
    edited = request;
    let prekey = edited.signed_prekey.as_mut().unwrap();
    (prekey.issued_day, prekey.expires_day) = (9, 9);
    assert_eq!(reason(&edited), Reason::Inconsistent);
}

// spec: WIRE-161, WIRE-162
#[test]
fn a_linked_contact_has_lists_and_one_kind_of_trust() {
    use crate::proto::{LinkedContact, LinkedContacts};
    let list = valid(samples::signed_device_list());
    for (trust, proof, proved_ms, replaces, right) in [
        (1, 0, 0, 0, true),
        (1, 1, 0, 0, false),
        (1, 0, 5, 0, false),
        (1, 0, 0, 32, false),
        (2, 1, 5, 0, true),
        (2, 1, 0, 0, true),
        (2, 0, 5, 0, false),
        (2, 1, 5, 32, false),
        (3, 0, 0, 32, true),
        (3, 0, 0, 0, false),
        (3, 1, 0, 32, false),
        (3, 0, 5, 32, false),
    ] {
        let contact =
            LinkedContact { lists: vec![list.clone()], trust, proof, proved_ms, replaces: vec![7; replaces] };
        let read = LinkedContact::decode_strict(&contact.encode_canonical());
        assert_eq!(read.is_ok(), right, "{trust} {proof} {proved_ms} {replaces}");
        let contacts = LinkedContacts { contacts: vec![contact.clone()] };
        assert_eq!(LinkedContacts::decode_strict(&contacts.encode_canonical()).is_ok(), right);
        let without = LinkedContact { lists: vec![], ..contact };
        assert!(LinkedContact::decode_strict(&without.encode_canonical()).is_err());
    }
    for (proved_ms, right) in [((1 << 48) - 1, true), (1 << 48, false)] {
        let mut contact = LinkedContact { lists: vec![list.clone()], trust: 2, ..Default::default() };
        (contact.proof, contact.proved_ms) = (1, proved_ms);
        assert_eq!(LinkedContact::decode_strict(&contact.encode_canonical()).is_ok(), right);
    }
}

// spec: WIRE-118
#[test]
fn a_trust_decision_has_what_it_decides() {
    for trust in 0..=4 {
        for proof in 0..=4 {
            for (len, ms) in [(0, 1), (32, 1), (31, 1), (0, 0), (0, 1 << 48)] {
                let decision = crate::proto::TrustDecision {
                    account: vec![7; 32],
                    trust,
                    proof,
                    decided_ms: ms,
                    replaces: vec![7; len],
                };
                let control = Control { trust: Some(decision), ..Control::default() };
                let right = match trust {
                    1 => proof == 0 && len == 0,
                    2 => (1..=3).contains(&proof) && len == 0,
                    3 => proof == 0 && len == 32,
                    _ => false,
                };
                let accepted = Control::decode_strict(&control.encode_canonical()).is_ok();
                assert_eq!(accepted, right && ms == 1, "{trust} {proof} {len} {ms}");
            }
        }
    }
}

// spec: GROUP-114, GROUP-172, GROUP-173
#[test]
fn the_numbers_of_a_receiving_key_fit_together() {
    let mut start = valid(samples::receiving_key());
    (start.first, start.next, start.end, start.chain) = (10, 70, 4096, vec![1; 32]);
    (start.previous_id, start.previous_count) = (vec![], 0);
    let with = |edit: fn(&mut ReceivingKeyRecord)| {
        let mut record = start.clone();
        record.skipped = [(1_u64 << 10 | 1 << 63).to_be_bytes(), 0x3f_u64.to_be_bytes()].concat();
        edit(&mut record);
        record
    };
    round_trip(&with(|_| ())).expect("valid");
    round_trip(&with(|record| (record.end, record.chain) = (70, vec![]))).expect("valid");
    for inconsistent in [
        with(|record| record.next = 9),
        with(|record| record.end = 69),
        with(|record| record.chain = vec![]),
        with(|record| record.end = 70),
        with(|record| record.previous_count = 1),
        with(|record| record.previous_id = vec![0; 16]),
    ] {
        assert_eq!(reason(&inconsistent), Reason::Inconsistent);
    }
    for outside in [
        with(|record| record.skipped[6] = 2),
        with(|record| record.skipped[15] = 0x40),
        with(|record| record.first = 11),
        with(|record| record.skipped.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1])),
    ] {
        assert_eq!(reason(&outside), Reason::Range);
    }
    for whole in
        [with(|record| record.skipped.extend_from_slice(&[0; 8])), with(|record| record.skipped.truncate(15))]
    {
        assert_eq!(reason(&whole), Reason::Length);
    }
}

// spec: GROUP-114, GROUP-170, GROUP-171
#[test]
fn a_stored_sender_key_follows_a_key_or_none() {
    let (mut sending, mut receiving) = (valid(samples::sending_key()), valid(samples::receiving_key()));
    for (id, count, right) in [
        (vec![], 0, true),
        (vec![], 1, false),
        (vec![7; 16], 0, true),
        (vec![7; 16], 4096, true),
        (vec![7; 16], 4097, false),
        (vec![0; 16], 1, false),
    ] {
        (sending.previous_id, sending.previous_count) = (id.clone(), count);
        assert_eq!(SendingKeyRecord::decode_strict(&sending.encode_canonical()).is_ok(), right);
        (receiving.previous_id, receiving.previous_count) = (id, count);
        assert_eq!(ReceivingKeyRecord::decode_strict(&receiving.encode_canonical()).is_ok(), right);
    }
}

// spec: GROUP-172, GROUP-173
#[test]
fn a_stored_sender_key_begins_before_the_last_message_of_a_chain() {
    let mut record = valid(samples::receiving_key());
    record.chain = vec![];
    (record.first, record.next, record.end) = (4095, 4096, 4096);
    record.skipped = [[0; 504].as_slice(), &[0x80], &[0; 7]].concat();
    assert!(ReceivingKeyRecord::decode_strict(&record.encode_canonical()).is_ok());
    record.skipped.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(reason(&record), Reason::Length);
    record.skipped = vec![];
    record.first = 4096;
    assert_eq!(reason(&record), Reason::Range);
}
