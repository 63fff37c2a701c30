//! Writing a file once more as it is: what the store does beside SQLite.

use std::{io, path::Path};

use crate::{
    disk::{Shared, State},
    fault::{Fault, Point},
};

/// Bytes that are read and written at once.
const CHUNK: usize = 1 << 16;

/// Writes a file of a made-up disk once more, and syncs it and its folder. One that is not there is well.
///
/// # Errors
/// What is armed.
pub fn renew(path: &Path) -> io::Result<()> {
    let (disk, name) = path.to_str().and_then(Shared::find).ok_or(io::ErrorKind::NotFound)?;
    let mut state = disk.state();
    if !state.has(name) {
        return reach(&mut state, Point::Open);
    }
    let (id, handle) = state.open(name, false, false).map_err(|_| io::Error::other("armed"))?;
    let renewed = renew_node(&mut state, id);
    state.close(id, handle);
    renewed
}

fn renew_node(state: &mut State, id: u64) -> io::Result<()> {
    let length = state.node(id).file.len();
    for at in (0..length).step_by(CHUNK) {
        let mut chunk = vec![0; CHUNK.min(length - at)];
        reach(state, Point::Read)?;
        state.node(id).file.read(at, &mut chunk);
        let failed = reach(state, Point::Write);
        // of a write that fails half has arrived
        let arrives = if failed.is_ok() || state.is_last() { chunk.len() } else { chunk.len() / 2 };
        state.node(id).file.write(at, &chunk[..arrives]);
        failed?;
    }
    match state.reach(Point::Sync) {
        None => state.sync(id),
        Some(Fault::Die) => return Err(io::Error::other("armed")),
        Some(_) => {
            state.node(id).file.fail_to_sync();
            return Err(io::Error::other("armed"));
        }
    }
    reach(state, Point::Sync)?;
    state.sync_folder();
    Ok(())
}

fn reach(state: &mut State, point: Point) -> io::Result<()> {
    match state.reach(point) {
        None => Ok(()),
        Some(Fault::Full(_)) => Err(io::ErrorKind::StorageFull.into()),
        Some(Fault::Die | Fault::Fail(_)) => Err(io::Error::other("armed")),
    }
}
