//! Making new prekeys, and deleting those whose time is over.

use entrenous_agreement::{OneTimePrekey, PrekeyId, PrekeySecret};
use entrenous_identity::{Day, session_secret::SignedPrekey};

use super::{LAST_RESORT_BLOCK, MAX_LAST_RESORT};
use crate::{
    Error,
    engine::{Name, Step, Stop},
    record::{Opaque, Prekeys, SignedEntry},
};

/// Days after which the signed prekey is followed by another.
// spec: AGREE-22, CLIENT-12
const ROTATION_DAYS: u32 = 7;
/// Days that a prekey is valid, and its secrets kept.
pub(crate) const LIFETIME_DAYS: u32 = 90;
/// One-time prekeys in the directory after a top-up: 85 KB of prekeys, 200 KB of bundles.
// spec: AGREE-22, CLIENT-12
const ONE_TIME_PREKEYS: usize = 50;
/// One-time prekeys below which there is a top-up.
const TOP_UP_BELOW: usize = 20;
/// One-time prekeys whose secrets are kept, 5 MB: whoever drains the directory again and again gets no more of them
/// before some were used or are over.
const MAX_ONE_TIME: u64 = 1_000;
/// Ids that are left out in a restored store: more than were given since the state that was brought back, and 2^16
/// times as many are there.
const ID_JUMP: u32 = 1 << 16;
/// Handshakes by the signed prekey alone after which it is replaced early, so that first contact is never shut.
pub(super) const ROTATE_AT_LAST_RESORT: u32 = MAX_LAST_RESORT / 2;

/// Days for which the clock has to say that prekeys are over before their secrets are deleted.
const DELETION_DAYS: u32 = 3;

fn is_over(issued: Day, today: Day) -> bool {
    today.0.saturating_sub(issued.0) > LIFETIME_DAYS
}

/// Whether there is to be a top-up.
fn is_low(prekeys: &Prekeys) -> bool {
    prekeys.stock() < TOP_UP_BELOW && prekeys.one_time.len() < MAX_ONE_TIME
}

/// The ids of the one-time prekeys that it makes.
fn next_one_time(prekeys: &Prekeys) -> Result<Vec<PrekeyId>, Error> {
    let numbers = (prekeys.stock()..ONE_TIME_PREKEYS).zip(1..);
    let ids = numbers.map(|(_, n)| prekeys.last_one_time.checked_add(n).and_then(PrekeyId::new));
    ids.collect::<Option<_>>().ok_or(Error::KeyUnavailable)
}

impl Step<'_> {
    /// Makes the prekeys that are due, and deletes those whose time is over.
    // spec: CLIENT-12
    pub(crate) fn maintain_prekeys(&mut self) -> Result<Prekeys, Stop> {
        self.maintain_prekeys_beside(None)
    }

    /// The same, when it is known how many one-time prekeys the directory has left.
    pub(super) fn maintain_prekeys_beside(&mut self, left: Option<usize>) -> Result<Prekeys, Stop> {
        let today = self.today();
        let mut prekeys: Prekeys = self.expect(Name::Prekeys)?;
        let before = prekeys.clone();
        // what is to be uploaded is not in the count
        // spec: CLIENT-126
        if left.is_some_and(|left| left < TOP_UP_BELOW) && prekeys.upload == prekeys.uploaded {
            prekeys.spent_one_time = prekeys.uploaded_one_time;
        }
        if is_low(&prekeys) {
            // loaded before anything is drawn, which would be drawn again
            self.want(next_one_time(&prekeys)?.into_iter().map(Name::OneTimePrekey))?;
        }
        self.rotate_signed(&mut prekeys, today)?;
        self.delete_expired(&mut prekeys, today)?;
        self.top_up(&mut prekeys, today)?;
        // what was found to be over is not for the directory
        if (Prekeys { over_since: before.over_since, ..prekeys.clone() }) != before {
            prekeys.upload += 1;
        }
        if prekeys != before {
            self.put(Name::Prekeys, &prekeys);
        }
        Ok(prekeys)
    }

    /// The device list in the bundles has changed: the directory is to get new ones, and to drop those that it has.
    // spec: CLIENT-125
    pub(crate) fn upload_again(&mut self) -> Result<(), Stop> {
        if let Some(mut prekeys) = self.get::<Prekeys>(Name::Prekeys)? {
            prekeys.replaces |= prekeys.upload > 0;
            prekeys.spent_one_time = prekeys.uploaded_one_time;
            prekeys.upload += 1;
            self.put(Name::Prekeys, &prekeys);
        }
        Ok(())
    }

    /// The store was restored: since then the directory may have got others in the place of those that come next here,
    /// under the same ids. It is to drop what it has, and to get new ones, with ids that were not given.
    // spec: CLIENT-135
    pub(crate) fn replace_prekeys(&mut self) -> Result<(), Stop> {
        let Some(mut prekeys) = self.get_unless_damaged::<Prekeys>(Name::Prekeys)? else { return Ok(()) };
        let today = self.today();
        let signed = prekeys.signed.first().map(|newest| newest.id.get().saturating_add(ID_JUMP));
        let last = prekeys.last_one_time.saturating_add(ID_JUMP);
        if let Some(id) = signed.and_then(PrekeyId::new) {
            self.make_signed(&mut prekeys, id, today)?;
        }
        (prekeys.last_one_time, prekeys.uploaded_one_time, prekeys.spent_one_time) = (last, last, last);
        prekeys.replaces = true;
        // nor is the directory's word for an upload of the later state to be taken for this one's
        prekeys.upload += u64::from(ID_JUMP);
        self.put(Name::Prekeys, &prekeys);
        Ok(())
    }

    fn rotate_signed(&mut self, prekeys: &mut Prekeys, today: Day) -> Result<(), Stop> {
        let newest = prekeys.signed.first().copied();
        let serves = |entry: &SignedEntry| {
            // a clock that was set back must not keep an old prekey for ever
            let age = today.0.abs_diff(entry.issued.0);
            age < ROTATION_DAYS && entry.last_resort < ROTATE_AT_LAST_RESORT
        };
        if let Some(newest) = newest
            && serves(&newest)
            // one that is damaged is followed by another at once
            && self.is_whole(&newest)?
        {
            return Ok(());
        }
        let id = match newest {
            None => Some(PrekeyId::FIRST),
            Some(entry) => entry.id.get().checked_add(1).and_then(PrekeyId::new),
        };
        self.make_signed(prekeys, id.ok_or(Error::KeyUnavailable)?, today)
    }

    fn make_signed(&mut self, prekeys: &mut Prekeys, id: PrekeyId, today: Day) -> Result<(), Stop> {
        self.check_are_new([Name::SignedPrekey(id)].into_iter())?;
        let secret = PrekeySecret::<SignedPrekey>::generate(id, today, LIFETIME_DAYS, &mut self.rng)?;
        self.put(Name::SignedPrekey(id), &Opaque(secret.to_record()));
        prekeys.signed.insert(0, SignedEntry { id, issued: today, last_resort: 0 });
        Ok(())
    }

    /// Deletes secrets once they were found to be over on two days that are some days apart, and were not found
    /// otherwise in between: a clock that was ahead once deletes nothing.
    // spec: CLIENT-133
    fn delete_expired(&mut self, prekeys: &mut Prekeys, today: Day) -> Result<(), Stop> {
        if !prekeys.are_over(|issued| is_over(issued, today)) {
            prekeys.over_since = None;
            return Ok(());
        }
        let since = prekeys.over_since.filter(|since| *since <= today).unwrap_or(today);
        prekeys.over_since = Some(since);
        if today < since.plus(DELETION_DAYS) {
            return Ok(());
        }
        self.delete_those_over(prekeys, since)?;
        prekeys.over_since = prekeys.are_over(|issued| is_over(issued, today)).then_some(today);
        Ok(())
    }

    fn delete_those_over(&mut self, prekeys: &mut Prekeys, since: Day) -> Result<(), Stop> {
        let over = |entry: &SignedEntry| is_over(entry.issued, since);
        let Some((_, former)) = prekeys.signed.split_first() else { return Ok(()) };
        let gone: Vec<SignedEntry> = former.iter().filter(|entry| over(entry)).copied().collect();
        for entry in &gone {
            let blocks = 0..=entry.last_resort / LAST_RESORT_BLOCK;
            self.want(blocks.clone().map(|block| Name::LastResort(entry.id, block)))?;
            for block in blocks {
                self.remove(Name::LastResort(entry.id, block))?;
            }
            self.remove(Name::SignedPrekey(entry.id))?;
        }
        prekeys.signed.retain(|entry| !gone.contains(entry));
        // one-time prekeys are made in batches, whose days the batch's last id tells
        let expired: Vec<u64> = match prekeys.batches.iter().rposition(|batch| is_over(batch.issued, since)) {
            None => Vec::new(),
            Some(at) => {
                let last = prekeys.batches.drain(..=at).map(|batch| batch.last).max().unwrap_or(0);
                prekeys.one_time.iter().filter(|id| *id <= u64::from(last)).collect()
            }
        };
        for id in expired {
            prekeys.one_time.remove(id);
            if let Some(id) = u32::try_from(id).ok().and_then(PrekeyId::new) {
                self.remove(Name::OneTimePrekey(id))?;
            }
        }
        Ok(())
    }

    fn top_up(&mut self, prekeys: &mut Prekeys, today: Day) -> Result<(), Stop> {
        if !is_low(prekeys) {
            return Ok(());
        }
        let ids = next_one_time(prekeys)?;
        self.check_are_new(ids.iter().copied().map(Name::OneTimePrekey))?;
        for id in ids {
            let secret = PrekeySecret::<OneTimePrekey>::generate(id, today, LIFETIME_DAYS, &mut self.rng)?;
            self.put(Name::OneTimePrekey(id), &Opaque(secret.to_record()));
            prekeys.last_one_time = id.get();
            prekeys.one_time.push(id.get().into());
        }
        prekeys.end_batch(today);
        Ok(())
    }

    /// Prekeys of these names are about to be made. If there are such, the record that counts them is an earlier one, and what
    /// is made would be refused by the store each time.
    fn check_are_new(&mut self, mut names: impl Iterator<Item = Name> + Clone) -> Result<(), Stop> {
        self.want(names.clone())?;
        names.try_for_each(|name| match self.has(name)? {
            true => Err(Error::Corrupt.into()),
            false => Ok(()),
        })
    }
}
