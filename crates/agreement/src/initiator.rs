//! The initiator's side.

use alloc::vec::Vec;
use core::num::NonZeroU64;

use entrenous_identity::{
    Day, DeviceKeys, DeviceList, HandshakeHash, IdentityError, InitiatorSecret, Resumption,
};
use entrenous_primitives::{random::draw, x25519::SecretKey};
use entrenous_wire::{Strict, proto};
use rand_core::TryCryptoRng;

use crate::{
    AgreementError, Bundle, Mode,
    key_schedule::{SharedSecrets, session_secret},
    transcript::{Ephemeral, Exchange, KemKey, Party, transcript},
};

/// Ready to agree with the device of a verified bundle.
#[derive(Debug)]
pub struct Initiator<'a> {
    device: &'a DeviceKeys,
    list: &'a DeviceList,
    bundle: Bundle,
    counter: NonZeroU64,
    mode: Mode<Resumption>,
}

impl<'a> Initiator<'a> {
    /// Takes the own device with the list that proves its account, the peer's bundle, the session counter of
    /// this pair of devices, and how the session relates to the one before: fresh when there was none.
    ///
    /// # Errors
    /// [`IdentityError::UnknownDevice`] when the own list doesn't have the own device (a device that was
    /// removed must stop), [`IdentityError::Expired`] when either list has expired.
    pub fn new(
        device: &'a DeviceKeys,
        list: &'a DeviceList,
        bundle: Bundle,
        counter: NonZeroU64,
        mode: Mode<Resumption>,
        today: Day,
    ) -> Result<Self, AgreementError> {
        // spec: AGREE-7
        list.check_current(today)?;
        bundle.list.check_current(today)?;
        if !list.has(device.public()) {
            return Err(IdentityError::UnknownDevice.into());
        }
        Ok(Self { device, list, bundle, counter, mode })
    }

    /// Draws E_A and the encapsulation, and derives the session.
    ///
    /// ```text
    /// dh1 = DH(I_A, S_B)   dh2 = DH(E_A, I_B)   dh3 = DH(E_A, S_B)   dh4 = DH(E_A, O_B) if there is one
    /// (ct, ss) = Encaps(one-time KEM key, else the signed one)
    /// ```
    ///
    /// # Errors
    /// [`AgreementError::NonContributory`] for small-order keys, [`AgreementError::Random`].
    pub fn agree(self, rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<InitiatorSecret, AgreementError> {
        let Self { device, list, bundle, counter, mode } = self;
        let ephemeral = SecretKey::<Ephemeral>::generate(rng)?;
        let randomness = draw::<32>(rng)?;

        let (ct, ss) = match &bundle.one_time {
            Some(prekey) => prekey.kem.encapsulate(randomness.as_bytes()),
            None => bundle.signed.kem.encapsulate(randomness.as_bytes()),
        };
        // spec: AGREE-8
        let secrets = SharedSecrets {
            dh1: device.agreement().agree(&bundle.signed.curve)?,
            dh2: ephemeral.agree(&bundle.device.agreement)?,
            dh3: ephemeral.agree(&bundle.signed.curve)?,
            dh4: bundle.one_time.as_ref().map(|prekey| ephemeral.agree(&prekey.curve)).transpose()?,
            ss,
        };
        let ephemeral = ephemeral.public_key();
        let transcript = transcript(
            &Party {
                account: list.account_key(),
                device: device.public(),
                list_epoch: list.epoch(),
                list_hash: list.hash(),
            },
            &Party {
                account: bundle.list.account_key(),
                device: &bundle.device,
                list_epoch: bundle.list.epoch(),
                list_hash: bundle.list.hash(),
            },
            &Exchange {
                signed_id: bundle.signed.id,
                signed: &bundle.signed.curve,
                kem: bundle.one_time.as_ref().map_or(KemKey::Signed(&bundle.signed.kem), KemKey::OneTime),
                ephemeral: &ephemeral,
                ciphertext: &ct,
                counter: counter.get(),
                mode: mode.kind(),
                continued: mode.continued(),
            },
        );
        let handshake = proto::Handshake {
            device_list: Some(list.signed().clone()),
            device_id: device.public().id.get(),
            signing_key: device.public().signing.as_bytes().to_vec(),
            agreement_key: device.public().agreement.as_bytes().to_vec(),
            recipient_device_id: bundle.device.id.get(),
            recipient_list_epoch: bundle.list.epoch(),
            counter: counter.get(),
            // spec: AGREE-30
            mode: mode.kind().number().into(),
            continued_secret_id: mode.continued().map_or_else(Vec::new, |old| old.id().0.to_vec()),
            ephemeral: ephemeral.as_bytes().to_vec(),
            signed_prekey_id: bundle.signed.id.get(),
            one_time_prekey_id: bundle.one_time.as_ref().map(|prekey| prekey.id.get()),
            kem_ciphertext: ct.as_bytes().to_vec(),
        }
        .encode_canonical();
        let hash = HandshakeHash::of(&handshake);
        Ok(InitiatorSecret {
            session: session_secret(&secrets, mode.continued(), transcript, hash),
            peer_prekey: bundle.signed.curve,
            handshake,
        })
    }
}
