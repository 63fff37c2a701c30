//! Sealing a frame in the active session with a device.

use core::num::NonZeroU32;

use entrenous_identity::HandshakeHash;
use entrenous_primitives::{parallel, random::RandomError};
use entrenous_ratchet::{NextRatchetKey, SealError, Session};
use entrenous_wire::frame::Frame;

use crate::{
    Address, Event, MessageId,
    engine::{Name, Step, Stop},
    keys_on_stack::with_keys,
    record::{MessageRecord, Own, Pair, SessionTag, Unproven},
};

impl Step<'_> {
    /// Sees to it that all is there to seal for `devices`.
    pub(crate) fn load_active_sessions(&mut self, devices: &[Address]) -> Result<(), Stop> {
        self.want(
            devices
                .iter()
                .flat_map(|device| [Name::Pair(*device), Name::Unproven(*device), Name::Owed(*device)])
                .chain([Name::Marker]),
        )?;
        let me = self.device.account;
        let accounts = devices.iter().map(|device| device.account).filter(|account| *account != me);
        self.want(accounts.map(Name::Contact))?;
        let own: Own = self.expect(Name::Own)?;
        let (mut sessions, mut names) = (Vec::new(), Vec::new());
        for device in devices {
            let pair: Pair = self.get_unless_damaged(Name::Pair(*device))?.unwrap_or_default();
            if let Some(active) = pair.active() {
                sessions.push(active.hash);
                if pair.list.lacks(own.list_epoch) {
                    names.extend([Name::Lists(self.device.account), Name::OwnHistory]);
                }
            }
        }
        names.extend(sessions.iter().map(|hash| Name::Session(*hash)));
        self.want(names)?;
        if parallel::AVAILABLE { self.turn_ahead(sessions) } else { Ok(()) }
    }

    /// Computes what the sessions agree on whose next sealing is a turn, where that takes less time than one after the
    /// other.
    fn turn_ahead(&mut self, sessions: Vec<HandshakeHash>) -> Result<(), Stop> {
        let with_keys = sessions.into_iter().map(|hash| Ok((hash, NextRatchetKey::draw(&mut self.rng)?)));
        let with_keys = with_keys.collect::<Result<Vec<_>, RandomError>>()?;
        self.prepare_sessions(with_keys, Session::turn_ahead);
        Ok(())
    }

    /// The messages that `count` new ones push out, so that they are loaded at once.
    pub(super) fn load_evicted(&mut self, devices: &[Address], count: usize) -> Result<(), Stop> {
        for device in devices {
            let unproven: Unproven = self.get_unless_damaged(Name::Unproven(*device))?.unwrap_or_default();
            self.want(unproven.outlived(count).map(Name::Message))?;
        }
        Ok(())
    }

    /// Seals `frame` for a device, and says in which session; none while there is no session that can.
    pub(crate) fn seal(
        &mut self,
        frame: &Frame<'_>,
        to: &Address,
    ) -> Result<Option<(HandshakeHash, Vec<u8>)>, Stop> {
        let pair: Pair = self.get_unless_damaged(Name::Pair(*to))?.unwrap_or_default();
        let restored = self.restorals()?;
        let Some(active) = pair.to_seal_in(restored) else { return Ok(None) };
        let own: Own = self.expect(Name::Own)?;
        let stated = NonZeroU32::new(own.list_epoch).filter(|epoch| pair.must_state(epoch.get()));
        let frame = &Frame { list_epoch: stated, ..*frame };
        let Some(mut session) = self.session_to_put(&active.hash)? else { return Ok(None) };
        let mut bytes = Vec::new();
        let sealed = with_keys(|| {
            let sealed =
                session.seal(frame, &self.policy.seal(), self.now, self.salt, &mut self.rng, &mut bytes);
            sealed.map(|sealed| {
                sealed.commit();
            })
        });
        self.put_session(session);
        match sealed {
            Ok(()) => Ok(Some((active.hash, bytes))),
            // the message waits for the next session
            Err(SealError::ChainExhausted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers that `to` has not proved to have a message, which was sealed in `session`, or not yet.
    pub(super) fn enter_unproven(
        &mut self,
        to: &Address,
        id: MessageId,
        session: Option<HandshakeHash>,
    ) -> Result<(), Stop> {
        let mut unproven: Unproven = self.get_unless_damaged(Name::Unproven(*to))?.unwrap_or_default();
        let evicted = unproven.push(id, session.map(|hash| SessionTag::of(&hash)));
        if let Some(evicted) = evicted {
            self.proved(to, &evicted.id)?;
            // of what was sealed the transport has had a copy, which may still be opened
            // spec: CLIENT-88
            if evicted.sealed_in.is_none() {
                self.tell(Event::NotSent { to: *to, id: evicted.id })?;
            }
        }
        self.put(Name::Unproven(*to), &unproven);
        Ok(())
    }

    /// A message needs not be kept for `device` any more; nor at all, if it was the last.
    pub(crate) fn proved(&mut self, device: &Address, id: &MessageId) -> Result<(), Stop> {
        let message = self.get_unless_damaged::<MessageRecord>(Name::Message(*id))?;
        let Some(mut message) = message else { return self.remove(Name::Message(*id)) };
        message.waiting.retain(|waiting| waiting != device);
        match message.waiting.is_empty() {
            true => self.remove(Name::Message(*id)),
            false => {
                self.put(Name::Message(*id), &message);
                Ok(())
            }
        }
    }
}
