//! Nothing secret is printed: neither as hexadecimal digits nor as a list of numbers.

use core::fmt::Debug;

use entrenous_primitives::{
    aead::Cipher,
    ed25519::{PrimeOrderKey, SigningKey},
    hkdf::Prk,
    ml_kem::{DecapsulationKey768, DecapsulationKey1024},
    output::Uncommitted,
    role::Role,
    secret::{Key, SecretBytes},
    x25519::SecretKey,
};

enum Test {}
impl Role for Test {
    const NAME: &'static str = "test";
}

const SECRET: [u8; 32] = [0xab; 32];

#[track_caller]
fn assert_hidden(value: impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}"), format!("{value:x?}")] {
        assert!(shown.contains("[redacted]"), "{shown}");
        assert!(!shown.contains("abab") && !shown.contains("171") && !shown.contains("ab, "), "{shown}");
    }
}

#[test]
fn secrets_are_not_printed() {
    assert_hidden(SecretBytes::from_bytes(&SECRET));
    assert_hidden(Key::<Test>::from_bytes(&SECRET));
    assert_hidden(SecretKey::<Test>::from_bytes(&SECRET));
    assert_hidden(SigningKey::<Test>::from_seed(&SECRET));
    assert_hidden(DecapsulationKey768::<Test>::from_seed(&[0xab; 64]));
    assert_hidden(DecapsulationKey1024::<Test>::from_seed(&[0xab; 64]));
    assert_hidden(Prk::from_key(&SECRET));
    assert_hidden(Cipher::new(&SECRET));
    let mut plaintext = Vec::new();
    let mut output = Uncommitted::new(&mut plaintext);
    output.buffer_for(SECRET.len()).extend_from_slice(&SECRET);
    assert_hidden(output);
}

#[test]
fn public_keys_print_their_role_and_their_bytes() {
    let public = SecretKey::<Test>::from_bytes(&SECRET).public_key();
    let bytes: String = public.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(format!("{public:?}"), format!("x25519::PublicKey<test>({bytes})"));
    let public = SigningKey::<Test>::from_seed(&SECRET).verifying_key();
    let bytes: String = public.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(format!("{public:?}"), format!("ed25519::VerifyingKey<test>({bytes})"));
    let prime_order = PrimeOrderKey::<Test>::from_bytes(public.as_bytes()).unwrap();
    assert_eq!(format!("{prime_order:?}"), format!("{public:?}"));
}
