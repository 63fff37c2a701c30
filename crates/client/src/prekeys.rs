//! The own prekeys: made ahead of time, so that this device can be written to while it is offline.

mod maintain;
mod publish;
#[cfg(test)]
mod tests;

use entrenous_agreement::{OneTimePrekey, PrekeyId, PrekeySecret, prekey::PrekeyRole};
use entrenous_identity::{HandshakeHash, session_secret::SignedPrekey};

pub(crate) use maintain::LIFETIME_DAYS;
use maintain::ROTATE_AT_LAST_RESORT;
pub use publish::{PrekeysPublished, PublishPrekeys, Upload};

use crate::{
    Error,
    engine::{Name, Step, Stop},
    record::{LastResort, Opaque, Prekeys, SignedEntry},
};

/// Sessions that one signed prekey alone may begin. Each is remembered, so that none begins twice; past this
/// they are refused, never forgotten, until the next signed prekey.
const MAX_LAST_RESORT: u32 = 4_096;
/// Handshake hashes in one record.
const LAST_RESORT_BLOCK: u32 = 128;

/// The prekeys that a handshake names.
pub(crate) struct Named {
    pub(crate) signed: PrekeySecret<SignedPrekey>,
    // boxed: large, and seldom there
    pub(crate) one_time: Option<Box<PrekeySecret<OneTimePrekey>>>,
}

impl Step<'_> {
    /// The prekeys by their ids.
    ///
    /// # Errors
    /// [`Error::KeyUnavailable`] when one of them is gone, or the handshake was used before.
    pub(crate) fn named_prekeys(
        &mut self,
        handshake: &HandshakeHash,
        signed: PrekeyId,
        one_time: Option<PrekeyId>,
    ) -> Result<Named, Stop> {
        let prekeys: Prekeys = self.expect(Name::Prekeys)?;
        let entry = prekeys.signed.iter().find(|entry| entry.id == signed).ok_or(Error::KeyUnavailable)?;
        match one_time {
            Some(id) if !prekeys.one_time.contains(id.get().into()) => {
                return Err(Error::KeyUnavailable.into());
            }
            Some(id) => self.want([Name::SignedPrekey(signed), Name::OneTimePrekey(id)])?,
            None => self.check_last_resort(handshake, signed, entry.last_resort)?,
        }
        let one_time = one_time.map(|id| self.prekey(Name::OneTimePrekey(id)).map(Box::new)).transpose()?;
        Ok(Named { signed: self.prekey(Name::SignedPrekey(signed))?, one_time })
    }

    fn prekey<R: PrekeyRole>(&mut self, name: Name) -> Result<PrekeySecret<R>, Stop> {
        // spec: CLIENT-80
        let Opaque(record) = self.get_unless_damaged(name)?.ok_or(Error::KeyUnavailable)?;
        Ok(PrekeySecret::from_record(&record).map_err(|_| Error::Corrupt)?)
    }

    // spec: AGREE-20
    fn check_last_resort(
        &mut self,
        handshake: &HandshakeHash,
        signed: PrekeyId,
        used: u32,
    ) -> Result<(), Stop> {
        if used >= MAX_LAST_RESORT {
            return Err(Error::KeyUnavailable.into());
        }
        // the block that this one would enter is wanted as well
        let blocks = 0..=used / LAST_RESORT_BLOCK;
        self.want(
            blocks.clone().map(|block| Name::LastResort(signed, block)).chain([Name::SignedPrekey(signed)]),
        )?;
        for block in blocks {
            if !self.last_resort_is_sound(signed, block)? {
                return Err(Error::KeyUnavailable.into());
            }
            let LastResort(handshakes) = self.get(Name::LastResort(signed, block))?.unwrap_or_default();
            if handshakes.contains(handshake) {
                return Err(Error::KeyUnavailable.into());
            }
        }
        Ok(())
    }

    /// Whether a block of the handshakes that a signed prekey began alone can be read: without it any of them could
    /// come again.
    // spec: CLIENT-80, AGREE-20
    fn last_resort_is_sound(&mut self, signed: PrekeyId, block: u32) -> Result<bool, Stop> {
        let name = Name::LastResort(signed, block);
        Ok(self.get_unless_damaged::<LastResort>(name)?.is_some() || !self.has(name)?)
    }

    /// Whether a signed prekey can serve: its secrets are there, and what it began alone.
    fn is_whole(&mut self, entry: &SignedEntry) -> Result<bool, Stop> {
        let blocks = 0..=entry.last_resort / LAST_RESORT_BLOCK;
        let names = blocks.clone().map(|block| Name::LastResort(entry.id, block));
        self.want(names.chain([Name::SignedPrekey(entry.id)]))?;
        let mut whole = self.get_unless_damaged::<Opaque>(Name::SignedPrekey(entry.id))?.is_some();
        for block in blocks {
            whole &= self.last_resort_is_sound(entry.id, block)?;
        }
        Ok(whole)
    }

    /// In the commit of the handshake's first successful decryption, and at no other time.
    pub(crate) fn consume_prekeys(
        &mut self,
        handshake: HandshakeHash,
        signed: PrekeyId,
        one_time: Option<PrekeyId>,
    ) -> Result<(), Stop> {
        let mut prekeys: Prekeys = self.expect(Name::Prekeys)?;
        match one_time {
            Some(id) => {
                prekeys.one_time.remove(id.get().into());
                self.remove(Name::OneTimePrekey(id))?;
            }
            None => {
                let entry = prekeys.signed_mut(signed).ok_or(Error::KeyUnavailable)?;
                let name = Name::LastResort(signed, entry.last_resort / LAST_RESORT_BLOCK);
                entry.last_resort += 1;
                let mut block: LastResort = self.get(name)?.unwrap_or_default();
                block.0.push(handshake);
                self.put(name, &block);
            }
        }
        self.put(Name::Prekeys, &prekeys);
        // a directory that has no others left hands out this one: the next is there before it is used up
        // spec: CLIENT-12
        let used = prekeys.signed.first().map_or(0, |newest| newest.last_resort);
        match one_time.is_none() && used >= ROTATE_AT_LAST_RESORT {
            true => self.maintain_prekeys().map(drop),
            false => Ok(()),
        }
    }
}
