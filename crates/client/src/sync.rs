//! What the own devices tell one another about a message that one of them sent.
//!
//! ```text
//! kind of the original 1 | conversation: 1 = account, then its id 32 | content
//! ```
//!
//! Time and nonce of the frame are those of the original, so that the message's id is the same everywhere.

use entrenous_identity::AccountId;
use entrenous_wire::frame::FrameKind;
use zeroize::Zeroizing;

/// Conversation with an account. (A group's will be another number.)
const WITH_ACCOUNT: u8 = 1;

/// What the copy adds to the content, in bytes.
pub(crate) const OVERHEAD: usize = 2 + 32;

/// The content of the copy of an application's message to `conversation`.
pub(crate) fn encode(conversation: &AccountId, content: &[u8]) -> Zeroizing<Vec<u8>> {
    let kind = FrameKind::Application.number().unwrap_or_default();
    Zeroizing::new([&[kind, WITH_ACCOUNT], conversation.as_bytes().as_slice(), content].concat())
}

/// The account that the original was sent to, and its content; none for another kind or conversation.
pub(crate) fn decode(copy: &[u8]) -> Option<(AccountId, &[u8])> {
    let ([kind, WITH_ACCOUNT], rest) = copy.split_first_chunk()? else { return None };
    let (conversation, content) = rest.split_first_chunk::<32>()?;
    (Some(*kind) == FrameKind::Application.number())
        .then_some((AccountId::from_bytes(*conversation), content))
}
