//! A pass: everything that is due between this device and the drop folder, in the order in which each step helps the
//! next. It may be cut off anywhere, and run again at any time.

use entrenous::{Env, System};

use super::{Messenger, Trouble, collecting::Collected, sending::Dispatched};
use crate::transport::{Offer, Transport};

/// What a pass has done.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) collected: Collected,
    pub(crate) dispatched: Dispatched,
    /// What could not be reached before anything was dispatched, the first of several: all else was done.
    put_off: Option<Trouble>,
}

impl Pass {
    /// Whether all of it could be done.
    pub(crate) fn end(self) -> Result<(), Trouble> {
        self.troubles().next().map_or(Ok(()), Err)
    }

    /// What could not be reached.
    pub(crate) fn troubles(self) -> impl Iterator<Item = Trouble> {
        self.put_off.into_iter().chain(self.dispatched.troubles.into_iter().map(|(_, trouble)| trouble))
    }
}

impl Messenger {
    /// Does a pass.
    pub(crate) fn pass(&mut self) -> Result<Pass, Trouble> {
        self.account.history.remove_expired()?;
        self.account.check_mark()?;
        let mut first = None;
        let looked = self.look_for_lists(self.named_accounts()?);
        put_off(looked, &mut first)?;
        if self.account.is_removed()? {
            self.account.history.give_up_all()?;
            // a list that has this device again may be there
            self.collect()?;
            self.account.refuse_if_removed()?;
        }
        while self.account.client.maintain()?.more {}
        let published = self.publish();
        put_off(published.map(drop), &mut first)?;
        let collected = self.collect()?;
        let reached = self.reach_missing();
        put_off(reached, &mut first)?;
        let reached = self.reach_groups();
        put_off(reached, &mut first)?;
        Ok(Pass { collected, dispatched: self.dispatch()?, put_off: first })
    }

    /// Publishes what the directory lacks, and gives the number of one-time keys; none if it has everything.
    pub(crate) fn publish(&mut self) -> Result<Option<usize>, Trouble> {
        // one process at a time: two would put the same keys there twice
        let sending = self.account.home.lock_sending()?;
        self.remember_drop(&sending)?;
        let here = self.account.client.address();
        let left = self.transport.stock(&here)?;
        let Some(upload) = self.account.client.publish_prekeys_beside(left)? else { return Ok(None) };
        let offer = Offer {
            one_time: &upload.bundles,
            last_resort: Some(&upload.last_resort),
            replaces: upload.replaces,
        };
        self.transport.publish(&here, &offer)?;
        self.account.client.prekeys_published(upload.number)?;
        Ok(Some(upload.bundles.len()))
    }
}

/// What can't be reached or written in the drop folder keeps nothing else from being done: the first such trouble is
/// for later.
pub(super) fn put_off(done: Result<(), Trouble>, first: &mut Option<Trouble>) -> Result<(), Trouble> {
    match done {
        Err(trouble @ Trouble::Transport(_)) => drop(first.get_or_insert(trouble)),
        done => done?,
    }
    Ok(())
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    System::new().now().as_ms()
}
