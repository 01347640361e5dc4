//! libFuzzer on [`prism_fuzz::operations`].
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| prism_fuzz::operations(bytes));
