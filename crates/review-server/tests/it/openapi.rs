//! The description of the contract is what is committed, and names every path of the contract.

use contract::paths;

use crate::office::Office;

#[test]
fn the_committed_description_is_what_the_handlers_say() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let now = review_server::openapi_json_text().unwrap();
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == now,
        "the contract's description changed: look at it, then `cargo run -p review-server -- openapi > {file}`"
    );
}

#[test]
fn every_path_of_the_contract_is_described() {
    let description: serde_json::Value = serde_json::from_str(&review_server::openapi_json_text().unwrap()).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let case = casework::CaseId(uuid::Uuid::nil());
    let in_braces = |path: String| path.replace(&uuid::Uuid::nil().to_string(), "{case_id}");
    let mut expected = vec![
        paths::SERVER.to_owned(),
        paths::SESSION.to_owned(),
        paths::SESSION_REFRESH.to_owned(),
        paths::CHANGES.to_owned(),
        paths::LEASES.to_owned(),
        paths::DEVICE.to_owned(),
        paths::DEVICE_UNSEAL.to_owned(),
        paths::AUDIT.to_owned(),
        paths::STUCK.to_owned(),
        paths::EVENTS.to_owned(),
        paths::EVENTS_WAIT.to_owned(),
        paths::REASONS.to_owned(),
        paths::CALENDAR.to_owned(),
        paths::INTAKE.to_owned(),
        paths::OPENAPI.to_owned(),
        in_braces(paths::lease(case)),
        in_braces(paths::decisions(case)),
        in_braces(paths::case_work(case)),
        in_braces(paths::recuse(case)),
        in_braces(paths::revoke(case)),
        in_braces(paths::technical(case)),
        in_braces(paths::repaired(case)),
        in_braces(paths::void(case)),
        paths::photo(casework::Sha256([0; 32])).replace(&"0".repeat(64), "{sha256}"),
    ];
    let mut described: Vec<String> = description["paths"].as_object().unwrap().keys().cloned().collect();
    expected.sort();
    described.sort();
    assert_eq!(described, expected);
}

#[tokio::test]
async fn the_description_is_served() {
    let office = Office::open();
    let answer = office.get(paths::OPENAPI, None).await;
    assert_eq!(String::from_utf8(answer.body).unwrap(), review_server::openapi_json_text().unwrap());
}
