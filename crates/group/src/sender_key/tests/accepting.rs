//! Distributions: whose they are, and what a known key takes.

use entrenous_primitives::{ed25519::SigningKey, secret::Key};
use entrenous_wire::{Malformed, Reason, sender_key::DistributionBody};

use super::{kdf::chain_step, *};

fn changed(author: &Author, change: impl FnOnce(&mut DistributionBody)) -> Vec<u8> {
    let mut body = DistributionBody::parse(&author.key.distribution().unwrap()).unwrap();
    change(&mut body);
    body.encode().unwrap().to_vec()
}

fn accept(bytes: &[u8], known: Option<&ReceivingKey>) -> Result<Accepted, DistributionError> {
    ReceivedKey::parse(bytes)?.accept(GROUP, sender(7, 1), known)
}

// spec: GROUP-120
#[test]
fn only_the_device_that_it_names_gives_a_key() {
    let author = Author::new(30);
    let result = author.received().accept(GroupId::from_bytes([1; 32]), sender(7, 1), None);
    assert_eq!(result.err(), Some(DistributionError::OtherGroup));
    for from in [sender(8, 1), sender(7, 2)] {
        let result = author.received().accept(GROUP, from, None);
        assert_eq!(result.err(), Some(DistributionError::OtherSender));
    }
}

// spec: GROUP-121
#[test]
fn a_signing_key_is_a_point_of_prime_order() {
    let author = Author::new(31);
    let mut identity = [0; 32];
    identity[0] = 1;
    for key in [identity, [0; 32], [0xff; 32]] {
        let bytes = changed(&author, |body| body.description.signing_key = key);
        let invalid = Malformed::new("sender key signing key", Reason::Invalid);
        assert_eq!(accept(&bytes, None).err(), Some(DistributionError::Malformed(invalid)));
    }
}

// spec: GROUP-102, GROUP-122
#[test]
fn at_its_beginning_a_key_is_the_one_committed_to() {
    let mut author = Author::new(32);
    let bytes = changed(&author, |body| body.chain[0] ^= 1);
    assert_eq!(accept(&bytes, None).err(), Some(DistributionError::WrongCommitment));
    let bytes = changed(&author, |body| body.description.commitment[0] ^= 1);
    assert_eq!(accept(&bytes, None).err(), Some(DistributionError::WrongCommitment));
    // later there is nothing to compare
    author.seal(b"x");
    let bytes = changed(&author, |body| body.chain[0] ^= 1);
    assert!(matches!(accept(&bytes, None), Ok(Accepted::New(_))));
}

// spec: GROUP-103
#[test]
fn the_id_is_of_all_but_chain_iteration_and_previous() {
    let author = Author::new(33);
    let id = author.key.id();
    let id_of =
        |change: fn(&mut DistributionBody)| ReceivedKey::parse(&changed(&author, change)).unwrap().id();
    assert_eq!(id_of(|_| ()), id);
    assert_eq!(id_of(|body| body.iteration = 5), id);
    assert_eq!(id_of(|body| body.chain[0] ^= 1), id);
    let other = |body: &mut DistributionBody| {
        body.previous = Some(entrenous_wire::sender_key::PreviousKey { id: [1; 16], count: 1 });
    };
    assert_eq!(id_of(other), id);
    let changes: [fn(&mut DistributionBody); 6] = [
        |body| body.description.group[0] ^= 1,
        |body| body.description.account[0] ^= 1,
        |body| body.description.device ^= 2,
        |body| body.description.roster[0] ^= 1,
        |body| {
            body.description.signing_key =
                *SigningKey::<kdf::GroupSigning>::from_seed(&[1; 32]).verifying_key().as_bytes();
        },
        |body| body.description.commitment[0] ^= 1,
    ];
    for change in changes {
        assert_ne!(id_of(change), id);
    }
}

// spec: GROUP-123, GROUP-124, GROUP-125, GROUP-127
#[test]
fn a_known_key_given_again_changes_nothing() {
    let mut author = Author::new(34);
    author.seal_many(5);
    let at_5 = author.key.distribution().unwrap();
    let rewound = {
        let mut earlier = Author::new(34);
        earlier.seal_many(4);
        earlier.key.distribution().unwrap()
    };
    let mut receiver = author.receiver();
    let before = receiver.state();
    assert_eq!(accept(&rewound, Some(&receiver.key)).err(), Some(DistributionError::Rewound));
    assert!(accept(&at_5, Some(&receiver.key)).is_ok());
    // another chain at the same place, and further on
    let other = changed(&author, |body| body.chain[9] ^= 1);
    assert_eq!(accept(&other, Some(&receiver.key)).err(), Some(DistributionError::OtherChain));
    let messages = author.seal_many(20);
    let at_25 = author.key.distribution().unwrap();
    assert!(matches!(accept(&at_25, Some(&receiver.key)), Ok(Accepted::Known)));
    let other = changed(&author, |body| body.chain[9] ^= 1);
    assert_eq!(accept(&other, Some(&receiver.key)).err(), Some(DistributionError::OtherChain));
    assert_eq!(receiver.state(), before);
    // the previous key is always the same, wherever the chain has come to
    for given in [&at_5, &at_25] {
        let mut body = DistributionBody::parse(given).unwrap();
        body.previous = Some(entrenous_wire::sender_key::PreviousKey { id: [1; 16], count: 1 });
        let other = accept(&body.encode().unwrap(), Some(&receiver.key));
        assert_eq!(other.err(), Some(DistributionError::OtherPrevious));
    }
    assert_eq!(receiver.state(), before);
    // what was passed can't be compared, and is ignored
    receiver.open(&messages[7]).unwrap();
    assert!(matches!(accept(&at_5, Some(&receiver.key)), Ok(Accepted::Known)));
    // a key of another id is none that is known
    let other = Author::new(35).receiver();
    assert!(matches!(accept(&at_25, Some(&other.key)), Ok(Accepted::New(_))));
}

// spec: GROUP-126, GROUP-151
#[test]
fn a_superseded_key_ends_where_its_sender_says() {
    let mut author = Author::new(36);
    let mut old = author.receiver();
    let messages = author.seal_many(10);
    old.open(&messages[3]).unwrap();
    let mut rogue = SendingKey::from_record(&author.key.to_record()).unwrap();
    author.renew(37);
    assert_eq!(author.key.previous.unwrap().count, 10);
    let mut new = author.receiver();
    assert_eq!(old.key.end_with(&new.key), Some(EndedKey::Ended));
    new.reload();
    assert_eq!(old.key.end_with(&new.key), Some(EndedKey::Ended));
    old.reload();
    assert!(!old.key.is_closed());
    // a copy of the sender's state goes on with the old key
    let mut out = Vec::new();
    rogue.seal(&frame(b"x"), ROSTER, Padding::default(), &mut author.salt, &mut out).unwrap().commit();
    assert_eq!(old.open(&out), Err(OpenError::Ended));
    for at in [9, 0, 1, 2, 4, 5, 6, 7, 8] {
        old.open(&messages[at]).unwrap();
    }
    assert!(old.key.is_spent());
    // one that counts exactly what was seen is in order
    let mut exact = Author::new(36);
    let mut old = exact.receiver();
    let messages = exact.seal_many(10);
    old.open(&messages[9]).unwrap();
    exact.renew(37);
    assert_eq!(old.key.end_with(&exact.receiver().key), Some(EndedKey::Ended));
    assert!(!old.key.is_spent() && old.key.chain.is_none());
    // a sender that counts less than was seen was restored
    let mut behind = Author::new(36);
    let mut old = behind.receiver();
    let messages = behind.seal_many(10);
    old.open(&messages[6]).unwrap();
    behind.key = SendingKey::from_record(&Author::new(36).key.to_record()).unwrap();
    behind.renew(38);
    assert_eq!(old.key.end_with(&behind.receiver().key), Some(EndedKey::CloneSuspected));
    assert_eq!(old.open(&messages[7]), Err(OpenError::Ended));
    old.open(&messages[5]).unwrap();
}

// spec: GROUP-126
#[test]
fn nobody_ends_the_key_of_another() {
    let author = Author::new(39);
    let victim = author.receiver();
    for (group, from) in
        [(GROUP, sender(8, 1)), (GROUP, sender(7, 2)), (GroupId::from_bytes([1; 32]), sender(7, 1))]
    {
        let rng = &mut Scripted::new(40);
        let mut key = SendingKey::generate(group, from, ROSTER, Some(&author.key), NOW, rng).unwrap();
        // the library doesn't name it
        assert_eq!(key.previous.take(), None);
        key.previous = Some(PreviousKey { id: author.key.id(), count: 0 });
        let received = ReceivedKey::parse(&key.distribution().unwrap()).unwrap();
        let Accepted::New(newer) = received.accept(group, from, None).unwrap() else { panic!("new") };
        let mut old = victim.copy();
        assert_eq!(old.key.end_with(&newer), None);
        assert_eq!(old.state(), victim.state());
    }
    // nor with a key that names another
    let mut old = victim.copy();
    let mut stranger = Author::new(41);
    stranger.renew(42);
    assert_eq!(old.key.end_with(&stranger.receiver().key), None);
}

#[test]
fn a_late_joiner_derives_nothing_from_before() {
    let mut author = Author::new(43);
    author.seal_many(3);
    let receiver = author.receiver();
    let first = Author::new(43).key.chain;
    let third = (0..3).fold(first, |chain, _| chain_step(&chain).0);
    assert!(receiver.key.chain.as_ref().unwrap().ct_eq(&third));
    let record = receiver.key.to_record();
    let earlier = Key::<kdf::GroupChain>::from_bytes(Author::new(43).key.chain.as_bytes());
    assert!(!record.windows(32).any(|bytes| bytes == earlier.as_bytes()));
}

// spec: GROUP-170, GROUP-171
#[test]
fn records_keep_everything() {
    let mut author = Author::new(44);
    author.seal_many(7);
    author.renew(45);
    author.seal_many(3);
    let record = author.key.to_record();
    let read = SendingKey::from_record(&record).unwrap();
    assert_eq!(read.to_record(), record);
    assert_eq!((read.id(), read.sealed(), read.created()), (author.key.id(), 3, NOW));
    assert_eq!((read.group(), read.sender(), read.roster()), (GROUP, sender(7, 1), LATER));
    assert_eq!(read.distribution().unwrap(), author.key.distribution().unwrap());
    let receiver = author.receiver();
    let read = ReceivingKey::from_record(&receiver.key.to_record()).unwrap();
    assert_eq!((read.id(), read.first(), read.next()), (author.key.id(), 3, 3));
    assert!(author.key.previous.is_some());
    assert_eq!([read.previous(), author.received().previous()], [author.key.previous; 2]);
    assert_eq!((read.group(), read.sender(), read.roster()), (GROUP, sender(7, 1), LATER));
}
