//! Bundles and first messages, as they are and edited.

use entrenous_agreement::{ReceivedBundle, ReceivedHandshake, StalePrekeys};
use entrenous_ratchet::Limits;

use super::edit::edit;
use crate::{
    device::{TODAY, TestDevice},
    pair::Pair,
    rng::ScriptedRng,
};

/// Bytes are refused; an edited bundle begins no session, and an edited first message opens none.
pub(super) fn handshakes(input: &[u8]) {
    let Some((kind, script)) = input.split_first() else { return };
    let mut rng = ScriptedRng::scripted(script);
    match kind % 4 {
        0 => {
            let me = TestDevice::new(1);
            let received = ReceivedHandshake::parse(script);
            assert!(
                received.and_then(|it| it.verify(me.keys.public().id, TODAY)).is_err(),
                "nobody signed that"
            );
        }
        1 => {
            refuse_bundle(&TestDevice::new(1), script);
        }
        2 => {
            let device = TestDevice::new(1);
            let others = [TestDevice::new(2).bundle_bytes(true)];
            refuse_bundle(&device, &edit(&mut rng, &device.bundle_bytes(true), &others));
        }
        _ => {
            let mut pair = Pair::new(1, Limits::default());
            let first: Vec<Vec<u8>> =
                (0..2_u8).map(|n| pair.alice.seal(&[n]).expect("not exhausted")).collect();
            let edited = edit(&mut rng, &first[0], &first);
            if !first.contains(&edited) {
                pair.refuse(&edited);
            }
            assert_eq!(pair.accept(&first[1]).expect("genuine").content, Ok(vec![1]));
        }
    }
}

/// A directory may hand the bundle out, with or without a one-time prekey, and nothing else for it.
fn refuse_bundle(of: &TestDevice, bytes: &[u8]) {
    if [true, false].map(|one_time| of.bundle_bytes(one_time)).iter().any(|genuine| genuine == bytes) {
        return;
    }
    if let Ok(received) = ReceivedBundle::parse(bytes) {
        let verified = received.verify(&of.account_id(), TODAY, StalePrekeys::Refuse);
        assert!(verified.is_err(), "nobody signed that");
    }
}
