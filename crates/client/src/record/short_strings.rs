//! Comparisons of short strings: the one that goes on, those that others ask for, and how many there were.

use entrenous_identity::{AccountId, DeviceId, HandshakeHash, Timestamp, sas::Sas};
use entrenous_wire::{Strict, proto::SasRecord, sas::SasMessage};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{array, arrays, read, write};
use crate::{
    Address, Error,
    engine::{OPENED_LEN, Stored},
};

/// Others who may wait for an answer; the oldest goes for a further one.
const MAX_INVITED: usize = 16;
/// Tries that are remembered, of a day.
const MAX_TRIES: usize = 64;
/// Every so many tries with one account in a day are told.
const TOLD_TRIES: usize = 3;
const DAY_MS: u64 = 86_400_000;
/// A comparison that has not come to a verdict by then is over: ten minutes.
const RUN_MS: u64 = 600_000;

/// All comparisons.
#[derive(Debug, Default)]
pub(crate) struct ShortStrings {
    /// The one that the user takes part in.
    pub(crate) run: Option<ShortStringRun>,
    pub(crate) invited: Vec<Invited>,
    tries: Vec<(AccountId, Timestamp)>,
}

/// A comparison that the user takes part in.
#[derive(Debug)]
pub(crate) struct ShortStringRun {
    pub(crate) with: Address,
    /// The session that is compared.
    pub(crate) session: HandshakeHash,
    pub(crate) state: Sas,
    /// The opened client that began it.
    pub(crate) opened: [u8; OPENED_LEN],
    pub(crate) began: Timestamp,
}

/// Somebody who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invited {
    pub(crate) with: Address,
    pub(crate) first: SasMessage,
    pub(crate) came: Timestamp,
}

/// Whether what began at `then` is over. A clock that was set back ends it as well.
fn is_over(then: Timestamp, now: Timestamp) -> bool {
    now.as_ms().abs_diff(then.as_ms()) >= RUN_MS
}

impl ShortStrings {
    /// Takes out the comparison that has lasted too long, and the questions that nobody has answered.
    pub(crate) fn take_over(&mut self, now: Timestamp) -> Option<ShortStringRun> {
        self.invited.retain(|invited| !is_over(invited.came, now));
        self.run.take_if(|run| is_over(run.began, now))
    }

    /// Enters a question; tells whether it is the first of that device's.
    pub(crate) fn invite(&mut self, invited: Invited) -> bool {
        let before = self.invited.len();
        self.invited.retain(|other| other.with != invited.with);
        let first = self.invited.len() == before;
        if self.invited.len() >= MAX_INVITED {
            self.invited.remove(0);
        }
        self.invited.push(invited);
        first
    }

    /// Counts a try; tells whether there are so many that the user should know.
    // spec: IDENTITY-76
    pub(crate) fn count(&mut self, account: AccountId, now: Timestamp) -> bool {
        self.tries.retain(|(_, at)| now.as_ms().abs_diff(at.as_ms()) < DAY_MS);
        if self.tries.len() >= MAX_TRIES {
            self.tries.remove(0);
        }
        self.tries.push((account, now));
        self.tries.iter().filter(|(of, _)| *of == account).count().is_multiple_of(TOLD_TRIES)
    }

    /// The two have compared, and it was the same: the tries before count no more.
    pub(crate) fn succeeded(&mut self, account: &AccountId) {
        self.tries.retain(|(of, _)| of != account);
    }

    /// Whether nothing goes on and nobody asks.
    pub(crate) fn is_empty(&self) -> bool {
        self.run.is_none() && self.invited.is_empty()
    }

    /// Removes what there is of an account.
    pub(crate) fn forget(&mut self, account: &AccountId) {
        self.run.take_if(|run| run.with.account == *account);
        self.invited.retain(|invited| invited.with.account != *account);
        self.succeeded(account);
    }
}

#[derive(Clone, prost::Message)]
#[prost(skip_debug)]
struct ShortStringsProto {
    #[prost(message, optional, tag = "1")]
    run: Option<RunProto>,
    /// account 32 ‖ device 4 ‖ came, ms 8 ‖ message 82 of each.
    #[prost(bytes = "vec", tag = "2")]
    invited: Vec<u8>,
    /// account 32 ‖ ms 8 of each.
    #[prost(bytes = "vec", tag = "3")]
    tries: Vec<u8>,
}

#[derive(Clone, prost::Message, Zeroize, ZeroizeOnDrop)]
#[prost(skip_debug)]
struct RunProto {
    /// account 32 ‖ device 4.
    #[prost(bytes = "vec", tag = "1")]
    with: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    session: Vec<u8>,
    /// A SasRecord, secret.
    #[prost(bytes = "vec", tag = "3")]
    state: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    opened: Vec<u8>,
    #[prost(uint64, tag = "5")]
    began_ms: u64,
}

impl Stored for ShortStrings {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let run = self.run.as_ref().map(|run| RunProto {
            with: address_to_bytes(&run.with),
            session: run.session.0.to_vec(),
            state: run.state.to_record().encode_canonical(),
            opened: run.opened.to_vec(),
            began_ms: run.began.as_ms(),
        });
        let invited = |invited: &Invited| {
            let came = invited.came.as_ms().to_be_bytes();
            [address_to_bytes(&invited.with), came.to_vec(), invited.first.encode()].concat()
        };
        let tried = |(account, at): &(AccountId, Timestamp)| {
            [account.as_bytes().as_slice(), &at.as_ms().to_be_bytes()].concat()
        };
        write(&ShortStringsProto {
            run,
            invited: self.invited.iter().flat_map(invited).collect(),
            tries: self.tries.iter().flat_map(tried).collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: ShortStringsProto = read(bytes)?;
        let run = |run: &RunProto| -> Result<ShortStringRun, Error> {
            let state = SasRecord::decode_strict(&run.state).map_err(|_| Error::Corrupt)?;
            Ok(ShortStringRun {
                with: address_from_bytes(&run.with)?,
                session: HandshakeHash(array(&run.session)?),
                state: Sas::from_record(&state).map_err(|_| Error::Corrupt)?,
                opened: array(&run.opened)?,
                began: Timestamp::from_ms(run.began_ms),
            })
        };
        let invited = |bytes: &[u8; 126]| -> Result<Invited, Error> {
            let (with, rest) = bytes.split_at(36);
            let (came, first) = rest.split_at(8);
            Ok(Invited {
                with: address_from_bytes(with)?,
                first: SasMessage::parse(first).map_err(|_| Error::Corrupt)?,
                came: Timestamp::from_ms(u64::from_be_bytes(array(came)?)),
            })
        };
        let tried = |bytes: &[u8; 40]| -> Result<(AccountId, Timestamp), Error> {
            let (account, at) = bytes.split_at(32);
            let at = Timestamp::from_ms(u64::from_be_bytes(array(at)?));
            Ok((AccountId::from_bytes(array(account)?), at))
        };
        Ok(Self {
            run: proto.run.as_ref().map(run).transpose()?,
            invited: arrays(&proto.invited)?.iter().map(invited).collect::<Result<_, _>>()?,
            tries: arrays(&proto.tries)?.iter().map(tried).collect::<Result<_, _>>()?,
        })
    }
}

fn address_to_bytes(address: &Address) -> Vec<u8> {
    [address.account.as_bytes().as_slice(), &address.device.get().to_be_bytes()].concat()
}

fn address_from_bytes(bytes: &[u8]) -> Result<Address, Error> {
    let (account, device) = bytes.split_at_checked(32).ok_or(Error::Corrupt)?;
    let device = DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?;
    Ok(Address { account: AccountId::from_bytes(array(account)?), device })
}

#[cfg(test)]
mod tests {
    use entrenous_wire::sas::SasStep;

    use super::*;

    fn address(number: u8) -> Address {
        let device = DeviceId::new(number.into()).unwrap();
        Address { account: AccountId::from_bytes([number; 32]), device }
    }

    fn invited(number: u8, came: u64) -> Invited {
        let first = SasMessage { step: SasStep::Commit, view: [number; 32], run: [2; 16], value: [3; 32] };
        Invited { with: address(number), first, came: Timestamp::from_ms(came) }
    }

    #[test]
    fn a_record_comes_back() {
        let mut state = SasRecord::default();
        (state.version, state.state, state.side) = (1, 3, 2);
        (state.view, state.run) = (vec![1; 32], vec![2; 16]);
        (state.secret, state.commitment) = (vec![3; 32], vec![4; 32]);
        let run = ShortStringRun {
            with: address(9),
            session: HandshakeHash([5; 32]),
            state: Sas::from_record(&state).unwrap(),
            opened: [6; OPENED_LEN],
            began: Timestamp::from_ms(7),
        };
        let tries = vec![(address(9).account, Timestamp::from_ms(7))];
        let all = ShortStrings { run: Some(run), invited: vec![invited(1, 5), invited(2, 6)], tries };
        let bytes = all.to_bytes();
        let again = ShortStrings::from_bytes(&bytes).unwrap();
        assert_eq!(again.to_bytes(), bytes);
        assert_eq!((&again.invited, &again.tries), (&all.invited, &all.tries));
        let run = again.run.unwrap();
        assert_eq!((run.with, run.session, run.began.as_ms()), (address(9), HandshakeHash([5; 32]), 7));
        assert!(ShortStrings::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn questions_are_bounded_and_told_once() {
        let mut all = ShortStrings::default();
        assert!(all.invite(invited(1, 0)));
        assert!(!all.invite(invited(1, 1)));
        for number in 2..=40 {
            assert!(all.invite(invited(number, 1)));
        }
        assert_eq!(all.invited.len(), MAX_INVITED);
        all.take_over(Timestamp::from_ms(1 + RUN_MS));
        assert!(all.invited.is_empty());
    }

    // spec: IDENTITY-76
    #[test]
    fn tries_are_counted_by_account_and_day() {
        let mut all = ShortStrings::default();
        let (one, other) = (address(1).account, address(2).account);
        let mut count = |account, ms| all.count(account, Timestamp::from_ms(ms));
        assert_eq!([0, 1, 2].map(|ms| count(one, ms)), [false, false, true]);
        assert!(!count(other, 3));
        assert!(!count(one, DAY_MS + 3), "of the day before");
        all.succeeded(&one);
        assert!(all.tries.iter().all(|(of, _)| *of == other));
    }
}
