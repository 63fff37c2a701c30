//! A first message: nothing is kept, and no prekey deleted, unless it opens.

use entrenous_agreement::{AgreementError, Mode, OwnList, ReceivedHandshake, VerifiedHandshake};
use entrenous_identity::{HandshakeHash, IdentityError, Resumption};
use entrenous_primitives::wiped_box::WipedBox;
use entrenous_ratchet::{Await, Committed, Report};
use entrenous_wire::envelope::Envelope;
use zeroize::Zeroizing;

use super::deliver::Origin;
use crate::{
    Address, Error, Event,
    engine::{Name, Step, Stop},
    keys_on_stack::with_keys,
    record::{Lists, OwnHistory, Pair, SessionEntry},
    status::Handshake,
};

/// A counter may be so far above the highest that was seen: further ones would bring its end near.
const MAX_COUNTER_JUMP: u64 = 1 << 16;

impl Step<'_> {
    pub(super) fn accept(
        &mut self,
        from: &Address,
        mut pair: Pair,
        envelope: &Envelope<'_>,
        handshake: &[u8],
        hash: HandshakeHash,
    ) -> Result<(), Stop> {
        let (today, me) = (self.today(), self.device.account);
        let received = ReceivedHandshake::parse(handshake)?;
        let (account, device) = received.claimed();
        // spec: AGREE-21
        if (Address { account, device }) != *from {
            return Err(Error::NoSession.into());
        }
        self.want(Self::list_names(account).into_iter().chain([Name::Lists(me), Name::Prekeys]))?;
        self.want([Name::Marker, Name::Retired])?;
        self.stop_if_looking()?;
        let verified = received.verify(self.device.keys.public().id, today)?;
        // spec: CLIENT-103
        if !pair.may_accept(self.now) {
            return Err(Error::TooManyHandshakes.into());
        }
        let counter = verified.counter();
        // spec: CLIENT-30
        if counter.get().saturating_sub(pair.highest_counter) > MAX_COUNTER_JUMP {
            return Err(Error::Rejected.into());
        }
        let one_time = verified.one_time_prekey();
        let named = self.named_prekeys(&hash, verified.signed_prekey(), one_time)?;
        let resumption = self.resumption(&pair, &verified)?;
        let mode = mode_of(&verified, &pair);
        // spec: CLIENT-31
        if mode == Handshake::Reset && !pair.reset(false, self.now) {
            return Err(Error::TooManyResets.into());
        }
        let told = self.told.len();
        match self.learn_list_of(verified.device_list(), verified.device()) {
            // a list that shows a fork is evidence, though its device is not taken
            // spec: CLIENT-78
            Err(Stop::Failed(Error::Untrusted(AgreementError::Identity(IdentityError::UnknownDevice))))
                if self.told.len() > told =>
            {
                return Ok(());
            }
            outcome => outcome?,
        }
        // spec: CLIENT-8
        self.own()?;
        self.hear_of_stranger(&account)?;
        let own_epoch = verified.recipient_list_epoch();
        let own_hash = self.own_list_hash(own_epoch)?;
        let own_list = OwnList { account: &self.device.account_key, epoch: own_epoch, hash: &own_hash };
        let mut out = Zeroizing::new(Vec::new());
        let (session, committed) = with_keys(|| {
            let one_time = named.one_time.as_deref();
            let secret =
                verified.agree(&self.device.keys, own_list, &named.signed, one_time, resumption.as_ref())?;
            let accepted = Await::new(secret, self.policy.limits).open(envelope, &mut out)?;
            // spec: AGREE-19, AGREE-20
            let (session, committed) = accepted.commit();
            Ok::<_, Stop>((WipedBox::new(session), committed))
        })?;
        let Committed { frame, report: Report { lost_keys, .. }, records } = committed;
        self.consume_prekeys(hash, named.signed.public().id, one_time)?;
        let entry = SessionEntry {
            hash,
            transcript: session.transcript(),
            counter,
            handshake: mode,
            one_time_prekey: one_time.is_some(),
            answered: true,
            confirmed: false,
            left: None,
            lapsed: false,
            retired: None,
            received: 0,
            heals: false,
            restored: self.restorals()?,
            own_list_epoch: 0,
        };
        // spec: CLIENT-34
        let clone = pair.counter_was_used(counter, false, &entry.transcript);
        let tells_clone = clone && pair.tells_clone(today);
        let dropped = pair.add(entry, false, self.now);
        // spec: CLIENT-65
        pair.list.has(own_epoch);
        let status = session.status();
        self.put_session(session);
        self.change_skipped(&hash, records)?;
        let lost_keys = lost_keys.saturating_add(self.put_pair(from, &mut pair, dropped)?);

        match mode {
            Handshake::Reset => self.tell(Event::SessionReset { with: *from })?,
            Handshake::Fresh => {
                self.tell(Event::SessionStarted { with: *from, one_time_prekey: one_time.is_some() })?;
            }
            Handshake::Continued => {}
        }
        self.tell_report(from, tells_clone, lost_keys)?;
        let origin = Origin { from, entry: &entry, status, clone_suspected: clone };
        self.deliver(&origin, frame)?;
        self.seal_again(from)?;
        let lost = mode != Handshake::Continued;
        self.renew_group_ties(from, lost, &mut Vec::new())
    }

    /// The secret of a former session that the handshake names.
    fn resumption(&mut self, pair: &Pair, verified: &VerifiedHandshake) -> Result<Option<Resumption>, Stop> {
        let Mode::Continued(id) = verified.mode() else { return Ok(None) };
        self.want(pair.sessions.iter().map(|entry| Name::Session(entry.hash)))?;
        for entry in &pair.sessions {
            let session = self.session(&entry.hash)?;
            if let Some(found) = session.and_then(|session| session.resumption_secret(&id)) {
                return Ok(Some(found));
            }
        }
        Err(Error::KeyUnavailable.into())
    }

    /// The hash of the own list that the initiator saw.
    fn own_list_hash(&mut self, epoch: u32) -> Result<[u8; 32], Stop> {
        let Lists(known) = self.expect(Name::Lists(self.device.account))?;
        if known.in_force().epoch() == epoch {
            return Ok(*known.in_force().hash());
        }
        let history: OwnHistory = self.get_unless_damaged(Name::OwnHistory)?.unwrap_or_default();
        Ok(*history.hash_of(epoch).ok_or(Error::KeyUnavailable)?)
    }
}

/// What the handshake is to us: one that uses nothing of a session in which the peer has read a message of ours is a
/// reset, whatever it calls itself. Stolen device keys can begin nothing else. A fresh one that crossed ours was made
/// before the peer had read anything.
// spec: CLIENT-31
fn mode_of(verified: &VerifiedHandshake, pair: &Pair) -> Handshake {
    match verified.mode() {
        Mode::Continued(_) => Handshake::Continued,
        Mode::Reset => Handshake::Reset,
        Mode::Fresh if pair.is_confirmed() => Handshake::Reset,
        Mode::Fresh => Handshake::Fresh,
    }
}
