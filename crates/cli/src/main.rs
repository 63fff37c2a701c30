//! The program `entrenous`.

use std::process::ExitCode;

fn main() -> ExitCode {
    entrenous_cli::run()
}
