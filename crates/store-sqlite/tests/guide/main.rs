//! The application of the guide `docs/book/embed.md`, which quotes it: this runs, and [`text`] sees to it that the guide
//! says the same.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

mod own_database;
mod server;
mod story;
mod text;

use std::{
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use entrenous::{
    AccountId, Address, Client, Compared, ContactKind, Cost, Created, Destination, DeviceId, Env, Error,
    Event, Fault, Joining, Linking, MessageId, Recovery, RecoveryCode, SendOptions, ShortString,
    ShortStringState, StartOptions, StoreKey, StoreLock, System, Trust,
    operation::{Send, StartSession},
};
use entrenous_store_sqlite::{FileMarker, SqliteStore};

use rand::{TryRng, rngs::SysRng};

use server::Server;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

struct App<E: Env = System> {
    client: Client<SqliteStore, E>,
    server: Server,
    /// Your own tables: what the user sees.
    drafts: Vec<Draft>,
    messages: Vec<Row>,
    notices: Vec<String>,
    looked: Looked,
}

/// A message that is to be sent. The token is eight random bytes.
#[derive(Clone)]
struct Draft {
    token: [u8; 8],
    to: AccountId,
    text: String,
}

struct Row {
    id: MessageId,
    with: AccountId,
    mine: bool,
    text: String,
}

/// The day on which contacts were looked at, and the last of them.
#[derive(Default)]
struct Looked {
    day: u64,
    last: Option<AccountId>,
}

/// The app's folder, which the system keeps for this app alone.
fn database(folder: &Path) -> PathBuf {
    folder.join("private").join("messages.db")
}

/// Where no backup of the database reaches: it tells when an old one was put back.
fn marker(folder: &Path) -> Done<FileMarker> {
    Ok(FileMarker::in_folder(folder.join("not-in-backups"), database(folder))?)
}

fn open<E: Env + Clone>(
    folder: &Path,
    key: &StoreKey,
    env: E,
) -> Done<(Client<SqliteStore, E>, Option<RecoveryCode>)> {
    let path = database(folder);
    let (client, recovery) = match Client::open(SqliteStore::open(&path)?, key, env.clone()) {
        Ok(client) => (client, None),
        Err(Error::NoAccount) => {
            let Created { client, recovery } = Client::create(SqliteStore::open(&path)?, key, env)?;
            (client, Some(recovery))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((client.with_marker(marker(folder)?)?, recovery))
}

fn key_under(passphrase: &str, path: &Path) -> Done<StoreKey> {
    let mut store = SqliteStore::open(path)?;
    Ok(match StoreLock::is_on(&store)? {
        true => StoreLock::open(&store, passphrase.as_bytes())?,
        false => StoreLock::put_on(&mut store, passphrase.as_bytes(), Cost::DEFAULT, &mut System::new())?,
    })
}

impl<E: Env> App<E> {
    fn new(client: Client<SqliteStore, E>, server: &Server) -> Self {
        let (drafts, messages, notices) = (Vec::new(), Vec::new(), Vec::new());
        Self { client, server: server.clone(), drafts, messages, notices, looked: Looked::default() }
    }

    fn publish(&mut self) -> Done {
        if let Some(upload) = self.client.publish_prekeys()? {
            self.server.publish(self.client.address(), &upload);
            self.client.prekeys_published(upload.number)?;
        }
        Ok(())
    }

    fn my_card(&mut self) -> Done<String> {
        Ok(self.client.own_card()?.to_string())
    }

    fn add_contact(&mut self, card: &str) -> Done<AccountId> {
        let account = self.client.add_card(card)?.account;
        self.reach(&self.server.devices(&account))?;
        Ok(account)
    }

    /// Begins a session with each of these devices that has published.
    fn reach(&mut self, devices: &[Address]) -> Done {
        for device in devices {
            let Some(bundle) = self.server.bundle(device) else { continue };
            match self.client.start_session(&device.account, &bundle) {
                Ok(_) | Err(Error::SessionExists(_)) => {}
                // the server may hand out what it likes: the next device may be good
                Err(error) if error.fault() == Fault::Other => self.notices.push(error.to_string()),
                // it was begun anew too often lately: some hours later
                Err(error) if error.fault() == Fault::Passing => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn add_by_name(&mut self, bundle: &[u8]) -> Done<AccountId> {
        Ok(self.client.first_contact(bundle)?.with.account)
    }

    fn write(&mut self, to: &AccountId, text: &str) -> Done {
        let token = SysRng.try_next_u64()?.to_be_bytes();
        self.drafts.push(Draft { token, to: *to, text: text.to_owned() });
        self.send_drafts()
    }

    /// At every start as well: some may be left.
    fn send_drafts(&mut self) -> Done {
        for Draft { token, to, text } in self.drafts.clone() {
            self.look(&to);
            let options = SendOptions { token: Some(token), ..SendOptions::default() };
            match self.client.perform(&Send { to, content: text.as_bytes(), options }) {
                Ok(sent) => {
                    // in your tables this is one transaction
                    self.messages.push(Row { id: sent.id, with: to, mine: true, text });
                    self.drafts.retain(|draft| draft.token != token);
                    self.reach(&sent.unreached)?;
                }
                Err(error) if error.fault() == Fault::Store => return Err(error.into()),
                // it stays a draft, and is shown as not sent
                Err(error) => self.notices.push(error.to_string()),
            }
        }
        self.hand_over()
    }

    fn hand_over(&mut self) -> Done {
        loop {
            let outbox = self.client.outbox()?;
            if outbox.is_empty() {
                return Ok(());
            }
            for out in outbox {
                self.server.deliver(out.to, Some(self.client.address()), &out.bytes);
                self.client.handed_over(out.number.as_slice())?;
            }
        }
    }

    fn collect(&mut self) -> Done {
        let here = Destination::Device(self.client.address());
        for letter in self.server.mail(here) {
            let received = match letter.from {
                Some(from) => self.client.receive(&from, &letter.envelope),
                None => Err(Error::Rejected),
            };
            match received {
                Ok(_) => self.read_inbox()?,
                // it will never be anything else
                Err(error) if error.is_final() => {}
                Err(error) if error.fault() == Fault::Store => return Err(error.into()),
                // perhaps later: it stays on the server, for some weeks
                Err(_) => continue,
            }
            self.server.remove(here, letter.number);
        }
        Ok(())
    }

    fn read_inbox(&mut self) -> Done {
        loop {
            let items = self.client.inbox()?;
            if items.is_empty() {
                return Ok(());
            }
            for item in items {
                match &item.event {
                    Event::Message(message) => {
                        let known = self.messages.iter().any(|row| row.id == message.id);
                        if !known {
                            self.messages.push(Row {
                                id: message.id,
                                with: message.conversation,
                                mine: message.from.account == self.client.account_id(),
                                text: String::from_utf8_lossy(&message.content).into_owned(),
                            });
                        }
                    }
                    // its time is over: it goes here as well
                    Event::Expired { id, .. } => self.messages.retain(|row| row.id != *id),
                    event => self.notices.extend(notice(event)),
                }
                self.client.acknowledge(item.number.as_slice())?;
            }
        }
    }

    fn tick(&mut self) -> Done {
        let me = self.client.account_id();
        self.look(&me);
        self.look_at_some()?;
        // if this device was removed, its user reads it now: the rest ends in an error
        self.read_inbox()?;
        while self.client.maintain()?.more {}
        self.collect()?;
        self.publish()?;
        let contacts = self.client.contacts(ContactKind::Accepted, None)?;
        for account in contacts.iter().map(|contact| contact.account).chain([me]) {
            let missing = self.client.missing_devices(&account)?;
            self.reach(&missing)?;
        }
        self.hand_over()
    }

    /// Which devices the account has by now: there may be nobody left who could have told.
    fn look(&mut self, account: &AccountId) {
        for device in self.server.devices(account) {
            let Some(bundle) = self.server.last_resort(&device) else { continue };
            match self.client.learn_list(account, &bundle) {
                Ok(_) | Err(Error::NoSession) => {}
                // the server may show what it likes, and nobody else is to wait for this account
                Err(error) => self.notices.push(error.to_string()),
            }
        }
    }

    /// Eight contacts a day, in turn: who asks for all of them tells the server whom the user knows.
    fn look_at_some(&mut self) -> Done {
        let day = UNIX_EPOCH.elapsed()?.as_secs() / 86_400;
        if self.looked.day == day {
            return Ok(());
        }
        let mut contacts = self.client.contacts(ContactKind::Accepted, self.looked.last.as_ref())?;
        contacts.truncate(8);
        // behind the last one the first is next
        let last = contacts.get(7).map(|contact| contact.account);
        self.looked = Looked { day, last };
        contacts.iter().for_each(|contact| self.look(&contact.account));
        Ok(())
    }

    fn compare_numbers(&mut self, with: &AccountId, ask: impl FnOnce(&str) -> bool) -> Done<bool> {
        let shown = self.client.safety_number(with)?;
        let same = ask(&shown.to_string());
        Ok(self.client.verify_by_number(shown, same)? == Compared::Same)
    }

    fn scan(&mut self, card: &str, expected: &AccountId) -> Done<bool> {
        Ok(self.client.scan_card(card, Some(expected))?.verified)
    }

    /// What to show of a comparison with somebody on the phone; none as long as there is nothing to compare.
    fn call(&mut self, with: &AccountId) -> Done<Option<String>> {
        let shown = match self.client.short_string(with)? {
            Some(ShortStringState::Ready(shown)) => Some(shown.string().to_string()),
            Some(ShortStringState::Waiting { .. }) => None,
            Some(ShortStringState::Asked { with }) => {
                self.client.join_short_string(&with)?;
                None
            }
            None => {
                let device = self.client.contact(with)?.devices.first().map(|device| device.device);
                let device = device.ok_or("nothing was heard of the contact yet")?;
                self.client.begin_short_string(&Address { account: *with, device })?;
                None
            }
        };
        self.hand_over()?;
        Ok(shown)
    }

    fn end_call(&mut self, with: &AccountId, same: bool) -> Done<bool> {
        let Some(ShortStringState::Ready(shown)) = self.client.short_string(with)? else {
            return Err("there is nothing to compare".into());
        };
        Ok(self.client.decide_short_string(shown, same)? == Compared::Same)
    }

    /// On the primary: what to show as a QR code for five minutes, and where the two devices meet.
    fn show_link_code(&mut self) -> Done<(String, Destination)> {
        let code = self.client.begin_linking()?.code;
        Ok((code.text().to_string(), Destination::Rendezvous(*code.rendezvous())))
    }

    /// On the primary, every second until there is something to compare.
    fn wait_for_device(&mut self, meeting: Destination) -> Done<Option<(DeviceId, ShortString)>> {
        for letter in self.server.mail(meeting) {
            // anybody could have put something there
            if self.client.receive_link(&letter.envelope).is_ok() {
                self.server.remove(meeting, letter.number);
            }
        }
        self.hand_over()?;
        Ok(match self.client.linking()? {
            Some(Linking::Requested(request)) => Some((request.device, request.short_string)),
            _ => None,
        })
    }

    /// On the primary, when the user says that both screens show the same.
    fn approve(&mut self, device: DeviceId) -> Done {
        self.client.approve_link(device)?;
        self.hand_over()
    }
}

/// On the new device, every second until it is done. What `joining` has as its short string is to be shown.
fn join<E: Env>(mut joining: Joining<SqliteStore, E>, folder: &Path, server: &Server) -> Done<Joined<E>> {
    let meeting = Destination::Rendezvous(*joining.rendezvous());
    if let Some(request) = joining.request() {
        server.deliver(meeting, None, request);
    }
    for letter in server.mail(meeting) {
        if joining.short_string().is_none() {
            // the own request lies there as well: what is no answer is passed over
            let _ = joining.receive_reveal(&letter.envelope);
        } else if let Ok(approval) = joining.receive_approval(&letter.envelope) {
            let client = joining.finish(approval)?.with_marker(marker(folder)?)?;
            return Ok(Joined::Done(Box::new(client)));
        }
    }
    Ok(Joined::NotYet(Box::new(joining)))
}

enum Joined<E: Env> {
    NotYet(Box<Joining<SqliteStore, E>>),
    Done(Box<Client<SqliteStore, E>>),
}

fn recover(folder: &Path, key: &StoreKey, code: &str, lost: &[DeviceId], server: &Server) -> Done<App> {
    let code = RecoveryCode::parse(code)?;
    let one = server.devices(&code.account_id()).into_iter().find_map(|device| server.bundle(&device));
    let newest = one.ok_or("the server has nothing of this account")?;
    let path = database(folder);
    let recovery = Recovery { code: &code, newest: &newest, lost };
    let client = Client::recover(SqliteStore::open(&path)?, key, System::new(), &recovery)?;
    let mut app = App::new(client.with_marker(marker(folder)?)?, server);
    app.publish()?;
    Ok(app)
}

impl<E: Env> App<E> {
    /// When the user says so: messages of this contact can't be opened, or the store came back from a backup.
    fn begin_anew(&mut self, with: &AccountId) -> Done {
        for device in self.server.devices(with) {
            let Some(bundle) = self.server.bundle(&device) else { continue };
            let options = StartOptions { replace: true, ..StartOptions::default() };
            let start = StartSession { expected: Some(*with), bundle: &bundle, options };
            self.client.perform(&start)?;
        }
        self.hand_over()
    }
}

/// What the user has to know of; none for what only an expert would look for.
fn notice(event: &Event) -> Option<String> {
    let words = match event {
        Event::OwnDeviceAdded { device } => {
            format!("Your account has a new device, {device}. If it isn't yours, remove it now.")
        }
        Event::DeviceAdded { device } => format!("{} has a new device.", device.account),
        Event::IdentityChanged { to, .. } => format!("{to} is a new account: compare again."),
        Event::SessionReset { with } => format!("{} has lost its keys: ask why.", with.account),
        Event::CloneSuspected { of } => format!("A device of {} runs twice.", of.account),
        Event::DeviceListForked { account } | Event::CardContradicts { account } => {
            format!("Somebody else has the key of {account}: tell them over another channel.")
        }
        Event::ComparisonFailed { account, .. } => format!("Not the same: don't trust {account}."),
        Event::TrustDecided { account, .. } => {
            format!("Another device of yours has decided about {account}.")
        }
        Event::TrustLost { account } => {
            format!(
                "What you knew of {account} is lost. Compare again, or accept it: nothing is sent before."
            )
        }
        Event::ShortStringAsked { with } => format!("{} wants to compare.", with.account),
        Event::KeysLost { count, .. } => format!("{count} messages can't be opened any more."),
        Event::NotSent { id, .. } => format!("The message {id} was not sent."),
        Event::RemovedFromAccount => "This device was removed from its account.".to_owned(),
        Event::StoreRestored => "This is an old copy: messages since then are not here.".to_owned(),
        Event::Damaged | Event::EnvelopeDamaged => "The disk has lost a message.".to_owned(),
        _ => return None,
    };
    Some(words)
}

/// What to do about an error.
fn advice(error: &Error) -> String {
    match error.fault() {
        Fault::Passing => "Later it will do.".to_owned(),
        Fault::User => format!("You have to do something: {error}."),
        Fault::Other => "Somebody has sent or published what doesn't hold.".to_owned(),
        Fault::Application => format!("A mistake in this app: {error}."),
        _ => format!("The disk doesn't work: {error}."),
    }
}

fn is_verified<E: Env>(app: &mut App<E>, account: &AccountId) -> Done<bool> {
    Ok(matches!(app.client.contact(account)?.trust, Trust::Verified { .. }))
}
