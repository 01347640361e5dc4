//! libFuzzer on [`prism_fuzz::lobster`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| prism_fuzz::lobster(bytes));
