//! Where things lie when nobody says so: the XDG base directories.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::HomeError;

/// The home directory: `$XDG_DATA_HOME/entrenous`, usually `~/.local/share/entrenous`.
///
/// # Errors
/// [`HomeError::NoDefault`].
pub fn default_home() -> Result<PathBuf, HomeError> {
    Ok(data_dir(|name| env::var_os(name))?.join("entrenous"))
}

/// The drop folder for accounts on one machine: `$XDG_DATA_HOME/entrenous-drop`. It is beside the home
/// directory, which others may not enter.
///
/// # Errors
/// [`HomeError::NoDefault`].
pub fn default_drop() -> Result<PathBuf, HomeError> {
    Ok(data_dir(|name| env::var_os(name))?.join("entrenous-drop"))
}

/// Where the marks of stores lie: `$XDG_STATE_HOME/entrenous/marks`, usually in `~/.local/state`. None when nobody says
/// where that is.
pub(super) fn default_marks() -> Option<PathBuf> {
    Some(state_dir(|name| env::var_os(name))?.join("entrenous").join("marks"))
}

fn data_dir(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, HomeError> {
    of_user(variable, "XDG_DATA_HOME", "APPDATA", ".local/share").ok_or(HomeError::NoDefault)
}

fn state_dir(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    of_user(variable, "XDG_STATE_HOME", "LOCALAPPDATA", ".local/state")
}

/// The directory that `named` names, else the system's or the one `below` the user's home.
fn of_user(
    variable: impl Fn(&str) -> Option<OsString>,
    named: &str,
    of_windows: &str,
    below: &str,
) -> Option<PathBuf> {
    // a relative path is to be ignored, says the XDG specification
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = |home: PathBuf| home.join(Path::new(below));
    let of_system = || if cfg!(windows) { absolute(of_windows) } else { absolute("HOME").map(below_home) };
    absolute(named).or_else(of_system)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name);
        data_dir(|name| find(name).map(|(_, value)| value.into())).ok()
    }

    #[test]
    fn the_defaults_are_those_of_xdg() {
        let (home, data) = (("HOME", "/home/a"), ("XDG_DATA_HOME", "/data"));
        assert_eq!(with(&[home, data]), Some("/data".into()));
        assert_eq!(with(&[home]), Some("/home/a/.local/share".into()));
        assert_eq!(with(&[home, ("XDG_DATA_HOME", "relative")]), Some("/home/a/.local/share".into()));
        assert_eq!(with(&[home, ("XDG_DATA_HOME", "")]), Some("/home/a/.local/share".into()));
        assert_eq!(with(&[("HOME", "")]), None);
        assert_eq!(with(&[]), None);
        let find = |name: &str| [home].into_iter().find(|(known, _)| *known == name);
        let state = state_dir(|name| find(name).map(|(_, value)| value.into()));
        assert_eq!(state, Some("/home/a/.local/state".into()));
    }
}
