#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| entrenous_testkit::fuzz::run("client_records", input));
