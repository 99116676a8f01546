//! Photos: only with a lease of a case that shows them.

use axum::body::Body;
use axum::http::Request;
use chrono::Duration;
use contract::problem::ProblemCode;
use review_server::LeaseTime;

use crate::office::{Office, png};

#[tokio::test]
async fn the_original_bytes_come_with_the_lease_and_only_with_it() {
    let office = Office::open_with(|config| config.lease_time = LeaseTime::Minutes(5));
    let case = office.new_case("a-1").await.case_id;
    let (wang, li) = (office.sign_in("wang").await, office.sign_in("li").await);
    let lease = office.lease(&wang, case).await;
    let evidence = &lease.case.evidence[0];
    let path = format!("/v1/photos/{}", evidence.sha256);

    let answer = office.get(&path, Some(&wang.token)).await;
    assert_eq!(answer.body, png("a-1", 1));
    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!(answer.header("etag"), format!("\"{}\"", evidence.sha256));
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert_eq!(usize::try_from(evidence.bytes).unwrap(), answer.body.len());
    assert_eq!(answer.header("cache-control"), "no-store");
    let request = Request::get(&path)
        .header("authorization", format!("Bearer {}", wang.token))
        .header("if-none-match", answer.header("etag"));
    assert_eq!(office.send(request.body(Body::empty()).unwrap()).await.status, 304);

    assert_eq!(office.get(&path, Some(&li.token)).await.code(), ProblemCode::LeaseRequired);
    // Lapsed and not taken: still. Taken: no more.
    office.clock.advance(Duration::minutes(6));
    assert!(office.get(&path, Some(&wang.token)).await.status.is_success());
    office.lease(&li, case).await;
    assert_eq!(office.get(&path, Some(&wang.token)).await.code(), ProblemCode::LeaseRequired);
    assert!(office.get(&path, Some(&li.token)).await.status.is_success());
    office.decide(&li, case, "approve", &[]).await;
    assert_eq!(office.get(&path, Some(&li.token)).await.code(), ProblemCode::LeaseRequired);
    // Every look is on record, by ids and hash.
    assert_eq!(office.count("SELECT count(*) FROM audit WHERE what = 'photo_sent'"), 4);
}

#[tokio::test]
async fn photos_of_another_office_and_nobodys_photos_do_not_exist() {
    let office = Office::open();
    let case = office.new_case("a-1").await.case_id;
    let (wang, chen, sun) = (office.sign_in("wang").await, office.sign_in("chen").await, office.sign_in("sun").await);
    let sha256 = office.lease(&wang, case).await.case.evidence[0].sha256.clone();
    assert_eq!(office.get(&format!("/v1/photos/{sha256}"), Some(&chen.token)).await.code(), ProblemCode::NotFound);
    assert_eq!(office.get(&format!("/v1/photos/{sha256}"), Some(&sun.token)).await.code(), ProblemCode::RoleMayNot);
    for name in ["0".repeat(64), "nonsense".to_owned(), "..%2Freview-server.db".to_owned()] {
        assert_eq!(office.get(&format!("/v1/photos/{name}"), Some(&wang.token)).await.code(), ProblemCode::NotFound);
    }
}

#[tokio::test]
async fn the_same_photo_in_two_offices_is_seen_in_each_under_its_own_lease() {
    let office = Office::open();
    let case = office.new_case("a-1").await.case_id;
    let mut form = office.application("a-2");
    form.application.office_id = office.other_office;
    form.photos[0].1 = png("a-1", 1);
    let other: contract::intake::IntakeAnswer = office.submit(&form).await.json();
    let (wang, chen) = (office.sign_in("wang").await, office.sign_in("chen").await);
    let sha256 = office.lease(&wang, case).await.case.evidence[0].sha256.clone();
    let path = format!("/v1/photos/{sha256}");
    assert_eq!(office.get(&path, Some(&chen.token)).await.code(), ProblemCode::LeaseRequired);
    office.lease(&chen, other.case_id).await;
    assert!(office.get(&path, Some(&chen.token)).await.status.is_success());
    assert_eq!(office.count("SELECT count(*) FROM photos"), 3);
}
