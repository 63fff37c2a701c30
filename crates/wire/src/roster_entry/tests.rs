use alloc::{string::String, vec, vec::Vec};

use super::*;
use crate::proto::ListLink;

fn list() -> SignedDeviceList {
    SignedDeviceList { body: vec![5; 377], signature: vec![6; 64] }
}

fn body(change: ChangeBody) -> RosterBody {
    let genesis = matches!(change, ChangeBody::Genesis { .. });
    RosterBody {
        group_id: if genesis { [0; 32] } else { [1; 32] },
        author: [2; 32],
        device: 3,
        list_epoch: 4,
        seq: 5,
        sent_ms: 6,
        under: if genesis { [0; 32] } else { [7; 32] },
        prevs: if genesis { vec![] } else { vec![[8; 32], [9; 32]] },
        change,
    }
}

fn changes() -> Vec<ChangeBody> {
    let proof = ListProof { links: vec![ListLink { parents: vec![1; 32], body_hash: vec![2; 32] }] };
    vec![
        ChangeBody::Genesis { random: [1; 32], list: list() },
        ChangeBody::Set { target: [9; 32], role: Role::Admin },
        ChangeBody::Leave,
        ChangeBody::Devices { list: list(), proof: None },
        ChangeBody::Devices { list: list(), proof: Some(proof) },
        ChangeBody::Rename { title: String::from("Été") },
        ChangeBody::Rename { title: String::new() },
        ChangeBody::Rekey,
    ]
}

// spec: GROUP-1
#[test]
fn parts_stand_where_the_layout_says() {
    let bytes = body(ChangeBody::Set { target: [9; 32], role: Role::Member }).encode().unwrap();
    let expected = [
        &[1][..],
        &[1; 32],
        &[1],
        &[2; 32],
        &[0, 0, 0, 3],
        &[0, 0, 0, 4],
        &[0, 0, 0, 5],
        &[0, 0, 0, 0, 0, 6],
        &[7; 32],
        &[2],
        &[8; 32],
        &[9; 32],
        &[9; 32],
        &[1],
    ]
    .concat();
    assert_eq!(bytes, expected);
}

#[test]
fn every_change_comes_back() {
    let roles = [Role::None, Role::Member, Role::Admin];
    let roles = roles.map(|role| ChangeBody::Set { target: [9; 32], role });
    for change in changes().into_iter().chain(roles) {
        let body = body(change);
        assert_eq!(RosterBody::parse(&body.encode().unwrap()), Ok(body));
    }
}

// spec: GROUP-2, GROUP-7
#[test]
fn every_cut_and_every_addition_is_refused_or_another_title() {
    for change in changes() {
        let rename = matches!(change, ChangeBody::Rename { .. });
        let bytes = body(change).encode().unwrap();
        for len in 0..bytes.len() {
            // a title goes to the end: a shorter one is another entry, whose signature will not hold
            assert!(RosterBody::parse(&bytes[..len]).is_err() || rename, "cut to {len}");
        }
        assert!(rename || RosterBody::parse(&[&bytes[..], &[0]].concat()).is_err());
    }
}

// spec: GROUP-1
#[test]
fn what_parses_is_in_its_one_encoding() {
    for change in changes() {
        let bytes = body(change).encode().unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                if let Ok(body) = RosterBody::parse(&changed) {
                    assert_eq!(body.encode().as_ref(), Ok(&changed));
                }
            }
        }
    }
}

// spec: GROUP-3
#[test]
fn unknown_versions_and_kinds_are_told() {
    let bytes = body(ChangeBody::Rekey).encode().unwrap();
    let mut version = bytes.clone();
    version[0] = 2;
    assert_eq!(RosterBody::parse(&version), Err(Malformed::new("roster entry version", Reason::Version)));
    let mut kind = bytes;
    kind[33] = 6;
    assert_eq!(RosterBody::parse(&kind), Err(Malformed::new("roster entry kind", Reason::Type)));
}

fn refused(change: impl FnOnce(&mut RosterBody)) -> Malformed {
    let mut body = body(ChangeBody::Rekey);
    change(&mut body);
    body.encode().unwrap_err()
}

// spec: GROUP-4, GROUP-5, GROUP-6
#[test]
fn fields_out_of_their_range_are_refused() {
    let malformed = Malformed::new;
    assert_eq!(refused(|b| b.device = 0), malformed("roster entry device", Reason::Range));
    assert_eq!(refused(|b| b.list_epoch = 0), malformed("roster entry list epoch", Reason::Range));
    assert_eq!(refused(|b| b.seq = 0), malformed("roster entry seq", Reason::Range));
    assert_eq!(refused(|b| b.sent_ms = 1 << 48), malformed("roster entry sent ms", Reason::Range));
    assert_eq!(refused(|b| b.prevs.reverse()), malformed("roster entry prevs", Reason::Order));
    assert_eq!(refused(|b| b.prevs = vec![[1; 32]; 2]), malformed("roster entry prevs", Reason::Order));
    let prevs = |count: u8| (0..count).map(|n| [n; 32]).collect();
    let mut most = body(ChangeBody::Rekey);
    most.prevs = prevs(16);
    let bytes = most.encode().unwrap();
    let longer = |count: u8| [&bytes[..116], &[count], &bytes[117..], &[0; 64]].concat();
    for count in [17, 18] {
        let error = malformed("roster entry prev count", Reason::Count);
        assert_eq!(RosterBody::parse(&longer(count)), Err(error));
    }
    assert_eq!(RosterBody::parse(&bytes), Ok(most));
    assert_eq!(refused(|b| b.prevs = prevs(17)), malformed("roster entry prev count", Reason::Count));
    assert_eq!(refused(|b| b.prevs = vec![]), malformed("roster entry prev count", Reason::Inconsistent));
    assert_eq!(refused(|b| b.group_id = [0; 32]), malformed("roster entry group id", Reason::Inconsistent));
    assert_eq!(refused(|b| b.under = [0; 32]), malformed("roster entry under", Reason::Inconsistent));
    let mut genesis = body(ChangeBody::Genesis { random: [1; 32], list: list() });
    genesis.prevs = vec![[1; 32]];
    assert_eq!(genesis.encode(), Err(malformed("roster entry prev count", Reason::Inconsistent)));
}

// spec: GROUP-8, GROUP-9
#[test]
fn titles_and_roles_are_bounded() {
    let rename = |title: &str| body(ChangeBody::Rename { title: title.into() }).encode();
    assert!(rename(&"a".repeat(256)).is_ok());
    assert_eq!(rename(&"a".repeat(257)), Err(Malformed::new("rename title", Reason::Length)));
    for control in ["\n", "\u{7f}", "\u{85}"] {
        assert_eq!(rename(control), Err(Malformed::new("rename title", Reason::Invalid)));
    }
    let mut bytes = rename("a").unwrap();
    *bytes.last_mut().unwrap() = 0xff;
    assert_eq!(RosterBody::parse(&bytes), Err(Malformed::new("rename title", Reason::Invalid)));

    let set = |target| body(ChangeBody::Set { target, role: Role::Member });
    assert_eq!(set([2; 32]).encode(), Err(Malformed::new("roster entry target", Reason::Inconsistent)));
    let mut bytes = set([9; 32]).encode().unwrap();
    *bytes.last_mut().unwrap() = 3;
    assert_eq!(RosterBody::parse(&bytes), Err(Malformed::new("set role", Reason::Range)));
}

// spec: GROUP-2
#[test]
fn entries_are_taken_off_a_batch_one_by_one() {
    let one = EntryBytes { body: &[1, 2, 3], signature: &[4; 64] };
    let bytes = one.encode().unwrap();
    assert_eq!(bytes, [&[0, 0, 0, 3, 1, 2, 3][..], &[4; 64]].concat());
    assert_eq!(EntryBytes::parse(&bytes), Ok(one));
    let batch = [&bytes[..], &bytes].concat();
    assert_eq!(EntryBytes::split(&batch), Ok((one, &bytes[..])));
    assert_eq!(EntryBytes::parse(&batch), Err(Malformed::new("roster entry", Reason::Trailing)));
    for len in 0..bytes.len() {
        assert!(EntryBytes::split(&bytes[..len]).is_err());
    }
}

// spec: GROUP-2
#[test]
fn a_body_is_no_longer_than_the_longest() {
    assert_eq!((FIXED_LEN, MAX_BODY, MAX_ENTRY), (117, 29_055, 29_123));
    let too_long = Malformed::new("roster entry body length", Reason::Length);
    let longest = EntryBytes { body: &[0; MAX_BODY], signature: &[4; 64] }.encode().unwrap();
    assert!(EntryBytes::parse(&longest).is_ok());
    let longer = u32::try_from(MAX_BODY + 1).unwrap().to_be_bytes();
    assert_eq!(EntryBytes::split(&longer), Err(too_long));
    // what is wrong first: the length, and then the version
    assert_eq!(RosterBody::parse(&[0; MAX_BODY]).unwrap_err().reason, Reason::Version);
    for more in [1, 2] {
        assert_eq!(RosterBody::parse(&vec![0; MAX_BODY + more]), Err(too_long));
    }
}

// spec: GROUP-7
#[test]
fn a_proof_is_no_longer_than_the_longest() {
    let link = ListLink { parents: [[1; 32], [2; 32]].concat(), body_hash: vec![2; 32] };
    let longest = ListProof { links: vec![link; 256] };
    assert_eq!(longest.encode_canonical().len(), ListProof::MAX_LEN);
    let longest = body(ChangeBody::Devices { list: list(), proof: Some(longest) });
    let bytes = longest.encode().unwrap();
    assert_eq!(RosterBody::parse(&bytes), Ok(longest));
    let at = bytes.len() - ListProof::MAX_LEN - 4;
    for more in [1, 2] {
        let len = u32::try_from(ListProof::MAX_LEN + more).unwrap();
        let longer = [&bytes[..at], &len.to_be_bytes(), &[0; 9]].concat();
        let error = Malformed::new("devices proof length", Reason::Length);
        assert_eq!(RosterBody::parse(&longer), Err(error));
    }
}
