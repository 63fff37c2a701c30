//! A device of its own account, with prekeys, as a directory and a peer see it.

use core::num::NonZeroU64;

use entrenous_agreement::{
    AgreementError, Bundle, Initiator, Mode, OneTimePrekey, OwnList, PrekeyId, PrekeySecret, ReceivedBundle,
    ReceivedHandshake, StalePrekeys, bundle,
};
use entrenous_identity::{
    AccountId, AccountKey, Day, DeviceKeys, DeviceList, InitiatorSecret, ResponderSecret, Resumption,
    Timestamp, session_secret::SignedPrekey,
};
use entrenous_wire::Strict;

use crate::rng::ScriptedRng;

/// The day on which the tests' stories begin.
pub const TODAY: Day = Day(20_000);

/// The beginning of a day.
pub fn start_of(day: Day) -> Timestamp {
    Timestamp::from_ms(u64::from(day.0) * 86_400_000)
}

/// Days that the prekeys of the tests live.
pub const PREKEY_DAYS: u32 = 90;

/// An account with its one device and one prekey of each kind.
#[derive(Debug)]
pub struct TestDevice {
    /// The account's key.
    pub account: AccountKey,
    /// The device's keys.
    pub keys: DeviceKeys,
    /// The list that binds both.
    pub list: DeviceList,
    /// The signed prekey.
    pub signed: PrekeySecret<SignedPrekey>,
    /// The one-time prekey.
    pub one_time: PrekeySecret<OneTimePrekey>,
}

impl TestDevice {
    /// The device of `seed`, the same in every run.
    pub fn new(seed: u64) -> Self {
        let rng = &mut ScriptedRng::new(seed);
        let account = AccountKey::generate(rng).expect("scripted");
        let keys = DeviceKeys::generate(rng).expect("scripted");
        let id = AccountId::of(&account.verifying_key());
        let list = DeviceList::first(&account, &[keys.entry(&id)], TODAY).expect("one device");
        let prekey_id = PrekeyId::new(1).expect("not zero");
        let signed = PrekeySecret::generate(prekey_id, TODAY, PREKEY_DAYS, rng).expect("scripted");
        let one_time = PrekeySecret::generate(prekey_id, TODAY, PREKEY_DAYS, rng).expect("scripted");
        Self { account, keys, list, signed, one_time }
    }

    /// The account's address.
    pub fn account_id(&self) -> AccountId {
        self.list.account_id()
    }

    /// The bundle's bytes, as a directory hands them out.
    pub fn bundle_bytes(&self, one_time: bool) -> Vec<u8> {
        let one_time = one_time.then_some(&self.one_time);
        bundle::publish(&self.list, &self.keys, &self.signed, one_time).encode_canonical()
    }

    /// The bundle, verified.
    pub fn bundle(&self, one_time: bool) -> Bundle {
        let received = ReceivedBundle::parse(&self.bundle_bytes(one_time)).expect("well-formed");
        received.verify(&self.account_id(), TODAY, StalePrekeys::Refuse).expect("genuine")
    }

    /// The initiator's half of a handshake with `peer`.
    pub fn initiate(&self, peer: &Self, one_time: bool, seed: u64) -> InitiatorSecret {
        self.initiate_as(Mode::Fresh, peer, one_time, seed)
    }

    /// The initiator's half of a handshake with `peer`, in any mode.
    pub fn initiate_as(
        &self,
        mode: Mode<Resumption>,
        peer: &Self,
        one_time: bool,
        seed: u64,
    ) -> InitiatorSecret {
        let counter = NonZeroU64::MIN;
        Initiator::new(&self.keys, &self.list, peer.bundle(one_time), counter, mode, TODAY)
            .and_then(|initiator| initiator.agree(&mut ScriptedRng::new(seed)))
            .expect("both lists are current")
    }

    /// The responder's half, for the handshake part as received.
    ///
    /// # Errors
    /// Whatever is wrong with the handshake part.
    pub fn respond(&self, handshake: &[u8]) -> Result<ResponderSecret, AgreementError> {
        self.respond_with(handshake, None)
    }

    /// The responder's half, with a secret of a session to be continued.
    ///
    /// # Errors
    /// Whatever is wrong with the handshake part.
    pub fn respond_with(
        &self,
        handshake: &[u8],
        continued: Option<&Resumption>,
    ) -> Result<ResponderSecret, AgreementError> {
        let verified = ReceivedHandshake::parse(handshake)?.verify(self.keys.public().id, TODAY)?;
        let one_time = verified.one_time_prekey().map(|_| &self.one_time);
        verified.agree(&self.keys, OwnList::from(&self.list), &self.signed, one_time, continued)
    }
}
