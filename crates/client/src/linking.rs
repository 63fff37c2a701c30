//! Linking a device, on the primary: a code is shown, one request taken, and what the user has compared is approved.
//!
//! The state is one record. What it sends goes through the outbox into the mailbox of the rendezvous.

mod approve;
mod handover;
mod joining;

use entrenous_identity::{
    DeviceId, ShortString, Timestamp,
    linking::{LinkCode, LinkError, Offered, Primary},
};
use entrenous_wire::{Strict, proto::LinkPrimaryRecord};
use zeroize::Zeroizing;

pub use approve::ApproveLink;
pub use joining::{Approval, Joining};

use crate::{
    Client, Destination, Env, Error, Outgoing, Store,
    engine::{Name, Step, Stop, sealed::Run},
    record::Opaque,
};

/// Begins to link a device. One linking at a time; its code is for one device and five minutes, and takes the place of a
/// code of another client of the store that nobody has answered.
///
/// # Errors
/// [`Error::NotPrimary`], [`Error::LinkingUnderWay`].
#[derive(Clone, Copy, Debug)]
pub struct BeginLinking;

/// Takes what has come into the mailbox of the rendezvous: the request of the new device.
///
/// # Errors
/// [`Error::NotLinking`] when there is no code, or another client has made it; [`Error::LinkExpired`];
/// [`Error::Duplicate`] when a request was taken already; [`Error::Malformed`], [`Error::Rejected`] and
/// [`Error::Untrusted`] for what is no request of this code: it stays valid.
#[derive(Clone, Copy, Debug)]
pub struct ReceiveLink<'a> {
    /// As it came.
    pub bytes: &'a [u8],
}

/// Tells how far a linking has come; none when there is none, or its time is over.
#[derive(Clone, Copy, Debug)]
pub struct LinkingState;

/// Ends a linking, if there is one: its code is worth nothing any more.
#[derive(Clone, Copy, Debug)]
pub struct CancelLinking;

/// How far a linking has come.
#[derive(Debug)]
pub enum Linking {
    /// The code is to be shown.
    Offered(LinkOffer),
    /// The user is to compare.
    Requested(LinkRequest),
}

/// A code that is to be shown.
#[derive(Debug)]
pub struct LinkOffer {
    /// To be scanned by the new device, or copied; secret for as long as it is valid.
    pub code: LinkCode,
    /// Until when.
    pub expires: Timestamp,
}

/// A device that asks to be linked. Anybody who has seen the code could be it: the user compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRequest {
    /// Which.
    pub device: DeviceId,
    /// What both screens must show before the user approves.
    pub short_string: ShortString,
    /// Until when it can be approved.
    pub expires: Timestamp,
    /// What the new device gets now: it is in the outbox.
    pub outgoing: Vec<Outgoing>,
}

impl Run for BeginLinking {
    type Output = LinkOffer;

    fn run(&self, step: &mut Step<'_>) -> Result<LinkOffer, Stop> {
        step.want([Name::Own, Name::Linking])?;
        if !step.own()?.primary {
            return Err(Error::NotPrimary.into());
        }
        // spec: CLIENT-70
        if step.linking()?.is_some_and(|linking| step.now < linking.expires()) {
            return Err(Error::LinkingUnderWay.into());
        }
        let offered = Offered::new(step.device.account, step.now, &mut step.rng)?;
        let offer = offer(&offered)?;
        step.opened.shows(*offered.code().rendezvous());
        step.put_linking(&Primary::Offered(offered));
        Ok(offer)
    }
}

fn offer(offered: &Offered) -> Result<LinkOffer, Error> {
    let code = LinkCode::parse(&offered.code().text())?;
    Ok(LinkOffer { code, expires: offered.expires() })
}

impl Run for ReceiveLink<'_> {
    type Output = LinkRequest;

    fn run(&self, step: &mut Step<'_>) -> Result<LinkRequest, Stop> {
        step.want([Name::Own, Name::Linking, Name::Outbox])?;
        step.own()?;
        let offered = match step.linking()? {
            Some(Primary::Offered(offered)) => offered,
            // spec: CLIENT-71
            Some(Primary::Requested(_)) => return Err(Error::Duplicate.into()),
            None => return Err(Error::NotLinking.into()),
        };
        let (requested, reveal) = offered.receive(self.bytes, step.now, &mut step.rng)?;
        // the store may have been put back under us since another one was answered
        if !step.opened.may_reveal_to(self.bytes) {
            return Err(Error::Duplicate.into());
        }
        let reveal = step.enter_outbox(Destination::Rendezvous(*requested.rendezvous()), None, reveal)?;
        let request = LinkRequest {
            device: requested.device().id,
            short_string: requested.short_string(),
            expires: requested.expires(),
            outgoing: vec![reveal],
        };
        step.put_linking(&Primary::Requested(requested));
        Ok(request)
    }
}

impl Run for LinkingState {
    type Output = Option<Linking>;

    fn run(&self, step: &mut Step<'_>) -> Result<Option<Linking>, Stop> {
        let linking = step.linking()?.filter(|linking| step.now < linking.expires());
        Ok(match linking {
            None => None,
            Some(Primary::Offered(offered)) => Some(Linking::Offered(offer(&offered)?)),
            Some(Primary::Requested(requested)) => Some(Linking::Requested(LinkRequest {
                device: requested.device().id,
                short_string: requested.short_string(),
                expires: requested.expires(),
                outgoing: Vec::new(),
            })),
        })
    }
}

impl Run for CancelLinking {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        step.remove(Name::Linking)
    }
}

impl Step<'_> {
    /// The linking under way. A code that another opened client has made counts as none: that one may have answered it,
    /// and the store been brought back since.
    fn linking(&mut self) -> Result<Option<Primary>, Stop> {
        // spec: CLIENT-70, IDENTITY-77
        let linking = self.stored_linking()?.filter(|linking| match linking {
            Primary::Offered(offered) => self.opened.has_shown(offered.code().rendezvous()),
            Primary::Requested(_) => true,
        });
        Ok(linking)
    }

    /// The linking that is stored, if it can be read.
    fn stored_linking(&mut self) -> Result<Option<Primary>, Stop> {
        let Some(Opaque(record)) = self.get_unless_damaged(Name::Linking)? else { return Ok(None) };
        // spec: CLIENT-80
        let record = LinkPrimaryRecord::decode_strict(&record).ok();
        Ok(record.and_then(|record| Primary::from_record(&record).ok()))
    }

    fn put_linking(&mut self, linking: &Primary) {
        let record = Zeroizing::new(linking.to_record().encode_canonical());
        self.put(Name::Linking, &Opaque(record));
    }

    /// The code of a linking whose time is over is not kept.
    pub(crate) fn end_expired_linking(&mut self) -> Result<(), Stop> {
        match self.stored_linking()? {
            Some(linking) if self.now < linking.expires() => Ok(()),
            // over, or damaged
            _ => self.remove(Name::Linking),
        }
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Malformed(malformed) => Self::Malformed(malformed),
            LinkError::Identity(identity) => identity.into(),
            LinkError::Random(random) => Self::Random(random),
            LinkError::WrongNonce => Self::WrongLinkCode,
            LinkError::Expired => Self::LinkExpired,
            _ => Self::Rejected,
        }
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// Begins to link a device: gives the code to show. On the primary alone; scanning never links.
    ///
    /// # Errors
    /// Those of [`BeginLinking`], and as for [`Client::perform`].
    pub fn begin_linking(&mut self) -> Result<LinkOffer, Error> {
        self.perform(&BeginLinking)
    }

    /// Takes what has come into the mailbox of the rendezvous, and gives what the user is to compare.
    ///
    /// # Errors
    /// Those of [`ReceiveLink`], and as for [`Client::perform`].
    pub fn receive_link(&mut self, bytes: &[u8]) -> Result<LinkRequest, Error> {
        self.perform(&ReceiveLink { bytes })
    }

    /// Links the device: the user has said that both screens show the same. The outbox then has the approval, and
    /// what the device needs to know; [`Client::maintain`] goes on with it.
    ///
    /// # Errors
    /// Those of [`ApproveLink`], and as for [`Client::perform`].
    pub fn approve_link(&mut self, device: DeviceId) -> Result<Vec<Outgoing>, Error> {
        self.perform(&ApproveLink { device })
    }

    /// How far a linking has come. A code is known to the client alone that has made it; once a device has asked, to any
    /// client of the store, after a crash as well.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn linking(&mut self) -> Result<Option<Linking>, Error> {
        self.perform(&LinkingState)
    }

    /// Ends a linking: the strings differ, or the user has changed their mind.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn cancel_linking(&mut self) -> Result<(), Error> {
        self.perform(&CancelLinking)
    }
}
