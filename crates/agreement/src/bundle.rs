//! A bundle: all that is needed to write to a device that is offline.

use entrenous_identity::{
    AccountId, Day, DeviceId, DeviceKeys, DeviceList, DevicePublic, IdentityError, ReceivedDeviceList,
    session_secret::SignedPrekey,
};
use entrenous_wire::{Malformed, Reason, Strict, proto};

use crate::{AgreementError, OneTimePrekey, Prekey, PrekeySecret};

/// Writes the bundle of `device`, listed in `list`, for the directory.
pub fn publish(
    list: &DeviceList,
    device: &DeviceKeys,
    signed: &PrekeySecret<SignedPrekey>,
    one_time: Option<&PrekeySecret<OneTimePrekey>>,
) -> proto::Bundle {
    let account = list.account_id();
    proto::Bundle {
        device_list: Some(list.signed().clone()),
        device_id: device.public().id.get(),
        signed_prekey: Some(signed.publish(&account, device)),
        one_time_prekey: one_time.map(|prekey| prekey.publish(&account, device)),
    }
}

/// What to do with a bundle whose signed prekey has expired: its owner has been away for 90 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StalePrekeys {
    /// Refuse it with [`AgreementError::Stale`].
    Refuse,
    /// Use it: the application has decided so.
    Accept,
}

/// A bundle as it came, parsed but believed in nothing.
#[derive(Clone, Debug)]
pub struct ReceivedBundle {
    list: ReceivedDeviceList,
    device: DeviceId,
    signed: proto::Prekey,
    one_time: Option<proto::Prekey>,
}

impl ReceivedBundle {
    /// Reads a bundle in its one encoding; nothing is verified yet.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let bundle = proto::Bundle::decode_strict(bytes)?;
        Ok(Self {
            list: ReceivedDeviceList::parse(
                bundle.device_list.ok_or(Malformed::new("device list", Reason::Invalid))?,
            )?,
            device: DeviceId::new(bundle.device_id).ok_or(Malformed::new("device id", Reason::Invalid))?,
            signed: bundle.signed_prekey.ok_or(Malformed::new("signed prekey", Reason::Invalid))?,
            one_time: bundle.one_time_prekey,
        })
    }

    /// The account that the bundle claims to be of. Nothing proves it yet.
    pub fn claimed_account(&self) -> AccountId {
        self.list.claimed_account()
    }

    /// The device that the bundle claims to be of. Nothing proves it yet.
    pub fn claimed_device(&self) -> DeviceId {
        self.device
    }

    /// Verifies the whole chain: the list is signed by the expected account, the device is in it and signed
    /// its own entry, and both prekeys are signed by the device.
    ///
    /// An expired one-time prekey is left unused, as if the directory had none.
    ///
    /// # Errors
    /// [`IdentityError::IdentityMismatch`] for another account's bundle; whatever is wrong with list, device
    /// or prekeys otherwise.
    pub fn verify(
        self,
        expected: &AccountId,
        today: Day,
        stale: StalePrekeys,
    ) -> Result<Bundle, AgreementError> {
        let list = self.list.verify(today)?;
        // spec: AGREE-5
        if list.account_id() != *expected {
            return Err(IdentityError::IdentityMismatch.into());
        }
        list.check_current(today)?;
        let device = list.device(self.device)?;
        let signed = Prekey::<SignedPrekey>::verify(&self.signed, expected, &device, today)?;
        // spec: AGREE-6
        if signed.is_stale(today) && stale == StalePrekeys::Refuse {
            return Err(AgreementError::Stale);
        }
        let one_time =
            self.one_time.map(|prekey| Prekey::verify(&prekey, expected, &device, today)).transpose()?;
        // spec: AGREE-17
        Ok(Bundle { list, device, signed, one_time: one_time.filter(|prekey| !prekey.is_stale(today)) })
    }
}

/// A bundle that is what it claims.
#[derive(Debug)]
pub struct Bundle {
    pub(crate) list: DeviceList,
    pub(crate) device: DevicePublic,
    pub(crate) signed: Prekey<SignedPrekey>,
    pub(crate) one_time: Option<Prekey<OneTimePrekey>>,
}

impl Bundle {
    /// The peer's device list.
    pub fn device_list(&self) -> &DeviceList {
        &self.list
    }

    /// The device that the bundle is of.
    pub fn device(&self) -> &DevicePublic {
        &self.device
    }

    /// Whether the handshake will use a one-time prekey. Without one, whoever steals the signed prekey's
    /// secret before it is deleted can read the first messages.
    pub fn has_one_time_prekey(&self) -> bool {
        self.one_time.is_some()
    }
}
