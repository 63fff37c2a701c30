//! Sender keys in hostile stories: messages lost, repeated, reordered, forged by outsiders and by members; senders
//! restored and lying about their keys. What each member must be able to open is told by an independent account.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_testkit::{
    rng::ScriptedRng,
    sender_keys::{Listener, Speaker, seal_by_hand, sender, signing_seed},
    speech::{Stats, Story},
};
use entrenous_wire::group_message::GroupMessage;

fn stories(count: u64, steps: usize) {
    let mut total = Stats::default();
    for seed in 0..count {
        let mut story = Story::new(ScriptedRng::new(seed));
        for _ in 0..steps {
            story.step();
        }
        let Stats { opened, rejected, duplicates, ended, before, rewound, doubled } = story.stats;
        total.opened += opened;
        total.rejected += rejected;
        total.duplicates += duplicates;
        total.ended += ended;
        total.before += before;
        total.rewound += rewound;
        total.doubled += doubled;
    }
    println!("{total:?}");
    let Stats { opened, rejected, duplicates, ended, before, rewound, doubled } = total;
    for seen in [opened, rejected, duplicates, ended, before, rewound, doubled] {
        assert!(seen > 0, "the stories must come to everything: {total:?}");
    }
}

// spec: GROUP-120, GROUP-122, GROUP-123, GROUP-124, GROUP-126, GROUP-141, GROUP-142, GROUP-143, GROUP-147, GROUP-150, GROUP-151, GROUP-155
#[test]
fn hostile_stories_open_what_they_must_and_nothing_else() {
    stories(40, 400);
}

/// `ENTRENOUS_STORIES=5000 cargo test --release -p entrenous-testkit --test scenarios sender_keys::soak -- --ignored --nocapture`
#[test]
#[ignore = "runs for as long as it is told to"]
fn soak() {
    let count = std::env::var("ENTRENOUS_STORIES").ok().and_then(|count| count.parse().ok());
    stories(count.unwrap_or(1000), 600);
}

#[test]
fn what_is_sealed_by_hand_opens() {
    let mut speaker = Speaker::new(sender(1, 1), 1);
    let mut listener = Listener::default();
    listener.accept(&speaker.distribution(), sender(1, 1)).unwrap();
    for n in 0..3_u8 {
        let by_hand = seal_by_hand(&speaker.distribution(), &signing_seed(&speaker.key), &[n]);
        assert_eq!(listener.open(&by_hand).unwrap(), [n]);
        speaker.seal(b"");
    }
}

/// Two sealings from one state under one key and nonce would share their keystream, whatever their contents.
// spec: GROUP-136
#[test]
fn no_message_key_meets_a_nonce_twice() {
    let record = Speaker::new(sender(1, 1), 1).key.to_record().to_vec();
    let mut streams = std::collections::HashSet::new();
    for seed in 0..30 {
        let mut speaker = Speaker::new(sender(1, 1), 100 + seed);
        for _ in 0..5 {
            speaker.restore(&record);
            let sealed = speaker.seal(b"same");
            let message = GroupMessage::parse(&sealed).unwrap();
            // the same signature, roster and frame: equal bodies would be equal keystreams
            for block in message.body().as_chunks::<16>().0 {
                assert!(streams.insert(*block), "a key has met a nonce twice");
            }
        }
    }
}
