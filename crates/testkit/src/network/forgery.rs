//! What an attacker makes of messages without having a key.

use entrenous_wire::envelope::{Envelope, Kind, PREKEY, RATCHET, SEALED_HEADER_LEN};
use rand::RngExt;

use crate::rng::ScriptedRng;

/// Bytes of the body's tag that are the header's nonce.
const NONCE_LEN: usize = 12;

/// A way to change a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forgery {
    /// A bit of the body flipped. Header and tag stay whole, so the header still opens.
    Body,
    /// A bit flipped in the part of the body's tag that is the header's nonce: nothing opens.
    Tag,
    /// A bit flipped in the rest of the body's tag: the header still opens.
    TagEnd,
    /// A bit of the sealed header flipped.
    Header,
    /// The sealed header of another message.
    SplicedHeader,
    /// The sealed header and the tag of another message: the header still opens.
    SplicedHeaderAndTag,
    /// Ratchet message made a prekey message, or the other way round.
    Type,
    /// A bit of the handshake part flipped.
    Handshake,
    /// Bytes cut off at the end.
    Truncated,
    /// A message of the other direction, returned to its sender.
    Reflected,
}

impl Forgery {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Body,
        Self::Tag,
        Self::TagEnd,
        Self::Header,
        Self::SplicedHeader,
        Self::SplicedHeaderAndTag,
        Self::Type,
        Self::Handshake,
        Self::Truncated,
        Self::Reflected,
    ];

    /// Makes it of the message `bytes`; `other` is another message of the same direction, `own` one of the
    /// opposite. None where the messages don't allow it: no handshake part, or nothing that differs.
    pub fn apply(
        self,
        bytes: &[u8],
        other: &[u8],
        own: Option<&[u8]>,
        rng: &mut ScriptedRng,
    ) -> Option<Vec<u8>> {
        let parts = Parts::of(bytes)?;
        let mut out = bytes.to_vec();
        match self {
            Self::Body => flip(&mut out[parts.body..parts.tag], rng),
            Self::Tag => flip(&mut out[parts.tag..][..NONCE_LEN], rng),
            Self::TagEnd => flip(&mut out[parts.tag..][NONCE_LEN..], rng),
            Self::Header => flip(&mut out[parts.header..parts.body], rng),
            Self::SplicedHeader | Self::SplicedHeaderAndTag => {
                let from = Parts::of(other)?;
                out[parts.header..parts.body].copy_from_slice(&other[from.header..from.body]);
                if self == Self::SplicedHeaderAndTag {
                    out[parts.tag..].copy_from_slice(&other[from.tag..]);
                }
            }
            Self::Type => out[1] = if bytes[1] == PREKEY { RATCHET } else { PREKEY },
            Self::Handshake => {
                let Kind::Prekey { handshake } = Envelope::parse(bytes).ok()?.kind() else { return None };
                flip(&mut out[parts.header - handshake.len()..parts.header], rng);
            }
            Self::Truncated => out.truncate(rng.random_range(..bytes.len())),
            Self::Reflected => own?.clone_into(&mut out),
        }
        (out != bytes).then_some(out)
    }
}

/// Whether what stands before the headers of two messages is the same: a header moves between them only then.
pub fn same_prefix(a: &[u8], b: &[u8]) -> bool {
    let prefix = |bytes| Parts::of(bytes).map(|parts| parts.header);
    prefix(a).is_some_and(|len| prefix(b) == Some(len) && a[..len] == b[..len])
}

/// Where the parts of a message begin.
struct Parts {
    header: usize,
    body: usize,
    tag: usize,
}

impl Parts {
    fn of(bytes: &[u8]) -> Option<Self> {
        let envelope = Envelope::parse(bytes).ok()?;
        let tag = bytes.len() - envelope.tag().len();
        let body = tag - envelope.body().len();
        Some(Self { header: body - SEALED_HEADER_LEN, body, tag })
    }
}

fn flip(part: &mut [u8], rng: &mut ScriptedRng) {
    let at = rng.random_range(..part.len());
    part[at] ^= 1 << rng.random_range(..8_u8);
}
