//! A signed prekey that begins sessions alone is followed by another before it is used up.
#![allow(clippy::unwrap_used, reason = "test code")]

use entrenous_identity::HandshakeHash;

use super::{LAST_RESORT_BLOCK, MAX_LAST_RESORT, ROTATE_AT_LAST_RESORT};
use crate::{
    Error,
    engine::{Name, Step, Stop, sealed::Run},
    record::{LastResort, Prekeys},
    testing::create,
};

/// Lets the newest signed prekey have begun so many sessions alone.
struct Use(u32);

impl Run for Use {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let mut prekeys: Prekeys = step.expect(Name::Prekeys)?;
        let newest = prekeys.signed.first_mut().unwrap();
        newest.last_resort = self.0;
        let id = newest.id;
        step.want((0..=self.0 / LAST_RESORT_BLOCK).map(|block| Name::LastResort(id, block)))?;
        for block in 0..=self.0 / LAST_RESORT_BLOCK {
            let hashes = (block * LAST_RESORT_BLOCK..self.0).take(LAST_RESORT_BLOCK as usize).map(|number| {
                let mut hash = [0; 32];
                hash[..4].copy_from_slice(&number.to_be_bytes());
                HandshakeHash(hash)
            });
            step.note(Name::LastResort(id, block))?;
            step.put(Name::LastResort(id, block), &LastResort(hashes.collect()));
        }
        step.put(Name::Prekeys, &prekeys);
        Ok(())
    }
}

struct Read;

impl Run for Read {
    type Output = Prekeys;

    fn run(&self, step: &mut Step<'_>) -> Result<Prekeys, Stop> {
        step.expect(Name::Prekeys)
    }
}

// spec: AGREE-20
#[test]
fn a_full_record_begins_nothing_more_and_forgets_nothing() {
    let (mut alice, mut bob) = (create().client, create().client);
    let upload = alice.publish_prekeys().unwrap().unwrap();
    alice.perform(&Use(MAX_LAST_RESORT)).unwrap();
    bob.start_session(&alice.account_id(), &upload.last_resort).unwrap();
    let first = bob.send(&alice.account_id(), b"hello").unwrap().outgoing.remove(0);
    assert_eq!(alice.receive(&bob.address(), &first.bytes).err(), Some(Error::KeyUnavailable));
    assert_eq!(alice.perform(&Read).unwrap().signed[0].last_resort, MAX_LAST_RESORT);
}

// spec: CLIENT-12
#[test]
fn the_handshake_that_uses_half_of_it_brings_the_next() {
    for (used, rotates) in [(ROTATE_AT_LAST_RESORT - 2, false), (ROTATE_AT_LAST_RESORT - 1, true)] {
        let (mut alice, mut bob) = (create().client, create().client);
        let upload = alice.publish_prekeys().unwrap().unwrap();
        alice.prekeys_published(upload.number).unwrap();
        alice.perform(&Use(used)).unwrap();
        bob.start_session(&alice.account_id(), &upload.last_resort).unwrap();
        let first = bob.send(&alice.account_id(), b"hello").unwrap().outgoing.remove(0);
        alice.receive(&bob.address(), &first.bytes).unwrap();
        let prekeys = alice.perform(&Read).unwrap();
        assert_eq!(prekeys.signed.len(), 1 + usize::from(rotates));
        assert_eq!(prekeys.upload != prekeys.uploaded, rotates, "the directory is to get it");
        assert_eq!(alice.maintain().unwrap().to_publish, rotates);
    }
}
