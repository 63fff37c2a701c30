//! One run of an operation: the records that it sees, and those that it changes.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use entrenous_identity::{Day, Timestamp};
use entrenous_primitives::{nonce_salt::NonceSalt, wiped_box::WipedBox};
use entrenous_ratchet::Session;
use zeroize::Zeroizing;

use super::{
    Device, Name, Opened, Records, Rosters,
    queues::Queues,
    records::{Lasting, Loaded},
    written::Written,
};
use crate::{
    Error, Item, Policy,
    env::Entropy,
    record::Opaque,
    store::{Action, Change, Changes, Generation, RecordKey},
    vault::Vault,
};

/// Why a run ended without a result.
#[derive(Debug)]
pub enum Stop {
    /// A record has not been loaded yet.
    Missing,
    /// It can't be done.
    Failed(Error),
    /// It can't be done, and what was noted of that is to be kept: how often an envelope was refused, or that a decision
    /// is lost, and nothing else.
    // spec: CLIENT-80, CLIENT-142
    Refused(Error),
}

impl<T> From<T> for Stop
where
    Error: From<T>,
{
    fn from(error: T) -> Self {
        Self::Failed(error.into())
    }
}

/// A structure that is kept in a record.
pub(crate) trait Stored: Sized + Send + 'static {
    /// The number of its present format. Every format that was ever released stays readable.
    const FORMAT: u8 = 1;

    /// Its bytes in the present format.
    fn to_bytes(&self) -> Zeroizing<Vec<u8>>;

    /// Reads the present format.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    fn from_bytes(bytes: &[u8]) -> Result<Self, Error>;

    /// A copy that a run works on, of what it may read and write for each of a thousand messages; none of what is
    /// read from its bytes each time.
    fn copy(&self) -> Option<Self> {
        None
    }
}

/// What an operation works with.
pub struct Step<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) device: &'a Device,
    pub(crate) policy: &'a Policy,
    pub(crate) now: Timestamp,
    pub(crate) rng: Entropy<'a>,
    pub(crate) salt: &'a mut NonceSalt,
    pub(crate) opened: &'a mut Opened,
    pub(crate) rosters: &'a mut Rosters,
    /// What this run has entered into the inbox.
    pub(crate) told: Vec<Item>,
    /// Whether it is a stranger who has caused what is told now.
    pub(crate) of_stranger: bool,
    /// What is done now is done again, once a record is here that was missed before: it need only say what else it
    /// misses. So of a thousand messages that wait for one record none is opened in vain.
    pub(crate) looks_only: bool,
    pub(super) queues: Queues,
    pub(super) edits: Edits<'a>,
}

impl fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("now", &self.now).finish_non_exhaustive()
    }
}

/// What was read and written so far.
pub(crate) struct Edits<'a> {
    loaded: &'a Records,
    /// The generation that each record had that was looked at: compared at the commit.
    read: BTreeMap<RecordKey, Option<Generation>>,
    pub(super) written: BTreeMap<RecordKey, Edit>,
    missing: BTreeSet<RecordKey>,
    /// Names that this run has made up, and what is there.
    made_up: BTreeSet<RecordKey>,
    nothing: Loaded,
    /// Records that were looked at, and that an operation of the same kind won't look at again.
    passing: BTreeSet<RecordKey>,
    /// What was written before, newest last, while a part is attempted.
    undo: Option<Vec<(RecordKey, Option<Edit>)>>,
    /// Sessions that are open, for whoever takes them next: as the store has them, or as they were written last.
    ///
    /// Boxed, so that no node of the tree is left with keys of one that was taken.
    pub(super) sessions: BTreeMap<RecordKey, WipedBox<Session>>,
    /// Those of them whose records are not encoded yet: that is done for who may not write them again, before a part that may be
    /// taken back, and at the end.
    unencoded: BTreeSet<RecordKey>,
}

pub(super) enum Edit {
    /// Boxed, so that a list of edits has no empty room, which would be filled with what the stack had there.
    Put(Box<Written>),
    Remove,
}

impl<'a> Edits<'a> {
    pub(crate) fn new(loaded: &'a Records) -> Self {
        Self {
            loaded,
            read: BTreeMap::new(),
            written: BTreeMap::new(),
            missing: BTreeSet::new(),
            made_up: BTreeSet::new(),
            nothing: Loaded::nothing(),
            passing: BTreeSet::new(),
            undo: None,
            sessions: BTreeMap::new(),
            unencoded: BTreeSet::new(),
        }
    }

    pub(super) fn found(&self, key: &RecordKey) -> Option<&Loaded> {
        if self.made_up.contains(key) { Some(&self.nothing) } else { self.loaded.get(key) }
    }

    fn encode_sessions(&mut self) {
        while let Some(key) = self.unencoded.first().copied() {
            self.encode_session(&key);
        }
    }

    fn encode_session(&mut self, key: &RecordKey) {
        if self.unencoded.remove(key)
            && let (Some(Edit::Put(written)), Some(session)) = (self.written.get(key), self.sessions.get(key))
        {
            written.set_bytes(|| session.to_record());
        }
    }

    fn write(&mut self, key: RecordKey, edit: Edit) {
        self.sessions.remove(&key);
        self.unencoded.remove(&key);
        let before = self.written.insert(key, edit);
        if let Some(undo) = &mut self.undo {
            undo.push((key, before));
        }
    }

    fn unwrite(&mut self, key: &RecordKey) {
        self.sessions.remove(key);
        self.unencoded.remove(key);
        let before = self.written.remove(key);
        if let Some(undo) = &mut self.undo {
            undo.push((*key, before));
        }
    }

    fn roll_back(&mut self, undo: Vec<(RecordKey, Option<Edit>)>) {
        for (key, before) in undo.into_iter().rev() {
            self.sessions.remove(&key);
            match before {
                Some(edit) => drop(self.written.insert(key, edit)),
                None => drop(self.written.remove(&key)),
            }
        }
    }

    /// The records that were read and that an operation of the same kind may read again.
    pub(super) fn recurring_keys(&self) -> BTreeSet<RecordKey> {
        self.read.keys().filter(|key| !self.passing.contains(key)).copied().collect()
    }

    pub(super) fn missing(self) -> Vec<RecordKey> {
        self.missing.into_iter().collect()
    }
}

impl Step<'_> {
    pub(crate) fn today(&self) -> Day {
        self.now.day()
    }

    /// Stops where only work is left that would be done again: see [`Step::looks_only`].
    pub(crate) fn stop_if_looking(&self) -> Result<(), Stop> {
        if self.looks_only { Err(Stop::Missing) } else { Ok(()) }
    }

    /// Names that this run has made up by chance: there is nothing under them, and the commit sees to it. Another run makes
    /// up others, so they can't be loaded for it.
    pub(crate) fn make_up(&mut self, names: impl IntoIterator<Item = Name>) {
        self.edits.made_up.extend(names.into_iter().map(|name| self.vault.key_of(&name)));
    }

    /// Sees to it that all of `names` are there, so that they are loaded at once.
    pub(crate) fn want(&mut self, names: impl IntoIterator<Item = Name>) -> Result<(), Stop> {
        let mut missing = false;
        for name in names {
            let key = self.vault.key_of(&name);
            if self.edits.found(&key).is_none() && !self.edits.written.contains_key(&key) {
                self.edits.missing.insert(key);
                missing = true;
            }
        }
        if missing { Err(Stop::Missing) } else { Ok(()) }
    }

    /// The record of `name`, as this run has left it.
    pub(crate) fn get<T: Stored>(&mut self, name: Name) -> Result<Option<T>, Stop> {
        let key = self.vault.key_of(&name);
        self.edits.encode_session(&key);
        match self.edits.written.get(&key) {
            Some(Edit::Put(written)) => return Ok(Some(written.read()?)),
            Some(Edit::Remove) => return Ok(None),
            None => {}
        }
        let Some(generation) = self.edits.found(&key).map(Loaded::generation) else {
            self.edits.missing.insert(key);
            return Err(Stop::Missing);
        };
        self.edits.read.insert(key, generation);
        if name.is_passing() {
            self.edits.passing.insert(key);
        }
        let Some(loaded) = self.edits.found(&key) else { return Err(Stop::Missing) };
        let Some((format, bytes)) = loaded.open(&key, self.vault)? else { return Ok(None) };
        match format {
            format if format == T::FORMAT => Ok(Some(loaded.read(bytes)?)),
            format if format > T::FORMAT => Err(Error::LaterVersion.into()),
            _ => Err(Error::Corrupt.into()),
        }
    }

    /// The generation of the record of `name` in the store; none if there is none, or if this run has written it.
    pub(crate) fn generation_of(&mut self, name: Name) -> Result<Option<Generation>, Stop> {
        let key = self.vault.key_of(&name);
        if self.edits.written.contains_key(&key) {
            return Ok(None);
        }
        self.note(name)?;
        Ok(self.edits.found(&key).and_then(Loaded::generation))
    }

    /// As [`Step::get`], for a record that may be lost with what it held: one that is damaged counts as none, and
    /// its name can be written again.
    // spec: CLIENT-80
    pub(crate) fn get_unless_damaged<T: Stored>(&mut self, name: Name) -> Result<Option<T>, Stop> {
        match self.get(name) {
            Err(Stop::Failed(Error::Corrupt)) => Ok(None),
            outcome => outcome,
        }
    }

    /// Whether there is a record of `name`, be it damaged.
    pub(crate) fn has(&mut self, name: Name) -> Result<bool, Stop> {
        let key = self.vault.key_of(&name);
        match self.edits.written.get(&key) {
            Some(edit) => Ok(matches!(edit, Edit::Put(..))),
            None => {
                self.note(name)?;
                Ok(self.edits.found(&key).is_some_and(|loaded| loaded.generation().is_some()))
            }
        }
    }

    /// The record of `name`, which must be there: another one names it.
    pub(crate) fn expect<T: Stored>(&mut self, name: Name) -> Result<T, Stop> {
        self.get(name)?.ok_or(Stop::Failed(Error::Corrupt))
    }

    /// Takes note of the record of `name` without reading it: it is going to be replaced.
    pub(crate) fn note(&mut self, name: Name) -> Result<(), Stop> {
        let key = self.vault.key_of(&name);
        // this run has noted it before, or has made it up
        if self.edits.written.contains_key(&key) {
            return Ok(());
        }
        match self.edits.found(&key) {
            Some(loaded) => {
                self.edits.read.insert(key, loaded.generation());
                if name.is_passing() {
                    self.edits.passing.insert(key);
                }
                Ok(())
            }
            None => {
                self.edits.missing.insert(key);
                Err(Stop::Missing)
            }
        }
    }

    /// Writes the record of `name`, which this run has read, or which can't be there yet since its name is new.
    pub(crate) fn put<T: Stored>(&mut self, name: Name, record: &T) {
        let key = self.vault.key_of(&name);
        if name.is_passing() {
            self.edits.passing.insert(key);
        }
        self.edits.write(key, Edit::Put(Box::new(Written::new(record))));
    }

    /// Writes a session, and keeps it open.
    pub(crate) fn put_session(&mut self, session: WipedBox<Session>) {
        let key = self.vault.key_of(&Name::Session(session.handshake_hash()));
        self.edits.write(key, Edit::Put(Box::new(Written::later::<Opaque>())));
        self.edits.sessions.insert(key, session);
        self.edits.unencoded.insert(key);
        if self.edits.undo.is_some() {
            self.edits.encode_session(&key);
        }
    }

    /// The session of `name`, if it is open: once, since it is nobody else's then.
    pub(crate) fn take_session(&mut self, name: Name) -> Result<Option<WipedBox<Session>>, Stop> {
        self.edits.encode_session(&self.vault.key_of(&name));
        self.take_session_to_put(name)
    }

    /// The same for who writes it again, whatever comes of it.
    pub(crate) fn take_session_to_put(&mut self, name: Name) -> Result<Option<WipedBox<Session>>, Stop> {
        let key = self.vault.key_of(&name);
        let session = self.edits.sessions.remove(&key);
        self.edits.unencoded.remove(&key);
        if session.is_some() {
            self.note(name)?;
        }
        Ok(session)
    }

    /// Length of the record of `name` in bytes, as far as can be told without opening it; 0 if there is none.
    pub(crate) fn length_of(&mut self, name: Name) -> Result<u64, Stop> {
        let key = self.vault.key_of(&name);
        self.edits.encode_session(&key);
        let length = match self.edits.written.get(&key) {
            Some(Edit::Put(written)) => written.bytes().len(),
            Some(Edit::Remove) => 0,
            None => {
                self.note(name)?;
                self.edits.found(&key).map_or(0, Loaded::len)
            }
        };
        Ok(u64::try_from(length).unwrap_or(u64::MAX))
    }

    /// Removes the record of `name`, if there is one.
    pub(crate) fn remove(&mut self, name: Name) -> Result<(), Stop> {
        let key = self.vault.key_of(&name);
        // one that this very run has made was never in the store
        let made = matches!(self.edits.written.get(&key), Some(Edit::Put(..)));
        if made && !self.edits.read.contains_key(&key) {
            self.edits.unwrite(&key);
            return Ok(());
        }
        self.note(name)?;
        self.edits.write(key, Edit::Remove);
        Ok(())
    }

    /// Runs a part that may fail by itself: what it has written and told is then taken back, and the rest goes on.
    /// A part of a part is taken back with it.
    pub(crate) fn attempt<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<Result<T, Error>, Stop> {
        let (told, queues) = (self.told.len(), self.queues.clone());
        self.edits.encode_sessions();
        let mut around = self.edits.undo.replace(Vec::new());
        let outcome = part(self);
        let undo = self.edits.undo.take().unwrap_or_default();
        if !matches!(outcome, Ok(_) | Err(Stop::Refused(_))) {
            self.edits.roll_back(undo);
            self.told.truncate(told);
            self.queues = queues;
        } else if let Some(around) = &mut around {
            around.extend(undo);
        }
        self.edits.undo = around;
        match outcome {
            Ok(output) => Ok(Ok(output)),
            Err(Stop::Failed(error) | Stop::Refused(error)) => Ok(Err(error)),
            Err(Stop::Missing) => Err(Stop::Missing),
        }
    }

    /// The changes of a run that changes nothing: only what it read is compared.
    pub(super) fn keep(self) -> (Changes, Lasting) {
        let keep = |(key, expected)| (key, Change { expected, action: Action::Keep });
        (self.edits.read.into_iter().map(keep).collect(), Lasting::default())
    }

    /// Seals what was written. An operation with a habit says so, since the next of its kind will want the same.
    pub(super) fn seal_edits(mut self, habit: bool) -> Result<(Changes, Lasting), Error> {
        self.edits.encode_sessions();
        let read = if habit { self.edits.recurring_keys() } else { BTreeSet::new() };
        let mut changes = Changes::new();
        let mut written = BTreeMap::new();
        for (key, edit) in self.edits.written {
            let expected = self.edits.read.remove(&key).flatten();
            let action = match edit {
                Edit::Remove if expected.is_none() => Action::Keep,
                Edit::Remove => Action::Remove,
                Edit::Put(record) => {
                    let (format, bytes) = record.into_bytes();
                    let record = self.vault.seal(&key, format, &bytes, &mut self.rng)?;
                    if !self.edits.passing.contains(&key) {
                        written.insert(key, Loaded::written(record.generation, format, bytes));
                    }
                    Action::Put(record)
                }
            };
            changes.set(key, Change { expected, action });
        }
        // spec: CLIENT-2
        for (key, expected) in self.edits.read {
            changes.set(key, Change { expected, action: Action::Keep });
        }
        Ok((changes, Lasting { habit, read, written }))
    }
}
