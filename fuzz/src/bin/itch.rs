//! libFuzzer on [`prism_fuzz::itch`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| prism_fuzz::itch(bytes));
