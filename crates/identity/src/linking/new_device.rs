//! The new device's side: asks, compares, and believes nothing but its account's signature.

use alloc::vec::Vec;
use core::fmt;

use entrenous_primitives::secret::SecretBytes;
use entrenous_wire::{
    Strict, fixed,
    linking::Step,
    proto::{LinkDeviceRecord, Prekey, SignedDeviceList},
    records::RECORD_VERSION,
};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{
    LinkCode, LinkError, check_deadline, commitment, deadline, primary::check_listed, request::Request,
    sealed, short_string, transcript,
};
use crate::{DeviceKeys, DeviceList, DevicePublic, ReceivedDeviceList, ShortString, Timestamp};

/// The request is made; the primary has not answered. The device's keys stay the caller's.
pub struct Requesting {
    pub(super) code: LinkCode,
    pub(super) request: Request,
    expires: Timestamp,
}

impl Requesting {
    /// Asks the primary that shows `code` to link `device`, which `signed_prekey` and `one_time_prekey`, both
    /// signed for the code's account, are of. Gives the box to send.
    ///
    /// # Errors
    /// [`LinkError::Malformed`] for prekeys that are not in their form, [`LinkError::Random`].
    pub fn new(
        code: LinkCode,
        device: &DeviceKeys,
        signed_prekey: Prekey,
        one_time_prekey: Prekey,
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<(Self, Vec<u8>), LinkError> {
        let request = Request::make(&code, device, signed_prekey, one_time_prekey, rng)?;
        let sealed = sealed::seal(Step::Request, &code, &code.hash(), &request.bytes, rng)?;
        Ok((Self { code, request, expires: deadline(now) }, sealed))
    }

    /// Where the primary's answers come.
    pub fn rendezvous(&self) -> &[u8; 16] {
        self.code.rendezvous()
    }

    /// When the reveal is no longer taken.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Takes the primary's nonce.
    ///
    /// # Errors
    /// [`LinkError::Expired`], [`LinkError::Malformed`]; [`LinkError::NotAuthentic`], also when the primary has
    /// taken another device's request; [`LinkError::WrongNonce`].
    pub fn receive(&self, reveal: &[u8], now: Timestamp) -> Result<Comparing, LinkError> {
        check_deadline(self.expires, now)?;
        let content = sealed::open(Step::Reveal, &self.code, &self.request.hash(&self.code), reveal)?;
        let nonce = Zeroizing::new(fixed("link reveal nonce", &content)?);
        // spec: IDENTITY-86
        if commitment(&nonce) != *self.code.commitment() {
            return Err(LinkError::WrongNonce);
        }
        let nonce = SecretBytes::from_bytes(&nonce);
        Ok(Comparing { code: self.code.copy(), request: self.request.clone(), nonce })
    }
}

/// The user compares, and approves on the primary. This state has no deadline: the primary's has, and its
/// approval may come late.
pub struct Comparing {
    pub(super) code: LinkCode,
    pub(super) request: Request,
    pub(super) nonce: SecretBytes<32>,
}

impl Comparing {
    /// What the user compares with the primary's screen.
    pub fn short_string(&self) -> ShortString {
        short_string(&self.request.hash(&self.code), self.nonce.as_bytes())
    }

    /// The own device, as it asked to be linked.
    pub fn device(&self) -> &DevicePublic {
        &self.request.device
    }

    /// Where the approval comes.
    pub fn rendezvous(&self) -> &[u8; 16] {
        self.code.rendezvous()
    }

    /// Takes the approval: a current list of the code's account that has this device with its keys.
    ///
    /// # Errors
    /// [`LinkError::Malformed`], [`LinkError::NotAuthentic`], and [`LinkError::Identity`] for what is wrong with
    /// the list.
    pub fn receive(&self, approval: &[u8], now: Timestamp) -> Result<Linked, LinkError> {
        let context = transcript(&self.request.hash(&self.code), self.nonce.as_bytes());
        let content = sealed::open(Step::Approval, &self.code, &context, approval)?;
        let list =
            ReceivedDeviceList::parse(SignedDeviceList::decode_strict(&content)?)?.verify(now.day())?;
        // spec: IDENTITY-88
        check_listed(&list, self.code.account(), self.device())?;
        list.check_current(now.day())?;
        Ok(Linked { list })
    }
}

/// The device belongs to the account. Stored as the list that says so.
#[derive(Debug)]
pub struct Linked {
    /// The account's list, which has this device.
    pub list: DeviceList,
}

/// The new device's side in either state, as it is stored.
#[derive(Debug)]
pub enum NewDevice {
    /// See [`Requesting`].
    Requesting(Requesting),
    /// See [`Comparing`].
    Comparing(Comparing),
}

impl NewDevice {
    /// The record, which is secret.
    pub fn to_record(&self) -> LinkDeviceRecord {
        let mut record = LinkDeviceRecord::default();
        record.version = RECORD_VERSION;
        let (code, request) = match self {
            Self::Requesting(Requesting { code, request, expires }) => {
                record.expires = expires.as_ms();
                (code, request)
            }
            Self::Comparing(Comparing { code, request, nonce }) => {
                record.nonce = nonce.as_bytes().to_vec();
                (code, request)
            }
        };
        record.code = code.payload().as_bytes().to_vec();
        record.request = request.bytes.clone();
        record
    }

    /// Goes on from a record. The request in it is verified anew.
    ///
    /// # Errors
    /// [`LinkError::Malformed`], [`LinkError::WrongNonce`] and [`LinkError::Identity`] for a record that
    /// [`to_record`](Self::to_record) never gives.
    pub fn from_record(record: &LinkDeviceRecord) -> Result<Self, LinkError> {
        let code = LinkCode::from_payload(&record.code)?;
        let request = Request::verify(&code, &record.request)?;
        if record.nonce.is_empty() {
            let expires = Timestamp::from_ms(record.expires);
            return Ok(Self::Requesting(Requesting { code, request, expires }));
        }
        let nonce = Zeroizing::new(fixed("link device record nonce", &record.nonce)?);
        if commitment(&nonce) != *code.commitment() {
            return Err(LinkError::WrongNonce);
        }
        Ok(Self::Comparing(Comparing { code, request, nonce: SecretBytes::from_bytes(&nonce) }))
    }
}

impl fmt::Debug for Requesting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, request, expires: _ } = self;
        write!(f, "Requesting({code:?}, {})", request.device.id)
    }
}

impl fmt::Debug for Comparing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, request, nonce: _ } = self;
        write!(f, "Comparing({code:?}, {})", request.device.id)
    }
}
