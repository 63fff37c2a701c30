//! What is genuine among all that a fuzzer begins with: no fuzzer signs, so that a target which is told that a signature holds
//! of anything else has been told of a forgery.

use std::sync::LazyLock;

use entrenous_wire::Strict;

use crate::{
    device::TestDevice,
    roster::{PEOPLE, Story},
};

/// Signed device lists: of an account with one device, and of people whose devices come and go.
pub(super) static LISTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let device = TestDevice::new(1);
    let pins = PEOPLE.iter().flat_map(|person| &person.pins).map(|pin| &pin.list);
    [&device.list].into_iter().chain(pins).map(|list| list.signed().encode_canonical()).collect()
});

/// Entries of a group, its genesis first.
pub(super) static ENTRIES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| Story::new(3, 12).made.into_iter().map(|made| made.bytes).collect());
