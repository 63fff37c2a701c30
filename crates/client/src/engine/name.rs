//! Which record is which.

use entrenous_agreement::PrekeyId;
use entrenous_group::{GroupId, sender_key::KeyId};
use entrenous_identity::{AccountId, HandshakeHash};
use entrenous_ratchet::BlockId;

use crate::{Address, MessageId, store::RecordKey};

/// A record, by what it is of. The numbers never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// The device's keys: written once.
    Device,
    /// The account's secret key: on the primary device alone.
    AccountKey,
    /// The own account as this device knows it.
    Own,
    /// The device lists of an account, the own one included.
    Lists(AccountId),
    /// The own lists before the one in force.
    OwnHistory,
    /// The own prekeys, without their secrets.
    Prekeys,
    /// The secrets of a signed prekey.
    SignedPrekey(PrekeyId),
    /// The secrets of a one-time prekey.
    OneTimePrekey(PrekeyId),
    /// Handshakes that a signed prekey began alone: a block of them.
    LastResort(PrekeyId, u32),
    /// Which accounts there are records of.
    Contacts,
    /// An account.
    Contact(AccountId),
    /// The sessions with a device.
    Pair(Address),
    /// A session.
    Session(HandshakeHash),
    /// Skipped keys of a session.
    Skipped(HandshakeHash, BlockId),
    /// The messages that a device sent last.
    Seen(Address),
    /// The messages that a device has not proved to have.
    Unproven(Address),
    /// The messages of a device that are to be proved to it.
    Owed(Address),
    /// The devices that are owed a proof.
    Debts,
    /// The devices for which messages wait to be sealed, though they could be.
    Backlog,
    /// The last messages that were sent with a token.
    Tokens,
    /// A message that was sent.
    Message(MessageId),
    /// The envelopes that wait for the transport.
    Outbox,
    /// One of them.
    Envelope(u64),
    /// What the application has not acknowledged.
    Inbox,
    /// One of it.
    Item(u64),
    /// What the device's marker should hold.
    Marker,
    /// The devices with which there are sessions that only receive.
    Retired,
    /// How far the newest own list has been pushed.
    Announcement,
    /// Lists that are to be pushed or asked for.
    ListDebts,
    /// The primary's side of a linking.
    Linking,
    /// The new device's side of a linking: before it has an account.
    Joining,
    /// The own devices that were removed.
    RemovedDevices,
    /// The decisions that own devices have not been told of.
    DecisionDebts,
    /// The linked devices that have not been told of all contacts.
    Handovers,
    /// How far contacts' lists have been looked through for those that have expired.
    Sweep,
    /// What a card that was scanned says of an account's list.
    Card(AccountId),
    /// What is left of devices that were forgotten: nothing that names them.
    Forgotten,
    /// The comparisons of short strings.
    ShortStrings,
    /// The hours in which something is to be erased.
    Expiries,
    /// What is to be erased in an hour, counted from 1970.
    Expiring(u32),
    /// The groups.
    Groups,
    /// A group.
    Group(GroupId),
    /// A block of its entries.
    GroupEntries(GroupId, u32),
    /// What its devices were told.
    GroupDevices(GroupId),
    /// The own key to it.
    GroupSending(GroupId),
    /// The key of another device to a group.
    GroupKey(KeyId),
    /// Skipped keys of such a one.
    GroupSkipped(KeyId, u32),
    /// What came too early for groups.
    Parked,
    /// One of it.
    ParkedBytes(u64),
    /// The keys to groups that are to be acknowledged.
    KeyDebts,
    /// Shows whose store this is, under a name that every key has: written once.
    Check,
}

/// Names a record whatever the store's key is. The names of all others are 16 bytes of a keyed hash.
const CHECK: RecordKey = RecordKey::from_bytes(*b"entrenous check1");

/// A name as bytes, with zeros after them: unlike a [`Name`], it has no empty room that would be filled with what the
/// stack had there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NameBytes {
    bytes: [u8; LONGEST],
    length: usize,
}

/// Bytes of the longest name: of skipped keys of a session.
const LONGEST: usize = 1 + 32 + 8 + 4;

impl NameBytes {
    fn new(kind: u8, fields: &[&[u8]]) -> Self {
        let (mut bytes, mut length) = ([0; LONGEST], 1);
        bytes[0] = kind;
        for field in fields {
            bytes[length..length + field.len()].copy_from_slice(field);
            length += field.len();
        }
        Self { bytes, length }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Name {
    /// kind 1 ‖ fields, each kind with one width.
    pub(crate) fn to_bytes(self) -> NameBytes {
        let bytes = NameBytes::new;
        let address =
            |kind: u8, of: &Address| bytes(kind, &[of.account.as_bytes(), &of.device.get().to_be_bytes()]);
        match &self {
            Self::Device => bytes(1, &[]),
            Self::AccountKey => bytes(2, &[]),
            Self::Own => bytes(3, &[]),
            Self::Prekeys => bytes(4, &[]),
            Self::SignedPrekey(id) => bytes(5, &[&id.get().to_be_bytes()]),
            Self::OneTimePrekey(id) => bytes(6, &[&id.get().to_be_bytes()]),
            Self::LastResort(id, block) => bytes(7, &[&id.get().to_be_bytes(), &block.to_be_bytes()]),
            Self::Contacts => bytes(8, &[]),
            Self::Contact(account) => bytes(9, &[account.as_bytes()]),
            Self::Pair(of) => address(10, of),
            Self::Session(hash) => bytes(11, &[&hash.0]),
            Self::Skipped(hash, BlockId { chain, block }) => {
                bytes(12, &[&hash.0, &chain.to_be_bytes(), &block.to_be_bytes()])
            }
            Self::Seen(of) => address(13, of),
            Self::Unproven(of) => address(14, of),
            Self::Message(id) => bytes(15, &[id.as_bytes()]),
            Self::Outbox => bytes(16, &[]),
            Self::Envelope(number) => bytes(17, &[&number.to_be_bytes()]),
            Self::Inbox => bytes(18, &[]),
            Self::Item(number) => bytes(19, &[&number.to_be_bytes()]),
            Self::Lists(account) => bytes(20, &[account.as_bytes()]),
            Self::OwnHistory => bytes(21, &[]),
            Self::Owed(of) => address(22, of),
            Self::Debts => bytes(23, &[]),
            Self::Backlog => bytes(57, &[]),
            Self::Tokens => bytes(58, &[]),
            Self::Marker => bytes(50, &[]),
            Self::Retired => bytes(51, &[]),
            Self::Announcement => bytes(40, &[]),
            Self::ListDebts => bytes(41, &[]),
            Self::Linking => bytes(42, &[]),
            Self::Joining => bytes(43, &[]),
            Self::RemovedDevices => bytes(44, &[]),
            Self::Handovers => bytes(45, &[]),
            Self::Sweep => bytes(46, &[]),
            Self::DecisionDebts => bytes(60, &[]),
            Self::Expiries => bytes(61, &[]),
            Self::Expiring(hour) => bytes(62, &[&hour.to_be_bytes()]),
            Self::Card(account) => bytes(30, &[account.as_bytes()]),
            Self::Forgotten => bytes(31, &[]),
            Self::ShortStrings => bytes(32, &[]),
            Self::Check => bytes(33, &[]),
            Self::Groups => bytes(70, &[]),
            Self::Group(id) => bytes(71, &[id.as_bytes()]),
            Self::GroupEntries(id, block) => bytes(72, &[id.as_bytes(), &block.to_be_bytes()]),
            Self::GroupDevices(id) => bytes(73, &[id.as_bytes()]),
            Self::GroupSending(id) => bytes(74, &[id.as_bytes()]),
            Self::GroupKey(id) => bytes(75, &[&id.0]),
            Self::GroupSkipped(id, block) => bytes(76, &[&id.0, &block.to_be_bytes()]),
            Self::Parked => bytes(77, &[]),
            Self::ParkedBytes(number) => bytes(78, &[&number.to_be_bytes()]),
            Self::KeyDebts => bytes(79, &[]),
        }
    }

    /// Whether it names a message, event, envelope or what is parked: an operation of the same kind has to do with others.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Item(_) | Self::Envelope(_) | Self::ParkedBytes(_))
    }

    /// The name that the store knows, if it doesn't depend on the store's key.
    pub(crate) fn fixed(&self) -> Option<RecordKey> {
        match self {
            Self::Check => Some(CHECK),
            _ => None,
        }
    }
}
