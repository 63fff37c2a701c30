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

fn data_dir(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, HomeError> {
    // a relative path is to be ignored, says the XDG specification
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = |home: PathBuf| home.join(Path::new(".local/share"));
    let of_system = || if cfg!(windows) { absolute("APPDATA") } else { absolute("HOME").map(below_home) };
    absolute("XDG_DATA_HOME").or_else(of_system).ok_or(HomeError::NoDefault)
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
    }
}
