//! Starting a session with a device, from a bundle that a directory gave.

use entrenous_agreement::{Initiator, Mode, ReceivedBundle, StalePrekeys};
use entrenous_identity::{AccountId, HandshakeHash, Resumption};
use entrenous_primitives::wiped_box::WipedBox;
use entrenous_ratchet::Session;

use crate::{
    Address, Error, Outgoing,
    engine::{Name, Step, Stop, sealed::Run},
    keys_on_stack::with_keys,
    record::{Contact, Lists, Pair, SessionEntry},
    sending::check_trust,
    status::Handshake,
};

/// Starts a session with a device. While the device has not answered, up to three more may be started within a day:
/// the directory may have handed out a one-time prekey that was gone. Where no answer comes for some days an
/// application does so by itself. So it does for whatever [`MissingDevices`](crate::operation::MissingDevices) names.
/// Messages that wait for the device are sealed at once, and if there are none the device is told of the session.
///
/// # Errors
/// [`Error::IdentityMismatch`] for another account's bundle, [`Error::Untrusted`] when anything in it doesn't hold,
/// [`Error::SessionExists`] once the device has answered or four are started, [`Error::TooManyResets`],
/// [`Error::ApiMisuse`] for the own device.
#[derive(Clone, Copy, Debug)]
pub struct StartSession<'a> {
    /// Whose device it is; none for a first contact, whose account is taken from the bundle on trust.
    pub expected: Option<AccountId>,
    /// From the directory, which needs no trust.
    pub bundle: &'a [u8],
    /// How.
    pub options: StartOptions,
}

/// How a session is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Replace a session in which the device has answered: because messages no longer arrive, or as a precaution.
    pub replace: bool,
    /// Use a signed prekey that has expired: its owner has not been online for 90 days.
    pub accept_stale: bool,
}

/// A session that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The device.
    pub with: Address,
    /// Whether a one-time prekey protects the first messages from a later thief of the signed one.
    pub one_time_prekey: bool,
    /// How the session relates to the one before.
    pub handshake: Handshake,
    /// Envelopes of messages that waited for it: the first 32, and as far as the outbox has room. The rest goes along
    /// with the next message, or in [`Maintain`](crate::operation::Maintain).
    pub outgoing: Vec<Outgoing>,
}

impl Run for StartSession<'_> {
    type Output = Started;

    fn run(&self, step: &mut Step<'_>) -> Result<Started, Stop> {
        let (today, me) = (step.today(), step.device.address());
        let received = ReceivedBundle::parse(self.bundle)?;
        let account = self.expected.unwrap_or(received.claimed_account());
        let with = Address { account, device: received.claimed_device() };
        // spec: AGREE-25
        if with == me {
            return Err(Error::ApiMisuse("a session with the own device").into());
        }
        let own_lists = Name::Lists(me.account);
        step.want(Step::list_names(account).into_iter().chain([own_lists, Name::Pair(with), Name::Outbox]))?;
        step.want([Name::Marker, Name::Retired, Name::Forgotten])?;
        let mut pair = step.pair_or_new(&with)?;
        let restored = step.restorals()?;
        // spec: CLIENT-84
        let jump = match pair.active().is_some_and(|active| active.restored < restored) {
            true => step.counter_jump()?,
            false => 0,
        };
        // the bundle brings the list that is damaged
        // spec: CLIENT-80
        let replace = self.options.replace || step.lacks_lists(&account)?;
        let mode = step.mode_of_next(&with, &pair, replace)?;
        // spec: CLIENT-31
        if matches!(mode, Mode::Reset) && !pair.reset(true, step.now) {
            return Err(Error::TooManyResets.into());
        }
        let stale = if self.options.accept_stale { StalePrekeys::Accept } else { StalePrekeys::Refuse };
        let bundle = received.verify(&account, today, stale)?;
        // before the list is learned: whom the user chooses is no stranger, of whom there may be too many
        step.choose_contact(&account)?;
        step.learn_list_of(bundle.device_list(), bundle.device())?;
        // after the list, which may be the one that has this device again
        // spec: CLIENT-8
        step.own()?;

        let one_time_prekey = bundle.has_one_time_prekey();
        let handshake = match &mode {
            Mode::Fresh => Handshake::Fresh,
            Mode::Continued(_) => Handshake::Continued,
            Mode::Reset => Handshake::Reset,
        };
        let counter = pair.next_counter(jump).ok_or(Error::SessionExists(with.device))?;
        let Lists(own) = step.expect(own_lists)?;
        let initiator = Initiator::new(&step.device.keys, own.in_force(), bundle, counter, mode, today)?;
        let session = with_keys(|| {
            let secret = initiator.agree(&mut step.rng)?;
            Ok::<_, Stop>(WipedBox::new(Session::initiate(secret, step.policy.limits)))
        })?;
        let entry = SessionEntry {
            hash: session.handshake_hash(),
            transcript: session.transcript(),
            counter,
            handshake,
            one_time_prekey,
            answered: false,
            confirmed: false,
            left: None,
            lapsed: false,
            retired: None,
            received: 0,
            heals: false,
            restored,
            own_list_epoch: own.in_force().epoch(),
        };
        // whether all that was sealed before has come
        let unsure = pair.lives_in().is_some() || pair.active().is_some_and(|active| !active.answered);
        let dropped = pair.add(entry, true, step.now);
        pair.list.carried(entry.own_list_epoch);
        step.put_session(session);
        let lost_keys = step.put_pair(&with, &mut pair, dropped)?;
        step.tell_report(&with, false, lost_keys)?;
        // spec: CLIENT-108
        let contact = step.contact(&account)?;
        let mut outgoing = match contact.map_or(Ok(()), |contact| check_trust(&contact, step.policy.trust)) {
            Ok(()) => {
                let mut outgoing = step.seal_again(&with)?;
                let lost = handshake != Handshake::Continued || unsure;
                step.renew_group_ties(&with, lost, &mut outgoing)?;
                if outgoing.is_empty() && handshake != Handshake::Fresh {
                    outgoing.extend(step.greet(&with)?);
                }
                outgoing
            }
            Err(_) => Vec::new(),
        };
        if account == me.account {
            step.want([Name::DecisionDebts])?;
            step.pay_decisions(&mut outgoing)?;
        }
        Ok(Started { with, one_time_prekey, handshake, outgoing })
    }
}

impl Step<'_> {
    /// Whether a session could be begun now: a bundle is not to be used up for one that would be refused.
    pub(crate) fn may_start(&mut self, with: &Address, pair: &Pair, replace: bool) -> Result<bool, Stop> {
        match self.mode_of_next(with, pair, replace) {
            Ok(_) => Ok(true),
            Err(Stop::Failed(Error::SessionExists(_) | Error::TooManyResets)) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    /// How the next session of a pair relates to the present one, if one may be begun now.
    fn mode_of_next(&mut self, with: &Address, pair: &Pair, replace: bool) -> Result<Mode<Resumption>, Stop> {
        let Some(active) = pair.active().copied() else { return Ok(Mode::Fresh) };
        let restored = self.restorals()?;
        if active.restored != restored {
            return self.reset_mode(pair);
        }
        // spec: CLIENT-100
        if let Some(lives_in) = pair.lives_in().copied() {
            return match pair.may_continue() && !pair.is_forked() {
                true => self.mode_from(&lives_in, pair),
                false => self.reset_mode(pair),
            };
        }
        let Some(session) = self.session(&active.hash)? else { return self.reset_mode(pair) };
        if !active.answered {
            return match pair.may_try_again(self.now) {
                true => self.mode_of_another(pair, restored),
                false => Err(Error::SessionExists(with.device).into()),
            };
        }
        let exhausted = session.status().sent >= self.policy.limits.chain_messages;
        // spec: RATCHET-43
        if !replace && !exhausted && !pair.is_doubted(self.now) {
            return Err(Error::SessionExists(with.device).into());
        }
        self.mode_from(&active.hash, pair)
    }

    /// Goes on from the session of `hash`, if something was ever received in it.
    fn mode_from(&mut self, hash: &HandshakeHash, pair: &Pair) -> Result<Mode<Resumption>, Stop> {
        let session = self.session(hash)?;
        match session.and_then(|session| session.resumption_to_offer()) {
            Some(resumption) => Ok(Mode::Continued(resumption)),
            None => self.reset_mode(pair),
        }
    }

    /// How another session beside one without an answer relates to those before: it goes on from the last with an
    /// answer, once more than the first attempt did, since the prekeys of that may have been gone. After that the
    /// peer may not have any more what it would go on from.
    // spec: CLIENT-107
    fn mode_of_another(&mut self, pair: &Pair, restored: u32) -> Result<Mode<Resumption>, Stop> {
        if pair.may_continue() && !pair.refuses_again(self.now) {
            let of_now = |entry: &&SessionEntry| entry.answered && entry.restored == restored;
            for entry in pair.sessions.iter().filter(of_now) {
                let session = self.session(&entry.hash)?;
                if let Some(resumption) = session.and_then(|session| session.resumption_to_offer()) {
                    return Ok(Mode::Continued(resumption));
                }
            }
        }
        match pair.active().map(|active| active.handshake) {
            Some(Handshake::Fresh) => Ok(Mode::Fresh),
            _ => self.reset_mode(pair),
        }
    }

    /// Says something in a session that takes the place of another one, and in which nothing waits to be said: the
    /// device may not be able to read what is sealed in the one before, and goes on in that until it hears.
    // spec: CLIENT-141
    fn greet(&mut self, with: &Address) -> Result<Option<Outgoing>, Stop> {
        // the session is there whether or not there is room in the outbox
        Ok(self.attempt(|step| step.push_list_again(with))?.unwrap_or_default())
    }

    /// There was a session that can't be gone on from.
    fn reset_mode(&self, pair: &Pair) -> Result<Mode<Resumption>, Stop> {
        // spec: CLIENT-31
        match pair.may_reset(self.now) {
            true => Ok(Mode::Reset),
            false => Err(Error::TooManyResets.into()),
        }
    }

    /// We have chosen to write to an account: it is no stranger any more.
    pub(crate) fn accept_contact(&mut self, account: &AccountId) -> Result<(), Stop> {
        if *account == self.device.account {
            return Ok(());
        }
        let known: Option<Contact> = self.get_unless_damaged(Name::Contact(*account))?;
        if known.is_some_and(|contact| contact.accepted) {
            return Ok(());
        }
        let contact = self.contact_to_change(account)?.unwrap_or(Contact::new());
        let contact = Contact { accepted: true, ..contact };
        self.put(Name::Contact(*account), &contact);
        let mut contacts = self.contacts()?;
        contacts.accept(*account);
        self.put(Name::Contacts, &contacts);
        Ok(())
    }

    /// The same, and it is among the contacts again should that record have been damaged.
    // spec: CLIENT-80
    pub(crate) fn choose_contact(&mut self, account: &AccountId) -> Result<(), Stop> {
        self.accept_contact(account)?;
        let mut contacts = self.contacts()?;
        if *account != self.device.account && !contacts.accepted.contains(account) {
            contacts.accept(*account);
            self.put(Name::Contacts, &contacts);
        }
        Ok(())
    }

    /// A device has written: if it is a stranger's, he stays.
    // spec: CLIENT-105
    pub(crate) fn hear_of_stranger(&mut self, account: &AccountId) -> Result<(), Stop> {
        let contact = self.contact(account)?;
        if contact.is_none_or(|contact| contact.accepted) {
            return Ok(());
        }
        let mut contacts = self.contacts()?;
        if contacts.heard(account, self.today()) {
            self.put(Name::Contacts, &contacts);
        }
        Ok(())
    }
}
