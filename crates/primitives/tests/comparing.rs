//! Public keys are what their bytes are, and a signing key gives back the seed that it came from.

use entrenous_primitives::{
    ed25519::{PrimeOrderKey, SigningKey},
    role::Role,
    x25519::SecretKey,
};

enum Test {}
impl Role for Test {
    const NAME: &'static str = "test";
}

#[test]
fn public_keys_are_equal_if_their_bytes_are() {
    let [one, same, other] = [1, 1, 2].map(|byte| SecretKey::<Test>::from_bytes(&[byte; 32]).public_key());
    assert!(one == same && one != other);
    let signing = [1, 1, 2].map(|byte| SigningKey::<Test>::from_seed(&[byte; 32]));
    let [one, same, other] = signing.each_ref().map(SigningKey::verifying_key);
    assert!(one == same && one != other);
    let [one, same, other] = signing.each_ref().map(PrimeOrderKey::of);
    assert!(one == same && one != other);
}

#[test]
fn a_signing_key_is_its_seed() {
    assert_eq!(SigningKey::<Test>::from_seed(&[7; 32]).seed(), &[7; 32]);
}
