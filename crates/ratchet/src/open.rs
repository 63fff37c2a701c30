//! The second look at a message: opening its body, and what that changes.

use alloc::vec::Vec;

use entrenous_primitives::{output::Uncommitted, secret::Key};
use entrenous_wire::envelope::Envelope;

use crate::{
    BlockId, Committed, Located, OpenError, Report, Session, SkippedBlock,
    boxes::open_body,
    chain::walk,
    epoch::Learned,
    kdf::{Chain, Message},
    locate::{OpenedHeader, Place},
    opened::OpenedMessage,
    session::Phase,
    skipped::{SkipPlan, WorkingSet},
    turn::Turned,
};

impl<'s> Located<'s, '_> {
    /// Opens the body into `out`, whose content is replaced. `records` are the records named by
    /// [`Located::needed`].
    ///
    /// # Errors
    /// [`OpenError`]; the session is unchanged and `out` wiped.
    pub fn open<'o>(
        self,
        records: Vec<SkippedBlock>,
        out: &'o mut Vec<u8>,
    ) -> Result<Opened<'s, 'o>, OpenError> {
        let Self { session, envelope, today, mut header, place, mut plan, dead } = self;
        // spec: RATCHET-33
        let mut out = Uncommitted::new(out);
        let n = header.fields.n;
        let present = |id: &BlockId| session.index(id.chain).map_or(0, |index| index.present(id.block));
        let (mut working, lost) = WorkingSet::load(&plan.needed, records, present);
        // a record that is lost takes its own messages with it, and no others
        for id in lost {
            plan.lose(id, present(&id));
        }
        for (chain, range) in &plan.evicted {
            working.remove(*chain, range);
        }
        let mut report = Report { lost_keys: plan.lost, ..Report::default() };
        let (chain, delta, mk) = match place {
            Place::Skipped { chain } => {
                let mk = working.take(chain, n).ok_or(OpenError::WrongRecords)?;
                (chain, Delta::Skipped { chain, n }, mk)
            }
            Place::Current => {
                let recv = session.receiving.as_ref().ok_or(OpenError::Rejected)?;
                let (chain, mk) = walk(&recv.chain, plan.keys_of(recv.id), &mut working);
                (recv.id, Delta::Current { chain, next: n + 1 }, mk)
            }
            Place::Next { begins, clone_suspected, dropped } => {
                report.clone_suspected = clone_suspected;
                report.lost_keys += dropped;
                report.new_chain = true;
                if let Phase::Live(live) = &session.phase {
                    report.ended_epoch = session.epoch.ended_by(begins.epoch_step, live.epoch_step);
                }
                let (turned, mk) = session.turn(begins, &header, &plan, dead, today, &mut working)?;
                (session.next_chain_id(), Delta::Turn(turned), mk)
            }
        };
        read_body(&mk, &mut header, &envelope, &mut out)?;
        let learned = session.epoch.learn(&session.transcript, header.fields.flags, out.written());
        let message = OpenedMessage::new(chain, n, envelope.tag());
        Ok(Opened { session, delta, plan, working, message, learned, report, out })
    }
}

/// Decrypts the body into `out`.
pub(crate) fn read_body(
    mk: &Key<Message>,
    header: &mut OpenedHeader,
    envelope: &Envelope<'_>,
    out: &mut Uncommitted<'_>,
) -> Result<(), OpenError> {
    let body = envelope.body();
    let out = out.buffer_for(body.len());
    out.resize(body.len(), 0);
    // spec: RATCHET-26
    open_body(mk, &mut header.ad, &header.bytes, body, envelope.tag(), out).map_err(|_| OpenError::Rejected)
}

#[derive(Debug)]
enum Delta {
    Skipped { chain: u64, n: u32 },
    Current { chain: Key<Chain>, next: u32 },
    // not boxed: moving out of a box frees its memory unwiped
    Turn(Turned),
}

/// An opened message that is not committed. Dropping it rolls back and wipes the plaintext, which nobody has
/// seen; the same message opens again.
#[derive(Debug)]
#[must_use = "an opening that is not committed is rolled back"]
pub struct Opened<'s, 'o> {
    session: &'s mut Session,
    delta: Delta,
    plan: SkipPlan,
    working: WorkingSet,
    message: OpenedMessage,
    learned: Option<Learned>,
    report: Report,
    out: Uncommitted<'o>,
}

impl<'o> Opened<'_, 'o> {
    /// Applies the step, which can't fail, and releases the plaintext.
    ///
    /// The caller makes session and records durable before it shows the plaintext; where that fails, it
    /// discards the session in memory and loads it again.
    pub fn commit(self) -> Committed<'o> {
        let Self { session, delta, plan, working, message, learned, report, out } = self;
        match delta {
            Delta::Skipped { chain, n } => {
                if let Some(index) = session.index_mut(chain) {
                    index.remove(&(n..n + 1));
                }
            }
            Delta::Current { chain, next } => {
                if let Some(recv) = &mut session.receiving {
                    recv.chain = chain;
                    recv.n = next;
                }
            }
            Delta::Turn(turned) => session.apply_turn(turned),
        }
        session.apply_plan(&plan);
        if let Some(learned) = learned {
            session.epoch.apply(learned);
        }
        session.epoch.count_message();
        session.opened.push(message);
        Committed::new(out.release(), report, plan, working)
    }
}
