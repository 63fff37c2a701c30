//! Seeds out of the test vectors: what is genuine, and what is nearly so.

use entrenous_wire::{Strict, proto::Control};
use serde_json::Value;

use crate::vectors;

/// Inputs for `messages`, `records` and `texts`.
pub(super) fn vector_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    for file in vectors::all() {
        let file: Value = serde_json::from_str(&file.text()).expect("its own");
        for case in file["cases"].as_array().expect("cases") {
            let parts = || [&case["outputs"], &case["inputs"], &case["intermediate"]].into_iter();
            let field = |name: &str| parts().find_map(|part| bytes(&part[name]));
            let text = |name: &str| parts().find_map(|part| part[name].as_str());
            let mut seed = |target, kind: &[u8], name: &str| {
                seeds.push((target, [kind, &field(name).expect(name)].concat()));
            };
            match case["operation"].as_str().expect("a text") {
                "control" | "read control" => controls(&mut seeds, &field("control").expect("a control")),
                "record" | "read record" => {
                    for kind in record_kinds(text("kind").expect("a kind")) {
                        seed("records", &[*kind], "record");
                    }
                }
                "short string run" | "read short string message" => {
                    let messages = ["commit", "answer", "reveal", "message"].into_iter().filter_map(field);
                    seeds.extend(messages.map(|message| ("messages", [&[13], &message[..]].concat())));
                }
                "linking run" => {
                    seed("messages", &[9], "request");
                    for name in ["request_box", "reveal_box", "approval_box"] {
                        seed("messages", &[12], name);
                    }
                    seeds.push(("texts", text("code_text").expect("a code").into()));
                }
                "read session record" => seed("records", &[0], "record"),
                "read bundle" => seed("messages", &[1], "bundle"),
                "read handshake" => seed("messages", &[0], "handshake"),
                "header" | "read header" => seed("envelopes", &[], "header"),
                "frame" | "read frame" => seed("envelopes", &[], "frame"),
                "envelope" | "read envelope" => seed("envelopes", &[], "envelope"),
                "sender key" | "accept distribution" => seed("sender_keys", &[], "distribution"),
                "card" | "recovery code" | "read recovery code" | "safety number" => {
                    seeds.push(("texts", text("text").expect("a text").into()));
                }
                _ => {}
            }
        }
    }
    seeds
}

/// A control, and what is in it.
fn controls(seeds: &mut Vec<(&'static str, Vec<u8>)>, bytes: &[u8]) {
    let mut seed = |kind: u8, bytes: &[u8]| seeds.push(("messages", [&[kind], bytes].concat()));
    seed(3, bytes);
    let Ok(control) = Control::decode_strict(bytes) else { return };
    let inside = [
        (4, control.group.as_ref().map(Strict::encode_canonical)),
        (5, control.device_list.as_ref().map(Strict::encode_canonical)),
        (6, control.device_list.as_ref().and_then(|push| push.proof.as_ref()).map(Strict::encode_canonical)),
        (7, control.delivered.as_ref().map(Strict::encode_canonical)),
        (8, control.trust.as_ref().map(Strict::encode_canonical)),
        (10, control.linked_contacts.as_ref().map(Strict::encode_canonical)),
    ];
    for (kind, bytes) in inside {
        if let Some(bytes) = bytes {
            seed(kind, &bytes);
        }
    }
}

/// The numbers by which `records` knows what the vectors call so.
fn record_kinds(name: &str) -> &'static [u8] {
    match name {
        "skipped keys" => &[1],
        "prekey" => &[2, 3],
        "sending key" => &[4],
        "receiving key" => &[5],
        "known lists" => &[7],
        "device keys" => &[8],
        "account key" => &[9],
        "sas" => &[10],
        "link primary" => &[11],
        "link device" => &[12],
        _ => &[],
    }
}

fn bytes(hex: &Value) -> Option<Vec<u8>> {
    let digits = hex.as_str()?.as_bytes().as_chunks::<2>().0.iter();
    digits.map(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok()).collect()
}
