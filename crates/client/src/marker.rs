//! Noticing that the store was restored or copied: a mark beside it that no backup contains.
//!
//! The store knows the mark that is there and the one that is to come. A mark that is either of them is the right
//! one, since a crash may come between the commit and the writing; any other, or none, means that the store is not
//! the one that was written last. Its sessions are behind those of the peers then: nothing is sealed in them any more.
//!
//! The changes of marks are counted. A client that is open knows the highest count that it has seen: a store with a lower
//! one was brought back meanwhile, even together with its mark.
// spec: CLIENT-82, CLIENT-134

use entrenous_identity::Timestamp;
use entrenous_primitives::random::draw;

use crate::{
    Client, Env, Error, Event, StoreFailure,
    engine::{Name, Step, Stop, sealed::Run},
    record::Marks,
    store::{FailureKind, Store},
};

/// Length of a mark in bytes.
pub const MARK_LEN: usize = 16;

/// A place for one mark that neither a backup nor a copy of the store contains: the platform's key store, or a file
/// that knows where it belongs. As long as the value exists no other process has one for the same place.
pub trait Marker {
    /// What can go wrong at the place.
    type Error: core::error::Error + Send + Sync + 'static;

    /// What an error comes to, for applications that don't know this place: [`FailureKind::Other`] unless it says more.
    fn kind(_error: &Self::Error) -> FailureKind {
        FailureKind::Other
    }

    /// The mark that was written last; none when nothing was, or when it was written for another store.
    ///
    /// # Errors
    /// When the place can't be read.
    fn read(&mut self) -> Result<Option<[u8; MARK_LEN]>, Self::Error>;

    /// Puts a mark in the place of the last one, durably: a crash leaves the one or the other.
    ///
    /// # Errors
    /// When the place can't be written.
    fn write(&mut self, mark: &[u8; MARK_LEN]) -> Result<(), Self::Error>;
}

impl<S: Store, E: Env> Client<S, E> {
    /// Compares the store with its marker, to be called right after [`Client::create`] or [`Client::open`], every
    /// time. A store that is not the one that was written last tells [`Event::StoreRestored`], once.
    ///
    /// The mark changes with every opening, and with [`Client::check_marker`].
    ///
    /// # Errors
    /// [`Error::Marker`]; as for [`Client::perform`].
    pub fn with_marker<M: Marker>(mut self, mut marker: M) -> Result<Self, Error> {
        self.compare_marker(&mut marker)?;
        Ok(self)
    }

    /// The same for a client that is kept whatever comes of it.
    ///
    /// # Errors
    /// As for [`Client::with_marker`].
    pub fn compare_marker<M: Marker>(&mut self, marker: &mut M) -> Result<(), Error> {
        let found = self.mark_of(marker)?;
        let next = self.perform(&CompareMark { found })?;
        marker.write(&next).map_err(failed::<M>)
    }

    /// The same for a client that stays open, to be called along with [`Client::maintain`]: a store can be brought back
    /// under it. The mark changes once an hour.
    ///
    /// # Errors
    /// [`Error::Marker`]; as for [`Client::perform`].
    pub fn check_marker<M: Marker>(&mut self, mut marker: M) -> Result<(), Error> {
        let found = self.mark_of(&mut marker)?;
        match self.perform(&CheckMark { found })? {
            Some(next) => marker.write(&next).map_err(failed::<M>),
            None => Ok(()),
        }
    }

    /// The mark that is at the place. Where there is none, one that no store knows is put there first: the store takes it
    /// for the current one, so that an end before the next is written is told from a store that was brought back.
    fn mark_of<M: Marker>(&mut self, marker: &mut M) -> Result<[u8; MARK_LEN], Error> {
        if let Some(mark) = marker.read().map_err(failed::<M>)? {
            return Ok(mark);
        }
        let mark = *draw::<MARK_LEN>(self.rng())?.as_bytes();
        marker.write(&mark).map_err(failed::<M>)?;
        Ok(mark)
    }
}

fn failed<M: Marker>(error: M::Error) -> Error {
    let kind = M::kind(&error);
    Error::Marker(StoreFailure::new(error, kind))
}

/// How old a mark becomes while a client is open.
const MARK_MS: u64 = 3_600_000;

/// Compares the mark that was found at the place, and gives the one to write there, as [`Client::with_marker`] does:
/// for an application without a [`Store`].
#[derive(Clone, Copy, Debug)]
pub struct CompareMark {
    /// The mark that was written last. Where nothing was, or it was written for another store, random bytes, which have to
    /// be written there before.
    pub found: [u8; MARK_LEN],
}

impl Run for CompareMark {
    type Output = [u8; MARK_LEN];

    fn run(&self, step: &mut Step<'_>) -> Result<[u8; MARK_LEN], Stop> {
        step.want([Name::Marker, Name::Inbox, Name::Prekeys])?;
        let restored = step.is_restored(&self.found)?;
        step.change_mark(self.found, restored)
    }
}

/// The same while it stays open, as [`Client::check_marker`] does: gives the mark to write, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct CheckMark {
    /// As for [`CompareMark`].
    pub found: [u8; MARK_LEN],
}

impl Run for CheckMark {
    type Output = Option<[u8; MARK_LEN]>;

    fn run(&self, step: &mut Step<'_>) -> Result<Option<[u8; MARK_LEN]>, Stop> {
        step.want([Name::Marker, Name::Inbox, Name::Prekeys])?;
        let restored = step.is_restored(&self.found)?;
        let marks = step.marks()?.unwrap_or_default();
        // a clock that was set back changes it as well
        let is_young = step.now.as_ms().abs_diff(marks.seen.as_ms()) < MARK_MS;
        // spec: CLIENT-134
        match !restored && is_young && self.found == marks.next {
            true => Ok(None),
            false => step.change_mark(self.found, restored).map(Some),
        }
    }
}

impl Step<'_> {
    /// Whether the store is not the one that was written last, as the mark that was found shows.
    fn is_restored(&mut self, found: &[u8; MARK_LEN]) -> Result<bool, Stop> {
        // a store without a record has never been marked: there is nothing that it could be behind
        let Some(marks) = self.marks()?.filter(Marks::is_marked) else { return Ok(false) };
        let known = [&marks.current, &marks.next].contains(&found);
        Ok(!known || self.opened.has_seen_later(marks.changes))
    }

    /// Puts another mark in the place of the one that was found.
    fn change_mark(&mut self, found: [u8; MARK_LEN], restored: bool) -> Result<[u8; MARK_LEN], Stop> {
        let next = *draw::<MARK_LEN>(&mut self.rng)?.as_bytes();
        let marks = self.marks()?.unwrap_or_default();
        let changed = Marks {
            current: found,
            next,
            restored: if restored { after(marks.restored, self.now) } else { marks.restored },
            restored_at: if restored { marks.seen } else { marks.restored_at },
            seen: self.now,
            // above what this client has seen, or it would go on to find it too low
            changes: self.opened.latest_change(marks.changes).saturating_add(1),
        };
        self.put(Name::Marker, &changed);
        if restored {
            self.replace_prekeys()?;
            self.tell(Event::StoreRestored)?;
        }
        Ok(next)
    }
}

/// The count of restorals after another one: above the one that is known, and above one that is lost, as seconds are more
/// than restorals.
// spec: CLIENT-82
fn after(restored: u32, now: Timestamp) -> u32 {
    let seconds = u32::try_from(now.as_ms() / 1_000).unwrap_or(u32::MAX);
    restored.saturating_add(1).max(seconds)
}

/// Counters that sessions are begun above in a restored store: more than a pair of devices has used since.
const JUMP: u64 = 1_024;
/// And for each hour since the restored store was written.
const JUMP_AN_HOUR: u64 = 16;
/// At most: half of what a peer takes.
const MAX_JUMP: u64 = 1 << 15;

impl Step<'_> {
    /// How often the store was restored.
    pub(crate) fn restorals(&mut self) -> Result<u32, Stop> {
        Ok(self.marks()?.map_or(0, |marks| marks.restored))
    }

    /// The marks. Damaged ones, or ones that are gone since this client has seen them, can't say whether the store is the
    /// one that was written last: it counts as restored, and takes any mark.
    // spec: CLIENT-80, CLIENT-82, CLIENT-134
    fn marks(&mut self) -> Result<Option<Marks>, Stop> {
        let marks: Option<Marks> = self.get_unless_damaged(Name::Marker)?;
        if let Some(marks) = marks {
            self.opened.latest_change(marks.changes);
            return Ok(Some(marks));
        }
        if !self.has(Name::Marker)? && !self.opened.has_seen_later(0) {
            return Ok(None);
        }
        let changes = self.opened.latest_change(0);
        let marks = Marks {
            restored: after(0, self.now),
            restored_at: self.now,
            seen: self.now,
            changes,
            ..Marks::default()
        };
        self.put(Name::Marker, &marks);
        // spec: CLIENT-135
        self.replace_prekeys()?;
        self.tell(Event::StoreRestored)?;
        Ok(Some(marks))
    }

    /// How far above the highest counter known here the first session after a restoral is: the peer may know
    /// higher ones.
    // spec: CLIENT-84
    pub(crate) fn counter_jump(&mut self) -> Result<u64, Stop> {
        let since = self.marks()?.map_or(Timestamp::from_ms(0), |marks| marks.restored_at);
        let hours = self.now.as_ms().saturating_sub(since.as_ms()) / 3_600_000;
        Ok(hours.saturating_mul(JUMP_AN_HOUR).saturating_add(JUMP).min(MAX_JUMP))
    }
}
