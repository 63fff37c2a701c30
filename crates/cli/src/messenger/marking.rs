//! The mark of the store, by which a home is noticed that was brought back from a backup.

use std::path::Path;

use entrenous::{Client, System};
use entrenous_store_sqlite::{Error, FileMarker, SqliteStore};

use super::{Account, Trouble, access};
use crate::{
    home::Home,
    terminal::{Exit, visible_path},
};

/// Looks whether the store is the one that was written last: a home may come back from a backup.
pub(super) fn marked(
    client: Client<SqliteStore, System>,
    home: &Home,
) -> Result<Client<SqliteStore, System>, Trouble> {
    Ok(client.with_marker(marker(home)?)?)
}

impl Account {
    /// The same while it is open: the home may be brought back meanwhile.
    pub(crate) fn check_mark(&mut self) -> Result<(), Trouble> {
        Ok(self.client.check_marker(marker(&self.home)?)?)
    }
}

/// The marker: in the folder where it was before, else in the user's state directory, and beside the store as long as there
/// is none that can be used. A folder that can't be used for once is no reason to look for another place: a mark that
/// comes and goes would replace every session each time.
fn marker(home: &Home) -> Result<FileMarker, Trouble> {
    // it may have been moved away while it is open
    access::check(home)?;
    if let Some(folder) = home.marks()? {
        return FileMarker::in_folder(&folder, home.store()).map_err(|error| unusable(home, &folder, &error));
    }
    if let Some(folder) = home.new_marks()
        && let Some(mut marker) = unless_unusable(FileMarker::in_folder(&folder, home.store()))?
    {
        // a command before this one may have known of no folder
        marker.take_along()?;
        home.use_marks(&folder)?;
        return Ok(marker);
    }
    let beside = FileMarker::beside(home.store())?;
    if home.marks()?.is_some() {
        // while this process waited, another one has taken it along
        drop(beside);
        return marker(home);
    }
    home.use_no_marks()?;
    Ok(beside)
}

fn unusable(home: &Home, folder: &Path, error: &Error) -> Trouble {
    Trouble::said(
        Exit::Temporary,
        format!(
            "the mark that tells whether your home is the newest lies in {}, which can't be used ({error}): make it usable \
             again. If it is lost for good, remove the file marks.path in {}, and every session is replaced",
            visible_path(folder),
            visible_path(home.path())
        ),
    )
}

/// None where the folder is another user's, or in the home, or can never be written. A full disk is no reason to look for
/// another place, in which there is no mark.
fn unless_unusable(marker: Result<FileMarker, Error>) -> Result<Option<FileMarker>, Trouble> {
    match marker {
        Err(Error::Place { .. } | Error::OpenToOthers { .. } | Error::Denied(_) | Error::ReadOnly(_)) => {
            Ok(None)
        }
        marker => Ok(Some(marker?)),
    }
}
