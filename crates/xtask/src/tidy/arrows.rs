//! Who may know whom. A crate may depend on what stands in its row and on nothing else of the workspace; a dependency from outside
//! that one crate owns may stand in no other manifest. A new arrow needs an ADR and a change here.

use super::Breach;
use crate::workspace::{Dependency, Package};

/// Each crate of the workspace and the crates that its code may use.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("working-days", &[]),
    ("casework", &["working-days"]),
    ("photo", &[]),
    ("contract", &["casework", "working-days"]),
    ("vault", &["casework", "working-days"]),
    ("sync", &["contract", "casework", "working-days"]),
    ("desk", &["sync", "vault", "photo", "contract", "casework", "working-days"]),
    ("review-desk", &["desk"]),
    // Never vault, sync or desk: the server must not share the client's faults.
    ("review-server", &["contract", "casework", "working-days", "photo"]),
    // Made-up input for what reads calendar packs; known to nobody.
    ("fuzz", &["working-days"]),
    ("xtask", &[]),
];

/// For tests only; free to know every crate, and known to others only for their tests.
const TEST_CRATES: &[&str] = &["testkit", "fault", "review-desk-tests"];

/// Dependencies from outside that belong to some crates alone, also in tests.
const OWNED: &[(&str, &[&str])] = &[
    ("reqwest", &["sync", "testkit"]),
    ("rusqlite", &["vault", "review-server", "testkit", "fault", "review-desk-tests"]),
    ("tauri", &["review-desk"]),
    ("tauri-build", &["review-desk"]),
    ("keyring-core", &["review-desk"]),
    ("ts-rs", &["desk"]),
    ("axum", &["review-server", "fault"]),
    ("fantoccini", &["testkit", "review-desk-tests"]),
    // Calendar packs are verified where they are read, and signed by the server's operator; else only in tests.
    ("minisign-verify", &["working-days"]),
];

/// Dependencies from outside that some crates have in what they ship, and any crate may have for its tests.
const SHIPPED_BY: &[(&str, &[&str])] = &[("minisign", &["review-server", "testkit", "review-desk-tests"])];

/// The rules: no input or output, no clock, no chance, no waiting, and (in casework) no written form.
const PURE: &[(&str, &[&str])] = &[
    ("working-days", &["tokio", "rand", "getrandom", "tracing"]),
    ("casework", &["tokio", "rand", "getrandom", "tracing", "serde", "serde_json"]),
    ("contract", &["tokio", "rand"]),
    ("vault", &["tokio", "axum", "hyper"]),
    ("sync", &["axum"]),
];

pub(super) fn check(packages: &[Package]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for package in packages {
        let Some(may_know) = row(&package.name) else {
            breaches.push(Breach::new(
                &package.manifest,
                format!(
                    "{} has no row in the table of who may know whom (crates/xtask/src/tidy/arrows.rs)",
                    package.name
                ),
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let sentence = if packages.iter().any(|other| other.name == dependency.name) {
                inner(package, dependency, may_know)
            } else {
                outer(package, dependency)
            };
            breaches.extend(sentence.map(|sentence| Breach::new(&package.manifest, sentence)));
        }
    }
    breaches
}

/// What a package may know; `None` in it means everything.
fn row(name: &str) -> Option<Option<&'static [&'static str]>> {
    if TEST_CRATES.contains(&name) {
        return Some(None);
    }
    MAY_KNOW.iter().find(|(known, _)| *known == name).map(|(_, may)| Some(*may))
}

fn inner(package: &Package, dependency: &Dependency, may_know: Option<&[&str]>) -> Option<String> {
    let (from, to) = (&package.name, dependency.name.as_str());
    let may_know = may_know?;
    if TEST_CRATES.contains(&to) {
        return (!dependency.is_dev || from == "xtask")
            .then(|| format!("{to} is for tests: {from} may name it under [dev-dependencies] only"));
    }
    (!may_know.contains(&to)).then(|| format!("{from} must not know {to}"))
}

fn outer(package: &Package, dependency: &Dependency) -> Option<String> {
    let (from, to) = (package.name.as_str(), dependency.name.as_str());
    if to.starts_with("tauri-plugin") && from != "review-desk" {
        return Some(format!("{to} belongs to review-desk alone"));
    }
    if let Some((_, owners)) = OWNED.iter().find(|(name, _)| *name == to)
        && !owners.contains(&from)
    {
        return Some(format!("{to} belongs to {} alone", owners.join(" and ")));
    }
    if let Some((_, owners)) = SHIPPED_BY.iter().find(|(name, _)| *name == to)
        && !dependency.is_dev
        && !owners.contains(&from)
    {
        return Some(format!("{to} belongs to {} alone, but for tests", owners.join(" and ")));
    }
    let is_forbidden =
        !dependency.is_dev && PURE.iter().any(|(name, forbidden)| *name == from && forbidden.contains(&to));
    is_forbidden.then(|| format!("{from} must do without {to}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        Package {
            name: name.to_owned(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies: dependencies
                .iter()
                .map(|(name, is_dev)| Dependency { name: (*name).to_owned(), is_dev: *is_dev })
                .collect(),
            tests: Vec::new(),
        }
    }

    fn sentences(packages: &[Package]) -> Vec<String> {
        check(packages).into_iter().map(|breach| breach.sentence).collect()
    }

    #[test]
    fn an_arrow_upwards_is_a_breach() {
        let below = package("casework", &[("vault", false)]);
        let above = package("vault", &[("casework", false)]);
        assert_eq!(sentences(&[below, above]), ["casework must not know vault"]);
    }

    #[test]
    fn the_server_must_not_know_the_client_even_in_its_tests() {
        let server = package("review-server", &[("vault", true)]);
        assert_eq!(sentences(&[server, package("vault", &[])]), ["review-server must not know vault"]);
    }

    #[test]
    fn the_kit_is_for_tests_only() {
        let kit = package("testkit", &[("review-server", false), ("vault", false)]);
        let server = package("review-server", &[]);
        let vault = |is_dev| package("vault", &[("testkit", is_dev)]);
        assert_eq!(sentences(&[kit.clone(), vault(true), server.clone()]), [] as [&str; 0]);
        assert_eq!(
            sentences(&[kit, vault(false), server]),
            ["testkit is for tests: vault may name it under [dev-dependencies] only"]
        );
    }

    #[test]
    fn this_program_knows_no_crate_of_the_workspace() {
        let packages = [
            package("xtask", &[("casework", false), ("testkit", true)]),
            package("casework", &[]),
            package("testkit", &[]),
        ];
        assert_eq!(sentences(&packages).len(), 2);
    }

    #[test]
    fn what_one_crate_owns_no_other_names() {
        let packages = [package("desk", &[("reqwest", false), ("rusqlite", true), ("tokio", false)])];
        assert_eq!(
            sentences(&packages),
            [
                "reqwest belongs to sync and testkit alone",
                "rusqlite belongs to vault and review-server and testkit and fault and review-desk-tests alone"
            ]
        );
    }

    #[test]
    fn packs_are_signed_by_the_server_and_verified_by_the_rules() {
        let server = package("review-server", &[("minisign", false)]);
        let rules = package("working-days", &[("minisign", true), ("minisign-verify", false)]);
        assert_eq!(sentences(&[server, rules]), [] as [&str; 0]);
        let desk = package("desk", &[("minisign", false), ("minisign-verify", true)]);
        assert_eq!(
            sentences(&[desk]),
            [
                "minisign belongs to review-server and testkit and review-desk-tests alone, but for tests",
                "minisign-verify belongs to working-days alone"
            ]
        );
    }

    #[test]
    fn the_rules_do_without_a_runtime_and_without_a_written_form() {
        let packages = [package("casework", &[("serde", false), ("tokio", false), ("serde_json", true)])];
        assert_eq!(sentences(&packages), ["casework must do without serde", "casework must do without tokio"]);
    }

    #[test]
    fn a_crate_without_a_row_is_a_breach() {
        assert_eq!(check(&[package("novelty", &[])]).len(), 1);
    }
}
