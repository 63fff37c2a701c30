//! Compiling and running programs of the suite.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A language in a strict form, and who compiles it.
#[derive(Clone, Copy)]
pub(crate) struct Language {
    standard: &'static [&'static str],
    variable: &'static str,
    compilers: &'static [&'static str],
}

pub(crate) const C99: Language =
    Language { standard: &["-x", "c", "-std=c99"], variable: "CC", compilers: &["cc", "gcc", "clang"] };
pub(crate) const CPP11: Language = Language {
    standard: &["-x", "c++", "-std=c++11"],
    variable: "CXX",
    compilers: &["c++", "g++", "clang++"],
};

const STRICT: &[&str] =
    &["-Wall", "-Wextra", "-pedantic", "-Werror", "-O1", "-g", "-D_POSIX_C_SOURCE=200809L"];

/// Those that are here.
pub(crate) fn compilers(language: Language) -> Vec<&'static str> {
    let answers = |compiler: &&str| Command::new(compiler).arg("--version").output().is_ok();
    language.compilers.iter().copied().filter(answers).collect()
}

pub(crate) struct Program {
    name: String,
    source: PathBuf,
    binary: PathBuf,
}

impl Program {
    /// A file of `tests/c`.
    pub(crate) fn of_file(name: &str) -> Self {
        Self::new(name, sources().join(name).with_extension("c"))
    }

    /// A program that a test has made.
    pub(crate) fn of_text(name: &str, text: &str) -> Self {
        let source = scratch().join(name).with_extension("c");
        fs::write(&source, text).expect("the scratch folder is ours");
        Self::new(name, source)
    }

    fn new(name: &str, source: PathBuf) -> Self {
        Self { name: name.to_owned(), source, binary: scratch().join(name) }
    }

    pub(crate) fn run_as_c99(self) {
        let chosen = env::var(C99.variable).ok();
        let compiler = chosen.as_deref().or_else(|| compilers(C99).first().copied());
        let compiler = compiler.expect("a C compiler: set CC, or install gcc or clang").to_owned();
        self.compiled_by(&compiler, C99).run();
    }

    pub(crate) fn compiled_by(self, compiler: &str, language: Language) -> Self {
        let library = library();
        let more = env::var("ENTRENOUS_C_FLAGS").unwrap_or_default();
        let mut command = Command::new(compiler);
        command.args(STRICT).args(more.split_whitespace());
        command.arg("-I").arg(sources()).arg("-I").arg(package().join("include"));
        command.args(language.standard).arg(&self.source).args(["-x", "none", "-o"]).arg(&self.binary);
        command.arg("-L").arg(&library).args(["-lentrenous", "-lpthread"]);
        command.arg(format!("-Wl,-rpath,{}", library.display()));
        let compiled = command.output().expect("the compiler is here");
        let said = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{compiler} on {}:\n{said}", self.name);
        self
    }

    pub(crate) fn run(self) {
        let runner = env::var("ENTRENOUS_C_RUNNER").unwrap_or_default();
        // an empty folder of its own, for what needs one
        let folder = scratch().join(format!("{}-folder", self.name));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("the scratch folder is ours");
        let words = [self.binary.as_path(), folder.as_path()];
        let mut words = runner.split_whitespace().map(Path::new).chain(words);
        let program = words.next().expect("at least the program itself");
        let mut command = Command::new(program);
        // cargo's has folders with an older library
        command.args(words).env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH");
        let ended = command.output().expect("it was just made");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{} ended with {}:\n{said}", self.name, ended.status);
    }
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> PathBuf {
    package().join("tests/c")
}

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// A folder with the shared library that cargo has built for this test, under the name that programs look for.
fn library() -> PathBuf {
    let test = env::current_exe().expect("a test is a program");
    let built = test.parent().expect("a program is in a folder").join("libentrenous_ffi.so");
    assert!(built.exists(), "{} is not there", built.display());
    let folder = scratch().join("library");
    fs::create_dir_all(&folder).expect("the scratch folder is ours");
    let [major, minor] = [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR")];
    let abi = if major == "0" { format!("0.{minor}") } else { major.to_owned() };
    for name in ["libentrenous.so".to_owned(), format!("libentrenous.so.{abi}")] {
        // tests that run beside this one make the same links
        drop(std::os::unix::fs::symlink(&built, folder.join(name)));
    }
    folder
}
