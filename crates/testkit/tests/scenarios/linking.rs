//! What a linking leaves behind is what a session is built on: the primary begins one with the new device, over the
//! prekeys that came with the request.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_agreement::{AgreementError, ReceivedBundle, StalePrekeys};
use entrenous_identity::{
    AccountId, DeviceList, Timestamp,
    linking::{LinkCode, Linked, Offered, Requesting},
};
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    rng::ScriptedRng,
};
use entrenous_wire::{Strict, proto::Bundle};

/// Links `new` to `home`'s account with prekeys signed for `prekeys_of`.
fn link(home: &TestDevice, new: &TestDevice, prekeys_of: &AccountId) -> (Bundle, Linked) {
    let (account, rng) = (home.account_id(), &mut ScriptedRng::new(9));
    let now = Timestamp::from_ms(u64::from(TODAY.0) * 86_400_000);
    let offered = Offered::new(account, now, rng).expect("scripted");
    let code = LinkCode::parse(&offered.code().text()).expect("shown");
    let prekeys = (new.signed.publish(prekeys_of, &new.keys), new.one_time.publish(prekeys_of, &new.keys));
    let (requesting, request) =
        Requesting::new(code, &new.keys, prekeys.0, prekeys.1, now, rng).expect("well-formed");
    let (requested, reveal) = offered.receive(&request, now, rng).expect("for this code");
    let comparing = requesting.receive(&reveal, now).expect("for this request");
    assert_eq!(requested.short_string(), comparing.short_string());

    let entries = [home.keys.entry(&account), requested.entry().clone()];
    let list = DeviceList::first(&home.account, &entries, TODAY).expect("two devices");
    let (approved, approval) = requested.approve(&list, now, rng).expect("listed");
    (approved.bundle, comparing.receive(&approval, now).expect("listed"))
}

#[test]
fn the_primary_begins_a_session_with_the_linked_device() {
    let [home, new] = [1, 2].map(TestDevice::new);
    let (bundle, linked) = link(&home, &new, &home.account_id());
    let received = ReceivedBundle::parse(&bundle.encode_canonical()).unwrap();
    let verified = received.verify(&home.account_id(), TODAY, StalePrekeys::Refuse).unwrap();
    assert_eq!(verified.device(), new.keys.public());
    assert_eq!(verified.device_list().hash(), linked.list.hash());
    assert!(verified.has_one_time_prekey());
}

#[test]
fn prekeys_signed_for_another_account_are_found_before_a_session_is_built() {
    let [home, new] = [1, 2].map(TestDevice::new);
    let (bundle, _) = link(&home, &new, &new.account_id());
    let received = ReceivedBundle::parse(&bundle.encode_canonical()).unwrap();
    let refused = received.verify(&home.account_id(), TODAY, StalePrekeys::Refuse);
    assert_eq!(refused.err(), Some(AgreementError::BadPrekeySignature));
}
