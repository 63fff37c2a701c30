//! `cargo xtask install-c PREFIX`: the shared and the static library, the headers, and a file for pkg-config.

use core::error::Error;
use std::{env, fs, io, path::Path, process::Command};

use super::{Workspace, output, run};
use crate::Findings;

pub(crate) fn run_in(prefix: &Path) -> Findings {
    let workspace = Workspace::find()?;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--package", "entrenous-ffi", "--profile", "c"]);
    run(cargo.current_dir(workspace.root()))?;
    install(&workspace, prefix, &workspace.target().join("c"))?;
    for file in ["lib/libentrenous.so", "lib/libentrenous.a"] {
        let len = fs::metadata(prefix.join(file))?.len();
        println!("install-c: {} has {len} bytes", prefix.join(file).display());
    }
    Ok(Vec::new())
}

/// Installs the libraries of a folder.
pub(super) fn install(workspace: &Workspace, prefix: &Path, built: &Path) -> Result<(), Box<dyn Error>> {
    if env::consts::OS != "linux" {
        return Err("installing is written for Linux; docs/book/mobile.md says how to build elsewhere".into());
    }
    let [include, lib] = ["include", "lib"].map(|folder| prefix.join(folder));
    fs::create_dir_all(&include)?;
    fs::create_dir_all(lib.join("pkgconfig"))?;
    for header in ["entrenous.h", "entrenous.hpp"] {
        fs::copy(workspace.ffi().join("include").join(header), include.join(header))?;
    }
    let [major, minor, patch] = workspace.version;
    let real = format!("libentrenous.so.{major}.{minor}.{patch}");
    // programs may run that have the old one mapped: it keeps its file
    let new = lib.join(format!("{real}.new"));
    fs::copy(built.join("libentrenous_ffi.so"), &new)?;
    fs::rename(new, lib.join(&real))?;
    let soname = soname(&lib.join(&real))?;
    link(&real, &lib.join(&soname))?;
    link(&soname, &lib.join("libentrenous.so"))?;
    make_static(&built.join("libentrenous_ffi.a"), &lib)?;
    let prefix = std::path::absolute(prefix)?;
    fs::write(lib.join("pkgconfig/entrenous.pc"), pkg_config(&prefix, workspace.version))?;
    Ok(())
}

/// The name by which programs look for a shared library, which its build script has given it.
fn soname(library: &Path) -> Result<String, Box<dyn Error>> {
    let dynamic = output(Command::new("readelf").arg("-d").arg(library))?;
    let names = dynamic.lines().find(|line| line.contains("(SONAME)"));
    let name = names.and_then(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned()));
    name.ok_or_else(|| format!("{} has no SONAME", library.display()).into())
}

fn link(to: &str, at: &Path) -> io::Result<()> {
    match fs::remove_file(at) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    #[cfg(unix)]
    return std::os::unix::fs::symlink(to, at);
    #[cfg(not(unix))]
    return Err(io::Error::other(format!("no links to {to} here")));
}

/// One object whose only global symbols are ours: what else is in it, SQLite above all, must not meet another copy of it in
/// the application.
fn make_static(built: &Path, lib: &Path) -> Result<(), Box<dyn Error>> {
    let object = lib.join("entrenous.o");
    // without groups of sections: theirs would be taken for those of another Rust library in the same program
    run(Command::new("ld")
        .args(["-r", "--force-group-allocation", "--whole-archive"])
        .arg(built)
        .arg("-o")
        .arg(&object))?;
    // the standard library's bitcode makes tools of another LLVM stumble
    let ours = ["--wildcard", "--keep-global-symbol=entrenous_*", "--remove-section=.llvm*"];
    run(Command::new("objcopy").args(ours).arg(&object))?;
    let archive = lib.join("libentrenous.a");
    if archive.exists() {
        fs::remove_file(&archive)?;
    }
    run(Command::new("ar").arg("crs").arg(&archive).arg(&object))?;
    Ok(fs::remove_file(object)?)
}

fn pkg_config(prefix: &Path, [major, minor, patch]: [u64; 3]) -> String {
    format!(
        "prefix={}\nincludedir=${{prefix}}/include\nlibdir=${{prefix}}/lib\n\n\
         Name: entrenous\nDescription: End-to-end encrypted messaging\nVersion: {major}.{minor}.{patch}\n\
         Cflags: -I${{includedir}}\nLibs: -L${{libdir}} -lentrenous\nLibs.private: -lpthread -ldl -lm\n",
        prefix.display()
    )
}

/// The names that a library exports.
pub(super) fn exported(library: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut nm = Command::new("nm");
    if library.extension().is_some_and(|extension| extension == "a") {
        nm.arg("--extern-only");
    } else {
        nm.arg("--dynamic");
    }
    let listed = output(nm.args(["--defined-only", "--format=posix"]).arg(library))?;
    let names = listed.lines().filter_map(|line| line.split_once(' ').map(|(name, _)| name.to_owned()));
    // an archive's members are listed with a colon at the end
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(':')).collect();
    names.sort_unstable();
    Ok(names)
}
