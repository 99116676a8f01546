//! The list of fail points is what stands in the code, so that a harness that goes through it leaves none out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn every_fail_point_is_listed_and_stands_in_the_code_once() {
    let mut found = Vec::new();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(path).unwrap();
        found.extend(text.split("fail_point!(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    found.sort_unstable();
    let once: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(found.len(), once.len(), "{found:?}");
    assert_eq!(once, vault::FAIL_POINTS.iter().map(|name| (*name).to_owned()).collect());
}
