//! Who lost access: what still opens of its keys, and for how long.

use super::*;

fn close(receiver: &mut Receiver, parked: Option<u32>, now: Timestamp) {
    let changes = receiver.key.close(parked, now);
    assert!(changes.put.is_empty() && changes.lost_keys == 0);
    store(&mut receiver.records, &changes);
    receiver.reload();
}

/// Opens a message and drops it, as is done with one whose roster isn't known.
fn park(receiver: &mut Receiver, bytes: &[u8]) -> u32 {
    let message = GroupMessage::parse(bytes).unwrap();
    let mut out = Vec::new();
    let record = receiver.block(0);
    let opened = receiver.key.locate(&message).unwrap().open(record, &mut out).unwrap();
    opened.verified().iteration
}

// spec: GROUP-150
#[test]
fn a_message_that_was_parked_before_the_removal_opens_after_it() {
    let mut author = Author::new(70);
    let mut receiver = author.receiver();
    let messages = author.seal_many(10);
    receiver.open(&messages[2]).unwrap();
    let parked = park(&mut receiver, &messages[7]);
    close(&mut receiver, Some(parked), NOW);
    for at in [8, 9] {
        assert_eq!(receiver.open(&messages[at]), Err(OpenError::Ended));
    }
    for at in [7, 0, 1, 3, 4, 5, 6] {
        assert_eq!(receiver.open(&messages[at]).unwrap(), messages_content(at));
    }
    assert!(receiver.key.is_spent() && receiver.key.chain.is_none());
}

fn messages_content(at: usize) -> [u8; 4] {
    u32::try_from(at).unwrap().to_be_bytes()
}

// spec: GROUP-150
#[test]
fn closing_again_changes_nothing() {
    let mut author = Author::new(71);
    let mut receiver = author.receiver();
    let messages = author.seal_many(10);
    receiver.open(&messages[2]).unwrap();
    close(&mut receiver, Some(4), Timestamp::from_ms(5));
    let closed = receiver.state();
    // what is parked afterwards was sent by somebody who is out
    for parked in [None, Some(9), Some(u32::MAX)] {
        close(&mut receiver, parked, NOW);
        assert_eq!(receiver.state(), closed);
    }
    receiver.open(&messages[4]).unwrap();
    assert_eq!(receiver.open(&messages[5]), Err(OpenError::Ended));
    // nor does closing make a key longer that another came in the place of
    let mut superseded = author.receiver().copy();
    author.renew(72);
    superseded.key.end_with(&author.receiver().key).unwrap();
    close(&mut superseded, Some(u32::MAX), NOW);
    assert!(superseded.key.is_closed() && superseded.key.is_spent());
}

// spec: GROUP-152
#[test]
fn of_the_gaps_that_a_removed_sender_has_left_the_newest_alone_open() {
    let mut author = Author::new(73);
    let messages = author.seal_many(1000);
    for parked in [false, true] {
        let mut receiver = Author::new(73).receiver();
        if parked {
            close(&mut receiver, Some(999), NOW);
            receiver.open(&messages[999]).unwrap();
        } else {
            receiver.open(&messages[999]).unwrap();
            assert_eq!((receiver.key.skipped_keys(), receiver.records.len()), (999, 16));
            close(&mut receiver, None, NOW);
        }
        // 1000 is in the 16th block: the last five begin with 11 · 64
        assert_eq!((receiver.key.skipped_keys(), receiver.records.len()), (999 - 704, 5));
        for at in [0, 640, 703] {
            assert_eq!(receiver.open(&messages[at]), Err(OpenError::Duplicate));
        }
        for at in [704, 705, 998] {
            assert_eq!(receiver.open(&messages[at]).unwrap(), messages_content(at));
        }
    }
    // what is parked fits, whatever its numbers are, when there are 256 of it
    for last in 256..400 {
        let mut receiver = Author::new(73).receiver();
        close(&mut receiver, Some(last), NOW);
        assert!(receiver.key.next() <= last - 255, "{last}");
    }
}

// spec: GROUP-153
#[test]
fn after_a_week_nothing_of_a_closed_key_opens() {
    let at = |ms: i64| Timestamp::from_ms(10_000_000_000_u64.checked_add_signed(ms).unwrap());
    let week = 7 * 86_400_000;
    let mut author = Author::new(74);
    let messages = author.seal_many(200);
    let mut receiver = Author::new(74).receiver();
    receiver.open(&messages[150]).unwrap();
    let open = receiver.copy();
    close(&mut receiver, Some(160), at(0));
    for (ms, over) in [(0, false), (week - 1, false), (1 - week, false), (week, true), (-week, true)] {
        let mut receiver = receiver.copy();
        let changes = receiver.key.expire(at(ms));
        store(&mut receiver.records, &changes);
        receiver.reload();
        assert_eq!(receiver.key.is_spent(), over, "{ms}");
        assert_eq!(receiver.records.is_empty(), over);
        assert_eq!(receiver.open(&messages[149]).is_ok(), !over);
        assert_eq!(receiver.open(&messages[155]).is_ok(), !over);
        assert!(receiver.key.is_closed());
    }
    // a key that isn't closed has no such time
    let mut other = open.copy();
    assert!(other.key.expire(Timestamp::MAX).remove.is_empty());
    assert_eq!(other.state(), open.state());
    // and one that is closed at the beginning of time is closed
    close(&mut other, None, Timestamp::from_ms(0));
    assert!(other.key.is_closed());
}
