#![no_main]

#[path = "../../crates/ffi/tests/arbitrary/arguments.rs"]
mod arguments;

libfuzzer_sys::fuzz_target!(|input: &[u8]| arguments::call(input));
