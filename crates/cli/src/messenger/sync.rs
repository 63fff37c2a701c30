//! A pass: everything that is due between this device and the drop folder, in the order in which each step helps the
//! next. It may be cut off anywhere, and run again at any time.

use entrenous::{Env, Error, System};

use super::{Account, Messenger, Trouble, collecting::Collected, sending::Dispatched};
use crate::transport::{Offer, Transport};

/// What a pass has done.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) collected: Collected,
    pub(crate) dispatched: Dispatched,
}

impl Messenger {
    /// Does a pass.
    pub(crate) fn pass(&mut self) -> Result<Pass, Trouble> {
        self.account.history.remove_expired()?;
        self.account.check_mark()?;
        match self.account.keep_up() {
            // a list that has this device again may be there
            // spec: CLIENT-8
            Err(Trouble::Library(Error::RemovedFromAccount)) => {
                self.collect()?;
                self.account.keep_up()?;
            }
            done => done?,
        }
        self.publish()?;
        let collected = self.collect()?;
        self.reach_missing()?;
        let dispatched = self.dispatch()?;
        Ok(Pass { collected, dispatched })
    }

    /// Publishes what the directory lacks, and gives the number of one-time keys; none if it has everything.
    pub(crate) fn publish(&mut self) -> Result<Option<usize>, Trouble> {
        // one process at a time: two would put the same keys there twice
        let _sending = self.account.home.lock_sending()?;
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

impl Account {
    /// Does what the client has to do from time to time.
    fn keep_up(&mut self) -> Result<(), Trouble> {
        while self.client.maintain()?.more {}
        Ok(())
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    System::new().now().as_ms()
}
