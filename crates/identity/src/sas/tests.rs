use alloc::{format, string::ToString, vec::Vec};

use entrenous_primitives::hash::sha256;
use entrenous_wire::{Strict, proto::SasRecord};

use super::{
    view::{Side, view_hash},
    *,
};
use crate::{
    DeviceList, Transcript,
    testing::{Scripted, account, hex},
};

/// Both sides' views of a session, the lower first.
fn views(transcript: u8) -> [View; 2] {
    let ((_, _, one), (_, _, other)) = (account(1), account(2));
    let t = Transcript([transcript; 32]);
    let mut views = [View::new(&one, &other, &t).unwrap(), View::new(&other, &one, &t).unwrap()];
    views.sort_by_key(|view| view.side == Side::Higher);
    assert_eq!(views.map(|view| view.side), [Side::Lower, Side::Higher]);
    views
}

fn committed(view: View, seed: u64) -> (Committed, SasMessage) {
    match view.begin(&mut Scripted::new(seed)).unwrap() {
        (Sas::Committed(state), message) => (state, message),
        other => panic!("{other:?}"),
    }
}

fn answered(view: View, commit: &SasMessage, seed: u64) -> (Answered, SasMessage) {
    match view.join(commit, &mut Scripted::new(seed)).unwrap() {
        (Sas::Answered(state), message) => (state, message),
        other => panic!("{other:?}"),
    }
}

/// A run with one change to each message on its way; what the two sides see.
fn run(change: impl Fn(SasMessage) -> SasMessage) -> Result<[ShortString; 2], SasError> {
    let [lower, higher] = views(7);
    let (committed, commit) = committed(lower, 10);
    let first = change(commit);
    let (answered, answer) = match higher.join(&first, &mut Scripted::new(11))? {
        (Sas::Answered(state), message) => (state, message),
        other => panic!("{other:?}"),
    };
    let (one, reveal) = committed.receive(&change(answer))?;
    let other = answered.receive(&change(reveal))?;
    Ok([one.short_string(), other.short_string()])
}

// spec: IDENTITY-70, IDENTITY-72, IDENTITY-74
#[test]
fn both_sides_see_the_same() {
    let [one, other] = run(|message| message).unwrap();
    assert_eq!(one, other);
}

// spec: IDENTITY-71
#[test]
fn the_higher_side_begins_by_asking() {
    let [lower, higher] = views(7);
    let (asked, ask) = higher.begin(&mut Scripted::new(1)).unwrap();
    let (committed, commit) = lower.join(&ask, &mut Scripted::new(2)).unwrap();
    assert!(asked.expects(&commit) && !asked.expects(&ask));
    assert!(!committed.expects(&ask));
    let Sas::Asked(asked) = asked else { panic!("{asked:?}") };
    let Sas::Committed(committed) = committed else { panic!("{committed:?}") };
    let (answered, answer) = asked.receive(&commit, &mut Scripted::new(3)).unwrap();
    let (again, _) = views(7)[1].begin(&mut Scripted::new(1)).unwrap();
    let Sas::Asked(again) = again else { panic!("{again:?}") };
    assert_eq!(again.receive(&ask, &mut Scripted::new(3)).err(), Some(SasError::Unexpected));
    let (one, reveal) = committed.receive(&answer).unwrap();
    assert_eq!(one.short_string(), answered.receive(&reveal).unwrap().short_string());
}

// spec: IDENTITY-71, IDENTITY-73
#[test]
fn every_change_on_the_way_ends_the_run_or_shows() {
    for step in [SasStep::Commit, SasStep::Answer, SasStep::Reveal] {
        let changed = |edit: &dyn Fn(&mut SasMessage)| {
            run(|mut message| {
                if message.step == step {
                    edit(&mut message);
                }
                message
            })
        };
        for byte in 0..32 {
            assert_eq!(changed(&|m| m.view[byte] ^= 1).err(), Some(SasError::DifferentView));
            let value = changed(&|m| m.value[byte] ^= 1);
            match step {
                SasStep::Answer => {
                    let [one, other] = value.unwrap();
                    assert_ne!(one.emoji(), other.emoji());
                    assert_ne!(one.decimals(), other.decimals());
                }
                _ => assert_eq!(value.err(), Some(SasError::WrongReveal)),
            }
        }
        for byte in 0..16 {
            assert_eq!(changed(&|m| m.run[byte] ^= 1).err(), Some(SasError::Unexpected));
        }
        for other in [SasStep::Ask, SasStep::Commit, SasStep::Answer, SasStep::Reveal] {
            if other != step {
                assert_eq!(changed(&|m| m.step = other).err(), Some(SasError::Unexpected));
            }
        }
    }
}

// spec: IDENTITY-70
#[test]
fn what_differs_between_the_sides_differs_in_the_view() {
    let ((_, _, a), (_, _, b), (_, _, c)) = (account(1), account(2), account(3));
    let (key, device, _) = account(2);
    let entry = device.entry(&b.account_id());
    let forked = DeviceList::first(&key, &[entry], crate::testing::TODAY.plus(1)).unwrap();
    let (t, u) = (Transcript([1; 32]), Transcript([2; 32]));
    let views = [
        View::new(&a, &b, &t).unwrap(),
        View::new(&a, &b, &u).unwrap(),
        View::new(&a, &c, &t).unwrap(),
        View::new(&c, &b, &t).unwrap(),
        View::new(&a, &forked, &t).unwrap(),
    ];
    for (i, one) in views.iter().enumerate() {
        assert!(views.iter().enumerate().all(|(j, other)| i == j || one.hash != other.hash));
    }
    assert_eq!(View::new(&a, &b, &t).unwrap().hash, View::new(&b, &a, &t).unwrap().hash);
    assert_eq!(View::new(&b, &forked, &t).err(), Some(SasError::OneAccount));
}

/// Somebody between: two sessions, two runs, and the best that can be done without breaking a commitment.
// spec: IDENTITY-72, IDENTITY-73
#[test]
fn who_stands_between_cannot_bring_two_runs_to_one_string() {
    let ((_, _, alice), (_, _, bob), (_, _, mallory)) = (account(1), account(2), account(3));
    let mut matches = 0;
    for round in 0..200_u64 {
        let transcripts = [1, 2].map(|side| Transcript(sha256(&[&[side], &round.to_be_bytes()])));
        let strings: Vec<_> = [&alice, &bob]
            .into_iter()
            .zip(&transcripts)
            .zip([100, 200])
            .map(|((victim, t), seed)| {
                let mut sides =
                    [View::new(victim, &mallory, t).unwrap(), View::new(&mallory, victim, t).unwrap()];
                sides.sort_by_key(|view| view.side == Side::Higher);
                let (lower, commit) = committed(sides[0], seed + round);
                // the answer is repeated from run to run: the same nonce wherever it is Mallory's to choose
                let (_, answer) = answered(sides[1], &commit, 1000 + round);
                lower.receive(&answer).unwrap().0.short_string()
            })
            .collect();
        matches += u32::from(strings[0].emoji() == strings[1].emoji());
        matches += u32::from(strings[0].decimals() == strings[1].decimals());
        // the two views differ, so a commitment of one run is none in the other
        let [one, other] = [&alice, &bob].map(|victim| View::new(victim, &mallory, &transcripts[0]).unwrap());
        let nonce = SecretBytes::from_bytes(&[9; 32]);
        assert_ne!(one.commitment(&[1; 16], &nonce), other.commitment(&[1; 16], &nonce));
    }
    assert_eq!(matches, 0);
}

// spec: IDENTITY-75
#[test]
fn stale_messages_are_not_expected_and_a_run_is_one_try() {
    let [lower, higher] = views(7);
    let (first, commit) = committed(lower, 1);
    let (_, stale) = answered(higher, &commit, 2);
    let (second, _) = committed(lower, 3);
    assert!(first.expects(&stale));
    assert!(!second.expects(&stale));
    let before = Sas::Committed(second).to_record().encode_canonical();
    let Ok(Sas::Committed(second)) = Sas::from_record(&SasRecord::decode_strict(&before).unwrap()) else {
        panic!("a record of Committed")
    };
    assert_eq!(second.receive(&stale).err(), Some(SasError::Unexpected));

    let (comparing, _) = first.receive(&stale).unwrap();
    assert_eq!(comparing.view(), &lower);
    assert!(!Sas::Comparing(comparing).expects(&stale));
}

#[test]
fn a_run_goes_on_from_records_in_every_state() {
    fn stored(state: Sas) -> Sas {
        let bytes = state.to_record().encode_canonical();
        let again = Sas::from_record(&SasRecord::decode_strict(&bytes).unwrap()).unwrap();
        assert_eq!(again.to_record().encode_canonical(), bytes);
        assert!(!format!("{again:?}{:?}", again.to_record()).contains("nonce: ["));
        again
    }
    let [lower, higher] = views(7);
    let (asked, ask) = higher.begin(&mut Scripted::new(1)).unwrap();
    let Sas::Asked(asked) = stored(asked) else { panic!("asked") };
    let (committed, commit) = lower.join(&ask, &mut Scripted::new(2)).unwrap();
    let (answered, answer) = asked.receive(&commit, &mut Scripted::new(3)).unwrap();
    let Sas::Committed(committed) = stored(committed) else { panic!("committed") };
    let (one, reveal) = committed.receive(&answer).unwrap();
    let Sas::Answered(answered) = stored(Sas::Answered(answered)) else { panic!("answered") };
    let other = answered.receive(&reveal).unwrap();
    let (Sas::Comparing(one), Sas::Comparing(other)) =
        (stored(Sas::Comparing(one)), stored(Sas::Comparing(other)))
    else {
        panic!("comparing")
    };
    assert_eq!(one.short_string(), other.short_string());
    assert_eq!(one.decide(true), Verdict::Same);
    assert_eq!(other.decide(false), Verdict::Different);
}

#[test]
fn records_that_are_no_state_are_refused() {
    let [lower, _] = views(7);
    let (state, _) = committed(lower, 1);
    let good = Sas::Committed(state).to_record();
    let bad = |edit: fn(&mut SasRecord)| {
        let mut record = good.clone();
        edit(&mut record);
        Sas::from_record(&record).is_err()
    };
    assert!(bad(|record| record.state = 3));
    assert!(bad(|record| record.state = 5));
    assert!(bad(|record| record.side = 2));
    assert!(bad(|record| record.side = 0));
    assert!(bad(|record| record.secret.clear()));
    assert!(bad(|record| record.run.truncate(15)));
}

/// The worked example of `docs/spec/identity.md`, which another implementation computed.
// spec: IDENTITY-70, IDENTITY-72, IDENTITY-74
#[test]
fn the_specifications_example_holds() {
    let hash = view_hash([&[0x11; 32], &[0x22; 32], &[0x33; 32], &[0x44; 32], &[0x55; 32]]);
    assert_eq!(hex(&hash), "27f39b95c98f2dd4924170d46d2f50a9c6faf41708820231c3015edecb39c051");
    let view = View { hash, side: Side::Lower };
    let (run, lower, higher) = ([0x66; 16], [0x77; 32], [0x88; 32]);
    let commitment = view.commitment(&run, &SecretBytes::from_bytes(&lower));
    assert_eq!(hex(&commitment), "f26d6abd6b8997c29b17b1c9255da9b78025a52e08973c340b1ce5851cb9e61a");
    let transcript = view.transcript(&run, &lower, &higher);
    assert_eq!(
        hex(transcript.as_bytes()),
        "0ed293e37af92c10f3e776d802fc39f0bbd02e86187fac63933b20a72b6f4849"
    );
    let string = Comparing { view, transcript }.short_string();
    assert_eq!(string.to_string(), "7409 7174 7824");
    let names: Vec<_> = string.emoji().iter().map(|emoji| emoji.name).collect();
    assert_eq!(names.join(" "), "banana mushroom cactus compass snail shoe magnet");
}
