//! T: everything public in a handshake, hashed once.

use entrenous_identity::{AccountPublicKey, DevicePublic, Transcript, session_secret::SignedPrekey};
use entrenous_primitives::{
    hash::sha256,
    ml_kem::{Ciphertext1024, EncapsulationKey1024},
    role::Role,
    x25519::PublicKey,
};
use entrenous_wire::{envelope::VERSION, handshake::Mode, label};

use crate::{OneTimePrekey, Prekey, PrekeyId};

/// Role of E_A, the initiator's key for one handshake.
#[derive(Debug)]
pub(crate) enum Ephemeral {}
impl Role for Ephemeral {
    const NAME: &'static str = "handshake ephemeral";
}

/// One party's rows of the table.
pub(crate) struct Party<'a> {
    pub(crate) account: &'a AccountPublicKey,
    pub(crate) device: &'a DevicePublic,
    pub(crate) list_epoch: u32,
    pub(crate) list_hash: &'a [u8; 32],
}

/// The one-time prekey's public parts, or the signed prekey's KEM key when there is none.
pub(crate) enum KemKey<'a> {
    OneTime(&'a Prekey<OneTimePrekey>),
    Signed(&'a EncapsulationKey1024<SignedPrekey>),
}

/// The rows that are not a party's.
pub(crate) struct Exchange<'a> {
    pub(crate) signed_id: PrekeyId,
    pub(crate) signed: &'a PublicKey<SignedPrekey>,
    pub(crate) kem: KemKey<'a>,
    pub(crate) ephemeral: &'a PublicKey<Ephemeral>,
    pub(crate) ciphertext: &'a Ciphertext1024,
    pub(crate) counter: u64,
}

/// Hashes the table of `docs/spec/agreement.md`, section "Transcript":
///
/// ```text
/// label                                       22
/// version                                      1
/// A, then B:  account key                     32
///             device id                        4
///             device signing key              32
///             device agreement key            32
///             device list epoch                4
///             device list hash                32
/// signed prekey:    id 4, curve key           36
/// one-time prekey:  flag 1, id 4, curve key   37   zeros when absent
/// KEM key used (one-time, else signed)      1568
/// E_A                                         32
/// ct                                        1568
/// session counter                              8
/// mode                                         1
/// continued: old T 32, secret's id 8          40   zeros unless continued
/// ```
pub(crate) fn transcript(a: &Party<'_>, b: &Party<'_>, exchange: &Exchange<'_>) -> Transcript {
    let (flag, one_time_id, one_time_curve, kem) = match &exchange.kem {
        KemKey::OneTime(prekey) => (1u8, prekey.id.get(), prekey.curve.as_bytes(), prekey.kem.as_bytes()),
        KemKey::Signed(kem) => (0, 0, &[0; 32], kem.as_bytes()),
    };
    // spec: AGREE-10
    Transcript(sha256(&[
        label::TRANSCRIPT,
        &[VERSION],
        a.account.as_bytes(),
        &a.device.id.get().to_be_bytes(),
        a.device.signing.as_bytes(),
        a.device.agreement.as_bytes(),
        &a.list_epoch.to_be_bytes(),
        a.list_hash,
        b.account.as_bytes(),
        &b.device.id.get().to_be_bytes(),
        b.device.signing.as_bytes(),
        b.device.agreement.as_bytes(),
        &b.list_epoch.to_be_bytes(),
        b.list_hash,
        &exchange.signed_id.get().to_be_bytes(),
        exchange.signed.as_bytes(),
        &[flag],
        &one_time_id.to_be_bytes(),
        one_time_curve,
        kem,
        exchange.ephemeral.as_bytes(),
        exchange.ciphertext.as_bytes(),
        &exchange.counter.to_be_bytes(),
        &[Mode::Fresh.number()],
        &[0; 40],
    ]))
}
