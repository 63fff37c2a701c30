//! Distributions and messages that are refused.

use entrenous_group::{
    GroupId,
    sender_key::{ReceivedKey, ReceivingKey, Sender},
};
use entrenous_wire::{Strict, group_message::GroupMessage, proto::SendingKeyRecord};
use serde_json::json;

use super::{by_hand::ByHand, from, of_distribution, of_opening, open, ours, receiver};
use crate::{
    device::{TODAY, start_of},
    forge::points,
    peer::frame,
    sender_keys::{GROUP, ROSTER, Speaker, sender},
    vectors::{Vectors, hex},
};

/// The signing key of the seed 01^32 and the point of order 2, added up.
const OF_MIXED_ORDER: [u8; 32] = [
    0x63, 0x77, 0x1c, 0x22, 0x8b, 0xf6, 0x0e, 0x6a, 0x02, 0xad, 0x24, 0xd2, 0xc3, 0x45, 0xa2, 0x8d, 0x35,
    0x98, 0xf6, 0x40, 0xe2, 0x6b, 0xed, 0xe4, 0x0c, 0x8b, 0x77, 0xfe, 0x4b, 0xf0, 0x90, 0xa3,
];

pub(super) fn distributions(vectors: &mut Vectors) {
    let mut speaker = Speaker::new(ours(), 321);
    let genuine = speaker.distribution();
    for _ in 0..3 {
        speaker.seal(b"sealed");
    }
    let later = speaker.distribution();
    let mut refuse =
        |name: &str, rule: &str, bytes: &[u8], group: GroupId, sender: Sender, known: Option<&[u8]>| {
            let known_key = known.map(|bytes| ReceivingKey::from_record(bytes).expect("its own"));
            let received = ReceivedKey::parse(bytes)
                .and_then(|key| key.accept(group, sender, known_key.as_ref()).map(drop));
            let error = of_distribution(received.expect_err(name));
            let inputs = json!({
                "group": hex(group.as_bytes()),
                "from": from(sender),
                "distribution": hex(bytes),
                "known": known.map(hex),
            });
            vectors.refused("accept distribution", name, &[rule], "distribution", error, inputs);
        };
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = genuine.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    let other_group = GroupId::from_bytes([1; 32]);
    refuse("for another group", "GROUP-120", &genuine, other_group, ours(), None);
    refuse("of another account", "GROUP-120", &genuine, GROUP, sender(8, 1), None);
    refuse("of another device", "GROUP-120", &genuine, GROUP, sender(9, 2), None);
    refuse("a byte less", "GROUP-110", &genuine[..220], GROUP, ours(), None);
    refuse("a byte more", "GROUP-110", &[&genuine[..], &[0]].concat(), GROUP, ours(), None);
    refuse("version 2", "GROUP-111", &changed(0, &[2]), GROUP, ours(), None);
    refuse("device 0", "GROUP-112", &changed(65, &[0; 4]), GROUP, ours(), None);
    refuse("iteration 4,096", "GROUP-113", &changed(197, &4_096_u32.to_be_bytes()), GROUP, ours(), None);
    refuse("no previous key, and a count", "GROUP-114", &changed(217, &[0, 0, 0, 1]), GROUP, ours(), None);
    let previous = [&[1; 16][..], &4_097_u32.to_be_bytes()].concat();
    refuse("a previous key of 4,097 messages", "GROUP-114", &changed(201, &previous), GROUP, ours(), None);
    refuse(
        "a signing key of small order",
        "GROUP-121",
        &changed(101, &points::small(1)),
        GROUP,
        ours(),
        None,
    );
    refuse("a chain key that isn't committed to", "GROUP-122", &changed(165, &[1]), GROUP, ours(), None);
    let known = receiver(&later, GROUP).to_record().to_vec();
    refuse("an earlier iteration of a known key", "GROUP-123", &genuine, GROUP, ours(), Some(&known));
    let mut other_chain = later.clone();
    other_chain[165] ^= 1;
    let known_from_the_start = receiver(&genuine, GROUP).to_record().to_vec();
    refuse(
        "another chain of a known key",
        "GROUP-124",
        &other_chain,
        GROUP,
        ours(),
        Some(&known_from_the_start),
    );
    let mut other_previous = later;
    other_previous[201..217].fill(1);
    refuse(
        "another previous key of a known key",
        "GROUP-127",
        &other_previous,
        GROUP,
        ours(),
        Some(&known_from_the_start),
    );
}

pub(super) fn messages(vectors: &mut Vectors) {
    let speaker = Speaker::new(ours(), 331);
    let record = SendingKeyRecord::decode_strict(&speaker.key.to_record()).expect("its own");
    let key = receiver(&speaker.distribution(), GROUP);
    let state = key.to_record().to_vec();
    let refuse = |vectors: &mut Vectors, name: &str, rules: &[&str], state: &[u8], message: &[u8]| {
        let mut key = ReceivingKey::from_record(state).expect("its own");
        let (layer, error) = match GroupMessage::parse(message) {
            Err(_) => ("envelope", "Malformed"),
            Ok(_) => ("sender key", of_opening(open(&mut key, message).expect_err(name))),
        };
        assert_eq!(&key.to_record()[..], state, "{name}");
        let inputs = json!({ "record": hex(state), "skipped": [], "message": hex(message) });
        vectors.refused("open", name, rules, layer, error, inputs);
    };
    let genuine = || ByHand::of(&record, *ROSTER.as_bytes(), [5; 8], &frame(b"genuine"));
    let (message, _) = genuine().seal();
    assert_eq!(
        open(&mut ReceivingKey::from_record(&state).expect("its own"), &message),
        Ok(b"genuine".to_vec())
    );

    type Change = fn(&mut ByHand);
    let changes: [(&str, &[&str], Change); 9] = [
        ("signed by another member who has the chain", &["GROUP-147"], |it| it.signing_seed = [1; 32]),
        ("signed for another group", &["GROUP-135", "GROUP-147"], |it| it.group = vec![1; 32]),
        ("signed for another roster", &["GROUP-135", "GROUP-147"], |it| it.rosters[1] = [1; 32]),
        ("another roster than is signed", &["GROUP-135", "GROUP-147"], |it| it.rosters[0] = [1; 32]),
        ("signed as another account", &["GROUP-135", "GROUP-147"], |it| it.account = vec![1; 32]),
        ("signed as another device", &["GROUP-135", "GROUP-147"], |it| it.device = 2),
        ("signed for another iteration", &["GROUP-135", "GROUP-147"], |it| it.iterations[1] = 1),
        ("moved to the next iteration", &["GROUP-135", "GROUP-147"], |it| it.iterations[0] = 1),
        ("of another key", &["GROUP-140"], |it| it.key_id = [1; 16]),
    ];
    for (name, rules, change) in changes {
        let mut by_hand = genuine();
        change(&mut by_hand);
        refuse(vectors, name, rules, &state, &by_hand.seal().0);
    }
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = message.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    let end = message.len() - 1;
    refuse(vectors, "a changed body", &["GROUP-146"], &state, &changed(100, &[message[100] ^ 1]));
    refuse(vectors, "a changed tag", &["GROUP-146"], &state, &changed(end, &[message[end] ^ 1]));
    refuse(vectors, "another nonce salt", &["GROUP-134", "GROUP-146"], &state, &changed(22, &[6]));
    refuse(vectors, "another iteration", &["GROUP-134", "GROUP-146"], &state, &changed(21, &[1]));
    refuse(vectors, "version 2", &["GROUP-131"], &state, &changed(0, &[2]));
    refuse(vectors, "iteration 4,096", &["GROUP-132"], &state, &changed(18, &4_096_u32.to_be_bytes()));
    refuse(vectors, "a frame of 15 bytes", &["GROUP-133"], &state, &message[..142 + 15]);

    let mut read = ReceivingKey::from_record(&state).expect("its own");
    open(&mut read, &message).expect("genuine");
    refuse(vectors, "opened before", &["GROUP-143"], &read.to_record(), &message);
    let (other, _) = ByHand::of(&record, *ROSTER.as_bytes(), [6; 8], &frame(b"another")).seal();
    refuse(
        vectors,
        "another message with a number that was opened",
        &["GROUP-143"],
        &read.to_record(),
        &other,
    );
    let mut later = Speaker::new(ours(), 331);
    later.seal(b"one");
    let from_later = receiver(&later.distribution(), GROUP).to_record().to_vec();
    refuse(vectors, "sealed before the key was given", &["GROUP-141"], &from_later, &message);
    let mut closed = ReceivingKey::from_record(&state).expect("its own");
    drop(closed.close(None, start_of(TODAY)));
    refuse(vectors, "of a key that is closed", &["GROUP-142", "GROUP-150"], &closed.to_record(), &message);
    let second = ByHand { iterations: [1; 2], ..genuine() }.seal().0;
    let mut skipping = ReceivingKey::from_record(&state).expect("its own");
    open(&mut skipping, &second).expect("genuine");
    let name = "the record of its skipped key is lost";
    refuse(vectors, name, &["GROUP-145"], &skipping.to_record(), &message);
}

/// A distribution of a key whose signatures could be judged in two ways.
pub(super) fn of_mixed_order(vectors: &mut Vectors) {
    let genuine = Speaker::new(ours(), 345).distribution();
    let mut bytes = genuine;
    bytes[101..133].copy_from_slice(&OF_MIXED_ORDER);
    let received = ReceivedKey::parse(&bytes).and_then(|key| key.accept(GROUP, ours(), None).map(drop));
    let error = of_distribution(received.expect_err("of mixed order"));
    let inputs = json!({ "group": hex(GROUP.as_bytes()), "from": from(ours()), "distribution": hex(&bytes), "known": null });
    let rules = ["GROUP-121", "PRIM-12"];
    vectors.refused(
        "accept distribution",
        "a signing key of mixed order",
        &rules,
        "distribution",
        error,
        inputs,
    );
}
