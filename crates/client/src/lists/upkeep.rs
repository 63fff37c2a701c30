//! What time does to lists: the own one is renewed, and those of contacts expire.

use entrenous_identity::{
    AccountId, AccountKey, DeviceList, device_list::MAX_DAYS_AHEAD, stored_keys::account_key_from_record,
};
use entrenous_wire::device_list::DeviceEntry;

use crate::{
    Error, Event,
    engine::{Name, Step, Stop},
    record::{Lists, Opaque, Own, Sweep, Walk},
};

/// The own list is renewed when it is valid for less than so many days: peers that come online once a month have
/// the next one before it expires.
const RENEWAL_DAYS: u32 = 30;
/// Contacts that are looked at in one step.
const CONTACTS_A_STEP: usize = 32;

impl Step<'_> {
    /// The account key, on the primary.
    ///
    /// # Errors
    /// [`Error::NotPrimary`], [`Error::RemovedFromAccount`].
    // spec: CLIENT-60
    fn account_key(&mut self) -> Result<AccountKey, Stop> {
        self.own()?;
        let Opaque(record) = self.get(Name::AccountKey)?.ok_or(Error::NotPrimary)?;
        Ok(account_key_from_record(&record).map_err(|_| Error::Corrupt)?)
    }

    /// Signs the own list that follows, with what `edit` makes of the devices of the one in force. It names one
    /// more branch if there is one, which ends a fork of two. It has no effect until it is learned.
    // spec: CLIENT-62
    pub(crate) fn sign_next_list(
        &mut self,
        edit: impl FnOnce(&mut Vec<DeviceEntry>),
    ) -> Result<DeviceList, Stop> {
        self.want([Name::AccountKey, Name::Lists(self.device.account), Name::OwnHistory])?;
        let key = self.account_key()?;
        let Lists(known) = self.expect(Name::Lists(self.device.account))?;
        let parents: Vec<&DeviceList> =
            core::iter::once(known.in_force()).chain(known.other_branches().first()).collect();
        let mut devices = known.in_force().entries().to_vec();
        edit(&mut devices);
        Ok(DeviceList::successor(&parents, &key, &devices, self.today())?)
    }

    /// Renews the own list, on the primary, before it expires; also one that a clock which was ahead has dated. It
    /// ends no fork: that is for the user to do, by linking or removing a device.
    // spec: IDENTITY-16, CLIENT-63
    pub(crate) fn renew_list(&mut self) -> Result<(), Stop> {
        let own: Own = self.own()?;
        if !own.primary {
            return Ok(());
        }
        let today = self.today();
        let Lists(known) = self.expect(Name::Lists(self.device.account))?;
        let list = known.in_force();
        let serves =
            list.expires_day() >= today.plus(RENEWAL_DAYS) && list.issued_day() <= today.plus(MAX_DAYS_AHEAD);
        if serves {
            return Ok(());
        }
        let key = self.account_key()?;
        let renewed = DeviceList::successor(&[list], &key, list.entries(), today)?;
        self.learn_list(&renewed, None)
    }

    /// Once a day for each own device and each contact: tells of those whose lists have expired since the last time, once
    /// each, and of those about whom decisions are lost, and lets old keys go. Tells whether there are more to look at.
    // spec: CLIENT-69, CLIENT-146
    pub(crate) fn sweep_contacts(&mut self) -> Result<bool, Stop> {
        let today = self.today();
        let before: Option<Sweep> = self.get_unless_damaged(Name::Sweep)?;
        let mut sweep = before.unwrap_or(Sweep { after: today, until: today, walk: Walk::default() });
        if sweep.after == sweep.until && today > sweep.until {
            sweep.until = today;
        }
        let mut more = false;
        if sweep.after < sweep.until {
            let accounts = self.walk_on(sweep.walk, CONTACTS_A_STEP)?;
            let names = |account: &AccountId| [Name::Lists(*account), Name::Contact(*account)];
            self.want(accounts.iter().flat_map(names))?;
            if sweep.walk == Walk::default() {
                let others = self.other_own_devices()?;
                self.expire_old_chains(&others)?;
            }
            for account in &accounts {
                self.notice_lost_trust(account)?;
                let Some(Lists(known)) = self.get_unless_damaged(Name::Lists(*account))? else { continue };
                let devices = self.devices_ever_known(*account)?;
                self.expire_old_chains(&devices)?;
                let expires = known.in_force().expires_day();
                if sweep.after < expires && expires <= sweep.until {
                    self.tell(Event::DeviceListStale { account: *account })?;
                }
            }
            more = accounts.len() == CONTACTS_A_STEP;
            sweep = match accounts.last() {
                Some(last) if more => Sweep { walk: Walk(Some(*last)), ..sweep },
                _ => Sweep { after: sweep.until, until: sweep.until, walk: Walk::default() },
            };
        }
        if before != Some(sweep) {
            self.put(Name::Sweep, &sweep);
        }
        Ok(more)
    }
}
