//! The boxes between primary and new device: AES-256-GCM under a key of the code's secret, for one step of one
//! linking, padded to one length for each step.

use alloc::vec::Vec;

use entrenous_primitives::{aead::Cipher, hkdf::Prk, random::draw};
use entrenous_wire::{
    Malformed, Reason, label,
    linking::{BOX_VERSION, LinkBox, Step},
};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{LinkCode, LinkError};

/// Ends the content; zeros follow.
const END: u8 = 0x80;

/// Seals `content`. `context` is the hash of all that went before: the code's, the request's, the transcript's.
pub(super) fn seal(
    step: Step,
    code: &LinkCode,
    context: &[u8; 32],
    content: &[u8],
    rng: &mut (impl TryCryptoRng + ?Sized),
) -> Result<Vec<u8>, LinkError> {
    let too_long = Malformed::new("link box", Reason::Length);
    let mut padded = Zeroizing::new(Vec::with_capacity(step.padded_len()));
    padded.extend_from_slice(content);
    padded.push(END);
    if padded.len() > step.padded_len() {
        return Err(too_long.into());
    }
    // spec: IDENTITY-84
    padded.resize(step.padded_len(), 0);
    // the request's key is known to whoever has the code, so two may seal under it: the nonce is random
    let nonce = *draw(rng)?.as_bytes();
    let tag = cipher(step, code, context)
        .seal(&nonce, &associated_data(step, code, context), &mut padded)
        .map_err(|_| too_long)?;
    Ok(LinkBox { nonce: &nonce, ciphertext: &padded, tag: &tag }.encode(step))
}

/// Opens a box; its content without padding.
pub(super) fn open(
    step: Step,
    code: &LinkCode,
    context: &[u8; 32],
    bytes: &[u8],
) -> Result<Zeroizing<Vec<u8>>, LinkError> {
    let sealed = LinkBox::parse(step, bytes)?;
    let mut content = Zeroizing::new(alloc::vec![0; sealed.ciphertext.len()]);
    cipher(step, code, context).open(
        sealed.nonce,
        &associated_data(step, code, context),
        sealed.ciphertext,
        sealed.tag,
        &mut content,
    )?;
    // spec: IDENTITY-84
    let end = content.iter().rposition(|byte| *byte != 0).filter(|end| content.get(*end) == Some(&END));
    content.truncate(end.ok_or(Malformed::new("link box", Reason::Padding))?);
    Ok(content)
}

fn cipher(step: Step, code: &LinkCode, context: &[u8; 32]) -> Cipher {
    // spec: IDENTITY-83
    let key = Prk::from_key(code.secret()).expand::<32>(&[label::LINK_BOX, &[step.number()], context]);
    Cipher::new(key.as_bytes())
}

fn associated_data(step: Step, code: &LinkCode, context: &[u8; 32]) -> Vec<u8> {
    [label::LINK_BOX, &[BOX_VERSION, step.number()], code.rendezvous(), context].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        linking::Offered,
        testing::{Scripted, account, at},
    };

    // spec: IDENTITY-84
    #[test]
    fn a_box_that_opens_has_its_one_padding() {
        let (_, _, list) = account(1);
        let offered = Offered::new(list.account_id(), at(0), &mut Scripted::new(1)).unwrap();
        let (code, step, context) = (offered.code(), Step::Reveal, [7; 32]);
        let opened = |plaintext: &[u8; 33]| {
            let mut buffer = *plaintext;
            let ad = associated_data(step, code, &context);
            let tag = cipher(step, code, &context).seal(&[3; 12], &ad, &mut buffer).unwrap();
            let sealed = LinkBox { nonce: &[3; 12], ciphertext: &buffer, tag: &tag }.encode(step);
            open(step, code, &context, &sealed).map(|content| content.to_vec())
        };
        let malformed = Err(LinkError::Malformed(Malformed::new("link box", Reason::Padding)));
        let mut plaintext = [0; 33];
        assert_eq!(opened(&plaintext), malformed);
        plaintext[4] = 0x80;
        assert_eq!(opened(&plaintext), Ok(alloc::vec![0; 4]));
        plaintext[32] = 0x01;
        assert_eq!(opened(&plaintext), malformed);
        plaintext[32] = 0x80;
        assert_eq!(opened(&plaintext).map(|content| content.len()), Ok(32));
    }

    #[test]
    fn content_that_is_too_long_is_not_sealed() {
        let (_, _, list) = account(1);
        let offered = Offered::new(list.account_id(), at(0), &mut Scripted::new(1)).unwrap();
        let sealed = |len: usize| {
            let content = alloc::vec![1; len];
            seal(Step::Reveal, offered.code(), &[7; 32], &content, &mut Scripted::new(2))
                .map(|bytes| bytes.len())
        };
        assert_eq!(sealed(32), Ok(63));
        assert_eq!(sealed(33), Err(LinkError::Malformed(Malformed::new("link box", Reason::Length))));
    }
}
