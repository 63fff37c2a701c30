//! Sending again what may have been sent before: with the same token it is the same message.

use entrenous_identity::AccountId;
use entrenous_wire::frame::FrameKind;

use super::Sent;
use crate::{
    Address, Error, MessageId,
    engine::{Name, Step, Stop, Which},
    event::MessageParts,
    record::{EnvelopeRecord, MessageRecord, SentWithToken, Tokens, Unproven},
};

impl Step<'_> {
    /// What became of a message that was sent with `token`; none if none was.
    // spec: CLIENT-115
    pub(super) fn sent_before(
        &mut self,
        token: &[u8; 8],
        to: &AccountId,
        content: &[u8],
    ) -> Result<Option<Sent>, Stop> {
        let tokens: Tokens = self.get_unless_damaged(Name::Tokens)?.unwrap_or_default();
        let Some(SentWithToken { id, sent, nonce, first, end, .. }) = tokens.find(token).copied() else {
            return Ok(None);
        };
        let parts =
            MessageParts { sender: &self.device.account, recipient: to, sent, nonce: &nonce, content };
        if MessageId::of(FrameKind::Application, &parts) != id {
            return Err(Error::ApiMisuse("one token for two messages").into());
        }
        let waiting = self.queue(Which::Outbox)?.items.iter().filter(|number| (first..end).contains(number));
        let waiting: Vec<u64> = waiting.collect();
        self.want(waiting.iter().map(|number| Name::Envelope(*number)).chain([Name::Message(id)]))?;
        let mut outgoing = Vec::new();
        for number in waiting {
            let envelope = self.get_unless_damaged::<EnvelopeRecord>(Name::Envelope(number))?;
            let envelope = envelope.filter(|envelope| envelope.id == Some(id));
            outgoing.extend(envelope.map(|envelope| envelope.outgoing(number)));
        }
        Ok(Some(Sent { id, outgoing, unreached: self.unreached(&id)? }))
    }

    /// The devices for which a message has not been sealed yet.
    fn unreached(&mut self, id: &MessageId) -> Result<Vec<Address>, Stop> {
        let message: Option<MessageRecord> = self.get_unless_damaged(Name::Message(*id))?;
        let mut devices = message.map(|message| message.waiting.clone()).unwrap_or_default();
        self.want(devices.iter().map(|device| Name::Unproven(*device)))?;
        let mut unreached = Vec::new();
        for device in devices.drain(..) {
            let unproven: Unproven = self.get_unless_damaged(Name::Unproven(device))?.unwrap_or_default();
            if unproven.0.iter().any(|message| message.id == *id && message.sealed_in.is_none()) {
                unreached.push(device);
            }
        }
        Ok(unreached)
    }

    /// Remembers a message by its token.
    pub(super) fn enter_token(&mut self, sent: SentWithToken) -> Result<(), Stop> {
        let mut tokens: Tokens = self.get_unless_damaged(Name::Tokens)?.unwrap_or_default();
        tokens.add(sent);
        self.put(Name::Tokens, &tokens);
        Ok(())
    }
}
