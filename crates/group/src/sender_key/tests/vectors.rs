//! The examples of `docs/spec/sender-keys.md`, which another implementation computed.

use alloc::{format, string::String};

use entrenous_primitives::{
    ed25519::{PrimeOrderKey, SigningKey},
    secret::Key,
};

use super::{
    kdf::{chain_step, commitment},
    key::Description,
    *,
};

const DISTRIBUTION: &str = "\
    01030303030303030303030303030303030303030303030303030303030303030304040404040404040404040404040404040404\
    04040404040404040404040404000000050606060606060606060606060606060606060606060606060606060606060606813977\
    0ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394ee1ecadb5f57cab5d3af0a9fe6d186e5d6e2560ed8385b\
    69d9f3e14f776aa00e01010101010101010101010101010101010101010101010101010101010101010000000000000000000000\
    00000000000000000000000000";

const MESSAGE: &str = "\
    0103da696e7670eada11e99d24ac38760cb700000000010203040506070873e5be2fe701146a74c0fc31608f484799b2c60a1467\
    513fab6d1747bcd2a15330e839660e7b5957ac69aa2dd528876164df22a1880fb3624300169856732b4e29b83591c871ee99a249\
    cc90088638421f09a0270c59ab4df1f73620cec392955cfbaeb2c65e40a9863680c5c3b3889e12d0d96719652e8c436d4b8d5d01\
    56e4d888d2fefe37524b70f727aac2cb4f5e4fffbe0f43b2aaf47e7e1cd998bdc2caad226cf8e8fc705445a8bef7d24d20fc";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

// spec: GROUP-100
#[test]
fn the_specifications_chain_step_holds() {
    let (chain, message) = chain_step(&Key::from_bytes(&[1; 32]));
    assert_eq!(hex(chain.as_bytes()), "ef9477d1657ed1b5212596ddbc0e94aac10ba2d0c3f93985ab37cc2f1b94bb5b");
    assert_eq!(hex(message.as_bytes()), "e44206b59fb96dd601fb2a2bcc7d4a44c4176563062202e06d3b13ec65a55820");
}

fn key() -> SendingKey {
    let chain = Key::from_bytes(&[1; 32]);
    let signing = SigningKey::from_seed(&[2; 32]);
    let description = Description {
        group: GroupId::from_bytes([3; 32]),
        sender: sender(4, 5),
        roster: RosterId::from_bytes([6; 32]),
        signing: PrimeOrderKey::of(&signing),
        commitment: commitment(&chain),
    };
    let id = description.id();
    SendingKey { id, description, signing, chain, iteration: 0, created: NOW, previous: None }
}

// spec: GROUP-102, GROUP-103, GROUP-110
#[test]
fn the_specifications_distribution_holds() {
    let key = key();
    assert_eq!(
        hex(&key.description.commitment),
        "ee1ecadb5f57cab5d3af0a9fe6d186e5d6e2560ed8385b69d9f3e14f776aa00e"
    );
    assert_eq!(hex(&key.id.0), "da696e7670eada11e99d24ac38760cb7");
    assert_eq!(hex(&key.distribution().unwrap()), DISTRIBUTION);
}

// spec: GROUP-130, GROUP-134, GROUP-135
#[test]
fn the_specifications_message_opens() {
    let message = bytes(MESSAGE);
    let parsed = GroupMessage::parse(&message).unwrap();
    let received = ReceivedKey::parse(&bytes(DISTRIBUTION)).unwrap();
    let accepted = received.accept(GroupId::from_bytes([3; 32]), sender(4, 5), None).unwrap();
    let Accepted::New(mut key) = accepted else { panic!("nothing is known") };
    let mut out = Vec::new();
    let committed = key.locate(&parsed).unwrap().open(None, &mut out).unwrap().commit();
    assert_eq!(committed.frame.unwrap().content, b"bonjour");
    assert_eq!(committed.verified.roster, RosterId::from_bytes([7; 32]));
    let content: &[u8] = &out[96..][15..22];
    assert_eq!(content, b"bonjour");
}

// spec: GROUP-130, GROUP-134, GROUP-135
#[test]
fn the_specifications_message_is_what_is_sealed() {
    let message = bytes(MESSAGE);
    let mut key = key();
    // the salt of the example, which no client chooses
    let salt = *GroupMessage::parse(&message).unwrap().nonce_salt();
    let base = u64::from_be_bytes(salt).wrapping_sub(1).to_be_bytes();
    let mut salt = NonceSalt::new(&mut Fixed(base)).unwrap();
    let mut out = Vec::new();
    let roster = RosterId::from_bytes([7; 32]);
    key.seal(&frame(b"bonjour"), roster, Padding::default(), &mut salt, &mut out).unwrap().commit();
    assert_eq!(hex(&out), MESSAGE);
    assert_eq!(hex(key.chain.as_bytes()), "ef9477d1657ed1b5212596ddbc0e94aac10ba2d0c3f93985ab37cc2f1b94bb5b");
}

/// Gives the same bytes each time.
struct Fixed([u8; 8]);

impl TryRng for Fixed {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        dst.copy_from_slice(&self.0);
        Ok(())
    }
}
impl TryCryptoRng for Fixed {}
