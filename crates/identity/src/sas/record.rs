//! The stored form of a comparison: the application may be ended between two messages.

use entrenous_primitives::secret::SecretBytes;
use entrenous_wire::{Malformed, Reason, fixed, proto::SasRecord, records::RECORD_VERSION, sas::SasMessage};
use zeroize::Zeroizing;

use super::{
    Answered, Asked, Committed, Comparing,
    view::{Side, View},
};

/// A comparison in whichever state it is.
#[derive(Debug)]
pub enum Sas {
    /// See [`Asked`].
    Asked(Asked),
    /// See [`Committed`].
    Committed(Committed),
    /// See [`Answered`].
    Answered(Answered),
    /// See [`Comparing`].
    Comparing(Comparing),
}

impl Sas {
    /// Whether `message` is what comes next. If not, it is left aside and the state kept.
    pub fn expects(&self, message: &SasMessage) -> bool {
        match self {
            Self::Asked(state) => state.expects(message),
            Self::Committed(state) => state.expects(message),
            Self::Answered(state) => state.expects(message),
            Self::Comparing(_) => false,
        }
    }

    /// The record, which is secret until the nonces are revealed.
    pub fn to_record(&self) -> SasRecord {
        let mut record = SasRecord::default();
        record.version = RECORD_VERSION;
        let view = match self {
            Self::Asked(Asked { view }) => {
                record.state = 1;
                view
            }
            Self::Committed(Committed { view, run, nonce }) => {
                record.state = 2;
                record.run = run.to_vec();
                record.secret = nonce.as_bytes().to_vec();
                view
            }
            Self::Answered(Answered { view, run, nonce, commitment }) => {
                record.state = 3;
                record.run = run.to_vec();
                record.secret = nonce.as_bytes().to_vec();
                record.commitment = commitment.to_vec();
                view
            }
            Self::Comparing(Comparing { view, transcript }) => {
                record.state = 4;
                record.secret = transcript.as_bytes().to_vec();
                view
            }
        };
        record.view = view.hash.to_vec();
        record.side = match view.side {
            Side::Lower => 1,
            Side::Higher => 2,
        };
        record
    }

    /// Goes on from a record.
    ///
    /// # Errors
    /// [`Malformed`] for a record that [`to_record`](Self::to_record) never gives.
    pub fn from_record(record: &SasRecord) -> Result<Self, Malformed> {
        let side = match record.side {
            1 => Side::Lower,
            2 => Side::Higher,
            _ => return Err(Malformed::new("sas record side", Reason::Range)),
        };
        let view = View { hash: fixed("sas record view", &record.view)?, side };
        let run = || fixed("sas record run", &record.run);
        let secret = || {
            let bytes = Zeroizing::new(fixed("sas record secret", &record.secret)?);
            Ok::<_, Malformed>(SecretBytes::from_bytes(&bytes))
        };
        match (record.state, side) {
            (1, Side::Higher) => Ok(Self::Asked(Asked { view })),
            (2, Side::Lower) => Ok(Self::Committed(Committed { view, run: run()?, nonce: secret()? })),
            (3, Side::Higher) => {
                let commitment = fixed("sas record commitment", &record.commitment)?;
                Ok(Self::Answered(Answered { view, run: run()?, nonce: secret()?, commitment }))
            }
            (4, _) => Ok(Self::Comparing(Comparing { view, transcript: secret()? })),
            _ => Err(Malformed::new("sas record state", Reason::Inconsistent)),
        }
    }
}
