//! What is kept in the records, each kind in its own file: protobuf, sealed by the [`vault`](crate::vault).

mod backlog;
mod card;
mod contact;
mod contacts;
mod debts;
mod decision_debts;
mod expiry;
mod group_devices;
mod groups;
mod item;
mod joining;
mod key_debts;
mod list_at_peer;
mod list_debts;
mod lists;
mod marks;
mod message;
mod own;
mod pair;
mod parked;
mod prekeys;
mod queue;
mod recent;
mod retired;
mod session;
mod short_strings;
mod status;
mod times;
mod tokens;

use prost::{Message, bytes::Bytes};
use zeroize::Zeroizing;

pub(crate) use backlog::Backlog;
pub(crate) use card::{CardRecord, Forgotten};
pub(crate) use contact::{Contact, Decided};
pub(crate) use contacts::Contacts;
pub(crate) use debts::{Debts, Owed};
pub(crate) use decision_debts::DecisionDebts;
pub(crate) use expiry::{Due, Expiries, Expiring};
pub(crate) use group_devices::{Given, GroupDevice, GroupDevices, KeyGiven};
pub(crate) use groups::{
    GroupRecord, Groups, KnownKey, MAX_GROUPS, Standing, heads_from_bytes, heads_to_bytes,
};
pub(crate) use joining::JoiningRecord;
pub(crate) use key_debts::{KeyDebt, KeyDebts};
pub(crate) use list_at_peer::ListAtPeer;
pub(crate) use list_debts::{DebtKind, Handovers, ListDebt, ListDebts, RemovedDevices, Sweep, Walk};
pub(crate) use lists::{Lists, OwnHistory};
pub(crate) use marks::Marks;
pub(crate) use message::{EnvelopeRecord, MessageRecord};
pub(crate) use own::Own;
pub(crate) use pair::{Pair, SessionEntry, Settled};
pub(crate) use parked::{Early, MAX_MS as MAX_PARKED_MS, Parked, ParkedEntry, Waits};
pub(crate) use prekeys::{LastResort, Prekeys, SignedEntry};
pub(crate) use queue::Queue;
pub(crate) use recent::{Seen, SessionTag, Unproven};
pub(crate) use retired::Retired;
pub(crate) use session::Opaque;
pub(crate) use short_strings::{Invited, ShortStringRun, ShortStrings};
use times::{Limit, Times};
pub(crate) use tokens::{SentWithToken, Tokens};

use crate::Error;

/// Writes a protobuf message: allocated once at its full length, and wiped.
pub(crate) fn write(message: &impl Message) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(message.encode_to_vec())
}

/// Reads a protobuf message. The bytes are our own: the vault has seen to that.
pub(crate) fn read<M: Message + Default>(bytes: &[u8]) -> Result<M, Error> {
    // from a slice prost would copy each field through a buffer that nobody wipes; from owned bytes it doesn't
    let owned = Bytes::from_owner(Zeroizing::new(bytes.to_vec()));
    M::decode(owned).map_err(|_| Error::Corrupt)
}

/// The array that a field of fixed length holds.
pub(crate) fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| Error::Corrupt)
}

/// The array that a field of fixed length holds if it is there.
fn present<const N: usize>(bytes: &[u8]) -> Result<Option<[u8; N]>, Error> {
    if bytes.is_empty() { Ok(None) } else { array(bytes).map(Some) }
}

/// The arrays that a field of entries of one width holds.
fn arrays<const N: usize>(bytes: &[u8]) -> Result<&[[u8; N]], Error> {
    match bytes.as_chunks() {
        (entries, []) => Ok(entries),
        _ => Err(Error::Corrupt),
    }
}
