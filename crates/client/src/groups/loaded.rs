//! A group, out of its records and back into them.

use std::sync::Arc;

use entrenous_group::{
    EntryHash, GroupId, RosterId,
    roster::{Change, ReceivedEntry, Role, Roster},
    sender_key::{KnownRosters, Sender, SendingKey},
};
use entrenous_identity::AccountId;
use zeroize::Zeroizing;

use crate::{
    Address, Error,
    engine::{Name, ReadRoster, Step, Stop},
    record::{GroupRecord, Groups, MAX_GROUPS, Opaque, Standing},
    store::Generation,
};

/// Bytes of entries in one record.
const BLOCK: usize = 64 << 10;

/// More records than the entries of any group take: a roster has 16 MiB at most.
pub(super) const MAX_BLOCKS: u32 = 512;

/// A group as a step works on it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    pub(crate) record: GroupRecord,
    /// Shared with what is remembered of it, until it changes.
    pub(crate) roster: Arc<Roster>,
    /// The entries in the order in which they are kept, which is that in which they came.
    pub(crate) order: Vec<EntryHash>,
}

impl Group {
    pub(crate) fn new(record: GroupRecord, roster: Roster) -> Self {
        let order = roster.entries().map(|entry| entry.hash).collect();
        Self { id: roster.group(), record, roster: Arc::new(roster), order }
    }

    /// The present roster, and the older ones by their ids.
    pub(crate) fn rosters(&self) -> KnownRosters<'_> {
        let mut rosters = KnownRosters::new(&self.roster);
        for heads in self.record.rosters() {
            rosters.learn(heads.clone());
        }
        rosters
    }

    /// The devices of all members but `me`.
    pub(crate) fn devices(&self, me: &Address) -> Vec<Address> {
        let of = |(account, member): (&_, &entrenous_group::roster::Member)| {
            let account = *account;
            member.device_ids().map(move |device| Address { account, device }).collect::<Vec<_>>()
        };
        self.roster.state().members().flat_map(of).filter(|device| device != me).collect()
    }

    pub(crate) fn has(&self, device: &Address) -> bool {
        self.roster.state().has_device(&device.account, device.device)
    }

    /// Whether an entry is known that takes an account out, or by which it goes.
    pub(crate) fn has_seen_out(&self, of: &AccountId) -> bool {
        self.roster.entries().any(|entry| match &entry.change {
            Change::Set { target, role } => target == of && *role == Role::None,
            Change::Leave => entry.author == *of,
            _ => false,
        })
    }

    /// Length of all entries, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.roster.entries().map(|entry| entry.bytes.len()).sum()
    }

    /// Entries that are kept.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.order.len()).unwrap_or(u32::MAX)
    }

    /// The heads of a roster, if they are known.
    pub(crate) fn heads_of(&self, id: &RosterId) -> Option<&[EntryHash]> {
        if self.roster.id() == *id {
            return Some(self.roster.heads());
        }
        self.record.rosters().find(|heads| RosterId::of(heads) == *id).map(Vec::as_slice)
    }
}

impl From<Sender> for Address {
    fn from(of: Sender) -> Self {
        Self { account: of.account, device: of.device }
    }
}

/// As `group` calls a device.
pub(crate) fn sender(of: &Address) -> Sender {
    Sender { account: of.account, device: of.device }
}

impl Step<'_> {
    pub(crate) fn groups(&mut self) -> Result<Groups, Stop> {
        Ok(self.get_unless_damaged(Name::Groups)?.unwrap_or_default())
    }

    /// A group; none if it is not known.
    pub(crate) fn group(&mut self, id: GroupId) -> Result<Option<Group>, Stop> {
        let Some(record) = self.get::<GroupRecord>(Name::Group(id))? else { return Ok(None) };
        let ReadRoster { roster, order } = self.roster(id, record.blocks)?;
        Ok(Some(Group { id, record, roster, order }))
    }

    fn roster(&mut self, id: GroupId, blocks: u32) -> Result<ReadRoster, Stop> {
        let names: Vec<Name> = (0..blocks).map(|block| Name::GroupEntries(id, block)).collect();
        self.want(names.iter().copied())?;
        let generations = names.iter().map(|name| self.generation_of(*name));
        let generations: Option<Vec<Generation>> = generations.collect::<Result<_, _>>()?;
        if let Some(read) = generations.as_ref().and_then(|of| self.rosters.get(&id, of)) {
            return Ok(read);
        }
        let mut entries: Vec<ReceivedEntry> = Vec::new();
        for name in names {
            let Opaque(block) = self.expect(name)?;
            entries.extend(read_batch(&block).map_err(|_| Error::Corrupt)?);
        }
        // what gave way is not told of here: it has no effect
        let bytes = entries.iter().map(ReceivedEntry::bytes);
        let (roster, _) = Roster::from_entries(id, bytes).map_err(|_| Error::Corrupt)?;
        let order = entries.iter().map(ReceivedEntry::hash).collect();
        let read = ReadRoster { roster: Arc::new(roster), order };
        if let Some(generations) = generations {
            self.rosters.put(id, generations, read.clone());
        }
        Ok(read)
    }

    /// The group, in which the user takes part.
    ///
    /// # Errors
    /// [`Error::NoGroup`], [`Error::NotInGroup`].
    pub(crate) fn joined_group(&mut self, id: GroupId) -> Result<Group, Stop> {
        let group = self.group(id)?.ok_or(Error::NoGroup)?;
        match group.record.standing {
            Standing::Joined => Ok(group),
            Standing::Invited { .. } | Standing::Out => Err(Error::NotInGroup.into()),
        }
    }

    /// Enters a new group, with all its entries.
    ///
    /// # Errors
    /// [`Error::TooManyGroups`].
    pub(crate) fn enter_group(&mut self, group: &mut Group) -> Result<(), Stop> {
        self.list_group(group.id)?;
        self.note(Name::Group(group.id))?;
        group.record.restorals = self.restorals()?;
        self.put_entries(group, 0)
    }

    /// Enters a group into the list of all, which may have been lost.
    // spec: GROUP-201
    pub(super) fn list_group(&mut self, id: GroupId) -> Result<(), Stop> {
        let mut groups = self.groups()?;
        if groups.0.contains(&id) {
            return Ok(());
        }
        if groups.0.len() >= MAX_GROUPS {
            return Err(Error::TooManyGroups.into());
        }
        groups.0.push(id);
        self.put(Name::Groups, &groups);
        Ok(())
    }

    /// As [`Step::attempt`], of a part that changes a group.
    pub(super) fn attempt_on<T>(
        &mut self,
        group: &mut Group,
        part: impl FnOnce(&mut Self, &mut Group) -> Result<T, Stop>,
    ) -> Result<Result<T, Error>, Stop> {
        let before = group.clone();
        let outcome = self.attempt(|step| part(step, group))?;
        if outcome.is_err() {
            *group = before;
        }
        Ok(outcome)
    }

    /// Writes what has changed: the group, and its entries from the one with the number `from` on.
    pub(crate) fn put_entries(&mut self, group: &mut Group, from: usize) -> Result<(), Stop> {
        let mut blocks: Vec<Vec<u8>> = vec![Vec::new()];
        let mut first_changed = None;
        let entries = group.order.iter().filter_map(|hash| group.roster.entry(hash));
        for (number, entry) in entries.enumerate() {
            if blocks.last().is_some_and(|block| !block.is_empty() && block.len() + entry.bytes.len() > BLOCK)
            {
                blocks.push(Vec::new());
            }
            if number >= from && first_changed.is_none() {
                first_changed = Some(blocks.len() - 1);
            }
            if let Some(block) = blocks.last_mut() {
                block.extend_from_slice(&entry.bytes);
            }
        }
        let before = group.record.blocks;
        group.record.blocks = u32::try_from(blocks.len()).unwrap_or(u32::MAX);
        for (number, block) in (0..).zip(blocks) {
            if first_changed.is_some_and(|first| number as usize >= first) {
                let name = Name::GroupEntries(group.id, number);
                // one may be there still of a group whose record was lost
                self.note(name)?;
                self.put(name, &Opaque(Zeroizing::new(block)));
            }
        }
        for number in group.record.blocks..before {
            self.remove(Name::GroupEntries(group.id, number))?;
        }
        self.put(Name::Group(group.id), &group.record);
        Ok(())
    }

    /// The own key to a group.
    pub(crate) fn sending_key(&mut self, group: GroupId) -> Result<Option<SendingKey>, Stop> {
        // a key that is lost is followed by another one
        let Some(Opaque(record)) = self.get_unless_damaged(Name::GroupSending(group))? else {
            return Ok(None);
        };
        Ok(SendingKey::from_record(&record).ok())
    }
}

/// Entries one after another.
///
/// # Errors
/// [`Malformed`](entrenous_wire::Malformed) if one of them is not in its one encoding.
pub(crate) fn read_batch(mut bytes: &[u8]) -> Result<Vec<ReceivedEntry>, entrenous_wire::Malformed> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (entry, rest) = ReceivedEntry::split(bytes)?;
        entries.push(entry);
        bytes = rest;
    }
    Ok(entries)
}
