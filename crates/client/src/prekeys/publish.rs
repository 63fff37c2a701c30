//! What the directory gets.

use entrenous_agreement::{OneTimePrekey, PrekeyId, PrekeySecret, bundle};
use entrenous_identity::session_secret::SignedPrekey;
use entrenous_wire::Strict;

use crate::{
    Error,
    engine::{Name, Step, Stop, sealed::Run},
    record::{Lists, Prekeys},
};

/// What a device gives to a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// To be named in [`PrekeysPublished`] when the directory has it.
    pub number: u64,
    /// Bundles with a one-time prekey, about 4 KB each: each to be handed out once, besides those that the
    /// directory still has unless this upload [replaces](Self::replaces) them.
    pub bundles: Vec<Vec<u8>>,
    /// The bundle without one, for when those have run out; it takes the place of the one before.
    pub last_resort: Vec<u8>,
    /// Whether the directory drops the one-time bundles that it has of this device: they come with an older device
    /// list, which may have devices that were removed since.
    pub replaces: bool,
}

/// Makes the prekeys that are due and gives what the directory does not have yet; none when it has everything. Until
/// [`PrekeysPublished`] says that it has, the same bytes come again: asking twice does no harm.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishPrekeys {
    /// How many one-time bundles the directory has of this device, where it can say. Without it those count as there
    /// whose prekeys were not used yet, also when they have been handed out to people who never wrote.
    pub left: Option<usize>,
}

impl Run for PublishPrekeys {
    type Output = Option<Upload>;

    fn run(&self, step: &mut Step<'_>) -> Result<Option<Upload>, Stop> {
        step.want([Name::Own, Name::Prekeys, Name::Lists(step.device.account)])?;
        step.own()?;
        let prekeys = step.maintain_prekeys_beside(self.left)?;
        // spec: CLIENT-13
        if prekeys.upload == prekeys.uploaded {
            return Ok(None);
        }
        let Lists(lists) = step.expect(Name::Lists(step.device.account))?;
        let newest = prekeys.signed.first().ok_or(Error::Corrupt)?;
        let signed: PrekeySecret<SignedPrekey> = step.prekey(Name::SignedPrekey(newest.id))?;
        let ids: Vec<PrekeyId> = prekeys.unpublished().collect();
        step.want(ids.iter().map(|id| Name::OneTimePrekey(*id)))?;
        let mut bundles = Vec::with_capacity(ids.len());
        for id in ids {
            let one_time: PrekeySecret<OneTimePrekey> = match step.prekey(Name::OneTimePrekey(id)) {
                // nobody could use it
                // spec: CLIENT-80
                Err(Stop::Failed(Error::KeyUnavailable)) => continue,
                outcome => outcome?,
            };
            let bundle = bundle::publish(lists.in_force(), &step.device.keys, &signed, Some(&one_time));
            bundles.push(bundle.encode_canonical());
        }
        let last_resort = bundle::publish(lists.in_force(), &step.device.keys, &signed, None);
        Ok(Some(Upload {
            number: prekeys.upload,
            bundles,
            last_resort: last_resort.encode_canonical(),
            replaces: prekeys.replaces,
        }))
    }
}

/// The directory has an [`Upload`]. Of an older one than the last this says nothing.
#[derive(Clone, Copy, Debug)]
pub struct PrekeysPublished {
    /// [`Upload::number`].
    pub number: u64,
}

impl Run for PrekeysPublished {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let mut prekeys: Prekeys = step.expect(Name::Prekeys)?;
        if prekeys.upload == self.number {
            prekeys.uploaded = self.number;
            prekeys.uploaded_one_time = prekeys.last_one_time;
            prekeys.replaces = false;
            step.put(Name::Prekeys, &prekeys);
        }
        Ok(())
    }
}
