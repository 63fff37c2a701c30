//! One peer can't make us seal for any number of devices.
#![allow(clippy::expect_used, reason = "test code")]

use core::num::NonZeroU64;

use entrenous::{Address, Client, Env, Error, System};
use entrenous_agreement::{Initiator, Mode, ReceivedBundle, StalePrekeys};
use entrenous_identity::{AccountId, AccountKey, DeviceKeys, DeviceList};
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{Limits, Session};
use entrenous_testkit::{peer::frame, rng::ScriptedRng};
use entrenous_wire::padding::Padding;

#[test]
fn a_seventeenth_device_of_an_account_is_refused() {
    let today = System::new().now().day();
    let mut bob = Client::create(System::new()).expect("randomness");
    let upload = bob.publish_prekeys();
    let rng = &mut ScriptedRng::new(1);
    let account_key = AccountKey::generate(rng).expect("scripted");
    let account = AccountId::of(&account_key.verifying_key());
    // a list of its own for each device, all signed by the account
    let mut outcomes = upload.bundles.iter().take(18).map(|bundle| {
        let device = DeviceKeys::generate(rng).expect("scripted");
        let list = DeviceList::first(&account_key, &[device.entry(&account)], today).expect("one device");
        let bundle = ReceivedBundle::parse(bundle).expect("well-formed");
        let bundle = bundle.verify(&bob.account_id(), today, StalePrekeys::Refuse).expect("genuine");
        let secret = Initiator::new(&device, &list, bundle, NonZeroU64::MIN, Mode::Fresh, today)
            .and_then(|initiator| initiator.agree(rng))
            .expect("current lists");
        let mut session = Session::initiate(secret, Limits::default());
        let mut salt = NonceSalt::new(rng).expect("scripted");
        let mut out = Vec::new();
        session
            .seal(&frame(b"hello"), Padding::default(), &mut salt, rng, &mut out)
            .expect("sealed")
            .commit();
        bob.receive(&Address { account, device: device.public().id }, &out).map(drop)
    });
    for _ in 0..16 {
        assert_eq!(outcomes.next(), Some(Ok(())));
    }
    assert_eq!(outcomes.next(), Some(Err(Error::TooManyDevices)));
    assert_eq!(outcomes.next(), Some(Err(Error::TooManyDevices)));
    drop(outcomes);
    assert_eq!(bob.send(&account, b"to all").map(|outgoing| outgoing.len()), Ok(16));
}
