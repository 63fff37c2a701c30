//! `cargo xtask memcheck` and `cargo xtask sanitizers`: the C suite under valgrind, and with AddressSanitizer and LeakSanitizer, whose
//! runtime is gcc's here.

use std::process::Command;

use super::{Workspace, run};
use crate::Findings;

const MEMCHECK: &str =
    "valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible";

pub(crate) fn memcheck() -> Findings {
    suite(&Workspace::find()?, "memcheck", |cargo| cargo.env("ENTRENOUS_C_RUNNER", MEMCHECK))
}

pub(crate) fn sanitizers() -> Findings {
    let workspace = Workspace::find()?;
    let target = workspace.target().join("sanitized");
    suite(&workspace, "AddressSanitizer and LeakSanitizer", |cargo| {
        // sanitizers are for nightly compilers, and a tool for developers here
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
        cargo.args(["--target", "x86_64-unknown-linux-gnu", "--target-dir"]).arg(target);
        cargo.env("ENTRENOUS_C_FLAGS", "-fsanitize=address");
        // it runs every compiler, and clang's runtime takes two statics of SQLite that have one name for one
        cargo.args(["--", "--skip", "the_header_is_accepted"])
    })
}

fn suite(workspace: &Workspace, what: &str, with: impl FnOnce(&mut Command) -> &mut Command) -> Findings {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--locked", "--workspace", "--test", "c_suite"]);
    match run(with(cargo.current_dir(workspace.root()))) {
        Ok(()) => {
            println!("{what}: 0 errors and 0 bytes lost over the C suite");
            Ok(Vec::new())
        }
        Err(error) => Ok(vec![error.to_string()]),
    }
}
