//! The C suite: programs in C that use the library as others do, well and badly. `cargo test` compiles them against the
//! shared library that it has built and runs them.
//!
//! `ENTRENOUS_C_FLAGS` are further arguments for the compiler, and `ENTRENOUS_C_RUNNER` is what the programs run in, such as
//! `valgrind -q ...`: `cargo xtask memcheck` and `cargo xtask sanitizers` set them.
#![allow(clippy::expect_used, reason = "test code")]

#[path = "c_suite/arguments.rs"]
mod arguments;
#[path = "c_suite/compiler.rs"]
mod compiler;
#[path = "c_suite/header.rs"]
mod header;
#[path = "c_suite/page.rs"]
mod page;

use compiler::{C99, CPP11, Program, compilers};

/// The header is accepted by every compiler that is here, as C and as C++, with all warnings as errors.
#[test]
fn the_header_is_accepted() {
    let source = "#include \"entrenous.h\"\nint main(void) { return entrenous_version_number() != ENTRENOUS_VERSION_NUMBER; }\n";
    let mut accepted = 0;
    for language in [C99, CPP11] {
        for compiler in compilers(language) {
            Program::of_text(&format!("header-{compiler}"), source).compiled_by(compiler, language).run();
            accepted += 1;
        }
    }
    assert!(accepted > 0, "there is no C compiler: set CC, or install gcc or clang");
}

#[test]
fn every_function_refuses_what_it_must_not_be_given() {
    let functions = header::read();
    assert!(functions.len() > 100, "{} functions", functions.len());
    Program::of_text("arguments", &arguments::program(&functions)).run_as_c99();
}

#[test]
fn results_are_what_the_header_says() {
    Program::of_file("results").run_as_c99();
}

#[test]
fn the_program_of_the_page_runs() {
    Program::of_file("page").run_as_c99();
}

#[test]
fn callbacks_may_fail_lie_and_call_back() {
    Program::of_file("callbacks").run_as_c99();
}

#[test]
fn handles_are_of_one_process() {
    Program::of_file("fork").run_as_c99();
}

#[test]
fn threads_share_clients() {
    Program::of_file("threads").run_as_c99();
}
