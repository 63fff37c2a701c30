//! One case with one fault, and whether what came of it may come.

use core::fmt::Debug;

use entrenous::store::{Changes, Commit, FailureKind, Store};
use entrenous_disk::{Fault, Keep, Point};
use entrenous_store_sqlite::{Error, SqliteStore};

use crate::{
    cases::{Case, Deed, step},
    machine::{Machine, RECORDS, State, after, state},
};

/// What happens once the fault has: for the process that has ended, only the first is to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The machine goes off at once.
    PowerCut,
    /// The disk is well again, and the same handle goes on; the machine goes off after its next commit.
    GoOn,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial {
    pub(crate) fault: Fault,
    pub(crate) occasion: u64,
    pub(crate) then: Then,
    pub(crate) keep: Keep,
}

/// What the application has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Done,
    Failed(FailureKind),
}

/// Where the fault struck, none if there was no such occasion, and what was told.
pub(crate) type Verdict = Result<Option<(Point, Told)>, String>;

macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!($($what)+));
        }
    };
}

/// Plays a case, and says what is wrong with what came of it.
pub(crate) fn play(machine: &Machine, case: &Case, trial: Trial) -> Verdict {
    let Machine { disk, .. } = machine;
    disk.put(&case.contents);
    let beside = case.beside.then(|| well(machine.open())).transpose()?;
    let mut handle = match case.deed {
        Deed::Open => None,
        _ => Some(well(machine.open())?),
    };
    for changes in &case.prelude {
        let prelude = well(handle.as_mut().ok_or("nothing is open")?.commit(changes))?;
        ensure!(prelude == Commit::Applied, "the prelude was a conflict");
    }
    let before = match (&handle, &beside) {
        (Some(handle), None) => well(state(handle))?,
        (Some(_), Some(beside)) => well(state(beside))?,
        // whoever opens it finds what whoever opens a copy does
        (None, _) => found_in_a_copy(machine, case)?,
    };
    let aim = match &case.deed {
        Deed::Commit(changes) if is_as_expected(&before, changes) => after(&before, changes),
        _ => before.clone(),
    };

    disk.arm(trial.fault, trial.occasion);
    let told = act(machine, case, &mut handle, &before)?;
    let Some(struck) = disk.struck() else { return Ok(None) };
    if let Told::Failed(kind) = told {
        ensure!(is_true(trial.fault, struck, kind), "{kind:?} of {:?} at {struck:?}", trial.fault);
    }

    // after an error, all of the changes may have been made, or none
    let mut may_be = match told {
        Told::Done => vec![aim],
        Told::Failed(_) => vec![before, aim],
    };
    if trial.then == Then::GoOn {
        disk.repair();
        if handle.is_none() {
            handle = Some(well(machine.open())?);
        }
        let handle = handle.as_mut().ok_or("nothing is open")?;
        let found = well(state(handle))?;
        ensure!(
            may_be.contains(&found),
            "{struck:?} struck, {told:?}; on a disk that is well again the handle shows {}",
            told_apart(&may_be, &found)
        );
        may_be = vec![go_on(handle, &found)?];
    }
    machine.kill((handle, beside), trial.keep);

    for _ in 0..2 {
        let mut store = well(machine.open())?;
        well(store.check())?;
        let found = well(state(&store))?;
        ensure!(
            may_be.contains(&found),
            "{struck:?} struck, {told:?}; after the crash there is {}",
            told_apart(&may_be, &found)
        );
        may_be = vec![go_on(&mut store, &found)?];
    }
    Ok(Some((struck, told)))
}

/// Does the deed, and looks at what it answers.
fn act(
    machine: &Machine,
    case: &Case,
    handle: &mut Option<SqliteStore>,
    before: &State,
) -> Result<Told, String> {
    if matches!(case.deed, Deed::Close) {
        *handle = None;
        return Ok(Told::Done);
    }
    if matches!(case.deed, Deed::Open) {
        return Ok(match machine.open() {
            Ok(opened) => {
                *handle = Some(opened);
                Told::Done
            }
            Err(error) => failed(&error),
        });
    }
    let store = handle.as_mut().ok_or("nothing is open")?;
    let done = match &case.deed {
        Deed::Open | Deed::Close => Ok(()),
        Deed::Load => match state(store) {
            Ok(found) => {
                ensure!(found == *before, "loaded {}", told_apart(core::slice::from_ref(before), &found));
                Ok(())
            }
            Err(error) => Err(error),
        },
        Deed::Commit(changes) => match store.commit(changes) {
            Ok(commit) => {
                let right = if is_as_expected(before, changes) { Commit::Applied } else { Commit::Conflict };
                ensure!(commit == right, "{commit:?} in the place of {right:?}");
                Ok(())
            }
            Err(error) => Err(error),
        },
        Deed::Checkpoint => store.checkpoint(),
        Deed::Compact => store.compact(),
        Deed::Check => store.check(),
    };
    Ok(match done {
        Ok(()) => Told::Done,
        Err(error) => failed(&error),
    })
}

fn failed(error: &Error) -> Told {
    Told::Failed(SqliteStore::kind(error))
}

/// Whether a failure says what is the matter, and nothing worse.
fn is_true(fault: Fault, struck: Point, kind: FailureKind) -> bool {
    match fault {
        Fault::Full(_) if struck == Point::Write => kind == FailureKind::Full,
        // SQLite has no other word for an index that can't grow than for a disk that fails
        Fault::Full(_) => kind == FailureKind::Other,
        Fault::Die | Fault::Fail(_) => matches!(kind, FailureKind::Other | FailureKind::Denied),
    }
}

/// The state before an opening.
fn found_in_a_copy(machine: &Machine, case: &Case) -> Result<State, String> {
    let found = well(state(&well(machine.open())?))?;
    machine.disk.put(&case.contents);
    Ok(found)
}

fn is_as_expected(before: &State, changes: &Changes) -> bool {
    let keys = crate::machine::keys();
    changes.iter().all(|(key, change)| {
        let found = keys.iter().position(|known| known == key).and_then(|n| before[n].as_ref());
        found.map(|record| record.generation) == change.expected
    })
}

/// Commits once more, and gives the state that this must lead to.
fn go_on(store: &mut SqliteStore, found: &State) -> Result<State, String> {
    let n = RECORDS - 1;
    let version = found.last().and_then(Option::as_ref).map_or(0, |record| record.generation.get());
    let changes = step(n, version, version + 1);
    let commit = well(store.commit(&changes))?;
    ensure!(commit == Commit::Applied, "the next commit was a conflict");
    let state = after(found, &changes);
    ensure!(well(self::state(store))? == state, "the next commit is not seen");
    Ok(state)
}

/// What must not fail on a disk that is well.
fn well<T>(outcome: Result<T, Error>) -> Result<T, String> {
    outcome.map_err(|error| format!("{error:?} on a disk that is well"))
}

/// The versions of the records that are none of the states that may be.
fn told_apart(may_be: &[State], found: &State) -> String {
    let versions = |state: &State| {
        let versions = state.iter().map(|record| record.as_ref().map_or(0, |record| record.generation.get()));
        format!("{:?}", versions.collect::<Vec<_>>())
    };
    let may_be: Vec<_> = may_be.iter().map(versions).collect();
    format!("{} where there may be {}", versions(found), may_be.join(" or "))
}
