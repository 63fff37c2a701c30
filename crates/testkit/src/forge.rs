//! What only a malicious peer, device or directory can make: messages with any header and body sealed under a
//! session's own keys, and entries, prekeys and lists with any content, properly signed.
//!
//! Written from the specification and sharing only the primitives with the product, so that it is a second
//! reading of the formats at the same time.

use core::ops::Range;

use entrenous_identity::{
    AccountId, AccountKey, Day, DeviceKeys, HandshakeHash, ReceivedDeviceList, device_list::LIFETIME_DAYS,
};
use entrenous_primitives::{aead::Cipher, hash::sha256, hkdf::Prk};
use entrenous_wire::{
    Strict,
    device_list::{DeviceEntry, DeviceListBody},
    envelope::EnvelopeLayout,
    header::{Flags, HEADER_LEN, Header},
    label,
    padding::Padding,
    proto::{self, SessionRecord, SignedDeviceList},
};

use crate::peer::frame;

/// All eight points of small order in X25519 in their canonical encodings, of which there are five, and
/// encodings that are not canonical: of small-order points, of the base point, and with the top bit set.
pub mod points {
    /// Small order, canonical: 0, 1, p - 1 and the two of order 8.
    pub const LOW_ORDER: [[u8; 32]; 5] = [
        [0; 32],
        small(1),
        p_plus(-1),
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
            0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
            0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
        ],
    ];

    /// Second encodings: p, p + 1 (small order), p + 9 (the base point), 2^255 - 1, and 9 with the top bit.
    pub const NON_CANONICAL: [[u8; 32]; 5] = [p_plus(0), p_plus(1), p_plus(9), p_plus(18), top_bit(small(9))];

    /// The number `value`, little-endian.
    pub const fn small(value: u8) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[0] = value;
        bytes
    }

    /// 2^255 - 19 + `offset`, little-endian.
    pub const fn p_plus(offset: i8) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed_u8.wrapping_add_signed(offset);
        bytes[31] = 0x7f;
        bytes
    }

    /// The second encoding of a key that RFC 7748 tells receivers to accept.
    pub const fn top_bit(mut key: [u8; 32]) -> [u8; 32] {
        key[31] |= 0x80;
        key
    }
}

/// A session's record, to be looked into or changed.
pub fn record(bytes: &[u8]) -> SessionRecord {
    SessionRecord::decode_strict(bytes).expect("own record")
}

/// KDF_CK: the next chain key and the message key.
pub fn chain_step(chain: &[u8]) -> ([u8; 32], [u8; 32]) {
    let okm = Prk::from_key(chain.try_into().expect("32 bytes")).expand::<64>(&[label::CHAIN]);
    let (next, message) = okm.as_bytes().split_at(32);
    (next.try_into().expect("32 bytes"), message.try_into().expect("32 bytes"))
}

/// KDF_RK in an epoch, with the secret that is mixed in, if one is: root, chain and next header key, and the secret for
/// resumption.
pub fn root_step(root: &[u8], dh: &[u8; 32], mixed: Option<&[u8]>, epoch: u64) -> [[u8; 32]; 4] {
    let mix = u8::from(mixed.is_some());
    let ikm = [dh, mixed.unwrap_or_default()];
    let okm = Prk::extract(root, &ikm).expand::<128>(&[label::ROOT, &[mix], &epoch.to_be_bytes()]);
    core::array::from_fn(|i| okm.as_bytes()[32 * i..32 * i + 32].try_into().expect("32 bytes"))
}

/// Seals what it is told to, under the keys of one chain.
#[derive(Clone, Debug)]
pub struct Forger {
    /// The header of the next message; `n` may only grow.
    pub fields: Header,
    chain: Vec<u8>,
    at: u32,
    header: Vec<u8>,
    handshake: Vec<u8>,
}

impl Forger {
    /// Goes on in the sending chain of the session in `stored`.
    pub fn in_chain(stored: &[u8]) -> Self {
        let record = record(stored);
        let sending = record.sending.as_ref().expect("in the middle of a chain");
        Self {
            fields: Header {
                ratchet_key: sending.ratchet_key[..].try_into().expect("32 bytes"),
                n: record.sent,
                pn: sending.previous,
                flags: flags(&record, sending.epoch_step),
                nonce_salt: [0xf0; 8],
            },
            chain: sending.chain.clone(),
            at: record.sent,
            header: sending.header.clone(),
            handshake: record.handshake.clone(),
        }
    }

    /// Begins the next chain of the session in `stored`, whose turn it is, with the ratchet key `public`, of
    /// which it is known to give `dh` at the receiver.
    pub fn next_chain(stored: &[u8], public: [u8; 32], dh: &[u8; 32]) -> Self {
        let record = record(stored);
        assert!(record.sending.is_none(), "it must be the session's turn");
        let [_, chain, ..] = root_step(&record.root, dh, None, record.epoch);
        Self {
            fields: Header {
                ratchet_key: public,
                n: 0,
                pn: record.sent,
                flags: flags(&record, 0),
                nonce_salt: [0xf0; 8],
            },
            chain: chain.to_vec(),
            at: 0,
            header: record.next_header_send.clone(),
            handshake: record.handshake.clone(),
        }
    }

    /// A message with the header of `fields` and a frame around `content`.
    pub fn message(&self, content: &[u8]) -> Vec<u8> {
        let frame = frame(content);
        let mut plaintext = vec![0; frame.encoded_len(Padding::default())];
        frame.encode_into(&mut plaintext).expect("fits");
        self.raw(&plaintext)
    }

    /// A message with the header of `fields` and any plaintext.
    pub fn raw(&self, plaintext: &[u8]) -> Vec<u8> {
        let (mut chain, mut mk) = chain_step(&self.chain);
        for _ in self.at..self.fields.n {
            (chain, mk) = chain_step(&chain);
        }
        let handshake = (!self.handshake.is_empty()).then_some(&self.handshake[..]);
        let header_key = self.header[..].try_into().expect("32 bytes");
        seal_boxes(handshake, &mk, header_key, &self.fields.encode(), plaintext)
    }
}

/// A message of any header and plaintext: the body's box under the message key, and the header's.
pub fn seal_boxes(
    handshake: Option<&[u8]>,
    mk: &[u8; 32],
    header_key: &[u8; 32],
    hdr: &[u8; HEADER_LEN],
    plaintext: &[u8],
) -> Vec<u8> {
    let layout = EnvelopeLayout::new(handshake, plaintext.len()).expect("allowed lengths");
    let mut ad = layout.kind().prefix().to_vec();
    ad.extend(handshake.iter().flat_map(|bytes| HandshakeHash::of(bytes).0));

    let mut out = Vec::new();
    let parts = layout.prepare(&mut out).expect("laid out");
    parts.body.copy_from_slice(plaintext);
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&hdr[HEADER_LEN - 8..]);
    *parts.tag = Cipher::new(mk).seal(&nonce, &[&ad[..], hdr].concat(), parts.body).expect("short");
    nonce.copy_from_slice(&parts.tag[..12]);
    let (sealed, tag) = parts.header.split_at_mut(HEADER_LEN);
    sealed.copy_from_slice(hdr);
    tag.copy_from_slice(&Cipher::new(header_key).seal(&nonce, &ad, sealed).expect("short"));
    out
}

/// The flags in a chain of the session whose root step did `epoch_step`, before anything has come of the epoch.
fn flags(record: &SessionRecord, epoch_step: u32) -> Flags {
    Flags { epoch: u8::try_from(record.epoch % 64).expect("below 64"), have: false, mix: epoch_step == 1 }
}

/// The entry of `keys` with another agreement key, signed by the device for `account`.
pub fn entry(keys: &DeviceKeys, account: &AccountId, agreement_key: [u8; 32]) -> DeviceEntry {
    let mut entry = keys.entry(account);
    entry.agreement_key = agreement_key;
    entry.signature = keys.sign(&signed_entry(&entry, account));
    entry
}

/// label ‖ highest version ‖ account id ‖ device id ‖ signing key ‖ agreement key
pub fn signed_entry(entry: &DeviceEntry, account: &AccountId) -> Vec<u8> {
    let mut signed = label::DEVICE_ENTRY.to_vec();
    signed.push(entry.highest_version);
    signed.extend_from_slice(account.as_bytes());
    signed.extend_from_slice(&entry.device_id.to_be_bytes());
    signed.extend_from_slice(&entry.signing_key);
    signed.extend_from_slice(&entry.agreement_key);
    signed
}

/// A first list of `entries`, signed by the account, believed in nothing.
pub fn list(account: &AccountKey, entries: Vec<DeviceEntry>, issued: Day) -> SignedDeviceList {
    let body = DeviceListBody {
        account_key: *account.verifying_key().as_bytes(),
        epoch: 1,
        parents: Vec::new(),
        issued_day: issued.0,
        expires_day: issued.plus(LIFETIME_DAYS).0,
        devices: entries,
    };
    sign_body(account, &body)
}

/// A list with any body, signed by `account`.
pub fn sign_body(account: &AccountKey, body: &DeviceListBody) -> SignedDeviceList {
    let body = body.encode().expect("a body");
    let signature = account.sign(&[label::DEVICE_LIST, &body].concat()).to_vec();
    SignedDeviceList { body, signature }
}

/// The list as a received one.
pub fn received(list: SignedDeviceList) -> ReceivedDeviceList {
    ReceivedDeviceList::parse(list).expect("well-formed")
}

/// Signs the fields of `prekey` with `keys` as a prekey of `entry`'s device: kind 1 signed, 2 one-time.
pub fn sign_prekey(
    prekey: &mut proto::Prekey,
    kind: u8,
    keys: &DeviceKeys,
    account: &AccountId,
    entry: &DeviceEntry,
) {
    let mut signed = [label::PREKEY, &[1], account.as_bytes()].concat();
    signed.extend_from_slice(&entry.device_id.to_be_bytes());
    signed.extend_from_slice(&entry.signing_key);
    signed.extend_from_slice(&entry.agreement_key);
    signed.push(kind);
    signed.extend_from_slice(&prekey.id.to_be_bytes());
    signed.extend_from_slice(&prekey.curve);
    signed.extend_from_slice(&prekey.kem);
    signed.extend_from_slice(&prekey.issued_day.to_be_bytes());
    signed.extend_from_slice(&prekey.expires_day.to_be_bytes());
    prekey.signature = keys.sign(&signed).to_vec();
}

/// Gives `try_it` the bytes with each bit of the bytes in `range` flipped, one at a time.
pub fn each_flip(bytes: &[u8], range: Range<usize>, mut try_it: impl FnMut(usize, &[u8])) {
    let mut bytes = bytes.to_vec();
    for bit in range.start * 8..range.end * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        try_it(bit, &bytes);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

/// Gives `try_it` every proper beginning of the bytes, and the bytes with one more.
pub fn each_cut(bytes: &[u8], mut try_it: impl FnMut(usize, &[u8])) {
    for len in 0..bytes.len() {
        try_it(len, &bytes[..len]);
    }
    try_it(bytes.len() + 1, &[bytes, &[0]].concat());
}

/// The check at the end of a store's lock, over the 116 bytes before it: who can write to the store can make it.
pub fn lock_check(body: &[u8]) -> [u8; 32] {
    sha256(&[label::STORE_LOCK, body])
}
