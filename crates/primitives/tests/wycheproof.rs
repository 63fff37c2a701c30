//! Every Wycheproof vector of the primitives used, through our types.
//!
//! Each test asserts how many vectors ended in which way, so that none is skipped unseen. A vector is
//! unrepresentable when our types can't hold its input (another length of key, nonce, tag or output).

use entrenous_primitives::{
    aead::{Cipher, NotAuthentic, open_once, seal_once},
    ed25519::VerifyingKey,
    hkdf::Prk,
    ml_kem::{
        Ciphertext768, Ciphertext1024, DecapsulationKey768, DecapsulationKey1024, EncapsulationKey768,
        EncapsulationKey1024, InvalidKey,
    },
    role::Role,
    x25519::{NonCanonical, NonContributory, PublicKey, SecretKey},
};
use wycheproof::{
    TestResult::{Acceptable, Invalid, Valid},
    aead, eddsa, hkdf, mac, mlkem, xdh,
};

enum Vector {}
impl Role for Vector {
    const NAME: &'static str = "vector";
}

// spec: PRIM-4, PRIM-5
#[test]
fn x25519() {
    let (mut agreed, mut zero, mut non_canonical) = (0, 0, 0);
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let has = |flag| test.flags.contains(&flag);
        let public = PublicKey::<Vector>::from_bytes(test.public_key[..].try_into().unwrap());
        let secret = SecretKey::<Vector>::from_bytes(test.private_key[..].try_into().unwrap());
        let result = public.map(|public| secret.agree(&public));
        let id = test.tc_id;
        // RFC 7748 lets an implementation mask the top bit, reduce, and ignore zero results: "acceptable". We
        // refuse. Vectors 74 to 83 are second encodings of small-order points, flagged as the latter only.
        if has(xdh::TestFlag::NonCanonicalPublic) || (74..=83).contains(&id) {
            assert_eq!((result.err(), test.result), (Some(NonCanonical), Acceptable), "{id}");
            non_canonical += 1;
        } else if has(xdh::TestFlag::ZeroSharedSecret) {
            assert_eq!((result.unwrap().err(), test.result), (Some(NonContributory), Acceptable), "{id}");
            zero += 1;
        } else {
            assert_eq!(result.unwrap().unwrap().as_bytes()[..], test.shared_secret[..], "{id}");
            assert_ne!(test.result, Invalid, "{id}");
            agreed += 1;
        }
    }
    assert_eq!((agreed, zero, non_canonical), (474, 15, 29));
}

// spec: PRIM-7
#[test]
fn ed25519() {
    let (mut held, mut refused, mut unrepresentable) = (0, 0, 0);
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    for group in &set.test_groups {
        let key = VerifyingKey::<Vector>::from_bytes(group.key.pk[..].try_into().unwrap()).unwrap();
        for test in &group.tests {
            let Ok(signature) = test.sig[..].try_into() else {
                assert_eq!(test.result, Invalid, "{}", test.tc_id);
                unrepresentable += 1;
                continue;
            };
            let holds = key.verify(&test.msg, signature).is_ok();
            assert_eq!(test.result, if holds { Valid } else { Invalid }, "{}", test.tc_id);
            *if holds { &mut held } else { &mut refused } += 1;
        }
    }
    assert_eq!((held, refused, unrepresentable), (88, 51, 12));
}

// spec: PRIM-3
#[test]
fn aes_256_gcm() {
    let (mut opened, mut refused, mut unrepresentable) = (0, 0, 0);
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    for group in &set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            unrepresentable += group.tests.len();
            continue;
        }
        for test in &group.tests {
            let cipher = Cipher::new(test.key[..].try_into().unwrap());
            let nonce = test.nonce[..].try_into().unwrap();
            let tag = test.tag[..].try_into().unwrap();
            let mut sealed = test.pt.to_vec();
            let sealed_tag = cipher.seal(nonce, &test.aad, &mut sealed).unwrap();
            let mut plaintext = vec![0xee; test.ct.len()];
            let result = cipher.open(nonce, &test.aad, &test.ct, tag, &mut plaintext);
            // with a key that is used once, other code may do the work
            let key = test.key[..].try_into().unwrap();
            let mut sealed_once = test.pt.to_vec();
            assert_eq!(seal_once(key, nonce, &test.aad, &mut sealed_once), Ok(sealed_tag));
            assert_eq!(sealed_once, sealed, "{}", test.tc_id);
            let mut opened_once = vec![0xee; test.ct.len()];
            assert_eq!(open_once(key, nonce, &test.aad, &test.ct, tag, &mut opened_once), result);
            assert_eq!(opened_once, plaintext, "{}", test.tc_id);
            match test.result {
                Valid => {
                    assert_eq!((&sealed[..], &sealed_tag), (&test.ct[..], tag), "{}", test.tc_id);
                    assert_eq!((result, &plaintext[..]), (Ok(()), &test.pt[..]), "{}", test.tc_id);
                    opened += 1;
                }
                Invalid => {
                    assert_ne!((&sealed[..], &sealed_tag), (&test.ct[..], tag), "{}", test.tc_id);
                    assert_eq!(result, Err(NotAuthentic), "{}", test.tc_id);
                    assert!(plaintext.iter().all(|byte| *byte == 0xee), "{}", test.tc_id);
                    refused += 1;
                }
                Acceptable => panic!("{}", test.tc_id),
            }
        }
    }
    assert_eq!((opened, refused, unrepresentable), (39, 27, 250));
}

// spec: PRIM-2
#[test]
fn hkdf_sha_256() {
    let (mut derived, mut unrepresentable) = (0, 0);
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let prk = Prk::extract(&test.salt, &[&test.ikm]);
        macro_rules! expand {
            ($($size:literal)*) => {
                match test.size {
                    $($size => prk.expand::<$size>(&[&test.info]).as_bytes().to_vec(),)*
                    // 255 blocks and a byte: `expand` doesn't compile for it
                    8161 => {
                        assert_eq!(test.result, Invalid, "{}", test.tc_id);
                        unrepresentable += 1;
                        continue;
                    }
                    other => panic!("{}: a size that the test doesn't know: {other}", test.tc_id),
                }
            };
        }
        assert_eq!(expand!(20 32 42 56 64 80 82 128 8160)[..], test.okm[..], "{}", test.tc_id);
        assert_eq!(test.result, Valid, "{}", test.tc_id);
        derived += 1;
    }
    assert_eq!((derived, unrepresentable), (83, 3));
}

/// HMAC has no type of its own here: HKDF-Extract is HMAC (RFC 5869, 2.2), seen through what is expanded.
// spec: PRIM-2
#[test]
fn hmac_sha_256() {
    let (mut equal, mut different, mut unrepresentable) = (0, 0, 0);
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    for group in &set.test_groups {
        if group.tag_size != 256 {
            unrepresentable += group.tests.len();
            continue;
        }
        for test in &group.tests {
            let ours = Prk::extract(&test.key, &[&test.msg]).expand::<32>(&[]);
            let given = Prk::from_key(test.tag[..].try_into().unwrap()).expand::<32>(&[]);
            let equals = ours.ct_eq(&given);
            assert_eq!(test.result, if equals { Valid } else { Invalid }, "{}", test.tc_id);
            *if equals { &mut equal } else { &mut different } += 1;
        }
    }
    assert_eq!((equal, different, unrepresentable), (33, 54, 87));
}

macro_rules! ml_kem {
    ($name:ident, ($dk:ident, $ek:ident, $ct:ident),
     ($set:ident, $encaps:ident, $keygen:ident, $expanded:ident),
     $decapsulations:expr, $encapsulations:expr) => {
        // spec: PRIM-8, PRIM-9
        #[test]
        fn $name() {
            let load = |name| mlkem::TestSet::load(name).unwrap();

            // from the seed: the encapsulation key, and the secret of a ciphertext, true or rejected
            let (mut decapsulated, mut bad_seed, mut bad_ciphertext) = (0, 0, 0);
            for test in load(mlkem::TestName::$set).test_groups.iter().flat_map(|group| &group.tests) {
                let id = test.tc_id;
                let ciphertext = &test.ct.as_ref().unwrap()[..];
                let Ok(seed) = test.seed.as_ref().unwrap()[..].try_into() else {
                    assert_eq!(test.result, Invalid, "{id}");
                    bad_seed += 1;
                    continue;
                };
                let secret = $dk::<Vector>::from_seed(seed);
                let public = secret.encapsulation_key();
                assert_eq!(public.as_bytes()[..], test.encaps_key.as_ref().unwrap()[..], "{id}");
                let Ok(ciphertext) = ciphertext.try_into() else {
                    assert_eq!(test.result, Invalid, "{id}");
                    bad_ciphertext += 1;
                    continue;
                };
                let shared = secret.decapsulate(&$ct::from_bytes(ciphertext));
                assert_eq!(shared.as_bytes()[..], test.shared_secret.as_ref().unwrap()[..], "{id}");
                assert_eq!(test.result, Valid, "{id}");
                decapsulated += 1;
            }
            assert_eq!((decapsulated, bad_seed, bad_ciphertext), $decapsulations);

            // with the randomness given: ciphertext and secret; keys that aren't reduced
            let (mut encapsulated, mut refused, mut bad_length) = (0, 0, 0);
            for test in load(mlkem::TestName::$encaps).test_groups.iter().flat_map(|group| &group.tests) {
                let id = test.tc_id;
                let Ok(bytes) = test.encaps_key.as_ref().unwrap()[..].try_into() else {
                    assert_eq!(test.result, Invalid, "{id}");
                    bad_length += 1;
                    continue;
                };
                match $ek::<Vector>::from_bytes(bytes) {
                    Ok(key) => {
                        let (ct, shared) =
                            key.encapsulate(test.msg.as_ref().unwrap()[..].try_into().unwrap());
                        assert_eq!(ct.as_bytes()[..], test.ct.as_ref().unwrap()[..], "{id}");
                        assert_eq!(shared.as_bytes()[..], test.shared_secret.as_ref().unwrap()[..], "{id}");
                        assert_eq!(test.result, Valid, "{id}");
                        encapsulated += 1;
                    }
                    Err(InvalidKey) => {
                        assert_eq!(test.result, Invalid, "{id}");
                        refused += 1;
                    }
                }
            }
            assert_eq!((encapsulated, refused, bad_length), $encapsulations);

            let mut generated = 0;
            for test in load(mlkem::TestName::$keygen).test_groups.iter().flat_map(|group| &group.tests) {
                let secret = $dk::<Vector>::from_seed(test.seed.as_ref().unwrap()[..].try_into().unwrap());
                let public = secret.encapsulation_key();
                assert_eq!(public.as_bytes()[..], test.encaps_key.as_ref().unwrap()[..], "{}", test.tc_id);
                assert_eq!(test.result, Valid, "{}", test.tc_id);
                generated += 1;
            }
            assert_eq!(generated, 100);

            // expanded decapsulation keys, which no type of ours can hold
            assert_eq!(load(mlkem::TestName::$expanded).number_of_tests, 9);
        }
    };
}

ml_kem!(
    ml_kem_768,
    (DecapsulationKey768, EncapsulationKey768, Ciphertext768),
    (MlKem768, MlKem768Encaps, MlKem768KeyGenSeed, MlKem768SemiExpandedDecaps),
    (161, 20, 20),
    (133, 112, 20)
);
ml_kem!(
    ml_kem_1024,
    (DecapsulationKey1024, EncapsulationKey1024, Ciphertext1024),
    (MlKem1024, MlKem1024Encaps, MlKem1024KeyGenSeed, MlKem1024SemiExpandedDecaps),
    (162, 20, 20),
    (133, 116, 20)
);
