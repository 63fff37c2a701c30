//! Random valid messages of every kind.

use alloc::{vec, vec::Vec};

use proptest::{collection, option, prelude::*};

use crate::{
    device_list::MIN_BODY_LEN,
    proto::{
        AccountKeyRecord, Bundle, Control, Delivered, DeviceKeysRecord, DeviceListPush, GroupControl,
        Handshake, KnownList, KnownListsRecord, LinkDeviceRecord, LinkPrimaryRecord, LinkRequest,
        LinkedContact, LinkedContacts, ListLink, ListProof, PostQuantum, Prekey, PrekeyRecord, Receiving,
        ReceivingKeyRecord, SasRecord, Sending, SendingKeyRecord, SessionRecord, SignedDeviceList,
        SkippedIndex, SkippedKeysRecord, TrustDecision,
    },
};

/// Bytes of one length: random at both ends, which is where mistakes would show.
fn bytes(len: usize) -> impl Strategy<Value = Vec<u8>> {
    any::<[u8; 8]>().prop_map(move |ends| ends.into_iter().cycle().take(len).collect())
}

/// Numbers of every size up to `max`, zero included.
fn up_to(max: u64) -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64_u32).prop_map(move |(value, bits)| (value >> bits).min(max))
}

fn up_to_u32(max: u32) -> impl Strategy<Value = u32> {
    up_to(max.into()).prop_map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}

fn id() -> impl Strategy<Value = u32> {
    1..=u32::MAX
}

prop_compose! {
    pub(super) fn signed_device_list()(
        body in prop_oneof![Just(MIN_BODY_LEN), Just(643), Just(2239)].prop_flat_map(bytes),
        signature in bytes(64),
    ) -> SignedDeviceList {
        SignedDeviceList { body, signature }
    }
}

prop_compose! {
    pub(super) fn prekey()(
        id in id(),
        (curve, kem, signature) in (bytes(32), bytes(1568), bytes(64)),
        issued_day in up_to_u32(u32::MAX - 1),
    ) -> Prekey {
        Prekey { id, curve, kem, issued_day, expires_day: issued_day + 1, signature }
    }
}

prop_compose! {
    pub(super) fn bundle()(
        device_list in signed_device_list(),
        device_id in id(),
        signed_prekey in prekey(),
        one_time_prekey in option::of(prekey()),
    ) -> Bundle {
        Bundle {
            device_list: Some(device_list),
            device_id,
            signed_prekey: Some(signed_prekey),
            one_time_prekey,
        }
    }
}

prop_compose! {
    pub(super) fn handshake()(
        device_list in signed_device_list(),
        (device_id, recipient_device_id, signed_prekey_id) in (id(), id(), id()),
        one_time_prekey_id in option::of(id()),
        (signing_key, agreement_key, ephemeral) in (bytes(32), bytes(32), bytes(32)),
        kem_ciphertext in bytes(1568),
        (counter, recipient_list_epoch) in (up_to(u64::MAX - 1), 1..=u32::MAX),
        (mode, secret_id) in (1..=3_u32, bytes(8)),
    ) -> Handshake {
        Handshake {
            device_list: Some(device_list),
            device_id,
            signing_key,
            agreement_key,
            recipient_device_id,
            recipient_list_epoch,
            counter: counter + 1,
            mode,
            continued_secret_id: if mode == 2 { secret_id } else { vec![] },
            ephemeral,
            signed_prekey_id,
            one_time_prekey_id,
            kem_ciphertext,
        }
    }
}

prop_compose! {
    pub(super) fn prekey_record()(
        (kind, id) in (1..=2_u32, id()),
        (curve, kem_seed) in (bytes(32), bytes(64)),
        issued_day in up_to_u32(u32::MAX - 1),
    ) -> PrekeyRecord {
        PrekeyRecord { version: 1, kind, id, curve, kem_seed, issued_day, expires_day: issued_day + 1 }
    }
}

prop_compose! {
    pub(super) fn skipped_keys()(
        (chain, block) in (up_to(u64::MAX), up_to_u32(16_383)),
        present in 1..=u64::MAX,
    )(
        keys in bytes(32 * usize::try_from(present.count_ones()).unwrap_or(0)),
        (chain, block, present) in Just((chain, block, present)),
    ) -> SkippedKeysRecord {
        SkippedKeysRecord { version: 1, chain, block, present, keys }
    }
}

fn skipped() -> impl Strategy<Value = Vec<SkippedIndex>> {
    collection::btree_map((up_to_u32(32), up_to_u32(16_383)), 1..=u64::MAX, 0..5).prop_map(|blocks| {
        blocks.into_iter().map(|((place, block), present)| SkippedIndex { place, block, present }).collect()
    })
}

prop_compose! {
    fn sending()(
        (ratchet_secret, ratchet_key, chain, header) in (bytes(32), bytes(32), bytes(32), bytes(32)),
        (previous, epoch_step) in (up_to_u32(1 << 20), 0..=2_u32),
    ) -> Sending {
        Sending { ratchet_secret, ratchet_key, chain, header, previous, epoch_step }
    }
}

prop_compose! {
    fn receiving()(
        (header, ratchet_key, chain) in (bytes(32), bytes(32), bytes(32)),
        (previous, next) in (up_to_u32(1 << 20), up_to_u32(1 << 20)),
        (flags, id) in (up_to_u32(255), up_to(u64::MAX)),
    ) -> Receiving {
        Receiving { header, ratchet_key, previous, flags, chain, next, id }
    }
}

prop_compose! {
    fn post_quantum()(
        (stage, messages, ended_day) in (1..=6_u32, up_to_u32(u32::MAX), up_to_u32(u32::MAX)),
        seed in prop_oneof![Just(0_usize), Just(64)].prop_flat_map(bytes),
        blob in prop_oneof![Just(0_usize), Just(1120), Just(1184)].prop_flat_map(bytes),
        (next_shard, peer_has) in (up_to_u32(254), 0..=1_u32),
        shards in (0..=36_usize).prop_flat_map(|count| bytes(33 * count)),
        secret in prop_oneof![Just(0_usize), Just(32)].prop_flat_map(bytes),
        (made_ms, mixed_made_ms) in (up_to((1 << 48) - 1), up_to((1 << 48) - 1)),
        (sent_shards, mixed_epoch) in (up_to_u32(74), up_to(u64::MAX)),
    ) -> PostQuantum {
        PostQuantum {
            stage,
            messages,
            ended_day,
            seed,
            blob,
            next_shard,
            peer_has,
            shards,
            secret,
            made_ms,
            sent_shards,
            mixed_epoch,
            mixed_made_ms,
        }
    }
}

prop_compose! {
    pub(super) fn session()(
        role in 1..=2_u32,
        (transcript, handshake_hash) in (bytes(32), bytes(32)),
        handshake in (0..300_usize).prop_flat_map(bytes),
        (root, next_header_send, next_header_receive) in (bytes(32), bytes(32), bytes(32)),
        (sent, epoch) in (up_to_u32(1 << 20), 1..=u64::MAX),
        (sending, peer_ratchet_key) in (option::of(sending()), bytes(32)),
        receiving in option::of(receiving()),
        old in (0..=32_usize).prop_flat_map(|count| bytes(40 * count)),
        skipped in skipped(),
        resumption in (0..=4_usize).prop_flat_map(|count| bytes(32 * count)),
        opened in (0..=16_usize).prop_flat_map(|count| bytes(12 * count)),
        post_quantum in post_quantum(),
    ) -> SessionRecord {
        SessionRecord {
            version: 1,
            role,
            transcript,
            handshake_hash,
            handshake,
            root,
            next_header_send,
            next_header_receive,
            sent,
            epoch,
            peer_ratchet_key: if sending.is_some() { vec![] } else { peer_ratchet_key },
            sending,
            receiving,
            old,
            skipped,
            resumption,
            opened,
            post_quantum: Some(post_quantum),
        }
    }
}

prop_compose! {
    fn list_link()(
        parents in collection::btree_set(any::<[u8; 32]>(), 1..=2),
        body_hash in bytes(32),
    ) -> ListLink {
        ListLink { parents: parents.into_iter().flatten().collect(), body_hash }
    }
}

prop_compose! {
    fn device_list_push()(
        list in signed_device_list(),
        proof in option::of(list_proof()),
    ) -> DeviceListPush {
        DeviceListPush { list: Some(list), proof }
    }
}

pub(super) fn control() -> impl Strategy<Value = Control> {
    prop_oneof![
        device_list_push().prop_map(|list| Control { device_list: Some(list), ..Control::default() }),
        (id(), bytes(32)).prop_map(|(epoch, hash)| Control {
            want_device_list: Some(KnownList { epoch, hash }),
            ..Control::default()
        }),
        (1..=256_usize)
            .prop_flat_map(|count| bytes(16 * count))
            .prop_map(|ids| Control { delivered: Some(Delivered { ids }), ..Control::default() }),
        collection::vec(linked_contact(), 0..3).prop_map(|contacts| Control {
            linked_contacts: Some(LinkedContacts { contacts }),
            ..Control::default()
        }),
        bytes(82).prop_map(|short_string| Control { short_string, ..Control::default() }),
        trust_decision().prop_map(|trust| Control { trust: Some(trust), ..Control::default() }),
        group_control().prop_map(|group| Control { group: Some(group), ..Control::default() }),
    ]
}

fn group_control() -> impl Strategy<Value = GroupControl> {
    let said = prop_oneof![
        (1..500_usize)
            .prop_flat_map(bytes)
            .prop_map(|entries| GroupControl { entries, ..Default::default() }),
        (bytes(32), 0..5_usize).prop_map(|(wanted, heads)| GroupControl {
            heads: wanted.repeat(heads),
            wanted,
            ..Default::default()
        }),
        bytes(64).prop_map(|heads| GroupControl { heads, ..Default::default() }),
        bytes(221).prop_map(|sender_key| GroupControl { sender_key, ..Default::default() }),
        bytes(16).prop_map(|accepted_key| GroupControl { accepted_key, ..Default::default() }),
        Just(GroupControl { wants_key: 1, ..Default::default() }),
        Just(GroupControl { joined: 1, ..Default::default() }),
    ];
    (bytes(32), said).prop_map(|(group, said)| GroupControl { group, ..said })
}

prop_compose! {
    fn linked_contact()(
        lists in collection::vec(signed_device_list(), 1..=4),
        trust in 1..=3_u32,
        (proof, proved_ms) in (1..=3_u32, up_to((1 << 48) - 1)),
        replaces in bytes(32),
    ) -> LinkedContact {
        let verified = trust == 2;
        LinkedContact {
            lists,
            trust,
            proof: if verified { proof } else { 0 },
            proved_ms: if verified { proved_ms } else { 0 },
            replaces: if trust == 3 { replaces } else { vec![] },
        }
    }
}

prop_compose! {
    fn trust_decision()(
        account in bytes(32),
        (trust, proof, replaces) in prop_oneof![
            Just((1, 0, vec![])),
            (1..=3_u32).prop_map(|proof| (2, proof, vec![])),
            bytes(32).prop_map(|replaces| (3, 0, replaces)),
        ],
        decided_ms in 1..1_u64 << 48,
    ) -> TrustDecision {
        TrustDecision { account, trust, proof, decided_ms, replaces }
    }
}

pub(super) fn list_proof() -> impl Strategy<Value = ListProof> {
    collection::vec(list_link(), 1..6).prop_map(|links| ListProof { links })
}

prop_compose! {
    pub(super) fn known_lists()(
        branches in collection::vec(signed_device_list(), 1..=4),
        evidence in collection::vec(signed_device_list(), 2),
        proven in option::of(signed_device_list()),
    ) -> KnownListsRecord {
        let evidence = if branches.len() == 1 { vec![] } else { evidence };
        KnownListsRecord { version: 1, branches, evidence, proven }
    }
}

prop_compose! {
    pub(super) fn device_keys()(
        device_id in id(),
        (signing_seed, signing_key) in (bytes(32), bytes(32)),
        (agreement_secret, agreement_key) in (bytes(32), bytes(32)),
    ) -> DeviceKeysRecord {
        DeviceKeysRecord { version: 1, device_id, signing_seed, signing_key, agreement_secret, agreement_key }
    }
}

prop_compose! {
    pub(super) fn account_key()(seed in bytes(32), key in bytes(32)) -> AccountKeyRecord {
        AccountKeyRecord { version: 1, seed, key }
    }
}

prop_compose! {
    pub(super) fn link_request()(
        (entry, nonce, signature) in (bytes(133), bytes(32), bytes(64)),
        (signed_prekey, one_time_prekey) in (prekey(), prekey()),
    ) -> LinkRequest {
        LinkRequest {
            entry,
            nonce,
            signed_prekey: Some(signed_prekey),
            one_time_prekey: Some(one_time_prekey),
            signature,
        }
    }
}

prop_compose! {
    pub(super) fn link_primary()(
        (code, nonce) in (bytes(112), bytes(32)),
        expires in up_to((1 << 48) - 2),
        request in (0..3615_usize).prop_flat_map(bytes),
    ) -> LinkPrimaryRecord {
        LinkPrimaryRecord { version: 1, code, nonce, expires: expires + 1, request }
    }
}

prop_compose! {
    pub(super) fn link_device()(
        code in bytes(112),
        request in (1..3615_usize).prop_flat_map(bytes),
        expires in up_to((1 << 48) - 1),
        nonce in bytes(32),
    ) -> LinkDeviceRecord {
        let nonce = if expires == 0 { nonce } else { vec![] };
        LinkDeviceRecord { version: 1, code, request, expires, nonce }
    }
}

prop_compose! {
    pub(super) fn sas()(
        (state, any_side) in (1..=4_u32, 1..=2_u32),
        (view, run, secret, commitment) in (bytes(32), bytes(16), bytes(32), bytes(32)),
    ) -> SasRecord {
        SasRecord {
            version: 1,
            state,
            view,
            side: match state { 1 | 3 => 2, 2 => 1, _ => any_side },
            run: if matches!(state, 2 | 3) { run } else { vec![] },
            secret: if state == 1 { vec![] } else { secret },
            commitment: if state == 3 { commitment } else { vec![] },
        }
    }
}

prop_compose! {
    pub(super) fn sending_key()(
        (group, account, roster) in (bytes(32), bytes(32), bytes(32)),
        device in id(),
        (signing_seed, commitment, chain) in (bytes(32), bytes(32), bytes(32)),
        iteration in up_to_u32(4096),
        created_ms in up_to((1 << 48) - 1),
        previous in option::of((1..=u8::MAX, up_to_u32(4096))),
    ) -> SendingKeyRecord {
        let (previous_id, previous_count) = previous_key(previous);
        SendingKeyRecord {
            version: 1,
            group,
            account,
            device,
            roster,
            signing_seed,
            commitment,
            chain,
            iteration,
            created_ms,
            previous_id,
            previous_count,
        }
    }
}

fn previous_key(previous: Option<(u8, u32)>) -> (Vec<u8>, u32) {
    previous.map_or_else(Default::default, |(id, count)| (vec![id; 16], count))
}

prop_compose! {
    pub(super) fn receiving_key()(
        (group, account, roster) in (bytes(32), bytes(32), bytes(32)),
        device in id(),
        (signing_key, commitment, chain) in (bytes(32), bytes(32), bytes(32)),
        mut numbers in [up_to_u32(4095), up_to_u32(4096), up_to_u32(4096)],
        closed_ms in prop_oneof![Just(0), 1..1_u64 << 48],
        previous in option::of((1..=u8::MAX, up_to_u32(4096))),
        skipped in collection::vec(0..4096_u32, 0..20),
    ) -> ReceivingKeyRecord {
        numbers.sort_unstable();
        let [first, next, end] = numbers;
        let first = first.min(4095);
        let (previous_id, previous_count) = previous_key(previous);
        let mut blocks = vec![0_u64; 64];
        for n in skipped.into_iter().filter(|n| (first..next).contains(n)) {
            blocks[n as usize / 64] |= 1 << (n % 64);
        }
        let used = blocks.iter().rposition(|block| *block != 0).map_or(0, |last| last + 1);
        ReceivingKeyRecord {
            version: 1,
            group,
            account,
            device,
            roster,
            signing_key,
            commitment,
            chain: if next == end { vec![] } else { chain },
            first,
            next,
            end,
            closed_ms,
            previous_id,
            previous_count,
            skipped: blocks[..used].iter().flat_map(|block| block.to_be_bytes()).collect(),
        }
    }
}
