//! The stores that wacore-libsignal asks for, each of one thing in memory. They answer at once and hand records over whole,
//! which is the fastest that it offers.

use std::{num::NonZeroU64, sync::Mutex};

use async_trait::async_trait;
use wacore_libsignal::protocol::{
    Direction, IdentityChange, IdentityKey, IdentityKeyPair, IdentityKeyStore, PreKeyId, PreKeyRecord,
    PreKeyStore, ProtocolAddress, SessionCheckoutKey, SessionCheckoutStoreResult, SessionRecord,
    SessionStore, SignalProtocolError, SignedPreKeyId, SignedPreKeyRecord, SignedPreKeyStore, error::Result,
};

/// The session with the one other.
#[derive(Default)]
pub struct Sessions(Mutex<Option<SessionRecord>>);

impl Sessions {
    pub fn of(record: SessionRecord) -> Self {
        Self(Mutex::new(Some(record)))
    }

    /// A copy of the record.
    pub fn record(&self) -> SessionRecord {
        self.0.lock().expect("one thread").clone().expect("a session")
    }

    fn own(&mut self) -> &mut Option<SessionRecord> {
        self.0.get_mut().expect("one thread")
    }
}

/// Names the one checkout.
const CHECKOUT: SessionCheckoutKey = SessionCheckoutKey::new(0, NonZeroU64::MIN);

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, _: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        Ok(self.0.lock().expect("one thread").clone())
    }

    fn try_load_session_for_update(
        &self,
        _: &ProtocolAddress,
    ) -> Option<Result<(Option<SessionRecord>, Option<SessionCheckoutKey>)>> {
        Some(Ok((self.0.lock().expect("one thread").take(), Some(CHECKOUT))))
    }

    async fn has_session(&self, _: &ProtocolAddress) -> Result<bool> {
        Ok(self.0.lock().expect("one thread").is_some())
    }

    async fn store_session(&mut self, _: &ProtocolAddress, record: SessionRecord) -> Result<()> {
        *self.own() = Some(record);
        Ok(())
    }

    fn try_store_session_from_checkout(
        &mut self,
        _: &ProtocolAddress,
        record: SessionRecord,
        _: Option<SessionCheckoutKey>,
        _: bool,
    ) -> SessionCheckoutStoreResult {
        *self.own() = Some(record);
        SessionCheckoutStoreResult::Stored
    }
}

/// The own identity; all others are trusted.
#[derive(Clone)]
pub struct Identity(pub IdentityKeyPair);

#[async_trait]
impl IdentityKeyStore for Identity {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(self.0.clone())
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(1)
    }

    async fn save_identity(&mut self, _: &ProtocolAddress, _: &IdentityKey) -> Result<IdentityChange> {
        Ok(IdentityChange::NewOrUnchanged)
    }

    fn try_save_identity(&mut self, _: &ProtocolAddress, _: &IdentityKey) -> Option<Result<IdentityChange>> {
        Some(Ok(IdentityChange::NewOrUnchanged))
    }

    async fn is_trusted_identity(&self, _: &ProtocolAddress, _: &IdentityKey, _: Direction) -> Result<bool> {
        Ok(true)
    }

    fn try_is_trusted_identity(
        &self,
        _: &ProtocolAddress,
        _: &IdentityKey,
        _: Direction,
    ) -> Option<Result<bool>> {
        Some(Ok(true))
    }

    async fn get_identity(&self, _: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(None)
    }
}

/// The one one-time prekey, if there is one.
#[derive(Clone, Default)]
pub struct OneTime(pub Option<PreKeyRecord>);

#[async_trait]
impl PreKeyStore for OneTime {
    async fn get_pre_key(&self, _: PreKeyId) -> Result<PreKeyRecord> {
        self.0.clone().ok_or(SignalProtocolError::InvalidPreKeyId)
    }

    async fn save_pre_key(&mut self, _: PreKeyId, record: &PreKeyRecord) -> Result<()> {
        self.0 = Some(record.clone());
        Ok(())
    }

    async fn remove_pre_key(&mut self, _: PreKeyId) -> Result<()> {
        self.0 = None;
        Ok(())
    }
}

/// The one signed prekey, if there is one.
#[derive(Clone, Default)]
pub struct Signed(pub Option<SignedPreKeyRecord>);

#[async_trait]
impl SignedPreKeyStore for Signed {
    async fn get_signed_pre_key(&self, _: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        self.0.clone().ok_or(SignalProtocolError::InvalidSignedPreKeyId)
    }

    async fn save_signed_pre_key(&mut self, _: SignedPreKeyId, record: &SignedPreKeyRecord) -> Result<()> {
        self.0 = Some(record.clone());
        Ok(())
    }
}
