//! The user has compared: the new device is listed, reached, and told what it needs, in one commit.

use entrenous_identity::{DeviceId, linking::Primary};
use entrenous_wire::{
    Strict,
    device_list::{DeviceEntry, MAX_DEVICES},
};

use crate::{
    Destination, Error, Outgoing, StartOptions,
    engine::{Name, Step, Stop, sealed::Run},
    operation::StartSession,
    record::{Handovers, Lists, OwnHistory, RemovedDevices, Walk},
};

/// Links the device that has asked, after the user has said that both screens show the same string.
///
/// # Errors
/// [`Error::NotLinking`] when it is not this device that has asked; [`Error::LinkExpired`]; [`Error::TooManyDevices`]
/// when there are 16; [`Error::DeviceIdUsed`]; [`Error::Untrusted`] when its prekeys don't hold.
#[derive(Clone, Copy, Debug)]
pub struct ApproveLink {
    /// The device whose string was compared: [`LinkRequest::device`](crate::LinkRequest).
    pub device: DeviceId,
}

impl Run for ApproveLink {
    type Output = Vec<Outgoing>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Outgoing>, Stop> {
        let me = step.device.account;
        step.want([
            Name::Own,
            Name::AccountKey,
            Name::Linking,
            Name::Lists(me),
            Name::OwnHistory,
            Name::RemovedDevices,
            Name::Announcement,
            Name::Prekeys,
            Name::Contacts,
            Name::Handovers,
            Name::Outbox,
            Name::Inbox,
        ])?;
        let requested = match step.linking()? {
            Some(Primary::Requested(requested)) if requested.device().id == self.device => requested,
            _ => return Err(Error::NotLinking.into()),
        };
        step.check_new_device(requested.entry())?;
        // spec: CLIENT-72
        let list = step.sign_next_list(|devices| devices.push(requested.entry().clone()))?;
        let (approved, approval) = requested.approve(&list, step.now, &mut step.rng)?;
        step.learn_list(&list, None)?;
        let bundle = approved.bundle.encode_canonical();
        let session = StartSession { expected: Some(me), bundle: &bundle, options: StartOptions::default() }
            .run(step)?;

        let rendezvous = Destination::Rendezvous(*requested.rendezvous());
        let mut outgoing = vec![step.enter_outbox(rendezvous, None, approval)?];
        outgoing.extend(session.outgoing);
        // the links of all former lists, so that this device can prove to others what it pushes
        let history: OwnHistory = step.get_unless_damaged(Name::OwnHistory)?.unwrap_or_default();
        if let Some(oldest) = history.oldest().filter(|_| !history.links.is_empty()) {
            outgoing.extend(step.send_list(&session.with, &list, &history, Some(&oldest))?);
        }
        let mut handovers: Handovers = step.get_unless_damaged(Name::Handovers)?.unwrap_or_default();
        handovers.0.push((self.device, Walk::default()));
        step.put(Name::Handovers, &handovers);
        step.hand_over(&mut outgoing)?;
        step.remove(Name::Linking)?;
        Ok(outgoing)
    }
}

impl Step<'_> {
    // spec: CLIENT-61
    fn check_new_device(&mut self, entry: &DeviceEntry) -> Result<(), Stop> {
        let removed: RemovedDevices = self.get_unless_damaged(Name::RemovedDevices)?.unwrap_or_default();
        let Lists(known) = self.expect(Name::Lists(self.device.account))?;
        let listed = known.in_force().entries();
        let used = removed.0.iter().map(|id| id.get()).chain(listed.iter().map(|listed| listed.device_id));
        if used.into_iter().any(|id| id == entry.device_id) {
            return Err(Error::DeviceIdUsed.into());
        }
        match listed.len() >= MAX_DEVICES {
            true => Err(Error::TooManyDevices.into()),
            false => Ok(()),
        }
    }
}
