//! T: everything public in a handshake, hashed once.

use entrenous_identity::{
    AccountPublicKey, DevicePublic, Resumption, Transcript, session_secret::SignedPrekey,
};
use entrenous_primitives::{
    hash::sha256,
    ml_kem::{Ciphertext1024, EncapsulationKey1024},
    role::Role,
    x25519::PublicKey,
};
use entrenous_wire::{envelope::VERSION, handshake::Mode, label};

use crate::{OneTimePrekey, Prekey, PrekeyId, mode::rows};

/// Role of E_A, the initiator's key for one handshake.
#[derive(Debug)]
pub(crate) enum Ephemeral {}
impl Role for Ephemeral {
    const NAME: &'static str = "handshake ephemeral";
}

/// One party's rows of the table.
pub(crate) struct Party<'a> {
    pub(crate) account: &'a AccountPublicKey,
    pub(crate) device: &'a DevicePublic,
    pub(crate) list_epoch: u32,
    pub(crate) list_hash: &'a [u8; 32],
}

/// The one-time prekey's public parts, or the signed prekey's KEM key when there is none.
pub(crate) enum KemKey<'a> {
    OneTime(&'a Prekey<OneTimePrekey>),
    Signed(&'a EncapsulationKey1024<SignedPrekey>),
}

/// The rows that are not a party's.
pub(crate) struct Exchange<'a> {
    pub(crate) signed_id: PrekeyId,
    pub(crate) signed: &'a PublicKey<SignedPrekey>,
    pub(crate) kem: KemKey<'a>,
    pub(crate) ephemeral: &'a PublicKey<Ephemeral>,
    pub(crate) ciphertext: &'a Ciphertext1024,
    pub(crate) counter: u64,
    pub(crate) mode: Mode,
    /// There exactly when the mode is continued.
    pub(crate) continued: Option<&'a Resumption>,
}

/// Hashes the table of `docs/spec/agreement.md`, section "Transcript":
///
/// ```text
/// label                                       24
/// version                                      1
/// A, then B:  account key                     32
///             device id                        4
///             device signing key              32
///             device agreement key            32
///             device list epoch                4
///             device list hash                32
/// signed prekey:    id 4, curve key           36
/// one-time prekey:  flag 1, id 4, curve key   37   zeros when absent
/// KEM key used (one-time, else signed)      1568
/// E_A                                         32
/// ct                                        1568
/// session counter                              8
/// mode                                         1
/// continued: old T 32, secret's id 8          40   zeros unless continued
/// ```
pub(crate) fn transcript(a: &Party<'_>, b: &Party<'_>, exchange: &Exchange<'_>) -> Transcript {
    let (flag, one_time_id, one_time_curve, kem) = match &exchange.kem {
        KemKey::OneTime(prekey) => (1u8, prekey.id.get(), prekey.curve.as_bytes(), prekey.kem.as_bytes()),
        KemKey::Signed(kem) => (0, 0, &[0; 32], kem.as_bytes()),
    };
    let (mode, old_transcript, secret_id) = rows(exchange.mode, exchange.continued);
    // spec: AGREE-10
    Transcript(sha256(&[
        label::TRANSCRIPT,
        &[VERSION],
        a.account.as_bytes(),
        &a.device.id.get().to_be_bytes(),
        a.device.signing.as_bytes(),
        a.device.agreement.as_bytes(),
        &a.list_epoch.to_be_bytes(),
        a.list_hash,
        b.account.as_bytes(),
        &b.device.id.get().to_be_bytes(),
        b.device.signing.as_bytes(),
        b.device.agreement.as_bytes(),
        &b.list_epoch.to_be_bytes(),
        b.list_hash,
        &exchange.signed_id.get().to_be_bytes(),
        exchange.signed.as_bytes(),
        &[flag],
        &one_time_id.to_be_bytes(),
        one_time_curve,
        kem,
        exchange.ephemeral.as_bytes(),
        exchange.ciphertext.as_bytes(),
        &exchange.counter.to_be_bytes(),
        &mode,
        &old_transcript,
        &secret_id,
    ]))
}

#[cfg(test)]
mod tests {
    use alloc::{boxed::Box, vec, vec::Vec};

    use entrenous_identity::{AccountKey, Day, DeviceId, device::DeviceSigning};
    use entrenous_primitives::{ed25519::SigningKey, ml_kem::DecapsulationKey1024, secret::Key};

    use super::*;

    fn account(seed: u8) -> AccountPublicKey {
        AccountKey::from_seed(&[seed; 32]).verifying_key()
    }

    fn device(seed: u8) -> DevicePublic {
        DevicePublic {
            id: DeviceId::new(u32::from(seed) << 24).unwrap(),
            signing: SigningKey::<DeviceSigning>::from_seed(&[seed; 32]).verifying_key(),
            agreement: PublicKey::from_bytes(&[seed; 32]).unwrap(),
        }
    }

    fn kem<R: Role>(seed: u8) -> EncapsulationKey1024<R> {
        DecapsulationKey1024::from_seed(&[seed; 64]).encapsulation_key()
    }

    /// Every row of the table, owned, so that each can be changed alone.
    struct Table {
        accounts: [AccountPublicKey; 2],
        devices: [DevicePublic; 2],
        epochs: [u32; 2],
        hashes: [[u8; 32]; 2],
        signed_id: u32,
        signed: PublicKey<SignedPrekey>,
        signed_kem: EncapsulationKey1024<SignedPrekey>,
        one_time: Option<Prekey<OneTimePrekey>>,
        ephemeral: PublicKey<Ephemeral>,
        ciphertext: [u8; 1568],
        counter: u64,
        mode: Mode,
        continued: Option<Resumption>,
    }

    impl Table {
        fn new(one_time: bool) -> Self {
            Self {
                accounts: [account(1), account(2)],
                devices: [device(3), device(4)],
                epochs: [5, 6],
                hashes: [[7; 32], [8; 32]],
                signed_id: 9,
                signed: PublicKey::from_bytes(&[10; 32]).unwrap(),
                signed_kem: kem(11),
                one_time: one_time.then(|| Prekey {
                    id: PrekeyId::new(12).unwrap(),
                    curve: PublicKey::from_bytes(&[13; 32]).unwrap(),
                    kem: kem(14),
                    issued: Day(0),
                    expires: Day(1),
                }),
                ephemeral: PublicKey::from_bytes(&[15; 32]).unwrap(),
                ciphertext: [16; 1568],
                counter: 17,
                mode: Mode::Fresh,
                continued: None,
            }
        }

        fn party(&self, at: usize) -> Party<'_> {
            Party {
                account: &self.accounts[at],
                device: &self.devices[at],
                list_epoch: self.epochs[at],
                list_hash: &self.hashes[at],
            }
        }

        fn hash(&self) -> Transcript {
            let exchange = Exchange {
                signed_id: PrekeyId::new(self.signed_id).unwrap(),
                signed: &self.signed,
                kem: self.one_time.as_ref().map_or(KemKey::Signed(&self.signed_kem), KemKey::OneTime),
                ephemeral: &self.ephemeral,
                ciphertext: &Ciphertext1024::from_bytes(&self.ciphertext),
                counter: self.counter,
                mode: self.mode,
                continued: self.continued.as_ref(),
            };
            transcript(&self.party(0), &self.party(1), &exchange)
        }
    }

    fn resumption(transcript: u8, secret: u8) -> Resumption {
        Resumption::new(Transcript([transcript; 32]), Key::from_bytes(&[secret; 32]))
    }

    type Change = Box<dyn Fn(&mut Table)>;

    /// One change for every row.
    fn changes() -> Vec<Change> {
        let mut changes: Vec<Change> = vec![
            Box::new(|table| table.signed_id = 99),
            Box::new(|table| table.signed = PublicKey::from_bytes(&[99; 32]).unwrap()),
            Box::new(|table| table.ephemeral = PublicKey::from_bytes(&[99; 32]).unwrap()),
            Box::new(|table| table.ciphertext[0] ^= 1),
            Box::new(|table| table.ciphertext[1567] ^= 1),
            Box::new(|table| table.counter = 99),
            Box::new(|table| table.counter += 1 << 63),
            Box::new(|table| table.mode = Mode::Reset),
            Box::new(|table| table.mode = Mode::Continued),
        ];
        for (old, secret) in [(20, 21), (99, 21), (20, 99)] {
            changes.push(Box::new(move |table| {
                (table.mode, table.continued) = (Mode::Continued, Some(resumption(old, secret)));
            }));
        }
        for at in 0..2 {
            changes.push(Box::new(move |table| table.accounts[at] = account(99)));
            changes.push(Box::new(move |table| table.devices[at].id = device(99).id));
            changes.push(Box::new(move |table| table.devices[at].signing = device(99).signing));
            changes.push(Box::new(move |table| table.devices[at].agreement = device(99).agreement));
            changes.push(Box::new(move |table| table.epochs[at] = 99));
            changes.push(Box::new(move |table| table.hashes[at][31] ^= 1));
        }
        changes
    }

    // spec: AGREE-10
    #[test]
    fn every_row_is_bound() {
        for one_time in [true, false] {
            let mut changes = changes();
            if one_time {
                let with = |change: fn(&mut Prekey<OneTimePrekey>)| -> Change {
                    Box::new(move |table| table.one_time.iter_mut().for_each(change))
                };
                changes.push(with(|prekey| prekey.id = PrekeyId::new(99).unwrap()));
                changes.push(with(|prekey| prekey.curve = PublicKey::from_bytes(&[99; 32]).unwrap()));
                changes.push(with(|prekey| prekey.kem = kem(99)));
                changes.push(Box::new(|table| table.one_time = None));
            } else {
                changes.push(Box::new(|table| table.signed_kem = kem(99)));
            }
            // all are different from one another, and so from the unchanged one
            let mut seen = vec![Table::new(one_time).hash()];
            for (at, change) in changes.iter().enumerate() {
                let mut table = Table::new(one_time);
                change(&mut table);
                assert!(!seen.contains(&table.hash()), "change {at}, one-time prekey {one_time}");
                seen.push(table.hash());
            }
        }
    }

    /// A and B are not interchangeable, whole or in a single row.
    #[test]
    fn the_parties_have_their_places() {
        let mut swaps: Vec<Change> = vec![
            Box::new(|table| table.accounts.swap(0, 1)),
            Box::new(|table| table.devices.swap(0, 1)),
            Box::new(|table| table.epochs.swap(0, 1)),
            Box::new(|table| table.hashes.swap(0, 1)),
        ];
        swaps.push(Box::new(|table| {
            table.accounts.swap(0, 1);
            table.devices.swap(0, 1);
            table.epochs.swap(0, 1);
            table.hashes.swap(0, 1);
        }));
        for swap in swaps {
            let mut table = Table::new(true);
            swap(&mut table);
            assert_ne!(table.hash(), Table::new(true).hash());
        }
    }

    /// The table as the specification has it, put together once more.
    // spec: AGREE-10
    #[test]
    fn layout() {
        for (one_time, mode) in [true, false].into_iter().flat_map(|with| [1, 2, 3].map(|mode| (with, mode)))
        {
            let mut table = Table::new(one_time);
            match mode {
                1 => {}
                2 => (table.mode, table.continued) = (Mode::Continued, Some(resumption(20, 21))),
                _ => table.mode = Mode::Reset,
            }
            let mut bytes = b"entrenous v1 transcript\0\x01".to_vec();
            for at in 0..2 {
                bytes.extend(table.accounts[at].as_bytes());
                bytes.extend([[3, 4][at], 0, 0, 0]);
                bytes.extend(table.devices[at].signing.as_bytes());
                bytes.extend([[3u8, 4][at]; 32]);
                bytes.extend([0, 0, 0, [5, 6][at]]);
                bytes.extend([[7u8, 8][at]; 32]);
            }
            bytes.extend([0, 0, 0, 9]);
            bytes.extend([10; 32]);
            if one_time {
                bytes.extend([1, 0, 0, 0, 12]);
                bytes.extend([13; 32]);
                bytes.extend(kem::<OneTimePrekey>(14).as_bytes());
            } else {
                bytes.extend([0; 37]);
                bytes.extend(kem::<SignedPrekey>(11).as_bytes());
            }
            bytes.extend([15; 32]);
            bytes.extend([16; 1568]);
            bytes.extend([0, 0, 0, 0, 0, 0, 0, 17, mode]);
            if mode == 2 {
                bytes.extend([20; 32]);
                bytes.extend(&sha256(&[b"entrenous v1 resumption id\0", &[21; 32]])[..8]);
            } else {
                bytes.extend([0; 40]);
            }
            assert_eq!(bytes.len(), 3587);
            assert_eq!(table.hash(), Transcript(sha256(&[&bytes])));
        }
    }
}
