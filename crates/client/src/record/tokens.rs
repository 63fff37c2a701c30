//! Messages that the application can send again without sending them twice.

use entrenous_identity::Timestamp;
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Error, MessageId, engine::Stored};

/// Tokens that are remembered: an application repeats what was under way when it ended, and has noted what came before.
pub(crate) const MAX_TOKENS: usize = 256;

/// A message that was sent with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SentWithToken {
    pub(crate) token: [u8; 8],
    pub(crate) id: MessageId,
    /// With the content, what the id is made of.
    pub(crate) sent: Timestamp,
    pub(crate) nonce: [u8; 8],
    /// Its envelopes are among those from this number on, up to `end`.
    pub(crate) first: u64,
    pub(crate) end: u64,
}

/// The last messages that were sent with a token, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens(Vec<SentWithToken>);

impl Tokens {
    pub(crate) fn find(&self, token: &[u8; 8]) -> Option<&SentWithToken> {
        self.0.iter().rev().find(|sent| sent.token == *token)
    }

    /// Enters a message; the oldest goes for it if there are too many.
    pub(crate) fn add(&mut self, sent: SentWithToken) {
        if self.0.len() >= MAX_TOKENS {
            self.0.remove(0);
        }
        self.0.push(sent);
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct TokensProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for Tokens {
    /// token 8 ‖ message id 16 ‖ sent-ms 8 ‖ nonce 8 ‖ first 8 ‖ end 8 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |sent: &SentWithToken| {
            let SentWithToken { token, id, sent, nonce, first, end } = sent;
            let [sent, first, end] = [sent.as_ms(), *first, *end].map(u64::to_be_bytes);
            [token.as_slice(), id.as_bytes(), &sent, nonce, &first, &end].concat()
        };
        write(&TokensProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 56]| -> Result<SentWithToken, Error> {
            let (token, rest) = bytes.split_at(8);
            let (id, rest) = rest.split_at(16);
            let [sent, nonce, first, end] = arrays::<8>(rest)? else { return Err(Error::Corrupt) };
            Ok(SentWithToken {
                token: array(token)?,
                id: MessageId::from_bytes(array(id)?),
                sent: Timestamp::from_ms(u64::from_be_bytes(*sent)),
                nonce: *nonce,
                first: u64::from_be_bytes(*first),
                end: u64::from_be_bytes(*end),
            })
        };
        let proto: TokensProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(n: u64) -> SentWithToken {
        SentWithToken {
            token: n.to_be_bytes(),
            id: MessageId::from_bytes([1; 16]),
            sent: Timestamp::from_ms(n + 2),
            nonce: [3; 8],
            first: n + 4,
            end: n + 5,
        }
    }

    #[test]
    fn the_last_tokens_are_remembered() {
        let mut tokens = Tokens::default();
        let count = MAX_TOKENS as u64 + 1;
        (0..count).for_each(|n| tokens.add(sent(n)));
        let tokens = Tokens::from_bytes(&tokens.to_bytes()).unwrap();
        assert_eq!(tokens.find(&[0; 8]), None);
        for n in 1..count {
            assert_eq!(tokens.find(&n.to_be_bytes()), Some(&sent(n)));
        }
    }
}
