//! Distributions of sender keys: the session that they come through vouches for them, no signature does.

use entrenous_group::sender_key::{Accepted, ReceivedKey, ReceivingKey};
use entrenous_wire::sender_key::DistributionBody;

use crate::sender_keys::{GROUP, sender};

/// A distribution is read as it is written, and taken only for the group and from the device that it names.
pub(super) fn sender_keys(input: &[u8]) {
    let body = DistributionBody::parse(input);
    if let Ok(body) = &body {
        let written = body.encode().expect("it was read");
        assert_eq!(written.as_slice(), input, "another distribution was read");
    }
    let Ok(received) = ReceivedKey::parse(input) else { return };
    assert!(body.is_ok(), "what is no distribution was taken for one");
    let (group, from, id, roster) = (received.group(), received.sender(), received.id(), received.roster());
    match received.accept(GROUP, sender(1, 1), None) {
        Ok(Accepted::New(key)) => {
            assert_eq!(
                (group, from),
                (GROUP, sender(1, 1)),
                "taken for another group, or from another device"
            );
            let told = (key.group(), key.sender(), key.id(), key.roster());
            assert_eq!(told, (group, from, id, roster), "another key was accepted");
            let record = key.to_record();
            let read = ReceivingKey::from_record(&record).expect("just written");
            assert_eq!(read.to_record(), record, "another key was kept");
            again(input, &key);
        }
        Ok(Accepted::Known) => panic!("nothing was known"),
        Err(_) => {}
    }
}

/// The same distribution again is of a key that is known.
fn again(input: &[u8], key: &ReceivingKey) {
    let received = ReceivedKey::parse(input).expect("read before");
    let accepted = received.accept(GROUP, sender(1, 1), Some(key));
    assert!(matches!(accepted, Ok(Accepted::Known)), "{accepted:?}");
}
