//! Both sides agree on everything or on nothing: unknown key share, and each public thing changed alone.

use super::*;

/// The root and both header keys of one side, to be compared.
pub(super) struct SessionKeys([[u8; 32]; 3]);

impl SessionKeys {
    pub(super) fn of(session: &SessionSecret) -> Self {
        let header_keys = [&session.header_initiator, &session.header_responder].map(|key| *key.as_bytes());
        Self([*session.root.as_bytes(), header_keys[0], header_keys[1]])
    }
}

/// No key of the responder is a key of the initiator.
pub(super) fn differ(responder: &ResponderSecret, initiator: &SessionKeys) {
    let SessionKeys(theirs) = initiator;
    let SessionKeys(ours) = SessionKeys::of(&responder.session);
    assert!(ours.iter().all(|key| !theirs.contains(key)), "a key is the same");
}

/// All that Bob brings into the agreement; with public constructors, so that each part can be another one.
struct Responder {
    keys: DeviceKeys,
    list: DeviceList,
    signed: PrekeySecret<SignedPrekey>,
    one_time: PrekeySecret<OneTimePrekey>,
}

/// What may differ between the Bob that Alice knows and the Bob that answers, while every secret is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    Nothing,
    Account,
    ListDay,
    ListEpoch,
    DeviceId,
    SigningKey,
    SignedPrekeyId,
    OneTimePrekeyId,
}

/// Gives the 8 bytes of a device id, then a signing seed, then an agreement secret.
fn device_keys(id: u8, signing: u8, agreement: u8) -> DeviceKeys {
    let stream = [vec![id; 8], vec![signing; 32], vec![agreement; 32]].concat();
    DeviceKeys::generate(&mut Fixed(stream)).expect("72 bytes")
}

struct Fixed(Vec<u8>);

impl rand_core::TryRng for Fixed {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("only bytes are drawn")
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!("only bytes are drawn")
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        dst.copy_from_slice(&self.0.drain(..dst.len()).collect::<Vec<_>>());
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Fixed {}

impl Responder {
    fn new(other: Other) -> Self {
        let pick = |is: Other, then: u8, otherwise: u8| if other == is { then } else { otherwise };
        let keys = device_keys(pick(Other::DeviceId, 9, 8), pick(Other::SigningKey, 9, 8), 8);
        let account = AccountKey::from_seed(&[pick(Other::Account, 9, 8); 32]);
        let issued = Day(TODAY.0 - u32::from(pick(Other::ListDay, 1, 0)));
        let list = forge::list(&account, vec![keys.entry(&AccountId::of(&account.verifying_key()))], issued);
        let mut body = DeviceListBody::parse(&list.body).unwrap();
        if other == Other::ListEpoch {
            (body.epoch, body.parents) = (2, vec![[1; 32]]);
        }
        let list = forge::received(forge::sign_body(&account, &body)).verify(TODAY).expect("current");
        let id = |number: u8| PrekeyId::new(number.into()).unwrap();
        let signed = PrekeySecret::generate(
            id(pick(Other::SignedPrekeyId, 2, 1)),
            TODAY,
            90,
            &mut ScriptedRng::new(30),
        );
        let one_time = PrekeySecret::generate(
            id(pick(Other::OneTimePrekeyId, 2, 1)),
            TODAY,
            90,
            &mut ScriptedRng::new(31),
        );
        Self { keys, list, signed: signed.unwrap(), one_time: one_time.unwrap() }
    }

    fn bundle(&self) -> Bundle {
        let bundle =
            entrenous_agreement::bundle::publish(&self.list, &self.keys, &self.signed, Some(&self.one_time));
        let received = ReceivedBundle::parse(&bundle.encode_canonical()).expect("well-formed");
        received.verify(&self.list.account_id(), TODAY, StalePrekeys::Refuse).expect("genuine")
    }

    /// Answers whatever ids the handshake names, as a victim with the same numbers would.
    fn respond(&self, handshake: &[u8]) -> Result<ResponderSecret, AgreementError> {
        let renamed = edited(handshake, |it| {
            it.recipient_device_id = self.keys.public().id.get();
            it.recipient_list_epoch = self.list.epoch();
            it.signed_prekey_id = self.signed.public().id.get();
            it.one_time_prekey_id = it.one_time_prekey_id.map(|_| self.one_time.public().id.get());
        });
        let verified = ReceivedHandshake::parse(&renamed)?.verify(self.keys.public().id, TODAY)?;
        let one_time = verified.one_time_prekey().map(|_| &self.one_time);
        verified.agree(&self.keys, OwnList::from(&self.list), &self.signed, one_time, None)
    }
}

/// Unknown key share: Alice writes to one Bob; another, who holds every secret that the first holds and differs
/// in one public thing alone, derives nothing that she has.
// spec: AGREE-8
#[test]
fn victims_with_the_same_secrets() {
    let alice = TestDevice::new(1);
    let secret = initiate(&alice, Responder::new(Other::Nothing).bundle()).expect("agrees");
    let keys = SessionKeys::of(&secret.session);
    let same = Responder::new(Other::Nothing).respond(&secret.handshake).expect("agrees");
    assert_eq!(same.session.transcript, secret.session.transcript);
    assert_eq!(SessionKeys::of(&same.session).0, keys.0);
    for other in [
        Other::Account,
        Other::ListDay,
        Other::ListEpoch,
        Other::DeviceId,
        Other::SigningKey,
        Other::SignedPrekeyId,
        Other::OneTimePrekeyId,
    ] {
        let responder = Responder::new(other).respond(&secret.handshake).expect("the same secrets");
        assert_ne!(responder.session.transcript, secret.session.transcript, "{other:?}");
        differ(&responder, &keys);
    }
}

/// What Alice states about herself, each in turn another than she used, where the secrets stay the same.
#[test]
fn initiators_with_the_same_secrets() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let secret = alice.initiate(&bob, true, 1);
    let keys = SessionKeys::of(&secret.session);
    let relisted = |account: &AccountKey, keys: &DeviceKeys, issued: Day, epoch: u32| {
        let entry = keys.entry(&AccountId::of(&account.verifying_key()));
        let list = forge::list(account, vec![entry], issued);
        let mut body = DeviceListBody::parse(&list.body).unwrap();
        if epoch > 1 {
            (body.epoch, body.parents) = (epoch, vec![[1; 32]]);
        }
        forge::sign_body(account, &body)
    };
    let lists = [
        relisted(&AccountKey::from_seed(&[7; 32]), &alice.keys, TODAY, 1),
        relisted(&alice.account, &alice.keys, Day(TODAY.0 - 1), 1),
        relisted(&alice.account, &alice.keys, TODAY, 2),
    ];
    let mut edits: Vec<Edit<'_>> = Vec::new();
    for list in lists {
        edits.push(Box::new(move |it| it.device_list = Some(list.clone())));
    }
    edits.push(Box::new(|it| it.counter = 2));
    for (at, edit) in edits.iter().enumerate() {
        let responder = bob.respond(&edited(&secret.handshake, edit)).expect("the same secrets");
        assert_ne!(responder.session.transcript, secret.session.transcript, "{at}");
        differ(&responder, &keys);
    }
    // and with other secrets: E_A, ct
    let another = alice.initiate(&bob, true, 2).handshake;
    let another = proto::Handshake::decode_strict(&another).unwrap();
    let edits: [Edit<'_>; 3] = [
        Box::new(|it| it.ephemeral = another.ephemeral.clone()),
        Box::new(|it| it.kem_ciphertext = another.kem_ciphertext.clone()),
        Box::new(|it| it.one_time_prekey_id = None),
    ];
    for edit in &edits {
        let responder = bob.respond(&edited(&secret.handshake, edit)).expect("well-formed");
        assert_ne!(responder.session.transcript, secret.session.transcript);
        differ(&responder, &keys);
    }
}

/// A first message for Bob, delivered to Carol.
#[test]
fn a_message_recorded_for_another() {
    let mut pair = Pair::new(5, Limits::default());
    let first = pair.alice.seal(b"for Bob").expect("sealed");
    let carol = TestDevice::new(3);
    let bob = core::mem::replace(&mut pair.bob_device, carol);
    assert_eq!(pair.refuse(&first), REJECTED);
    pair.bob_device = bob;
    assert!(pair.accept(&first).is_ok());
}

/// Mallory publishes Bob's device key and prekeys as its own, signed by its own keys and under Bob's device id,
/// and hands what Alice writes to it on to Bob: all secrets are the same, and yet nothing opens.
#[test]
fn prekeys_signed_again_by_another() {
    let (alice, bob, mallory) = (TestDevice::new(1), TestDevice::new(2), TestDevice::new(4));
    let account = mallory.account_id();
    let entry = DeviceEntry {
        device_id: bob.keys.public().id.get(),
        signing_key: *mallory.keys.public().signing.as_bytes(),
        agreement_key: *bob.keys.public().agreement.as_bytes(),
        ..received_entry(&mallory)
    };
    let entry = DeviceEntry { signature: mallory.keys.sign(&forge::signed_entry(&entry, &account)), ..entry };
    let mut bundle = bundle_of(&bob);
    bundle.device_list = Some(forge::list(&mallory.account, vec![entry.clone()], TODAY));
    forge::sign_prekey(bundle.signed_prekey.as_mut().unwrap(), 1, &mallory.keys, &account, &entry);
    forge::sign_prekey(bundle.one_time_prekey.as_mut().unwrap(), 2, &mallory.keys, &account, &entry);
    let bundle = verify(&bundle, &mallory).expect("X25519 keys come without a proof of possession");
    let secret = initiate(&alice, bundle).expect("agrees");

    let responder = bob.respond(&secret.handshake).expect("addressed to Bob's device id");
    assert_ne!(responder.session.transcript, secret.session.transcript);
    differ(&responder, &SessionKeys::of(&secret.session));

    let mut pair = Pair::new(6, Limits::default());
    pair.bob_device = bob;
    let session = entrenous_ratchet::Session::initiate(secret, Limits::default());
    let mut writer = entrenous_testkit::peer::Peer::new(session, Limits::default(), 1);
    let message = writer.seal(b"for Mallory").expect("sealed");
    assert_eq!(pair.refuse(&message), REJECTED);
}
