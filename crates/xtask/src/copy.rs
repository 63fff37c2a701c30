//! A copy of the workspace, for what changes it.

use core::error::Error;
use std::{fs, path::Path, process::Command};

/// Puts the files of the work tree that git doesn't ignore into `copy`, in the place of what is there: nothing that was built.
pub(crate) fn workspace(root: &Path, copy: &Path) -> Result<(), Box<dyn Error>> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let listed = list.output()?;
    if !listed.status.success() {
        return Err(format!("git can't list the files of {}", root.display()).into());
    }
    for name in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let (from, to) = (root.join(name), copy.join(name));
        // one that was removed is still listed
        if !from.exists() {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from, to)?;
    }
    Ok(())
}
