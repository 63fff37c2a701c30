//! A linking whose messages somebody edits.

use entrenous_identity::{
    DeviceList,
    linking::{LinkCode, Offered, Requesting},
};
use rand::RngExt;

use super::edit::edit;
use crate::{
    device::{TODAY, TestDevice, start_of},
    rng::ScriptedRng,
};

/// An edited message is refused at each step; what is not edited goes through, and both show the same.
pub(super) fn linking(input: &[u8]) {
    let mut rng = ScriptedRng::scripted(input);
    let [home, new] = [1, 2].map(TestDevice::new);
    let (account, now, keys) = (home.account_id(), start_of(TODAY), &mut ScriptedRng::new(9));
    let offered = Offered::new(account, now, keys).expect("scripted");
    let code = LinkCode::parse(&offered.code().text()).expect("shown");
    let prekeys = (new.signed.publish(&account, &new.keys), new.one_time.publish(&account, &new.keys));
    let (requesting, request) =
        Requesting::new(code, &new.keys, prekeys.0, prekeys.1, now, keys).expect("well-formed");
    let mut others = vec![request.clone()];
    let mut edited = |bytes: &[u8], others: &[Vec<u8>]| {
        let edited = edit(&mut rng, bytes, others);
        (rng.random() && edited != bytes).then_some(edited)
    };
    if let Some(bytes) = edited(&request, &others) {
        assert!(offered.receive(&bytes, now, keys).is_err(), "an edited request was taken");
    }
    let (requested, reveal) = offered.receive(&request, now, keys).expect("for this code");
    others.push(reveal.clone());
    if let Some(bytes) = edited(&reveal, &others) {
        assert!(requesting.receive(&bytes, now).is_err(), "an edited answer was taken");
    }
    let comparing = requesting.receive(&reveal, now).expect("for this request");
    assert_eq!(requested.short_string(), comparing.short_string());
    let entries = [home.keys.entry(&account), requested.entry().clone()];
    let list = DeviceList::first(&home.account, &entries, TODAY).expect("two devices");
    let (_, approval) = requested.approve(&list, now, keys).expect("listed");
    others.push(approval.clone());
    if let Some(bytes) = edited(&approval, &others) {
        assert!(comparing.receive(&bytes, now).is_err(), "an edited approval was taken");
    }
    comparing.receive(&approval, now).expect("for this comparison");
}
