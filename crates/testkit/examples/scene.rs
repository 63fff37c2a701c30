//! The peer of a scene that a program in another language plays through the C API: `scene COMMAND [ARGUMENT...]` starts the
//! program, talks with it over its standard input and output in lines, and holds it to every step.
//!
//! ```text
//! program                                  peer
//! account HEX DEVICE, bundle HEX    ──▶
//!                                   ◀──    account HEX DEVICE, bundle HEX
//! envelope HEX..., end              ──▶    hears "hello from ..."
//!                                   ◀──    tampered HEX, envelope HEX..., end    says "hello back"
//! number DIGITS                     ──▶
//!                                   ◀──    number DIGITS
//! envelope HEX..., end              ──▶    is invited to "équipe", and joins
//!                                   ◀──    envelope HEX..., end
//! envelope HEX..., end              ──▶    hears "to all of us" in the group
//!                                   ◀──    envelope HEX..., end                  says "and to you" in the group
//! envelope HEX..., end              ──▶    hears "still here": the program was restarted from disk
//!                                   ◀──    envelope HEX..., end                  says "welcome back"
//! done                              ──▶
//! ```

use core::error::Error;
use std::{
    env,
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
};

use entrenous::{
    AccountId, Address, Client, Destination, DeviceId, Event, MemoryStore, StoreKey, System, Trust,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((program, arguments)) = arguments.split_first() else {
        eprintln!("scene: which program?");
        return ExitCode::from(2);
    };
    match play(program, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scene: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play(program: &str, arguments: &[String]) -> Outcome<()> {
    let mut child =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let outcome = Peer::new(&mut child)?.play();
    if outcome.is_err() {
        // it may wait for us
        child.kill()?;
    }
    let status = child.wait()?;
    outcome?;
    if status.success() { Ok(()) } else { Err(format!("the program ended with {status}").into()) }
}

/// Our side.
struct Peer {
    client: Client<MemoryStore, System>,
    program: Address,
    said: ChildStdin,
    heard: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    fn new(child: &mut Child) -> Outcome<Self> {
        let said = child.stdin.take().ok_or("no input")?;
        let mut heard = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let key = StoreKey::generate(&mut System::new())?;
        let client = Client::create(MemoryStore::new(), &key, System::new())?.client;
        let line = heard.next().ok_or("it said nothing")??;
        let program = address(line.strip_prefix("account ").ok_or("no account")?)?;
        Ok(Self { client, program, said, heard })
    }

    fn play(mut self) -> Outcome<()> {
        let bundle = unhex(&self.hear("bundle")?)?;
        self.client.start_session(&self.program.account, &bundle)?;
        let upload = self.client.publish_prekeys()?.ok_or("nothing to publish")?;
        self.client.prekeys_published(upload.number)?;
        let me = self.client.address();
        self.say(&format!("account {} {}", hex(me.account.as_bytes()), me.device.get()))?;
        self.say(&format!("bundle {}", hex(upload.bundles.first().ok_or("no bundle")?)))?;

        let greeting = self.message()?;
        if !greeting.starts_with("hello from ") {
            return Err(format!("it said {greeting:?}").into());
        }
        self.client.send(&self.program.account, b"hello back")?;
        self.give(true)?;

        let number = self.hear("number")?;
        let shown = self.client.safety_number(&self.program.account)?;
        if number != shown.to_string() {
            return Err(format!("its number is {number}, ours {shown}").into());
        }
        self.say(&format!("number {shown}"))?;

        let group = self.take()?.into_iter().find_map(|event| match event {
            Event::GroupInvited { group, title, .. } if title == "équipe" => Some(group),
            _ => None,
        });
        let group = group.ok_or("no invitation to the group")?;
        self.client.join_group(&group)?;
        self.give(false)?;
        let events = self.take()?;
        let heard = |event: &Event| matches!(event, Event::GroupMessage(message) if *message.content == b"to all of us");
        if !events.iter().any(heard) {
            return Err(format!("in the group it said {events:?}").into());
        }
        self.client.send_to_group(&group, b"and to you")?;
        self.give(false)?;

        let again = self.message()?;
        if again != "still here" {
            return Err(format!("after the restart it said {again:?}").into());
        }
        self.client.send(&self.program.account, b"welcome back")?;
        self.give(false)?;
        self.hear("done")?;
        match self.client.contact(&self.program.account)?.trust {
            Trust::FirstUse => Ok(()),
            trust => Err(format!("our side has compared nothing, and trusts it: {trust:?}").into()),
        }
    }

    /// The one message that comes next.
    fn message(&mut self) -> Outcome<String> {
        let messages: Vec<_> = self
            .take()?
            .into_iter()
            .filter_map(|event| match event {
                Event::Message(message) => Some(message),
                _ => None,
            })
            .collect();
        let [message] = messages.as_slice() else {
            return Err(format!("{} messages", messages.len()).into());
        };
        Ok(String::from_utf8(message.content.to_vec())?)
    }

    /// Receives what the program gives.
    fn take(&mut self) -> Outcome<Vec<Event>> {
        let mut events = Vec::new();
        loop {
            let line = self.line()?;
            if line == "end" {
                return Ok(events);
            }
            let bytes = unhex(line.strip_prefix("envelope ").ok_or_else(|| format!("it said {line:?}"))?)?;
            for item in self.client.receive(&self.program, &bytes)? {
                self.client.acknowledge(item.number.as_slice())?;
                events.push(item.event);
            }
        }
    }

    /// Gives what is in the outbox, and first, if it is to be so, a copy with one bit changed.
    fn give(&mut self, tampered: bool) -> Outcome<()> {
        let outgoing = self.client.outbox()?;
        for (at, envelope) in outgoing.iter().enumerate() {
            if envelope.to != Destination::Device(self.program) {
                return Err(format!("something is to go to {:?}", envelope.to).into());
            }
            if tampered && at == 0 {
                let mut changed = envelope.bytes.clone();
                *changed.last_mut().ok_or("an empty envelope")? ^= 1;
                self.say(&format!("tampered {}", hex(&changed)))?;
            }
            self.say(&format!("envelope {}", hex(&envelope.bytes)))?;
            self.client.handed_over(envelope.number.as_slice())?;
        }
        self.say("end")
    }

    fn say(&mut self, line: &str) -> Outcome<()> {
        writeln!(self.said, "{line}")?;
        Ok(self.said.flush()?)
    }

    fn line(&mut self) -> Outcome<String> {
        Ok(self.heard.next().ok_or("the program said no more")??.trim_end().to_owned())
    }

    /// What a line says that begins with `word`.
    fn hear(&mut self, word: &str) -> Outcome<String> {
        let line = self.line()?;
        let rest = line.strip_prefix(word).ok_or_else(|| format!("it said {line:?} instead of {word}"))?;
        Ok(rest.trim_start().to_owned())
    }
}

fn address(text: &str) -> Outcome<Address> {
    let (account, device) = text.split_once(' ').ok_or("no device")?;
    let account = unhex(account)?.try_into().map_err(|_| "an account is 32 bytes")?;
    let device = DeviceId::new(device.trim().parse()?).ok_or("a device is not 0")?;
    Ok(Address { account: AccountId::from_bytes(account), device })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Outcome<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| Ok(u8::from_str_radix(core::str::from_utf8(pair)?, 16)?)).collect()
}
