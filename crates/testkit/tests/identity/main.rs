//! Nobody is taken for somebody else, and no key is used that is not what it should be: points of small order
//! and second encodings in every place, dates, swapped and borrowed prekeys, quoted lists, unknown key share.
//!
//! Attackers here own valid accounts of their own and sign whatever they like ([`forge`]).
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod bundles;
mod curve_keys;
mod sharing;
mod signing_keys;
mod writers;

use core::num::NonZeroU64;

use entrenous_agreement::{
    AgreementError, Bundle, Initiator, Mode, OneTimePrekey, OwnList, PrekeyId, PrekeySecret, ReceivedBundle,
    ReceivedHandshake, StalePrekeys,
};
use entrenous_identity::{
    AccountId, AccountKey, Day, DeviceKeys, DeviceList, IdentityError, InitiatorSecret, ReceivedDeviceList,
    ResponderSecret, SessionSecret, session_secret::SignedPrekey,
};
use entrenous_ratchet::{Limits, OpenError};
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    forge::{self, Forger, points, record},
    pair::Pair,
    peer::Refused,
    rng::ScriptedRng,
};
use entrenous_wire::{
    Malformed, Reason, Strict,
    device_list::{DeviceEntry, DeviceListBody},
    proto,
};

const REJECTED: Refused = Refused::Open(OpenError::Rejected);

fn is_malformed<T>(result: Result<T, AgreementError>) -> bool {
    let error = result.err();
    matches!(
        error,
        Some(AgreementError::Malformed(_) | AgreementError::Identity(IdentityError::Malformed(_)))
    )
}

fn verify(bundle: &proto::Bundle, expected: &TestDevice) -> Result<Bundle, AgreementError> {
    verify_on(bundle, expected, TODAY, StalePrekeys::Refuse)
}

fn verify_on(
    bundle: &proto::Bundle,
    expected: &TestDevice,
    today: Day,
    stale: StalePrekeys,
) -> Result<Bundle, AgreementError> {
    ReceivedBundle::parse(&bundle.encode_canonical())?.verify(&expected.account_id(), today, stale)
}

fn bundle_of(device: &TestDevice) -> proto::Bundle {
    proto::Bundle::decode_strict(&device.bundle_bytes(true)).expect("own bundle")
}

fn initiate(device: &TestDevice, bundle: Bundle) -> Result<InitiatorSecret, AgreementError> {
    Initiator::new(&device.keys, &device.list, bundle, NonZeroU64::MIN, Mode::Fresh, TODAY)?
        .agree(&mut ScriptedRng::new(1))
}

type Edit<'a> = Box<dyn Fn(&mut proto::Handshake) + 'a>;

fn edited(handshake: &[u8], edit: impl FnOnce(&mut proto::Handshake)) -> Vec<u8> {
    let mut handshake = proto::Handshake::decode_strict(handshake).expect("own handshake");
    edit(&mut handshake);
    handshake.encode_canonical()
}

fn received_entry(device: &TestDevice) -> DeviceEntry {
    device.keys.entry(&device.account_id())
}
