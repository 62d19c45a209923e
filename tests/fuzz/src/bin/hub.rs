//! The target `hub`, driven by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tabmux_fuzz::hub(data));
