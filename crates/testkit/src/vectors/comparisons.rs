//! What people compare: a short string over a session, and the linking of a device, from what each side draws.

use entrenous_identity::{
    DeviceList, ShortString, Timestamp, Transcript,
    linking::{LinkCode, Offered, Requesting},
    sas::{Sas, View},
    short_string,
};
use entrenous_primitives::{hash::sha256, hkdf::Prk};
use entrenous_wire::{
    Strict, label,
    proto::{Bundle, LinkRequest, Prekey},
    sas::SasMessage,
};
use rand_core::TryRng;
use serde_json::json;

use super::{Fields, Vectors, hex, identity::signing_seed};
use crate::{
    device::{TODAY, TestDevice, start_of},
    forge,
    rng::ScriptedRng,
};

/// Appended to the vectors of identities.
pub(super) fn vectors(vectors: &mut Vectors) {
    let [alice, bob] = [1, 2].map(TestDevice::new);
    short_string_run(vectors, &alice, &bob);
    refused_messages(vectors, &alice, &bob);
    linking(vectors, &alice, &TestDevice::new(561));
}

fn list(of: &DeviceList) -> String {
    hex(&of.signed().encode_canonical())
}

/// The numbers of the emoji, and the digits, as they are shown.
fn shown(string: &ShortString) -> (Vec<usize>, String) {
    let number =
        |emoji| short_string::TABLE.iter().position(|of_table| of_table == emoji).expect("of the table");
    (string.emoji().iter().map(number).collect(), string.to_string())
}

/// The next bytes of a script.
fn drawn<const N: usize>(rng: &mut ScriptedRng) -> [u8; N] {
    let mut bytes = [0; N];
    let Ok(()) = rng.try_fill_bytes(&mut bytes);
    bytes
}

const T: [u8; 32] = [0x55; 32];

fn short_string_run(vectors: &mut Vectors, alice: &TestDevice, bob: &TestDevice) {
    let (lower, higher) = if alice.account_id() < bob.account_id() { (alice, bob) } else { (bob, alice) };
    let view =
        |own: &TestDevice, peer: &TestDevice| View::new(&own.list, &peer.list, &Transcript(T)).expect("two");
    let (lower_rng, higher_rng) = (&mut ScriptedRng::new(571), &mut ScriptedRng::new(572));
    let (Sas::Committed(committed), commit) = view(lower, higher).begin(lower_rng).expect("scripted") else {
        panic!("the lower side commits")
    };
    let (Sas::Answered(answered), answer) = view(higher, lower).join(&commit, higher_rng).expect("genuine")
    else {
        panic!("the higher side answers")
    };
    let (of_lower, reveal) = committed.receive(&answer).expect("genuine");
    let of_higher = answered.receive(&reveal).expect("genuine");
    assert_eq!(of_lower.short_string(), of_higher.short_string());

    // once more, from the primitives
    let (lower_rng, higher_rng) = (&mut ScriptedRng::new(571), &mut ScriptedRng::new(572));
    let (run, lower_nonce) = (drawn::<16>(lower_rng), drawn::<32>(lower_rng));
    let higher_nonce = drawn::<32>(higher_rng);
    let [lower_key, higher_key] = [lower, higher].map(|of| of.account.verifying_key());
    let view = sha256(&[
        label::SAS_VIEW,
        lower_key.as_bytes(),
        higher_key.as_bytes(),
        lower.list.hash(),
        higher.list.hash(),
        &T,
    ]);
    let commitment = sha256(&[label::SAS_COMMITMENT, &view, &run, &lower_nonce]);
    let transcript = sha256(&[label::SAS_TRANSCRIPT, &view, &run, &lower_nonce, &higher_nonce]);
    let message = |step: u8, value: &[u8; 32]| [&[1, step][..], &view, &run, value].concat();
    let by_hand = [message(2, &commitment), message(3, &higher_nonce), message(4, &lower_nonce)];
    assert_eq!(by_hand, [commit, answer, reveal].map(|message| message.encode()));

    let (emoji, decimals) = shown(&of_lower.short_string());
    let [commit, answer, reveal] = by_hand.map(|message| hex(&message));
    vectors.accepted(
        "short string run",
        "a run from the commit to the string",
        &[
            "IDENTITY-67",
            "IDENTITY-68",
            "IDENTITY-70",
            "IDENTITY-72",
            "IDENTITY-73",
            "IDENTITY-74",
            "WIRE-125",
        ],
        Fields {
            inputs: json!({
                "lower_list": list(&lower.list),
                "higher_list": list(&higher.list),
                "T": hex(&T),
                "run": hex(&run),
                "lower_nonce": hex(&lower_nonce),
                "higher_nonce": hex(&higher_nonce),
            }),
            intermediate: json!({
                "view": hex(&view),
                "commitment": hex(&commitment),
                "transcript": hex(&transcript),
            }),
            outputs: json!({
                "commit": commit,
                "answer": answer,
                "reveal": reveal,
                "emoji": emoji,
                "decimals": decimals,
            }),
        },
    );
}

fn refused_messages(vectors: &mut Vectors, alice: &TestDevice, bob: &TestDevice) {
    let view = View::new(&alice.list, &bob.list, &Transcript(T)).expect("two accounts");
    let (_, message) = view.begin(&mut ScriptedRng::new(573)).expect("scripted");
    let genuine = message.encode();
    let changed = |at: usize, with: u8| {
        let mut bytes = genuine.clone();
        bytes[at] = with;
        bytes
    };
    let mut ask = changed(1, 1);
    ask[81] = 1;
    let cases = [
        ("version 2", "WIRE-126", changed(0, 2)),
        ("step 5", "WIRE-126", changed(1, 5)),
        ("a byte less", "WIRE-126", genuine[..81].to_vec()),
        ("an ask with a value", "WIRE-127", ask),
    ];
    for (name, rule, bytes) in cases {
        assert!(SasMessage::parse(&bytes).is_err(), "{name}");
        let inputs = json!({ "message": hex(&bytes) });
        vectors.refused("read short string message", name, &[rule], "encoding", "Malformed", inputs);
    }
}

fn linking(vectors: &mut Vectors, primary: &TestDevice, device: &TestDevice) {
    let now: Timestamp = start_of(TODAY);
    let rng = || ScriptedRng::new(581);
    let of_device = || ScriptedRng::new(582);
    let (primarys, devices) = (&mut rng(), &mut of_device());
    let account = primary.account_id();
    let entry = device.keys.entry(&account);
    let bundle = Bundle::decode_strict(&device.bundle_bytes(true)).expect("its own");
    let [signed_prekey, one_time_prekey] =
        [(1, &bundle.signed_prekey), (2, &bundle.one_time_prekey)].map(|(kind, prekey)| {
            let mut prekey = prekey.clone().expect("there");
            forge::sign_prekey(&mut prekey, kind, &device.keys, &account, &entry);
            prekey
        });

    // as the product links
    let offered = Offered::new(account, now, primarys).expect("scripted");
    let text = offered.code().text().to_string();
    let code = LinkCode::parse(&text).expect("its own");
    let prekeys = (signed_prekey.clone(), one_time_prekey.clone());
    let (requesting, request_box) =
        Requesting::new(code, &device.keys, prekeys.0, prekeys.1, now, devices).expect("scripted");
    let (requested, reveal_box) = offered.receive(&request_box, now, primarys).expect("genuine");
    let comparing = requesting.receive(&reveal_box, now).expect("genuine");
    assert_eq!(requested.short_string(), comparing.short_string());
    let entries = [primary.keys.entry(&account), entry.clone()];
    let approved = DeviceList::successor(&[&primary.list], &primary.account, &entries, TODAY).expect("next");
    let (_, approval_box) = requested.approve(&approved, now, primarys).expect("compared");
    comparing.receive(&approval_box, now).expect("genuine");

    // once more, from the primitives
    let (primarys, devices) = (&mut rng(), &mut of_device());
    let (rendezvous, secret, nonce) = (drawn::<16>(primarys), drawn::<32>(primarys), drawn::<32>(primarys));
    let (request_nonce, request_box_nonce) = (drawn::<32>(devices), drawn::<12>(devices));
    let (reveal_box_nonce, approval_box_nonce) = (drawn::<12>(primarys), drawn::<12>(primarys));
    let commitment = sha256(&[label::LINK_NONCE, &nonce]);
    let payload = [&rendezvous[..], &secret, account.as_bytes(), &commitment].concat();
    let code_hash = sha256(&[label::LINK_CODE, &payload]);
    let hash_of = |prekey: &Prekey| sha256(&[&prekey.encode_canonical()]);
    let signed = [
        label::LINK_SIGNATURE,
        &code_hash,
        &entry.to_bytes(),
        &request_nonce,
        &hash_of(&signed_prekey),
        &hash_of(&one_time_prekey),
    ]
    .concat();
    let request = LinkRequest {
        entry: entry.to_bytes().to_vec(),
        nonce: request_nonce.to_vec(),
        signed_prekey: Some(signed_prekey.clone()),
        one_time_prekey: Some(one_time_prekey.clone()),
        signature: device.keys.sign(&signed).to_vec(),
    }
    .encode_canonical();
    let request_hash = sha256(&[label::LINK_REQUEST, &code_hash, &request]);
    let transcript = sha256(&[label::LINK_TRANSCRIPT, &request_hash, &nonce]);
    let key = |step: u8, context: &[u8; 32]| {
        *Prk::from_key(&secret).expand::<32>(&[label::LINK_BOX, &[step], context]).as_bytes()
    };
    let keys = [key(1, &code_hash), key(2, &request_hash), key(3, &transcript)];
    let sealed = |step: u8, context: &[u8; 32], nonce: &[u8; 12], content: &[u8], len: usize| {
        let mut padded = [content, &[0x80]].concat();
        padded.resize(len, 0);
        let ad = [label::LINK_BOX, &[1, step], &rendezvous, context].concat();
        let cipher = entrenous_primitives::aead::Cipher::new(&key(step, context));
        let tag = cipher.seal(nonce, &ad, &mut padded).expect("short");
        [&[1, step][..], nonce, &padded, &tag].concat()
    };
    let approved_bytes = approved.signed().encode_canonical();
    assert_eq!(sealed(1, &code_hash, &request_box_nonce, &request, 3_615), request_box);
    assert_eq!(sealed(2, &request_hash, &reveal_box_nonce, &nonce, 33), reveal_box);
    assert_eq!(sealed(3, &transcript, &approval_box_nonce, &approved_bytes, 2_309), approval_box);

    let (emoji, decimals) = shown(&requested.short_string());
    vectors.accepted(
        "linking run",
        "a device is linked",
        &[
            "IDENTITY-80",
            "IDENTITY-82",
            "IDENTITY-83",
            "IDENTITY-84",
            "IDENTITY-85",
            "IDENTITY-86",
            "IDENTITY-87",
            "WIRE-120",
            "WIRE-122",
        ],
        Fields {
            inputs: json!({
                "account_seed": hex(primary.account.seed()),
                "account_list": list(&primary.list),
                "rendezvous": hex(&rendezvous),
                "secret": hex(&secret),
                "nonce": hex(&nonce),
                "device": {
                    "device_id": device.keys.public().id.get(),
                    "signing_seed": hex(&signing_seed(&device.keys)),
                    "agreement_secret": hex(device.keys.agreement().as_bytes()),
                },
                "signed_prekey": hex(&signed_prekey.encode_canonical()),
                "one_time_prekey": hex(&one_time_prekey.encode_canonical()),
                "request_nonce": hex(&request_nonce),
                "request_box_nonce": hex(&request_box_nonce),
                "reveal_box_nonce": hex(&reveal_box_nonce),
                "approval_box_nonce": hex(&approval_box_nonce),
                "approved_list": list(&approved),
            }),
            intermediate: json!({
                "commitment": hex(&commitment),
                "payload": hex(&payload),
                "code_hash": hex(&code_hash),
                "signed": hex(&signed),
                "request": hex(&request),
                "request_hash": hex(&request_hash),
                "transcript": hex(&transcript),
                "request_key": hex(&keys[0]),
                "reveal_key": hex(&keys[1]),
                "approval_key": hex(&keys[2]),
            }),
            outputs: json!({
                "code_text": text,
                "request_box": hex(&request_box),
                "reveal_box": hex(&reveal_box),
                "approval_box": hex(&approval_box),
                "emoji": emoji,
                "decimals": decimals,
            }),
        },
    );
}
