//! The recovery file: the seed under a passphrase.
//!
//! ```text
//! "entrenous" 9 | kind 'R' 1 | version 1 | passphrase parameters 25 | commitment 32 | ciphertext 32 | tag 16
//! ```

use entrenous_primitives::{
    aead::{self, Cipher},
    hkdf::Prk,
    passphrase::{Cost, PARAMS_LEN, PassphraseParams},
    secret::SecretBytes,
};
use entrenous_wire::{Malformed, Reason, TAG_LEN, label};
use rand_core::TryCryptoRng;

use super::{RecoveryCode, RecoveryError};

/// Begins every file: name, kind and version.
const MAGIC: [u8; 11] = *b"entrenousR\x01";
/// Bytes that are authenticated and not encrypted.
const HEAD_LEN: usize = MAGIC.len() + PARAMS_LEN + 32;
/// Bytes of a file.
pub const FILE_LEN: usize = HEAD_LEN + 32 + TAG_LEN;

/// The nonce. The key is made for one file, by its salt.
const NONCE: [u8; aead::NONCE_LEN] = [0; aead::NONCE_LEN];

/// A recovery file of 116 bytes, well-formed and not opened. May be kept where others can read it, as far as the
/// passphrase is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryFile {
    bytes: [u8; FILE_LEN],
    params: PassphraseParams,
}

impl RecoveryFile {
    /// Wraps `code` under `passphrase`. Takes as long as `cost` says.
    ///
    /// # Errors
    /// [`RecoveryError::Random`], [`RecoveryError::Passphrase`].
    pub fn wrap(
        code: &RecoveryCode,
        passphrase: &[u8],
        cost: Cost,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Self, RecoveryError> {
        let params = PassphraseParams::generate(cost, rng)?;
        let (cipher, commitment) = keys(&params, passphrase)?;
        // spec: IDENTITY-91
        let head = [&MAGIC[..], &params.to_bytes(), commitment.as_bytes()].concat();
        let mut sealed = SecretBytes::from_bytes(code.0.as_bytes());
        // 32 bytes are never too long
        let tag = cipher
            .seal(&NONCE, &associated_data(&head), sealed.as_mut_bytes())
            .map_err(|_| RecoveryError::NotOpened)?;
        let mut bytes = [0; FILE_LEN];
        let parts = [&head[..], sealed.as_bytes(), &tag];
        bytes.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        Ok(Self { bytes, params })
    }

    /// Reads a file without opening it. Nothing is allocated, whatever it asks for.
    ///
    /// # Errors
    /// [`RecoveryError::Malformed`], and [`RecoveryError::Passphrase`] for costs out of bounds.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecoveryError> {
        let malformed = |reason| Malformed::new("recovery file", reason);
        // spec: IDENTITY-92
        let bytes: [u8; FILE_LEN] = bytes.try_into().map_err(|_| malformed(Reason::Length))?;
        let rest = bytes.strip_prefix(&MAGIC).ok_or(malformed(Reason::Version))?;
        let params = rest.first_chunk().ok_or(malformed(Reason::Truncated))?;
        Ok(Self { params: PassphraseParams::from_bytes(params)?, bytes })
    }

    /// Opens it. Takes as long as the file's costs say.
    ///
    /// # Errors
    /// [`RecoveryError::NotOpened`], [`RecoveryError::Passphrase`].
    pub fn open(&self, passphrase: &[u8]) -> Result<RecoveryCode, RecoveryError> {
        let (cipher, commitment) = keys(&self.params, passphrase)?;
        let (head, body) = self.bytes.split_at(HEAD_LEN);
        let (found, (sealed, tag)) = head
            .last_chunk::<32>()
            .zip(body.split_last_chunk::<TAG_LEN>())
            .ok_or(Malformed::new("recovery file", Reason::Truncated))?;
        // spec: IDENTITY-93
        if !SecretBytes::from_bytes(found).ct_eq(&commitment) {
            return Err(RecoveryError::NotOpened);
        }
        let mut seed = SecretBytes::zeroed();
        cipher
            .open(&NONCE, &associated_data(head), sealed, tag, seed.as_mut_bytes())
            .map_err(|_| RecoveryError::NotOpened)?;
        Ok(RecoveryCode(seed))
    }

    /// The file's 116 bytes.
    pub fn as_bytes(&self) -> &[u8; FILE_LEN] {
        &self.bytes
    }
}

/// The cipher, and the commitment that says which passphrase is the right one: AES-GCM alone doesn't commit to
/// its key, so one file could be made to open under several passphrases.
fn keys(params: &PassphraseParams, passphrase: &[u8]) -> Result<(Cipher, SecretBytes<32>), RecoveryError> {
    let derived = params.derive(passphrase)?;
    // spec: IDENTITY-91
    let [key, commitment] = Prk::from_key(derived.as_bytes()).expand_keys(&[label::RECOVERY_FILE]);
    Ok((Cipher::new(key.as_bytes()), commitment))
}

fn associated_data(head: &[u8]) -> alloc::vec::Vec<u8> {
    [label::RECOVERY_FILE, head].concat()
}

#[cfg(test)]
mod tests {
    use entrenous_primitives::passphrase::PassphraseError;

    use super::*;
    use crate::testing::{Scripted, account, unhex};

    fn cheapest() -> Cost {
        Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).unwrap()
    }

    fn file() -> RecoveryFile {
        let (key, ..) = account(1);
        RecoveryFile::wrap(
            &RecoveryCode::of(&key),
            b"corr\xc3\xa8ct horse",
            cheapest(),
            &mut Scripted::new(5),
        )
        .unwrap()
    }

    // spec: IDENTITY-91
    #[test]
    fn a_file_opens_with_its_passphrase_alone() {
        let (key, ..) = account(1);
        let file = RecoveryFile::parse(file().as_bytes()).unwrap();
        let code = file.open(b"corr\xc3\xa8ct horse").unwrap();
        assert_eq!(code.account_key().verifying_key(), key.verifying_key());
        for wrong in [&b"correct horse"[..], b"corr\xc3\xa8ct horse ", b"x"] {
            assert_eq!(file.open(wrong).err(), Some(RecoveryError::NotOpened));
        }
        assert_eq!(file.open(b"").err(), Some(RecoveryError::Passphrase(PassphraseError::Empty)));
        assert!(!file.as_bytes().windows(32).any(|part| part == key.seed()));
    }

    /// The worked example of `docs/spec/identity.md`, which another implementation computed.
    // spec: IDENTITY-91
    #[test]
    fn the_specifications_example_opens() {
        let bytes = unhex(concat!(
            "656e7472656e6f757352011111111111111111111111111111111100004c0000000002",
            "01fadf1b17690e7db2ca0a429193742644fb5ce452fb26342cfe02059a004b9b007738",
            "060f831dd0bec6e3133eb11144b41c9f1769d3655aa33d85aa6366a6c6226eee602e11",
            "87e7e923c4f3b82524c1ea",
        ));
        let code = RecoveryFile::parse(&bytes).unwrap().open(b"correct horse").unwrap();
        assert_eq!(code.0.as_bytes(), &core::array::from_fn(|i| u8::try_from(i).unwrap()));
    }

    // spec: IDENTITY-92, IDENTITY-93
    #[test]
    fn every_changed_byte_is_refused() {
        let file = file();
        for at in 0..FILE_LEN {
            let mut bytes = *file.as_bytes();
            bytes[at] ^= 1;
            // a file that asks for another memory or number of passes is derived once more, at its costs
            let refused = RecoveryFile::parse(&bytes).and_then(|file| file.open(b"corr\xc3\xa8ct horse"));
            assert!(refused.is_err(), "byte {at}");
        }
        for len in [0, FILE_LEN - 1] {
            assert!(RecoveryFile::parse(&file.as_bytes()[..len]).is_err());
        }
        assert!(RecoveryFile::parse(&[&file.as_bytes()[..], &[0]].concat()).is_err());
    }

    /// What somebody could make who looks for a file that opens under two passphrases: an authentic box for this
    /// one, under a commitment to another.
    // spec: IDENTITY-93
    #[test]
    fn a_file_that_is_committed_to_another_key_is_refused() {
        let mut bytes = *file().as_bytes();
        let params = RecoveryFile::parse(&bytes).unwrap().params;
        let (cipher, _) = keys(&params, b"x").unwrap();
        let (head, body) = bytes.split_at_mut(HEAD_LEN);
        let (sealed, tag) = body.split_at_mut(32);
        tag.copy_from_slice(&cipher.seal(&NONCE, &associated_data(head), sealed).unwrap());
        let refused = RecoveryFile::parse(&bytes).unwrap().open(b"x");
        assert_eq!(refused.err(), Some(RecoveryError::NotOpened));
    }

    // spec: IDENTITY-92
    #[test]
    fn a_file_that_asks_for_too_much_or_too_little_is_refused_unopened() {
        let memory_at = MAGIC.len() + 16;
        for kib in [64_u32 << 20, u32::MAX, 0, 1024] {
            let mut bytes = *file().as_bytes();
            bytes[memory_at..memory_at + 4].copy_from_slice(&kib.to_be_bytes());
            assert_eq!(
                RecoveryFile::parse(&bytes).err(),
                Some(RecoveryError::Passphrase(PassphraseError::Cost)),
                "{kib} KiB"
            );
        }
    }

    #[test]
    fn two_files_of_one_code_share_nothing_but_the_head() {
        let (key, ..) = account(1);
        let code = RecoveryCode::of(&key);
        let [one, other] =
            [1, 2].map(|seed| RecoveryFile::wrap(&code, b"p", cheapest(), &mut Scripted::new(seed)).unwrap());
        assert_ne!(one.as_bytes()[HEAD_LEN..], other.as_bytes()[HEAD_LEN..]);
        assert_ne!(one.as_bytes()[HEAD_LEN - 32..HEAD_LEN], other.as_bytes()[HEAD_LEN - 32..HEAD_LEN]);
    }
}
