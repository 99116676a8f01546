//! The fuzz target of calendar packs: hands libFuzzer's bytes to [`fuzz::calendar_pack`], which says what must hold of them. Its seeds are
//! `seeds/calendar-pack` and the embedded pack; `cargo xtask check` runs it.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::calendar_pack(bytes));
