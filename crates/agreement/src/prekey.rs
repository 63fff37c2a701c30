//! Prekeys: a curve key and a KEM key under one id and one signature.

use alloc::vec::Vec;
use core::{fmt, num::NonZeroU32};

use entrenous_identity::{
    AccountId, Day, DeviceKeys, DevicePublic, device_list::MAX_DAYS_AHEAD, session_secret::SignedPrekey,
};
use entrenous_primitives::{
    ml_kem::{DecapsulationKey1024, EncapsulationKey1024},
    random::RandomError,
    role::Role,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{Malformed, Reason, envelope::VERSION, fixed, label, proto};
use rand_core::TryCryptoRng;

use crate::AgreementError;

/// Role of a prekey that is used for one handshake.
#[derive(Debug)]
pub enum OneTimePrekey {}
impl Role for OneTimePrekey {
    const NAME: &'static str = "one-time prekey";
}

/// The two kinds of prekey; the kind is signed along, so that one can't be passed off as the other.
pub trait PrekeyRole: Role {
    /// The byte that is signed.
    const KIND: u8;
}
impl PrekeyRole for SignedPrekey {
    const KIND: u8 = 1;
}
impl PrekeyRole for OneTimePrekey {
    const KIND: u8 = 2;
}

/// A prekey's id: never zero, never reused within a device and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrekeyId(NonZeroU32);

impl PrekeyId {
    /// The first id.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// An id that was stored or received; none for zero.
    pub fn new(id: u32) -> Option<Self> {
        NonZeroU32::new(id).map(Self)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

/// The public half of a prekey, well-formed and, where it came from a peer, verified.
#[derive(Debug)]
pub struct Prekey<R: PrekeyRole> {
    /// Its id.
    pub id: PrekeyId,
    /// X25519, 32 bytes.
    pub curve: PublicKey<R>,
    /// ML-KEM-1024, 1,568 bytes.
    pub kem: EncapsulationKey1024<R>,
    /// Its first day.
    pub issued: Day,
    /// The day from which it is stale.
    pub expires: Day,
}

impl<R: PrekeyRole> Prekey<R> {
    /// Reads a prekey and verifies that `device` of `account` signed it.
    ///
    /// # Errors
    /// [`AgreementError::Malformed`], [`AgreementError::BadPrekeySignature`], [`AgreementError::FutureDated`].
    pub(crate) fn verify(
        received: &proto::Prekey,
        account: &AccountId,
        device: &DevicePublic,
        today: Day,
    ) -> Result<Self, AgreementError> {
        let curve = fixed("prekey curve", &received.curve)?;
        let kem = fixed("prekey kem", &received.kem)?;
        let signature = fixed("prekey signature", &received.signature)?;
        let prekey = Self {
            id: PrekeyId::new(received.id).ok_or(Malformed::new("prekey id", Reason::Invalid))?,
            // spec: AGREE-3
            curve: PublicKey::from_bytes(&curve)
                .map_err(|_| Malformed::new("prekey curve", Reason::Invalid))?,
            kem: EncapsulationKey1024::from_bytes(&kem)
                .map_err(|_| Malformed::new("prekey kem", Reason::Invalid))?,
            issued: Day(received.issued_day),
            expires: Day(received.expires_day),
        };
        // spec: AGREE-2
        device
            .signing
            .verify(&prekey.signed_bytes(account, device), &signature)
            .map_err(|_| AgreementError::BadPrekeySignature)?;
        // spec: AGREE-4
        if prekey.issued > today.plus(MAX_DAYS_AHEAD) {
            return Err(AgreementError::FutureDated);
        }
        Ok(prekey)
    }

    /// Whether the prekey's time is over.
    pub fn is_stale(&self, today: Day) -> bool {
        today >= self.expires
    }

    /// label ‖ version 1 ‖ account id 32 ‖ device id 4 ‖ device signing key 32 ‖ device agreement key 32 ‖
    /// kind 1 ‖ id 4 ‖ curve key 32 ‖ KEM key 1568 ‖ issued day 4 ‖ expires day 4
    fn signed_bytes(&self, account: &AccountId, device: &DevicePublic) -> Vec<u8> {
        // spec: AGREE-1
        [
            label::PREKEY,
            &[VERSION],
            account.as_bytes(),
            &device.id.get().to_be_bytes(),
            device.signing.as_bytes(),
            device.agreement.as_bytes(),
            &[R::KIND],
            &self.id.get().to_be_bytes(),
            self.curve.as_bytes(),
            self.kem.as_bytes(),
            &self.issued.0.to_be_bytes(),
            &self.expires.0.to_be_bytes(),
        ]
        .concat()
    }
}

/// A prekey with its secret keys, wiped when dropped.
pub struct PrekeySecret<R: PrekeyRole> {
    curve: SecretKey<R>,
    kem: DecapsulationKey1024<R>,
    public: Prekey<R>,
}

impl<R: PrekeyRole> PrekeySecret<R> {
    /// Draws a new prekey that is valid from `issued` for `lifetime_days`.
    ///
    /// # Errors
    /// [`RandomError`] when the generator fails.
    pub fn generate(
        id: PrekeyId,
        issued: Day,
        lifetime_days: u32,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Self, RandomError> {
        let curve = SecretKey::generate(rng)?;
        let kem = DecapsulationKey1024::generate(rng)?;
        Ok(Self::from_secrets(id, curve, kem, issued, issued.plus(lifetime_days)))
    }

    /// Puts a prekey together again from the halves that were kept.
    pub(crate) fn from_secrets(
        id: PrekeyId,
        curve: SecretKey<R>,
        kem: DecapsulationKey1024<R>,
        issued: Day,
        expires: Day,
    ) -> Self {
        let (curve_key, kem_key) = (curve.public_key(), kem.encapsulation_key());
        Self { curve, kem, public: Prekey { id, curve: curve_key, kem: kem_key, issued, expires } }
    }

    /// The public half.
    pub fn public(&self) -> &Prekey<R> {
        &self.public
    }

    /// The prekey signed by its device, for the directory.
    pub fn publish(&self, account: &AccountId, device: &DeviceKeys) -> proto::Prekey {
        proto::Prekey {
            id: self.public.id.get(),
            curve: self.public.curve.as_bytes().to_vec(),
            kem: self.public.kem.as_bytes().to_vec(),
            issued_day: self.public.issued.0,
            expires_day: self.public.expires.0,
            signature: device.sign(&self.public.signed_bytes(account, device.public())).to_vec(),
        }
    }

    pub(crate) fn curve(&self) -> &SecretKey<R> {
        &self.curve
    }

    pub(crate) fn kem(&self) -> &DecapsulationKey1024<R> {
        &self.kem
    }
}

impl<R: PrekeyRole> fmt::Debug for PrekeySecret<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { curve: _, kem: _, public } = self;
        write!(f, "PrekeySecret<{}>({}, [redacted])", R::NAME, public.id.get())
    }
}
