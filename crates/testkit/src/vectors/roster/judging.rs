//! What the rosters say of messages and keys.

use std::collections::BTreeMap;

use entrenous_group::{
    EntryHash, RosterId,
    sender_key::{Judged, KeyId, KeyJudged, KnownRosters, Rejection, Sender, VerifiedMessage},
};
use entrenous_identity::{AccountId, DeviceId};
use serde_json::{Value, json};

use super::{Group, bytes_of, collect, four, hashes};
use crate::{
    oracle::roster::{Act, Hash},
    roster::{Made, PEOPLE, Story},
    vectors::{Fields, Vectors, hex},
};

pub(super) fn vectors(vectors: &mut Vectors) {
    let removed = |who: usize| {
        let mut group = four();
        let before = group.last();
        group.write(0, Act::Set(PEOPLE[who].id, 0));
        (group, before)
    };
    let unchanged = four();
    let now = Some(unchanged.last());
    message(vectors, "nothing has changed", "GROUP-164", &unchanged, [now, now], 2, false);
    message(vectors, "its roster is not known", "GROUP-160", &unchanged, [now, None], 2, false);
    message(vectors, "its key's roster is not known", "GROUP-160", &unchanged, [None, now], 2, false);
    message(vectors, "of somebody who never was in", "GROUP-161", &unchanged, [now, now], 4, false);
    let (group, before) = removed(3);
    let (old, new) = (Some(before), Some(group.last()));
    message(vectors, "an old key after somebody was removed", "GROUP-162", &group, [old, new], 2, false);
    message(vectors, "a new key after somebody was removed", "GROUP-164", &group, [new, new], 2, false);
    message(vectors, "readable by a removed member", "GROUP-164", &group, [old, old], 2, false);
    message(vectors, "of the removed member", "GROUP-163", &group, [old, old], 3, false);
    message(vectors, "of the removed member, its key closed", "GROUP-164", &group, [old, old], 3, true);
    message(vectors, "of the removed member, in the new roster", "GROUP-161", &group, [old, new], 3, false);
    let mut rekeyed = four();
    let before = rekeyed.last();
    rekeyed.write(0, Act::Rekey);
    let (old, new) = (Some(before), Some(rekeyed.last()));
    message(vectors, "an old key after a rekey", "GROUP-162", &rekeyed, [old, new], 2, false);
    message(vectors, "sealed before a rekey", "GROUP-164", &rekeyed, [old, old], 2, false);

    let (mut again, before) = removed(2);
    again.write(0, Act::Set(PEOPLE[2].id, 1));
    let (junior, of_junior) = {
        let mut group = four();
        let before = group.last();
        group.write(1, Act::Set(PEOPLE[0].id, 0));
        (group, before)
    };
    key(vectors, "of a member", &unchanged, now, 2);
    key(vectors, "of a roster that is not known", &unchanged, None, 2);
    key(vectors, "of somebody who is not in its roster", &unchanged, now, 4);
    key(vectors, "of a removed member", &group, Some(group.made[group.made.len() - 2].plain.hash), 3);
    key(vectors, "from before a removal, of who was added again", &again, Some(before), 2);
    key(vectors, "made since, of who was added again", &again, Some(again.last()), 2);
    key(vectors, "of a senior whom a junior has removed, without effect", &junior, Some(of_junior), 0);

    // in by a junior, out with the junior, and in again by somebody else
    let mut fallen = four();
    let fork = fallen.last();
    fallen.write(1, Act::Devices(PEOPLE[4].pins[0].plain.clone()));
    fallen.write(1, Act::Set(PEOPLE[4].id, 1));
    let before = fallen.last();
    let mut undoing = fallen.draft(0, Act::Set(PEOPLE[1].id, 0));
    undoing.prevs = vec![fork];
    fallen.add(undoing.sign());
    fallen.let_in(4, 1);
    key(vectors, "of who fell with the admin that had let him in, and is in again", &fallen, Some(before), 4);
    let mut lowered = four();
    let before = lowered.last();
    lowered.write(1, Act::Leave);
    lowered.write(0, Act::Set(PEOPLE[1].id, 1));
    key(vectors, "of an admin who went, and is in again as a member", &lowered, Some(before), 1);

    for seed in 400..408 {
        of_story(vectors, seed);
    }
}

/// Of half a story and all of it: whether access was lost in between, and what becomes of everybody's key.
fn of_story(vectors: &mut Vectors, seed: u64) {
    let story = Story::new(seed, 40);
    let known = collect(&story.made).roster;
    let is_known = |made: &&Made| known.entry(&EntryHash::from_bytes(made.plain.hash)).is_some();
    let group =
        Group { made: story.made.iter().filter(is_known).cloned().collect(), grants: BTreeMap::new() };
    let half = collect(&group.made[..group.made.len() / 2]).roster;
    let roster = collect(&group.made).roster;
    let (before, after) = (half.heads(), roster.heads());
    let loss = roster.loss_between(before, after).expect("known");
    let name = format!("half of a story, and all of it, {}", seed - 399);
    let inputs =
        json!({ "entries": bytes_of(&group.made), "before": hashes(before), "after": hashes(after) });
    let outputs = json!({ "lost": !loss.is_empty() });
    vectors.accepted(
        "lost access",
        &name,
        &["GROUP-45"],
        Fields { inputs, intermediate: Value::Null, outputs },
    );

    let mut rosters = KnownRosters::new(&roster);
    let id = rosters.learn(before.to_vec());
    for (account, member) in half.state().members() {
        let Some(device) = member.device_ids().next() else { continue };
        let (verdict, why) = of_key(rosters.key(Sender { account: *account, device }, id).judge());
        let inputs = json!({
            "entries": bytes_of(&group.made),
            "account": hex(account.as_bytes()),
            "device": device.get(),
            "key_roster": hashes(before),
        });
        let outputs = json!({ "verdict": verdict, "reason": why });
        let fields = Fields { inputs, intermediate: Value::Null, outputs };
        vectors.accepted("judge key", &name, &["GROUP-165"], fields);
    }
}

fn of_key(judged: KeyJudged) -> (&'static str, Option<&'static str>) {
    match judged {
        KeyJudged::Accept => ("accept", None),
        KeyJudged::Park => ("park", None),
        KeyJudged::Reject(rejection) => ("reject", Some(reason(rejection))),
    }
}

/// The rosters of a group, and the ids of those whose heads are given; of an unknown one any id.
fn known<'r>(
    roster: &'r entrenous_group::roster::Roster,
    heads: &[Option<Hash>],
) -> (KnownRosters<'r>, Vec<RosterId>) {
    let mut known = KnownRosters::new(roster);
    let id = |head: &Option<Hash>| match head {
        Some(head) => known.learn(vec![EntryHash::from_bytes(*head)]),
        None => RosterId::from_bytes([1; 32]),
    };
    let ids = heads.iter().map(id).collect();
    (known, ids)
}

fn sender(who: usize) -> Sender {
    let device = DeviceId::new(PEOPLE[who].devices[0].public().id.get()).expect("its own");
    Sender { account: AccountId::from_bytes(PEOPLE[who].id), device }
}

fn inputs(group: &Group, who: usize) -> Value {
    let Sender { account, device } = sender(who);
    json!({ "entries": bytes_of(&group.made), "account": hex(account.as_bytes()), "device": device.get() })
}

fn told(heads: Option<Hash>) -> Value {
    heads.map_or(Value::Null, |head| json!(hashes(&[EntryHash::from_bytes(head)])))
}

fn reason(rejection: Rejection) -> &'static str {
    match rejection {
        Rejection::NotInRoster => "NotInRoster",
        Rejection::LostAccess => "LostAccess",
        Rejection::KeyNotRenewed => "KeyNotRenewed",
    }
}

/// A message whose signature holds, of the first device of `who`; `rosters` are that of its key and the one that it names.
fn message(
    vectors: &mut Vectors,
    name: &str,
    rule: &str,
    group: &Group,
    rosters: [Option<Hash>; 2],
    who: usize,
    key_closed: bool,
) {
    let roster = collect(&group.made).roster;
    let (mut known, ids) = known(&roster, &rosters);
    let message = VerifiedMessage {
        sender: sender(who),
        key: KeyId([1; 16]),
        key_roster: ids[0],
        roster: ids[1],
        iteration: 0,
        key_closed,
    };
    let (verdict, why, readable, closed) = match known.message(&message).judge() {
        Judged::Accept { readable_by_removed, key_closed } => {
            ("accept", None, readable_by_removed, key_closed)
        }
        Judged::Park => ("park", None, false, false),
        Judged::Reject(rejection) => ("reject", Some(reason(rejection)), false, false),
    };
    let mut inputs = inputs(group, who);
    inputs["key_roster"] = told(rosters[0]);
    inputs["named_roster"] = told(rosters[1]);
    inputs["key_closed"] = key_closed.into();
    let outputs =
        json!({ "verdict": verdict, "reason": why, "readable_by_removed": readable, "key_closed": closed });
    vectors.accepted("judge message", name, &[rule], Fields { inputs, intermediate: Value::Null, outputs });
}

/// A distribution of the first device of `who`, whose key was made under a roster.
fn key(vectors: &mut Vectors, name: &str, group: &Group, made_under: Option<Hash>, who: usize) {
    let roster = collect(&group.made).roster;
    let (mut known, ids) = known(&roster, &[made_under]);
    let (verdict, why) = of_key(known.key(sender(who), ids[0]).judge());
    let mut inputs = inputs(group, who);
    inputs["key_roster"] = told(made_under);
    let outputs = json!({ "verdict": verdict, "reason": why });
    vectors.accepted(
        "judge key",
        name,
        &["GROUP-165"],
        Fields { inputs, intermediate: Value::Null, outputs },
    );
}
