//! What is compared, and how a run begins from it.

use entrenous_primitives::{
    hash::sha256,
    random::{RandomError, draw},
    secret::SecretBytes,
};
use entrenous_wire::{
    label,
    sas::{RUN_LEN, SasMessage, SasStep},
};
use rand_core::TryCryptoRng;

use super::{Asked, Committed, Sas, SasError};
use crate::{DeviceList, Transcript};

/// Whose account id is the lower: he commits, the other answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Lower,
    Higher,
}

/// What one side believes: both account keys, both device lists, and the session. Both sides' are the same
/// exactly if nobody stands between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    pub(super) hash: [u8; 32],
    pub(super) side: Side,
}

impl View {
    /// What we believe, over the session with transcript hash T.
    ///
    /// # Errors
    /// [`SasError::OneAccount`].
    pub fn new(own: &DeviceList, peer: &DeviceList, transcript: &Transcript) -> Result<Self, SasError> {
        let (side, [lower, higher]) = match own.account_id().cmp(&peer.account_id()) {
            core::cmp::Ordering::Less => (Side::Lower, [own, peer]),
            core::cmp::Ordering::Greater => (Side::Higher, [peer, own]),
            core::cmp::Ordering::Equal => return Err(SasError::OneAccount),
        };
        let [lower_key, higher_key] = [lower, higher].map(|list| list.account_key().as_bytes());
        let hash = view_hash([lower_key, higher_key, lower.hash(), higher.hash(), &transcript.0]);
        Ok(Self { hash, side })
    }

    /// Begins: commits when our id is the lower, and asks the other to commit when it is not. The message is to
    /// be sent once the state is stored.
    ///
    /// # Errors
    /// [`SasError::Random`].
    pub fn begin(self, rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<(Sas, SasMessage), SasError> {
        match self.side {
            Side::Lower => {
                let (state, message) = self.commit(rng)?;
                Ok((Sas::Committed(state), message))
            }
            Side::Higher => {
                let ask = self.message(SasStep::Ask, [0; RUN_LEN], [0; 32]);
                Ok((Sas::Asked(Asked { view: self }), ask))
            }
        }
    }

    /// Joins what the other side began with `first`, once the user has agreed to compare.
    ///
    /// # Errors
    /// [`SasError::DifferentView`], [`SasError::Unexpected`] for a message that begins nothing,
    /// [`SasError::Random`].
    pub fn join(
        self,
        first: &SasMessage,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<(Sas, SasMessage), SasError> {
        // spec: IDENTITY-71
        match (self.side, first.step) {
            (Side::Lower, SasStep::Ask) => {
                self.check(first)?;
                let (state, message) = self.commit(rng)?;
                Ok((Sas::Committed(state), message))
            }
            (Side::Higher, SasStep::Commit) => {
                let (state, message) = Asked { view: self }.receive(first, rng)?;
                Ok((Sas::Answered(state), message))
            }
            _ => Err(SasError::Unexpected),
        }
    }

    fn commit(self, rng: &mut (impl TryCryptoRng + ?Sized)) -> Result<(Committed, SasMessage), RandomError> {
        let run = *draw(rng)?.as_bytes();
        let nonce = draw(rng)?;
        // spec: IDENTITY-72
        let message = self.message(SasStep::Commit, run, self.commitment(&run, &nonce));
        Ok((Committed { view: self, run, nonce }, message))
    }

    pub(super) fn commitment(&self, run: &[u8; RUN_LEN], nonce: &SecretBytes<32>) -> [u8; 32] {
        sha256(&[label::SAS_COMMITMENT, &self.hash, run, nonce.as_bytes()])
    }

    /// The transcript hash of a run.
    pub(super) fn transcript(
        &self,
        run: &[u8; RUN_LEN],
        lower: &[u8; 32],
        higher: &[u8; 32],
    ) -> SecretBytes<32> {
        // spec: IDENTITY-74
        SecretBytes::from_bytes(&sha256(&[label::SAS_TRANSCRIPT, &self.hash, run, lower, higher]))
    }

    pub(super) fn message(&self, step: SasStep, run: [u8; RUN_LEN], value: [u8; 32]) -> SasMessage {
        SasMessage { step, view: self.hash, run, value }
    }

    pub(super) fn check(&self, message: &SasMessage) -> Result<(), SasError> {
        // spec: IDENTITY-71
        if message.view == self.hash { Ok(()) } else { Err(SasError::DifferentView) }
    }
}

/// H(label ‖ lower account key ‖ higher account key ‖ lower's list hash ‖ higher's list hash ‖ T)
pub(super) fn view_hash(parts: [&[u8; 32]; 5]) -> [u8; 32] {
    // spec: IDENTITY-70
    let [lower_key, higher_key, lower_list, higher_list, transcript] = parts;
    sha256(&[label::SAS_VIEW, lower_key, higher_key, lower_list, higher_list, transcript])
}
