//! States go on from what was stored, and show nothing of it.

use super::*;

#[test]
fn every_state_goes_on_from_its_record() {
    let Linking { home, requested, requesting, comparing, list, boxes, .. } = linking();
    let string = requested.short_string();

    let stored = |state: Primary| {
        let bytes = state.to_record().encode_canonical();
        let again = Primary::from_record(&LinkPrimaryRecord::decode_strict(&bytes).unwrap()).unwrap();
        assert_eq!(again.to_record().encode_canonical(), bytes);
        again
    };
    let Primary::Offered(offered) = stored(Primary::Offered(home.offered)) else { panic!("offered") };
    assert_eq!(offered.expires(), at(5));
    assert!(offered.receive(&boxes[0], at(2), &mut rng()).is_ok());
    let Primary::Requested(requested) = stored(Primary::Requested(requested)) else { panic!("requested") };
    assert_eq!(requested.short_string(), string);
    let (_, approval) = requested.approve(&list, at(3), &mut rng()).unwrap();

    let stored = |state: NewDevice| {
        let bytes = state.to_record().encode_canonical();
        let again = NewDevice::from_record(&LinkDeviceRecord::decode_strict(&bytes).unwrap()).unwrap();
        assert_eq!(again.to_record().encode_canonical(), bytes);
        again
    };
    let NewDevice::Requesting(requesting) = stored(NewDevice::Requesting(requesting)) else {
        panic!("requesting")
    };
    assert_eq!(requesting.receive(&boxes[1], at(2)).unwrap().short_string(), string);
    let NewDevice::Comparing(comparing) = stored(NewDevice::Comparing(comparing)) else {
        panic!("comparing")
    };
    assert_eq!(comparing.short_string(), string);
    assert!(comparing.receive(&approval, at(3)).is_ok());
}

#[test]
fn records_that_contradict_themselves_are_refused() {
    let Linking { home, requested, comparing, .. } = linking();
    let mut record = Primary::Offered(home.offered).to_record();
    record.nonce[0] ^= 1;
    assert_eq!(Primary::from_record(&record).err(), Some(LinkError::WrongNonce));
    let mut record = Primary::Requested(requested).to_record();
    record.code[16] ^= 1;
    assert!(matches!(Primary::from_record(&record).err(), Some(LinkError::Identity(_))));
    let mut record = NewDevice::Comparing(comparing).to_record();
    record.nonce[31] ^= 1;
    assert_eq!(NewDevice::from_record(&record).err(), Some(LinkError::WrongNonce));
}

#[test]
fn debug_shows_no_secret() {
    let Linking { home, requested, requesting, comparing, .. } = linking();
    let account = home.offered.code().account();
    let redacted = format!("LinkCode({account}, [redacted])");
    let id = comparing.device().id;
    assert_eq!(format!("{:?}", home.offered), format!("Offered({redacted})"));
    assert_eq!(format!("{requested:?}"), format!("Requested({redacted}, {id})"));
    assert_eq!(format!("{requesting:?}"), format!("Requesting({redacted}, {id})"));
    assert_eq!(format!("{comparing:?}"), format!("Comparing({redacted}, {id})"));
    let (primary, device) =
        (Primary::Requested(requested).to_record(), NewDevice::Comparing(comparing).to_record());
    assert_eq!(format!("{primary:?} {device:?}"), "LinkPrimaryRecord { .. } LinkDeviceRecord { .. }");
}
