//! The bars that we hold ourselves to: ratios to the best peer of the same run, and counts.

use crate::{
    backend::Backend,
    groups::MEMBERS,
    part::Part,
    party::{BARE_SQLITE, MEGOLM, MLS_RS, MLS_RS_AWS_LC, OPENMLS, SENDER_KEYS},
};

/// One bar.
pub struct Bar {
    pub what: String,
    pub part: Part,
    pub measure: Measure,
    portable: Option<Bound>,
    accelerated: Option<Bound>,
    /// A goal beyond the bar, of the portable build.
    pub stretch: Option<f64>,
}

/// What is held against the bound.
pub enum Measure {
    /// The fastest peer's time over ours.
    Faster { row: String, peers: Peers },
    /// Our figure.
    Ours { row: String },
    /// Our figure over another of ours.
    OverOurs { row: String, base: String },
    /// Our figure over somebody's who is no peer.
    OverParty { row: String, party: &'static str },
    /// Our set-up at both sides over an estimate of libsignal's.
    OverLibsignal,
}

/// Who counts as a peer.
#[derive(Clone, Copy)]
pub enum Peers {
    All,
    Only(&'static [&'static str]),
}

impl Peers {
    pub fn contain(self, party: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(parties) => parties.contains(&party),
        }
    }
}

/// Where the bar lies.
#[derive(Clone, Copy, PartialEq)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }

    /// As it is read, its limit written by `show`.
    pub fn show(self, show: impl Fn(f64) -> String) -> String {
        match self {
            Self::AtLeast(least) => format!("at least {}", show(least)),
            Self::AtMost(most) => format!("at most {}", show(most)),
        }
    }
}

impl Bar {
    fn new(part: Part, what: impl Into<String>, measure: Measure) -> Self {
        Self { what: what.into(), part, measure, portable: None, accelerated: None, stretch: None }
    }

    fn faster(part: Part, row: impl Into<String>, peers: Peers) -> Self {
        let row = row.into();
        Self::new(part, row.clone(), Measure::Faster { row, peers })
    }

    fn at_most(part: Part, row: impl Into<String>, most: f64) -> Self {
        let row = row.into();
        Self::new(part, row.clone(), Measure::Ours { row }).both(Bound::AtMost(most))
    }

    fn portable(self, bound: Bound) -> Self {
        Self { portable: Some(bound), ..self }
    }

    fn accelerated(self, bound: Bound) -> Self {
        Self { accelerated: Some(bound), ..self }
    }

    fn both(self, bound: Bound) -> Self {
        self.portable(bound).accelerated(bound)
    }

    fn stretch(self, stretch: f64) -> Self {
        Self { stretch: Some(stretch), ..self }
    }

    pub fn bound(&self, backend: Backend) -> Option<Bound> {
        match backend {
            Backend::Portable => self.portable,
            Backend::Accelerated => self.accelerated,
        }
    }
}

const SENDER_KEY_PEERS: Peers = Peers::Only(&[SENDER_KEYS, MEGOLM]);
const MLS: Peers = Peers::Only(&[OPENMLS, MLS_RS, MLS_RS_AWS_LC]);

/// All of them, in the order of `bars.md`.
pub fn all() -> Vec<Bar> {
    let mut bars = pairs();
    bars.extend(groups());
    bars.extend(rotations());
    bars.extend(allocations());
    bars.extend(bytes());
    bars.extend(forged());
    bars.extend(durable());
    bars
}

fn pairs() -> Vec<Bar> {
    use Bound::{AtLeast, AtMost};
    let faster = |row: &str| Bar::faster(Part::Pairs, row, Peers::All);
    let step = |size: &str| {
        let (row, base) = (format!("encrypt, {size}"), format!("encrypt, {size}: the sum of its parts"));
        let what = format!("{row}: over the sum of its parts");
        Bar::new(Part::Pairs, what, Measure::OverOurs { row, base }).both(AtMost(1.3))
    };
    let ping_pong = |epochs: &str| {
        let row = format!("ping-pong, 32 B, post-quantum epochs {epochs}");
        faster(&row).portable(AtLeast(0.95)).accelerated(AtLeast(2.0))
    };
    vec![
        faster("encrypt, 32 B").portable(AtLeast(2.0)).stretch(2.5),
        faster("encrypt, 1 KiB").portable(AtLeast(3.0)).stretch(3.5),
        faster("decrypt, 32 B").portable(AtLeast(1.6)).stretch(2.0),
        faster("decrypt, 1 KiB").portable(AtLeast(2.0)).stretch(2.4),
        faster("encrypt, 64 KiB").portable(AtLeast(2.5)).accelerated(AtLeast(10.0)),
        faster("decrypt, 64 KiB").portable(AtLeast(2.5)).accelerated(AtLeast(10.0)),
        step("32 B"),
        step("1 KiB"),
        step("64 KiB"),
        ping_pong("at rest"),
        ping_pong("without a pause"),
        Bar::new(Part::Pairs, "set-up, both sides: over libsignal's time, estimated", Measure::OverLibsignal)
            .portable(AtMost(1.0))
            .accelerated(AtMost(0.6)),
        faster("1,000 in reverse order, each").both(AtLeast(15.0)),
    ]
}

fn groups() -> Vec<Bar> {
    use Bound::AtLeast;
    let mut bars = Vec::new();
    for members in MEMBERS {
        for size in ["32 B", "1 KiB"] {
            let row = |what: &str| format!("{members} members: {what}, {size}");
            let encrypt = Bar::faster(Part::Groups, row("encrypt"), SENDER_KEY_PEERS);
            let decrypt = Bar::faster(Part::Groups, row("decrypt"), Peers::All);
            bars.push(encrypt.portable(AtLeast(1.0)).accelerated(AtLeast(2.0)));
            bars.push(decrypt.portable(AtLeast(0.85)).accelerated(AtLeast(1.1)));
            for count in [64, 1000] {
                let row = row(&format!("decrypt, each of a backlog of {count}"));
                bars.push(Bar::faster(Part::Groups, row, Peers::All).both(AtLeast(2.0)));
            }
        }
    }
    bars
}

fn rotations() -> Vec<Bar> {
    use Bound::AtLeast;
    let mut bars = Vec::new();
    for tree in ["full", "blank"] {
        let row = |members, who| format!("new key for {members}, live sessions / {tree} tree: {who}");
        let of_200 = Bar::faster(Part::Rotate200, row(200, "sender"), Peers::All);
        let sender = Bar::faster(Part::Rotate1000, row(1000, "sender"), MLS);
        let receiver = Bar::faster(Part::Rotate1000, row(1000, "each receiver"), MLS);
        bars.push(of_200.both(AtLeast(1.5)));
        bars.push(sender.both(AtLeast(4.0)));
        bars.push(receiver.both(AtLeast(300.0)));
    }
    bars
}

fn allocations() -> Vec<Bar> {
    let mut bars = Vec::new();
    for part in [Part::Pairs, Part::Groups] {
        for (way, most) in [("", 1.0), (" into the caller's buffer", 0.0)] {
            for what in ["encrypt", "decrypt"] {
                let mut bar = Bar::at_most(part, format!("allocations: {what}{way}"), most);
                bar.what = format!("{}: {}", part.name(), bar.what);
                bars.push(bar);
            }
        }
    }
    bars
}

fn bytes() -> Vec<Bar> {
    let at_most = |row: &str, most| Bar::at_most(Part::Pairs, row, most);
    vec![
        at_most("bytes added to 32: later message", 100.0),
        at_most("bytes added to 32: later message with 1 of the post-quantum shards", 134.0),
        at_most("bytes added to 32: later message with 2 of the post-quantum shards", 166.0),
        Bar {
            what: "bytes added to 32: group message".into(),
            ..Bar::at_most(Part::Groups, "bytes added to 32", 136.0)
        },
        at_most("bytes added to 32: first message", 2400.0),
        at_most("stored session, fresh: less 40 B for each old header key", 700.0),
        at_most("stored session, with all old header keys: less 40 B for each old header key", 700.0),
        at_most("stored session, for each skipped key that is kept", 48.0),
        at_most("stored session, the most within a post-quantum epoch", 4500.0),
    ]
}

fn forged() -> Vec<Bar> {
    let at_most = |row: &str, most| Bar::at_most(Part::Pairs, row, most);
    let unchanged = |what: &str| at_most(&format!("forged, {what}: bytes changed in the store"), 0.0);
    vec![
        at_most("forged, foreign header: header keys that are tried", 40.0),
        at_most("forged, foreign header: time", 20_000.0),
        at_most("forged, foreign header: allocations", 0.0),
        unchanged("foreign header"),
        unchanged("genuine header, false body"),
        unchanged("genuine header of a new chain, false body"),
        unchanged("the most steps that a header may ask for, false body"),
    ]
}

fn durable() -> Vec<Bar> {
    let row = || "one message, durable".to_owned();
    let rate = "1,000 messages in one commit: messages".to_owned();
    let single = Measure::OverParty { row: row(), party: BARE_SQLITE };
    vec![
        Bar::new(Part::Durable, rate.clone(), Measure::Ours { row: rate }).both(Bound::AtLeast(50_000.0)),
        Bar::new(Part::Durable, format!("{}: over a bare commit", row()), single).both(Bound::AtMost(1.3)),
    ]
}
