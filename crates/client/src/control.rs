//! What devices tell one another by themselves, in control frames.

use entrenous_primitives::random::draw;
use entrenous_wire::{
    Strict,
    frame::{Frame, FrameKind},
    proto::Control,
};

use crate::{
    Address, Event, Outgoing,
    engine::{Step, Stop},
};

impl Step<'_> {
    /// Sends a control to a device, in the outbox like any message; none while there is no session with it.
    pub(crate) fn send_control(&mut self, to: &Address, control: &Control) -> Result<Option<Outgoing>, Stop> {
        let content = control.encode_canonical();
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

    /// Does what a control asks for. What is wrong with it harms nothing but itself: its key is consumed.
    pub(crate) fn receive_control(&mut self, from: &Address, content: &[u8]) -> Result<(), Stop> {
        // spec: CLIENT-27
        let Ok(control) = Control::decode_strict(content) else {
            return self.tell(Event::Unsupported { from: *from });
        };
        match control {
            Control { delivered: Some(delivered), .. } => self.take_proof(from, &delivered),
            Control { device_list: Some(push), .. } => self.receive_push(from, push),
            Control { want_device_list: Some(has), .. } => self.receive_wish(from, &has),
            Control { linked_contacts: Some(contacts), .. } => self.receive_contacts(from, contacts),
            Control { trust: Some(decision), .. } => self.take_decision(from, &decision),
            Control { short_string, .. } if !short_string.is_empty() => {
                self.take_short_string(from, &short_string)
            }
            _ => self.tell(Event::Unsupported { from: *from }),
        }
    }
}
