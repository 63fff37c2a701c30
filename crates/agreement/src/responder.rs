//! The responder's side.

use alloc::boxed::Box;
use core::num::NonZeroU64;

use entrenous_identity::{
    AccountId, AccountPublicKey, Day, DeviceId, DeviceKeys, DeviceList, DevicePublic, HandshakeHash,
    IdentityError, ReceivedDeviceList, ResponderSecret, Resumption, ResumptionId,
    session_secret::SignedPrekey,
};
use entrenous_primitives::{
    ml_kem::Ciphertext1024,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{Malformed, Reason, Strict, fixed, handshake, proto};

use crate::{
    AgreementError, Mode, OneTimePrekey, PrekeyId, PrekeySecret,
    key_schedule::{SharedSecrets, session_secret},
    transcript::{Ephemeral, Exchange, KemKey, Party, transcript},
};

/// A handshake part as it came, parsed but believed in nothing.
///
/// The caller has looked up [`HandshakeHash::of`] it among its sessions before it comes here: a later prekey
/// message of a known session needs no prekey any more.
#[derive(Clone, Debug)]
pub struct ReceivedHandshake {
    hash: HandshakeHash,
    list: ReceivedDeviceList,
    fields: HandshakeFields,
}

#[derive(Clone, Debug)]
struct HandshakeFields {
    device_id: DeviceId,
    signing_key: [u8; 32],
    agreement_key: [u8; 32],
    recipient: DeviceId,
    recipient_list_epoch: u32,
    counter: NonZeroU64,
    mode: Mode<ResumptionId>,
    ephemeral: PublicKey<Ephemeral>,
    signed_prekey: PrekeyId,
    one_time_prekey: Option<PrekeyId>,
    ciphertext: Box<Ciphertext1024>,
}

impl ReceivedHandshake {
    /// Reads a handshake part in its one encoding; nothing is verified yet.
    ///
    /// # Errors
    /// [`AgreementError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AgreementError> {
        let handshake = proto::Handshake::decode_strict(bytes)?;
        let mode = match handshake::Mode::of(&handshake)? {
            handshake::Mode::Fresh => Mode::Fresh,
            handshake::Mode::Continued => Mode::Continued(ResumptionId(fixed(
                "handshake continued secret id",
                &handshake.continued_secret_id,
            )?)),
            handshake::Mode::Reset => Mode::Reset,
        };
        let ephemeral = &fixed("handshake ephemeral key", &handshake.ephemeral)?;
        let fields = HandshakeFields {
            device_id: DeviceId::new(handshake.device_id)
                .ok_or(Malformed::new("device id", Reason::Invalid))?,
            signing_key: fixed("handshake signing key", &handshake.signing_key)?,
            agreement_key: fixed("handshake agreement key", &handshake.agreement_key)?,
            recipient: DeviceId::new(handshake.recipient_device_id)
                .ok_or(Malformed::new("recipient device id", Reason::Invalid))?,
            recipient_list_epoch: handshake.recipient_list_epoch,
            counter: NonZeroU64::new(handshake.counter)
                .ok_or(Malformed::new("session counter", Reason::Invalid))?,
            mode,
            // spec: AGREE-3
            ephemeral: PublicKey::from_bytes(ephemeral)
                .map_err(|_| Malformed::new("ephemeral key", Reason::Invalid))?,
            signed_prekey: PrekeyId::new(handshake.signed_prekey_id)
                .ok_or(Malformed::new("signed prekey id", Reason::Invalid))?,
            one_time_prekey: handshake
                .one_time_prekey_id
                .map(|id| PrekeyId::new(id).ok_or(Malformed::new("one-time prekey id", Reason::Invalid)))
                .transpose()?,
            ciphertext: Box::new(Ciphertext1024::from_bytes(&fixed(
                "handshake kem ciphertext",
                &handshake.kem_ciphertext,
            )?)),
        };
        let list = ReceivedDeviceList::parse(
            handshake.device_list.ok_or(Malformed::new("device list", Reason::Invalid))?,
        )?;
        Ok(Self { hash: HandshakeHash::of(bytes), list, fields })
    }

    /// The account and device that the handshake claims to come from. Nothing proves them yet.
    pub fn claimed(&self) -> (AccountId, DeviceId) {
        (self.list.claimed_account(), self.fields.device_id)
    }

    /// Verifies that the initiator's account vouches for its device: the list holds and has the quoted device
    /// with the quoted keys. Without this anybody could quote somebody else's public account key.
    ///
    /// # Errors
    /// [`AgreementError::Identity`] when it doesn't, [`AgreementError::WrongRecipient`] when the handshake is
    /// for another device than `recipient`.
    pub fn verify(self, recipient: DeviceId, today: Day) -> Result<VerifiedHandshake, AgreementError> {
        let Self { hash, list, fields } = self;
        // spec: AGREE-13
        if fields.recipient != recipient {
            return Err(AgreementError::WrongRecipient);
        }
        let list = list.verify(today)?;
        list.check_current(today)?;
        // spec: AGREE-14
        let device = list.device(fields.device_id)?;
        if *device.signing.as_bytes() != fields.signing_key
            || *device.agreement.as_bytes() != fields.agreement_key
        {
            return Err(IdentityError::UnknownDevice.into());
        }
        Ok(VerifiedHandshake { hash, list, device, fields })
    }
}

/// The own list that the initiator saw in the bundle, by its epoch in the handshake part.
#[derive(Clone, Copy, Debug)]
pub struct OwnList<'a> {
    /// The own account's key.
    pub account: &'a AccountPublicKey,
    /// That list's epoch.
    pub epoch: u32,
    /// That list's hash.
    pub hash: &'a [u8; 32],
}

impl<'a> From<&'a DeviceList> for OwnList<'a> {
    fn from(list: &'a DeviceList) -> Self {
        Self { account: list.account_key(), epoch: list.epoch(), hash: list.hash() }
    }
}

/// A handshake whose initiator is who it claims to be listed as; that it holds the device's secret keys only
/// the first message's decryption shows.
#[derive(Debug)]
pub struct VerifiedHandshake {
    hash: HandshakeHash,
    list: DeviceList,
    device: DevicePublic,
    fields: HandshakeFields,
}

impl VerifiedHandshake {
    /// The initiator's device list.
    pub fn device_list(&self) -> &DeviceList {
        &self.list
    }

    /// The initiator's device.
    pub fn device(&self) -> &DevicePublic {
        &self.device
    }

    /// The session counter that the initiator chose.
    pub fn counter(&self) -> NonZeroU64 {
        self.fields.counter
    }

    /// How the session relates to the one before it; continued names the secret that is needed for
    /// [`VerifiedHandshake::agree`].
    pub fn mode(&self) -> Mode<ResumptionId> {
        self.fields.mode
    }

    /// The epoch of the own device list that the initiator saw.
    pub fn recipient_list_epoch(&self) -> u32 {
        self.fields.recipient_list_epoch
    }

    /// The signed prekey that is needed for [`VerifiedHandshake::agree`].
    pub fn signed_prekey(&self) -> PrekeyId {
        self.fields.signed_prekey
    }

    /// The one-time prekey that is needed for [`VerifiedHandshake::agree`], if one was used.
    pub fn one_time_prekey(&self) -> Option<PrekeyId> {
        self.fields.one_time_prekey
    }

    /// Derives the session. Nothing is to be released or stored, and no prekey deleted, before the first
    /// message opens under it.
    ///
    /// # Errors
    /// [`AgreementError::WrongKey`] when a prekey, the list or the resumption secret is not the one that the
    /// handshake names, or one is missing or given that it doesn't name;
    /// [`AgreementError::NonContributory`] for small-order keys.
    pub fn agree(
        self,
        device: &DeviceKeys,
        own_list: OwnList<'_>,
        signed: &PrekeySecret<SignedPrekey>,
        one_time: Option<&PrekeySecret<OneTimePrekey>>,
        continued: Option<&Resumption>,
    ) -> Result<ResponderSecret, AgreementError> {
        let Self { hash, list, device: peer, fields } = self;
        // spec: AGREE-16, AGREE-32
        if device.public().id != fields.recipient
            || own_list.epoch != fields.recipient_list_epoch
            || signed.public().id != fields.signed_prekey
            || one_time.map(|prekey| prekey.public().id) != fields.one_time_prekey
            || continued.map(Resumption::id).as_ref() != fields.mode.continued()
        {
            return Err(AgreementError::WrongKey);
        }
        // spec: AGREE-8
        let secrets = SharedSecrets {
            dh1: signed.curve().agree(&peer.agreement)?,
            dh2: device.agreement().agree(&fields.ephemeral)?,
            dh3: signed.curve().agree(&fields.ephemeral)?,
            dh4: one_time.map(|prekey| prekey.curve().agree(&fields.ephemeral)).transpose()?,
            ss: match one_time {
                Some(prekey) => prekey.kem().decapsulate(&fields.ciphertext),
                None => signed.kem().decapsulate(&fields.ciphertext),
            },
        };
        let transcript = transcript(
            &Party {
                account: list.account_key(),
                device: &peer,
                list_epoch: list.epoch(),
                list_hash: list.hash(),
            },
            &Party {
                account: own_list.account,
                device: device.public(),
                list_epoch: own_list.epoch,
                list_hash: own_list.hash,
            },
            &Exchange {
                signed_id: signed.public().id,
                signed: &signed.public().curve,
                kem: one_time
                    .map_or(KemKey::Signed(&signed.public().kem), |prekey| KemKey::OneTime(prekey.public())),
                ephemeral: &fields.ephemeral,
                ciphertext: &fields.ciphertext,
                counter: fields.counter.get(),
                mode: fields.mode.kind(),
                continued,
            },
        );
        Ok(ResponderSecret {
            session: session_secret(&secrets, continued, transcript, hash),
            prekey: SecretKey::from_bytes(signed.curve().as_bytes()),
        })
    }
}
