//! The primary's side: offers a code, judges one request, approves.

use alloc::vec::Vec;
use core::fmt;

use entrenous_primitives::{random::draw, secret::SecretBytes};
use entrenous_wire::{
    Strict,
    device_list::DeviceEntry,
    fixed,
    linking::Step,
    proto::{Bundle, LinkPrimaryRecord},
    records::RECORD_VERSION,
};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{
    LinkCode, LinkError, check_deadline, commitment, deadline, request::Request, sealed, short_string,
    transcript,
};
use crate::{AccountId, DeviceList, DevicePublic, IdentityError, ShortString, Timestamp};

/// A code is shown; nobody has answered.
pub struct Offered {
    pub(super) code: LinkCode,
    pub(super) nonce: SecretBytes<32>,
    expires: Timestamp,
}

impl Offered {
    /// A new code for `account`, for five minutes.
    ///
    /// # Errors
    /// [`LinkError::Random`].
    pub fn new(
        account: AccountId,
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Self, LinkError> {
        let rendezvous = *draw(rng)?.as_bytes();
        let secret = draw(rng)?;
        let nonce = draw(rng)?;
        let code = LinkCode::new(rendezvous, secret, account, commitment(nonce.as_bytes()));
        Ok(Self { code, nonce, expires: deadline(now) })
    }

    /// What to show.
    pub fn code(&self) -> &LinkCode {
        &self.code
    }

    /// When the code is no longer taken.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Takes the one request, and reveals the nonce. The code is used up with it: the caller replaces this state
    /// by the new one before the box leaves, and a second request finds no offer.
    ///
    /// # Errors
    /// [`LinkError::Expired`], [`LinkError::Malformed`], [`LinkError::NotAuthentic`], [`LinkError::Identity`],
    /// [`LinkError::Random`]; the offer then stands.
    pub fn receive(
        &self,
        request: &[u8],
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<(Requested, Vec<u8>), LinkError> {
        check_deadline(self.expires, now)?;
        let content = sealed::open(Step::Request, &self.code, &self.code.hash(), request)?;
        let request = Request::verify(&self.code, &content)?;
        let nonce = SecretBytes::from_bytes(self.nonce.as_bytes());
        let hash = request.hash(&self.code);
        // spec: IDENTITY-86
        let reveal = sealed::seal(Step::Reveal, &self.code, &hash, nonce.as_bytes(), rng)?;
        Ok((Requested { code: self.code.copy(), nonce, request, expires: deadline(now) }, reveal))
    }
}

/// A device has asked, and the user compares.
pub struct Requested {
    pub(super) code: LinkCode,
    pub(super) nonce: SecretBytes<32>,
    pub(super) request: Request,
    expires: Timestamp,
}

impl Requested {
    /// The device that asks.
    pub fn device(&self) -> &DevicePublic {
        &self.request.device
    }

    /// Its entry, for the account's next list.
    pub fn entry(&self) -> &DeviceEntry {
        &self.request.entry
    }

    /// Where the approval goes.
    pub fn rendezvous(&self) -> &[u8; 16] {
        self.code.rendezvous()
    }

    /// When it can no longer be approved.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// What the user compares with the new device's screen.
    pub fn short_string(&self) -> ShortString {
        short_string(&self.request.hash(&self.code), self.nonce.as_bytes())
    }

    /// The user has said that both screens show the same: tells the new device of `list`, the account's new list,
    /// which must have it.
    ///
    /// # Errors
    /// [`LinkError::Expired`]; [`LinkError::Identity`] with [`IdentityError::IdentityMismatch`] for a list of
    /// another account and [`IdentityError::UnknownDevice`] for one without the device or with other keys;
    /// [`LinkError::Random`].
    pub fn approve(
        &self,
        list: &DeviceList,
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<(Approved, Vec<u8>), LinkError> {
        check_deadline(self.expires, now)?;
        check_listed(list, self.code.account(), self.device())?;
        let context = transcript(&self.request.hash(&self.code), self.nonce.as_bytes());
        let content = list.signed().encode_canonical();
        // spec: IDENTITY-87
        let approval = sealed::seal(Step::Approval, &self.code, &context, &content, rng)?;
        let approved = Approved {
            bundle: Bundle {
                device_list: Some(list.signed().clone()),
                device_id: self.device().id.get(),
                signed_prekey: Some(self.request.signed_prekey.clone()),
                one_time_prekey: Some(self.request.one_time_prekey.clone()),
            },
            device: *self.device(),
        };
        Ok((approved, approval))
    }
}

/// The device is linked: what the primary needs to open a session with it. Nothing in it is secret, and it is
/// stored as what it leads to.
#[derive(Debug)]
pub struct Approved {
    /// The new device.
    pub device: DevicePublic,
    /// Starts a session with it, as a bundle from a directory would; its prekeys are verified there.
    pub bundle: Bundle,
}

/// Refuses a list that is not `account`'s, or hasn't `device` with its keys.
pub(super) fn check_listed(
    list: &DeviceList,
    account: &AccountId,
    device: &DevicePublic,
) -> Result<(), IdentityError> {
    // spec: IDENTITY-88
    if list.account_id() != *account {
        return Err(IdentityError::IdentityMismatch);
    }
    if list.has(device) { Ok(()) } else { Err(IdentityError::UnknownDevice) }
}

/// The primary's side in either state, as it is stored.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives at a time, and a box that it is moved out of would keep its secrets"
)]
pub enum Primary {
    /// See [`Offered`].
    Offered(Offered),
    /// See [`Requested`].
    Requested(Requested),
}

impl Primary {
    /// When the state ends.
    pub fn expires(&self) -> Timestamp {
        match self {
            Self::Offered(state) => state.expires(),
            Self::Requested(state) => state.expires(),
        }
    }

    /// The record, which is secret.
    pub fn to_record(&self) -> LinkPrimaryRecord {
        let (code, nonce, expires, request) = match self {
            Self::Offered(Offered { code, nonce, expires }) => (code, nonce, expires, &[][..]),
            Self::Requested(Requested { code, nonce, request, expires }) => {
                (code, nonce, expires, &request.bytes[..])
            }
        };
        let mut record = LinkPrimaryRecord::default();
        record.version = RECORD_VERSION;
        record.code = code.payload().as_bytes().to_vec();
        record.nonce = nonce.as_bytes().to_vec();
        record.expires = expires.as_ms();
        record.request = request.to_vec();
        record
    }

    /// Goes on from a record. A request in it is verified anew.
    ///
    /// # Errors
    /// [`LinkError::Malformed`], [`LinkError::WrongNonce`] and [`LinkError::Identity`] for a record that
    /// [`to_record`](Self::to_record) never gives.
    pub fn from_record(record: &LinkPrimaryRecord) -> Result<Self, LinkError> {
        let code = LinkCode::from_payload(&record.code)?;
        let bytes = Zeroizing::new(fixed::<32>("link primary record nonce", &record.nonce)?);
        if commitment(&bytes) != *code.commitment() {
            return Err(LinkError::WrongNonce);
        }
        let nonce = SecretBytes::from_bytes(&bytes);
        let expires = Timestamp::from_ms(record.expires);
        if record.request.is_empty() {
            return Ok(Self::Offered(Offered { code, nonce, expires }));
        }
        let request = Request::verify(&code, &record.request)?;
        Ok(Self::Requested(Requested { code, nonce, request, expires }))
    }
}

impl fmt::Debug for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, nonce: _, expires: _ } = self;
        write!(f, "Offered({code:?})")
    }
}

impl fmt::Debug for Requested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, nonce: _, request, expires: _ } = self;
        write!(f, "Requested({code:?}, {})", request.device.id)
    }
}
