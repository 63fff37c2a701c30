//! The request: who wants to be linked, proved with its signing key for one code.

use alloc::vec::Vec;

use entrenous_primitives::{hash::sha256, random::draw};
use entrenous_wire::{
    Malformed, Reason, Strict,
    device_list::DeviceEntry,
    fixed, label,
    proto::{LinkRequest, Prekey},
};
use rand_core::TryCryptoRng;

use super::{LinkCode, LinkError, request_hash};
use crate::{DeviceKeys, DevicePublic, IdentityError};

/// A request whose signatures hold, with the bytes that carried it. Nothing in it is secret.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    pub(super) entry: DeviceEntry,
    pub(super) device: DevicePublic,
    pub(super) signed_prekey: Prekey,
    pub(super) one_time_prekey: Prekey,
}

impl Request {
    /// The request of `device` for `code`.
    pub(super) fn make(
        code: &LinkCode,
        device: &DeviceKeys,
        signed_prekey: Prekey,
        one_time_prekey: Prekey,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Self, LinkError> {
        let nonce = draw::<32>(rng)?;
        let entry = device.entry(code.account());
        let signed = signed_bytes(code, &entry, nonce.as_bytes(), &signed_prekey, &one_time_prekey);
        let message = LinkRequest {
            entry: entry.to_bytes(),
            nonce: nonce.as_bytes().to_vec(),
            signed_prekey: Some(signed_prekey),
            one_time_prekey: Some(one_time_prekey),
            signature: device.sign(&signed).to_vec(),
        };
        // what can't be read is not sent: prekeys out of their form are noticed here
        Self::verify(code, &message.encode_canonical())
    }

    /// Reads a request and verifies that its device signed its entry for the code's account, and the whole for
    /// this code. The prekeys are verified by who builds a session on them.
    pub(super) fn verify(code: &LinkCode, bytes: &[u8]) -> Result<Self, LinkError> {
        let missing = |field| Malformed::new(field, Reason::Missing);
        let message = LinkRequest::decode_strict(bytes)?;
        let entry = DeviceEntry::from_bytes(&fixed("link request entry", &message.entry)?)?;
        let nonce = fixed("link request nonce", &message.nonce)?;
        let signature = fixed("link request signature", &message.signature)?;
        let signed_prekey = message.signed_prekey.ok_or(missing("link request signed prekey"))?;
        let one_time_prekey = message.one_time_prekey.ok_or(missing("link request one-time prekey"))?;
        // spec: IDENTITY-4
        let device = DevicePublic::verify_entry(code.account(), &entry)?;
        let signed = signed_bytes(code, &entry, &nonce, &signed_prekey, &one_time_prekey);
        // spec: IDENTITY-82
        device
            .signing
            .verify(&signed, &signature)
            .map_err(|_| IdentityError::BadSignature("link request"))?;
        Ok(Self { bytes: bytes.to_vec(), entry, device, signed_prekey, one_time_prekey })
    }

    /// The hash of the request as it was received, for `code`.
    pub(super) fn hash(&self, code: &LinkCode) -> [u8; 32] {
        request_hash(&code.hash(), &self.bytes)
    }
}

/// label ‖ hash of the code 32 ‖ entry 133 ‖ nonce 32 ‖ H(signed prekey) 32 ‖ H(one-time prekey) 32
fn signed_bytes(
    code: &LinkCode,
    entry: &DeviceEntry,
    nonce: &[u8; 32],
    signed_prekey: &Prekey,
    one_time_prekey: &Prekey,
) -> Vec<u8> {
    // spec: IDENTITY-82
    let [signed_prekey, one_time_prekey] =
        [signed_prekey, one_time_prekey].map(|prekey| sha256(&[&prekey.encode_canonical()]));
    [label::LINK_SIGNATURE, &code.hash(), &entry.to_bytes(), nonce, &signed_prekey, &one_time_prekey].concat()
}
