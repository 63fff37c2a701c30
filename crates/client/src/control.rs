//! What devices tell one another by themselves, in control frames.

use entrenous_identity::AccountId;
use entrenous_primitives::random::draw;
use entrenous_wire::{
    Strict,
    frame::{Frame, FrameKind},
    proto::Control,
};
use zeroize::Zeroizing;

use crate::{
    Address, Event, Outgoing,
    engine::{Step, Stop},
};

impl Step<'_> {
    /// Sends a control to a device, in the outbox like any message; none while there is no session with it,
    /// or its account has come in the place of another one.
    pub(crate) fn send_control(&mut self, to: &Address, control: &Control) -> Result<Option<Outgoing>, Stop> {
        // spec: CLIENT-111
        if control.short_string.is_empty() && !self.may_be_told(&to.account)? {
            return Ok(None);
        }
        let content = Zeroizing::new(control.encode_canonical());
        let frame = Frame {
            kind: FrameKind::Control,
            sent_ms: self.now.as_ms(),
            nonce: *draw::<8>(&mut self.rng)?.as_bytes(),
            ttl: None,
            list_epoch: None,
            shards: None,
            content: &content,
        };
        let Some((_, bytes)) = self.seal(&frame, to)? else { return Ok(None) };
        self.enter_outbox(*to, None, bytes).map(Some)
    }

    /// Whether an account may be told anything but what is needed to compare: not one that has come in the place of
    /// another and is not accepted.
    fn may_be_told(&mut self, account: &AccountId) -> Result<bool, Stop> {
        if *account == self.device.account {
            return Ok(true);
        }
        let contact = self.contact(account)?;
        Ok(contact.is_none_or(|contact| !contact.trust.is_changed()))
    }

    /// Does what a control asks for. What is wrong with it harms nothing but itself: its key is consumed.
    pub(crate) fn receive_control(&mut self, from: &Address, content: &[u8]) -> Result<(), Stop> {
        let control = Control::decode_strict(content);
        // spec: CLIENT-8
        if !matches!(&control, Ok(Control { device_list: Some(_), .. })) {
            self.own()?;
        }
        // spec: CLIENT-27
        let Ok(control) = control else {
            return self.tell(Event::Unsupported { from: *from });
        };
        match control {
            Control { delivered: Some(delivered), .. } => self.take_proof(from, &delivered),
            Control { device_list: Some(push), .. } => self.receive_push(from, push),
            Control { want_device_list: Some(has), .. } => self.receive_wish(from, &has),
            Control { linked_contacts: Some(contacts), .. } => self.receive_contacts(from, contacts),
            Control { trust: Some(decision), .. } => self.take_decision(from, &decision),
            Control { group: Some(group), .. } => self.receive_group_control(from, group),
            Control { short_string, .. } if !short_string.is_empty() => {
                self.take_short_string(from, &short_string)
            }
            _ => self.tell(Event::Unsupported { from: *from }),
        }
    }
}
