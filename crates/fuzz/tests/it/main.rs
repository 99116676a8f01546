//! The seeds of the fuzz targets, run once without libFuzzer: each file there, findings of old included, must pass. What is found anew
//! becomes a file beside them.

use std::path::Path;

use working_days::CalendarPack;

#[test]
fn every_seed_and_every_old_finding_of_the_calendar_pack_passes() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["seeds/calendar-pack", "../working-days/data"] {
        for entry in std::fs::read_dir(here.join(folder)).unwrap() {
            fuzz::calendar_pack(&std::fs::read(entry.unwrap().path()).unwrap());
            count += 1;
        }
    }
    assert!(count > 8, "the seeds are where they were");
}

/// A seed that is refused at the door teaches the fuzzer nothing of what lies behind it.
#[test]
fn the_seeds_lead_to_the_depth_of_both_ways_in() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/calendar-pack");
    let (mut canonical, mut readable) = (0, 0);
    for entry in std::fs::read_dir(seeds).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        canonical += usize::from(CalendarPack::parse(&bytes).is_ok());
        readable += usize::from(CalendarPack::read_form(&bytes).is_ok_and(|pack| pack.check().is_ok()));
    }
    assert!(canonical >= 2 && readable >= 5, "{canonical} canonical, {readable} readable");
}

#[test]
fn bytes_of_no_meaning_pass() {
    for bytes in [&b""[..], b"\0", b"{", b"\xff\xfe", b"null", &[b'['; 5000]] {
        fuzz::calendar_pack(bytes);
    }
}
