//! `cargo xtask header`: the C header, generated from `crates/ffi`. With `--check` it is only compared.

use core::error::Error;
use std::{fs, path::Path};

use super::Workspace;
use crate::Findings;

/// Where it lies, in `crates/ffi`.
const HEADER: &str = "include/entrenous.h";

pub(crate) fn run(check: bool) -> Findings {
    let workspace = Workspace::find()?;
    let header = generate(&workspace.ffi(), workspace.version)?;
    let place = workspace.ffi().join(HEADER);
    if !check {
        fs::write(place, header)?;
        return Ok(Vec::new());
    }
    match fs::read_to_string(place)? == header {
        true => Ok(Vec::new()),
        false => Ok(vec![format!("crates/ffi/{HEADER} is not current: run `cargo xtask header`")]),
    }
}

fn generate(ffi: &Path, version: [u64; 3]) -> Result<String, Box<dyn Error>> {
    let mut config = cbindgen::Config::from_file(ffi.join("cbindgen.toml"))?;
    config.after_includes = Some(version_macros(version));
    let bindings = cbindgen::Builder::new().with_crate(ffi).with_config(config).generate()?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    Ok(String::from_utf8(header)?)
}

/// The macros of the version: the generator can't compute constants.
fn version_macros([major, minor, patch]: [u64; 3]) -> String {
    format!(
        "\n// The version of this header; that of the library that runs is `entrenous_version`.\n\
         #define ENTRENOUS_VERSION \"{major}.{minor}.{patch}\"\n\
         #define ENTRENOUS_VERSION_MAJOR {major}\n\
         #define ENTRENOUS_VERSION_MINOR {minor}\n\
         #define ENTRENOUS_VERSION_PATCH {patch}\n\
         #define ENTRENOUS_VERSION_NUMBER {}\n",
        major * 1_000_000 + minor * 1_000 + patch
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_one_number() {
        let macros = version_macros([1, 2, 3]);
        assert!(macros.contains("#define ENTRENOUS_VERSION \"1.2.3\"\n"));
        assert!(macros.contains("#define ENTRENOUS_VERSION_NUMBER 1002003\n"));
    }
}
