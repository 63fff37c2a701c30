//! Keys that lie somewhere: under a passphrase, under a store's key, in a record.

use std::sync::LazyLock;

use entrenous::{
    Client, Cost, Error, MemoryStore, RecoveryCode, RecoveryError, RecoveryFile, StoreKey, StoreLock, System,
};
use entrenous_identity::{AccountKey, DeviceKeys};
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    person::{Clock, ScriptedEnv},
    rng::ScriptedRng,
};

use crate::{
    case::{Case, Decision},
    inputs::{assert_secret, classify, declassify},
};

const TAG: &str = "AES-GCM: whether the tag holds";
const ARGON2: &str = "Argon2id: its second half is indexed by what it derives";
const COMMITMENT: &str = "passphrase: whether the commitment holds";
const NAMES: &str = "store: names of records";
const PUBLIC_KEY: &str = "record of keys: whether the public key belongs to the seed";

const PASSPHRASE: &[u8] = b"correct horse";

pub const CASES: &[Case] = &[
    Case {
        name: "recovery file, right passphrase",
        decisions: &[Decision(ARGON2, 408_576), Decision(COMMITMENT, 2), Decision(TAG, 4)],
        timed: 0,
        prepare: |_| {
            let (file, passphrase) = (RECOVERY.clone(), secret(PASSPHRASE));
            Box::new(move || assert!(declassify(file.open(&passphrase).is_ok())))
        },
    },
    Case {
        name: "recovery file, wrong passphrase",
        decisions: &[Decision(ARGON2, 408_576), Decision(COMMITMENT, 2)],
        timed: 0,
        prepare: |_| {
            let (file, passphrase) = (RECOVERY.clone(), secret(b"another horse"));
            Box::new(move || assert_eq!(file.open(&passphrase).err(), Some(RecoveryError::NotOpened)))
        },
    },
    Case {
        name: "store lock, right passphrase",
        decisions: &[Decision(ARGON2, 408_576), Decision(COMMITMENT, 4), Decision(TAG, 2)],
        timed: 0,
        prepare: |_| {
            let (store, passphrase) = (LOCKED.copy(), secret(PASSPHRASE));
            Box::new(move || assert!(declassify(StoreLock::open(&store, &passphrase).is_ok())))
        },
    },
    Case {
        name: "store lock, wrong passphrase",
        decisions: &[Decision(ARGON2, 408_576), Decision(COMMITMENT, 2)],
        timed: 0,
        prepare: |_| {
            let (store, passphrase) = (LOCKED.copy(), secret(b"another horse"));
            Box::new(move || {
                assert_eq!(StoreLock::open(&store, &passphrase).err(), Some(Error::WrongPassphrase))
            })
        },
    },
    Case {
        name: "store, wrong key",
        decisions: &[Decision(NAMES, 165), Decision(TAG, 4)],
        timed: 20_000,
        prepare: |inputs| {
            // one half of it is the right one's: a key that is the same in every run would look for the same names
            let (mut key, wrong): (_, [u8; 16]) = (STORE_KEY, inputs.public());
            let half = inputs.either(0, 16);
            key[half..half + 16].copy_from_slice(&wrong);
            classify(&mut key);
            let (store, key) = (STORE.copy(), StoreKey::from_bytes(&key));
            Box::new(move || {
                let opened = Client::open(store.clone(), &key, System::new());
                assert!(matches!(opened, Err(Error::WrongKey)));
            })
        },
    },
    Case {
        name: "record of a device's keys",
        decisions: &[Decision(PUBLIC_KEY, 2)],
        timed: 50_000,
        prepare: |inputs| {
            let random = u64::from_le_bytes(inputs.public());
            let keys =
                DeviceKeys::generate(&mut ScriptedRng::new(inputs.either(1, random))).expect("scripted");
            let mut record = keys.to_record().to_vec();
            // after version and id: the seed, its public key, and the other secret, each behind 2 bytes
            classify(&mut record[9..41]);
            classify(&mut record[77..109]);
            Box::new(move || assert!(declassify(DeviceKeys::from_record(&record).is_ok())))
        },
    },
    Case {
        name: "recovery code, written",
        decisions: &[],
        timed: 0,
        prepare: |inputs| {
            let code = RecoveryCode::of(&AccountKey::from_seed(&inputs.secret()));
            Box::new(move || {
                let text = code.text();
                // prefix, hyphens and the last bits' filling are the same in every code
                let symbols = text.bytes().enumerate().filter(|(at, _)| *at > 4 && at % 5 != 4);
                symbols.for_each(|(_, symbol)| assert_secret(&[symbol]));
            })
        },
    },
];

static RECOVERY: LazyLock<RecoveryFile> = LazyLock::new(|| {
    let code = RecoveryCode::of(&TestDevice::new(1).account);
    RecoveryFile::wrap(&code, PASSPHRASE, cheapest(), &mut ScriptedRng::new(1)).expect("wrapped")
});

static LOCKED: LazyLock<MemoryStore> = LazyLock::new(|| {
    let mut store = MemoryStore::new();
    StoreLock::put_on(&mut store, PASSPHRASE, cheapest(), &mut System::new()).expect("an empty store");
    store
});

const STORE_KEY: [u8; 32] = [0x5c; 32];

static STORE: LazyLock<MemoryStore> = LazyLock::new(|| {
    let store = MemoryStore::new();
    // its names too are the same in every run: how often memcheck meets them is counted
    let env = ScriptedEnv::new(1, &Clock::at_day(TODAY.0.into()));
    Client::create(store.clone(), &StoreKey::from_bytes(&STORE_KEY), env).expect("an empty store");
    store
});

fn cheapest() -> Cost {
    Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).expect("in bounds")
}

fn secret(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    classify(&mut bytes);
    bytes
}
