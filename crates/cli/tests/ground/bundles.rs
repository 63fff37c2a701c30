//! Bundles: each one-time bundle once, the newest last-resort one as often as asked, and replacement.

use std::collections::BTreeSet;

use entrenous::AccountId;
use entrenous_cli::transport::{Folder, MAX_BUNDLE, MAX_STOCK, Offer, Transport, TransportError};

use crate::scratch::{Scratch, address, names};

fn bundles(range: std::ops::Range<u16>) -> Vec<Vec<u8>> {
    range.map(|n| n.to_be_bytes().to_vec()).collect()
}

fn publish(folder: &Folder, one_time: &[Vec<u8>], last_resort: &[u8], replaces: bool) {
    let offer = Offer { one_time, last_resort: Some(last_resort), replaces };
    folder.publish(&address(1, 7), &offer).expect("published");
}

fn take(folder: &Folder) -> Option<(Vec<u8>, bool)> {
    folder.take(&address(1, 7)).expect("asked").map(|bundle| (bundle.bytes, bundle.one_time))
}

// spec: FOLDER-12, FOLDER-13
#[test]
fn one_time_bundles_are_taken_once_then_comes_the_last_resort() {
    let scratch = Scratch::new("taken_once");
    let folder = scratch.folder();
    assert_eq!(take(&folder), None);
    publish(&folder, &bundles(0..20), b"last", false);
    let mut taken = BTreeSet::new();
    for left in (0..20).rev() {
        let (bytes, one_time) = take(&folder).expect("a bundle");
        assert!(one_time && taken.insert(bytes));
        assert_eq!(folder.stock(&address(1, 7)).expect("counted"), left);
    }
    assert_eq!(taken, BTreeSet::from_iter(bundles(0..20)));
    for _ in 0..3 {
        assert_eq!(take(&folder), Some((b"last".to_vec(), false)));
    }
}

// spec: FOLDER-14
#[test]
fn a_new_last_resort_takes_the_place_of_the_old_and_one_time_bundles_add_up() {
    let scratch = Scratch::new("add_up");
    let folder = scratch.folder();
    publish(&folder, &bundles(0..2), b"old", false);
    publish(&folder, &bundles(2..3), b"new", false);
    assert_eq!(folder.stock(&address(1, 7)).expect("counted"), 3);
    let taken: BTreeSet<Vec<u8>> = (0..3).filter_map(|_| Some(take(&folder)?.0)).collect();
    assert_eq!(taken, BTreeSet::from_iter(bundles(0..3)));
    assert_eq!(take(&folder), Some((b"new".to_vec(), false)));
}

#[test]
fn looking_takes_nothing() {
    let scratch = Scratch::new("looked_at");
    let folder = scratch.folder();
    let look = || folder.look_at(&address(1, 7)).expect("asked");
    assert_eq!((look(), folder.has_place(&address(1, 7).account).expect("asked")), (None, false));
    publish(&folder, &bundles(0..2), b"old", false);
    publish(&folder, &[], b"new", false);
    assert_eq!((look(), look()), (Some(b"new".to_vec()), Some(b"new".to_vec())));
    assert_eq!(folder.stock(&address(1, 7)).expect("counted"), 2);
    assert!(folder.has_place(&address(1, 7).account).expect("asked"));
    assert!(!folder.has_place(&address(2, 7).account).expect("asked"));
}

// spec: FOLDER-14
#[test]
fn a_replacing_offer_leaves_nothing_of_the_old_and_an_empty_one_withdraws() {
    let scratch = Scratch::new("replaced");
    let folder = scratch.folder();
    publish(&folder, &bundles(0..5), b"old", false);
    publish(&folder, &bundles(5..6), b"new", true);
    assert_eq!(take(&folder), Some((vec![0, 5], true)));
    assert_eq!(take(&folder), Some((b"new".to_vec(), false)));

    publish(&folder, &bundles(6..9), b"newer", false);
    folder.publish(&address(1, 7), &Offer { replaces: true, ..Offer::default() }).expect("withdrawn");
    assert_eq!(take(&folder), None);
    assert_eq!(folder.devices(&AccountId::from_bytes([1; 32])).expect("asked"), []);
}

#[test]
fn a_fetch_brings_a_bundle_of_every_device_and_of_no_other_account() {
    let scratch = Scratch::new("devices");
    let folder = scratch.folder();
    for (device, n) in [(3, 3), (1, 1), (2, 2)] {
        let one_time = if device == 2 { vec![] } else { vec![vec![n]] };
        let offer = Offer { one_time: &one_time, last_resort: Some(b"last"), replaces: false };
        folder.publish(&address(1, device), &offer).expect("published");
    }
    folder
        .publish(&address(2, 4), &Offer { last_resort: Some(b"x"), ..Offer::default() })
        .expect("published");
    let fetch = || {
        let bundles = folder.fetch(&AccountId::from_bytes([1; 32])).expect("fetched").into_iter();
        bundles.map(|bundle| (bundle.device.get(), bundle.bytes, bundle.one_time)).collect::<Vec<_>>()
    };
    let last = b"last".to_vec();
    assert_eq!(fetch(), [(1, vec![1], true), (2, last.clone(), false), (3, vec![3], true)]);
    assert_eq!(fetch(), [1, 2, 3].map(|device| (device, last.clone(), false)));
    assert_eq!(folder.fetch(&AccountId::from_bytes([9; 32])).expect("fetched"), []);
}

// spec: FOLDER-6, FOLDER-10
#[test]
fn offers_beyond_the_limits_are_refused_whole() {
    let scratch = Scratch::new("offers");
    let folder = scratch.folder();
    let refused = |offer: &Offer<'_>| folder.publish(&address(1, 7), offer).expect_err("refused");
    let long = vec![0; MAX_BUNDLE + 1];
    let error = refused(&Offer { one_time: &[vec![], long.clone()], ..Offer::default() });
    assert!(matches!(error, TransportError::TooLong { .. }), "{error}");
    let error = refused(&Offer { last_resort: Some(&long), ..Offer::default() });
    assert!(matches!(error, TransportError::TooLong { .. }), "{error}");
    let many = vec![vec![]; MAX_STOCK + 1];
    let error = refused(&Offer { one_time: &many, ..Offer::default() });
    assert!(matches!(error, TransportError::Crowded { .. }), "{error}");
    assert_eq!(names(scratch.path()), [""; 0], "nothing was written");

    folder.publish(&address(1, 7), &Offer { one_time: &many[1..], ..Offer::default() }).expect("fits");
    let error = refused(&Offer { one_time: &bundles(0..1), ..Offer::default() });
    assert!(matches!(error, TransportError::Crowded { .. }), "{error}");
    // what replaces may be as much again
    let offer = Offer { one_time: &many[1..], last_resort: None, replaces: true };
    folder.publish(&address(1, 7), &offer).expect("fits");
    assert_eq!(folder.stock(&address(1, 7)).expect("counted"), MAX_STOCK);
}
