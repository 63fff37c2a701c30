#![no_main]

#[path = "../../crates/ffi/tests/arbitrary/arguments.rs"]
mod arguments;
#[path = "../../crates/ffi/tests/arbitrary/calls.rs"]
mod calls;
#[path = "../../crates/ffi/tests/arbitrary/disk.rs"]
mod disk;
#[path = "../../crates/ffi/tests/arbitrary/output.rs"]
mod output;
#[path = "../../crates/ffi/tests/arbitrary/scene.rs"]
mod scene;

libfuzzer_sys::fuzz_target!(|input: &[u8]| drop(arguments::call(input)));
