//! The own list is pushed over all sessions, never left to the directory; and what others push is learned.

use entrenous_agreement::AgreementError;
use entrenous_identity::{DeviceList, IdentityError, ListName, ListProof, ReceivedDeviceList};
use entrenous_wire::{
    Malformed, Reason, fixed,
    proto::{Control, DeviceListPush, KnownList},
};

use crate::{
    Address, Error, Event, Outgoing,
    engine::{Name, Step, Stop},
    record::{DebtKind, Lists, Own, OwnHistory, Pair},
};

impl Step<'_> {
    /// Pushes the own list to a device that has not been sent it, if there is a session with it.
    // spec: CLIENT-64
    pub(crate) fn push_list(&mut self, to: &Address) -> Result<Option<Outgoing>, Stop> {
        let own: Own = self.expect(Name::Own)?;
        let pair: Pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
        match pair.active().is_none() || !pair.list.lacks(own.list_epoch) {
            true => Ok(None),
            false => self.push_list_again(to),
        }
    }

    /// Pushes the own list to a device, whether or not it has it.
    pub(crate) fn push_list_again(&mut self, to: &Address) -> Result<Option<Outgoing>, Stop> {
        let pair: Pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
        self.want([Name::Lists(self.device.account), Name::OwnHistory])?;
        let Lists(known) = self.expect(Name::Lists(self.device.account))?;
        let history: OwnHistory = self.get_unless_damaged(Name::OwnHistory)?.unwrap_or_default();
        let has = pair.list.said.or_else(|| history.name_of(pair.list.known));
        self.send_list(to, known.in_force(), &history, has.as_ref())
    }

    /// Sends an own list, with the proof that joins it to the one that the device `has`.
    pub(crate) fn send_list(
        &mut self,
        to: &Address,
        list: &DeviceList,
        history: &OwnHistory,
        has: Option<&ListName>,
    ) -> Result<Option<Outgoing>, Stop> {
        let proof = has.and_then(|has| ListProof::build(list, has, &history.links));
        let push =
            DeviceListPush { list: Some(list.signed().clone()), proof: proof.map(|proof| proof.to_proto()) };
        let control = Control { device_list: Some(push), ..Control::default() };
        let Some(outgoing) = self.send_control(to, &control)? else { return Ok(None) };
        let mut pair: Pair = self.expect(Name::Pair(*to))?;
        pair.list.pushed(list.epoch());
        self.put(Name::Pair(*to), &pair);
        Ok(Some(outgoing))
    }

    /// Learns a list that a device has pushed. One that is late says nothing; what is wrong with it harms nothing
    /// but itself.
    // spec: CLIENT-67
    pub(crate) fn receive_push(&mut self, from: &Address, push: DeviceListPush) -> Result<(), Stop> {
        match self.attempt(|step| step.learn_push(from, push))? {
            Err(Error::Untrusted(AgreementError::Identity(IdentityError::Superseded))) => Ok(()),
            Err(Error::Malformed(_) | Error::IdentityMismatch | Error::Untrusted(_)) => {
                self.tell(Event::Unsupported { from: *from })
            }
            outcome => Ok(outcome?),
        }
    }

    fn learn_push(&mut self, from: &Address, push: DeviceListPush) -> Result<(), Stop> {
        let signed = push.list.ok_or(Malformed::new("device list push list", Reason::Missing))?;
        let proof = push.proof.as_ref().map(ListProof::from_proto).transpose()?;
        let list = ReceivedDeviceList::parse(signed)?.verify(self.today())?;
        if list.account_id() != from.account {
            return Err(Error::IdentityMismatch.into());
        }
        self.want([Name::Lists(from.account), Name::OwnHistory, Name::ListDebts])?;
        self.learn_list(&list, proof.as_ref())?;
        let Lists(known) = self.expect(Name::Lists(from.account))?;
        if known.unproven_since().is_some() && self.is_close(from)? {
            self.owe_list(from, DebtKind::ask(known.in_force().epoch()))?;
        }
        match from.account == self.device.account {
            true => self.learn_own_push(from, &list, proof.as_ref()),
            false => Ok(()),
        }
    }

    /// What an own device has pushed it needs not be sent, and its proof is good for others as well.
    fn learn_own_push(
        &mut self,
        from: &Address,
        list: &DeviceList,
        proof: Option<&ListProof>,
    ) -> Result<(), Stop> {
        if let Some(proof) = proof {
            let mut history: OwnHistory = self.get_unless_damaged(Name::OwnHistory)?.unwrap_or_default();
            history.add_links(proof.links());
            self.put(Name::OwnHistory, &history);
        }
        let own: Own = self.expect(Name::Own)?;
        if let Some(mut pair) = self.get_unless_damaged::<Pair>(Name::Pair(*from))?
            && own.list_epoch == list.epoch()
            && pair.list.has(list.epoch())
        {
            self.put(Name::Pair(*from), &pair);
        }
        Ok(())
    }

    /// A device wants a newer own list than it has, or the proof of it. It gets it with the next message, or after
    /// a random time: an answer at once would tell when this device is online.
    // spec: CLIENT-68
    pub(crate) fn receive_wish(&mut self, from: &Address, has: &KnownList) -> Result<(), Stop> {
        let name = ListName { epoch: has.epoch, hash: fixed("known list hash", &has.hash)? };
        if !self.is_close(from)? {
            return Ok(());
        }
        self.want([Name::Lists(self.device.account), Name::ListDebts])?;
        let Lists(known) = self.expect(Name::Lists(self.device.account))?;
        let newest = known.in_force().name();
        let Some(mut pair) = self.get_unless_damaged::<Pair>(Name::Pair(*from))? else { return Ok(()) };
        if name == newest {
            pair.list.has(newest.epoch);
        } else if name.epoch <= newest.epoch {
            pair.list.wants(name);
            self.owe_list(from, DebtKind::Push)?;
        }
        self.put(Name::Pair(*from), &pair);
        Ok(())
    }
}
