//! One end of a conversation that another implementation drives: a command a line on standard input, an answer a line on
//! standard output, bytes in hexadecimal. `test-vectors/talk.py` talks to it.
//!
//! | command | answer |
//! |---|---|
//! | `bundle one-time`, `bundle signed` | `bundle BYTES`, of its account and device |
//! | `begin ACCOUNT BUNDLE` | `begun`: the next message is the first of a session |
//! | `wait` | `waiting`: the next message that it opens begins a session |
//! | `seal CONTENT` | `message BYTES` |
//! | `open MESSAGE` | `opened CONTENT`, `malformed`, `refused ERROR` or `evidence OF` |
//! | `epoch` | `epoch N`, of the post-quantum ratchet |
//! | `next-day` | `day N` |
//! | `distribution` | `distribution BYTES`, of its sender key |
//! | `accept DISTRIBUTION ACCOUNT DEVICE` | `accepted` or `refused ERROR` |
//! | `speak CONTENT` | `message BYTES`, to the group |
//! | `hear MESSAGE` | `heard CONTENT` or `refused ERROR` |
//!
//! What it can't read is `? WHY`.
#![allow(clippy::expect_used, reason = "a tool for tests")]

use std::io::{BufRead, Write, stdin, stdout};

use entrenous_agreement::{AgreementError, Initiator, Mode, ReceivedBundle, StalePrekeys};
use entrenous_group::sender_key::Sender;
use entrenous_identity::{AccountId, Day, DeviceId};
use entrenous_ratchet::{Await, Limits, Session};
use entrenous_testkit::{
    device::TestDevice,
    peer::{Peer, Received, Refused, split},
    rng::ScriptedRng,
    sender_keys::{Listener, Speaker},
};
use entrenous_wire::{
    envelope::{Envelope, Kind},
    group_message::GroupMessage,
};

type Answer = Result<String, String>;

struct LinePeer {
    device: TestDevice,
    rng: ScriptedRng,
    day: u32,
    handshakes: u64,
    session: Option<Peer>,
    speaker: Speaker,
    listener: Listener,
}

impl LinePeer {
    fn new(seed: u64) -> Self {
        let device = TestDevice::new(seed);
        let sender = Sender { account: device.account_id(), device: device.keys.public().id };
        Self {
            day: entrenous_testkit::device::TODAY.0,
            rng: ScriptedRng::new(seed + 1),
            handshakes: 0,
            session: None,
            speaker: Speaker::new(sender, seed + 2),
            listener: Listener::default(),
            device,
        }
    }

    fn answer(&mut self, line: &str) -> Answer {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["bundle", kind] => Ok(format!("bundle {}", hex(&self.device.bundle_bytes(kind == "one-time")))),
            ["begin", account, bundle] => self.begin(&bytes(account)?, &bytes(bundle)?),
            ["wait"] => {
                self.session = None;
                Ok("waiting".into())
            }
            ["seal", content] => self.seal(&bytes(content)?),
            ["seal"] => self.seal(b""),
            ["open", message] => Ok(told(self.open(&bytes(message)?)?)),
            ["epoch"] => {
                let status = self.session.as_ref().ok_or("no session")?.session.status();
                Ok(format!("epoch {}", status.post_quantum.epoch))
            }
            ["next-day"] => {
                self.day += 1;
                if let Some(session) = &mut self.session {
                    session.today.0 = self.day;
                }
                Ok(format!("day {}", self.day))
            }
            ["distribution"] => Ok(format!("distribution {}", hex(&self.speaker.distribution()))),
            ["accept", distribution, account, device] => self.accept(distribution, account, device),
            ["speak", content] => Ok(format!("message {}", hex(&self.speaker.seal(&bytes(content)?)))),
            ["hear", message] => self.hear(&bytes(message)?),
            _ => Err("no such command".into()),
        }
    }

    fn begin(&mut self, account: &[u8], bundle: &[u8]) -> Answer {
        let account = AccountId::from_bytes(account.try_into().map_err(|_| "an account has 32 bytes")?);
        self.handshakes += 1;
        let counter = self.handshakes.try_into().map_err(|_| "no counter")?;
        let today = self.today();
        let agreed = ReceivedBundle::parse(bundle)
            .map_err(AgreementError::from)
            .and_then(|bundle| bundle.verify(&account, today, StalePrekeys::Refuse))
            .and_then(|bundle| {
                Initiator::new(&self.device.keys, &self.device.list, bundle, counter, Mode::Fresh, today)
            })
            .and_then(|initiator| initiator.agree(&mut self.rng))
            .map_err(|error| error.to_string())?;
        self.session = Some(self.peer(Session::initiate(agreed, Limits::default())));
        Ok("begun".into())
    }

    fn today(&self) -> Day {
        Day(self.day)
    }

    fn peer(&mut self, session: Session) -> Peer {
        self.handshakes += 1;
        let mut peer = Peer::new(session, Limits::default(), 1_000 + self.handshakes);
        peer.today = self.today();
        peer
    }

    fn seal(&mut self, content: &[u8]) -> Answer {
        let session = self.session.as_mut().ok_or("no session")?;
        let message = session.seal(content).map_err(|error| error.to_string())?;
        Ok(format!("message {}", hex(&message)))
    }

    fn open(&mut self, message: &[u8]) -> Result<Result<Received, Refused>, String> {
        if let Some(session) = &mut self.session {
            return Ok(session.open(message));
        }
        let envelope = match Envelope::parse(message) {
            Ok(envelope) => envelope,
            Err(malformed) => return Ok(Err(Refused::Malformed(malformed))),
        };
        let Kind::Prekey { handshake } = envelope.kind() else { return Err("no session".into()) };
        let secret = self.device.respond(handshake).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        let accepted = match Await::new(secret, Limits::default()).open(&envelope, &mut out) {
            Ok(accepted) => accepted,
            Err(error) => return Ok(Err(Refused::Open(error))),
        };
        let (session, committed) = accepted.commit();
        let (received, records) = split(committed);
        let mut peer = self.peer(session);
        peer.store(records);
        self.session = Some(peer);
        Ok(Ok(received))
    }

    fn hear(&mut self, message: &[u8]) -> Answer {
        if GroupMessage::parse(message).is_err() {
            return Ok("refused Malformed".into());
        }
        Ok(match self.listener.open(message) {
            Ok(content) => format!("heard {}", hex(&content)),
            Err(error) => format!("refused {error:?}"),
        })
    }

    fn accept(&mut self, distribution: &str, account: &str, device: &str) -> Answer {
        let account = bytes(account)?.try_into().map_err(|_| "an account has 32 bytes")?;
        let device = device.parse().ok().and_then(DeviceId::new).ok_or("no device id")?;
        let sender = Sender { account: AccountId::from_bytes(account), device };
        Ok(match self.listener.accept(&bytes(distribution)?, sender) {
            Ok(_) => "accepted".into(),
            Err(error) => format!("refused {error:?}"),
        })
    }
}

fn told(result: Result<Received, Refused>) -> String {
    match result {
        Ok(Received { content: Ok(content), .. }) => format!("opened {}", hex(&content)),
        Ok(Received { content: Err(_), .. }) => "malformed".into(),
        Err(Refused::Open(error)) => format!("refused {error:?}"),
        Err(Refused::Clone(evidence)) => format!("evidence {evidence:?}"),
        Err(Refused::Malformed(_)) => "refused Malformed".into(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err("half a byte".into()) };
    pairs.iter().map(|digits| pair(digits)).collect::<Option<_>>().ok_or_else(|| "not hexadecimal".into())
}

fn main() {
    let seed = std::env::args().nth(1).and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut peer = LinePeer::new(seed);
    for line in stdin().lock().lines() {
        let answer = peer.answer(&line.expect("text")).unwrap_or_else(|why| format!("? {why}"));
        let mut out = stdout().lock();
        writeln!(out, "{answer}").and_then(|()| out.flush()).expect("standard output");
    }
}
