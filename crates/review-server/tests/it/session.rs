//! Signing in, staying signed in, signing out.

use chrono::Duration;
use contract::paths;
use contract::problem::ProblemCode;
use contract::session::{RefreshRequest, SessionAnswer, SignInRequest};
use review_server::admin;
use uuid::Uuid;

use crate::office::{Answer, Office, PASSWORD};

async fn refresh(office: &Office, token: &str) -> Answer {
    office.post(paths::SESSION_REFRESH, None, &RefreshRequest { refresh_token: token.to_owned() }).await
}

async fn reasons(office: &Office, token: &str) -> Answer {
    office.get(paths::REASONS, Some(token)).await
}

#[tokio::test]
async fn a_person_signs_in_and_is_told_who_they_are() {
    let office = Office::open();
    let answer = office.try_sign_in("wang", PASSWORD).await;
    assert!(answer.headers.contains_key("x-feed-epoch"));
    let answer: SessionAnswer = answer.json();
    assert_eq!(answer.person.account, "wang");
    assert_eq!(answer.person.display_name, "wang 老师");
    assert_eq!(answer.person.role, "reviewer");
    assert_eq!(answer.person.office_name, "海淀");
    assert_eq!(answer.person.office_id, office.office);
    assert_eq!(answer.access_expires_at_ms, (office.now() + Duration::minutes(15)).timestamp_millis());
    assert_eq!(answer.refresh_expires_at_ms, (office.now() + Duration::days(7)).timestamp_millis());
    assert!(reasons(&office, &answer.access_token).await.status.is_success());
}

#[tokio::test]
async fn tokens_and_passwords_are_nowhere_in_the_database() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    office.database().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    for entry in std::fs::read_dir(office.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(path).unwrap();
        for secret in [desk.delivery.as_str(), &desk.token, &desk.refresh_token, PASSWORD, crate::office::PORTAL] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}

#[tokio::test]
async fn five_wrong_passwords_lock_a_name_whether_or_not_it_has_an_account() {
    let office = Office::open();
    for name in ["wang", "nobody"] {
        for _ in 0..4 {
            let answer = office.try_sign_in(name, "wrong password").await;
            assert_eq!(answer.code(), ProblemCode::WrongPassword);
        }
        let answer = office.try_sign_in(name, "wrong password").await;
        assert_eq!(answer.code(), ProblemCode::AccountLocked);
        assert!((600..=601).contains(&answer.problem().retry_after_s.unwrap()));
        assert_eq!(answer.header("retry-after"), answer.problem().retry_after_s.unwrap().to_string());
        // The right password does not help, and says nothing about whether it is right.
        assert_eq!(office.try_sign_in(name, PASSWORD).await.code(), ProblemCode::AccountLocked);
    }
    // Others are not locked, and neither is the name after ten minutes.
    office.sign_in("li").await;
    office.clock.advance(Duration::minutes(10));
    office.sign_in("wang").await;
    assert_eq!(office.try_sign_in("nobody", PASSWORD).await.code(), ProblemCode::WrongPassword);
}

#[tokio::test]
async fn a_success_forgets_wrong_passwords_and_an_operator_can_unlock() {
    let office = Office::open();
    for _ in 0..3 {
        for _ in 0..4 {
            office.try_sign_in("wang", "wrong password").await;
        }
        office.sign_in("wang").await;
    }
    for _ in 0..5 {
        office.try_sign_in("wang", "wrong password").await;
    }
    assert_eq!(office.try_sign_in("wang", PASSWORD).await.code(), ProblemCode::AccountLocked);
    admin::unlock_account(&office.state, "wang").unwrap();
    office.sign_in("wang").await;
}

#[tokio::test]
async fn many_wrong_passwords_at_once_are_no_way_round_the_lock() {
    let office = Office::open();
    let tries: Vec<_> = (0..20).map(|_| office.try_sign_in("wang", "wrong password")).collect();
    let mut wrong = 0;
    for answer in join_all(tries).await {
        wrong += usize::from(answer.code() == ProblemCode::WrongPassword);
    }
    assert!(wrong <= 5, "{wrong} tries were looked at");
    assert_eq!(office.try_sign_in("wang", PASSWORD).await.code(), ProblemCode::AccountLocked);
}

pub(crate) async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut is_ready = true;
        for (future, output) in &mut pending {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(done) => *output = Some(done),
                    std::task::Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().map(|(_, output)| output.unwrap()).collect()
}

#[tokio::test]
async fn a_disabled_account_is_told_so_only_with_the_right_password() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    admin::disable_account(&office.state, "wang").unwrap();
    assert_eq!(office.try_sign_in("wang", "wrong password").await.code(), ProblemCode::WrongPassword);
    assert_eq!(office.try_sign_in("wang", PASSWORD).await.code(), ProblemCode::AccountDisabled);
    assert_eq!(reasons(&office, &desk.token).await.code(), ProblemCode::AccountDisabled);
    assert_eq!(refresh(&office, &desk.refresh_token).await.code(), ProblemCode::AccountDisabled);
    admin::reset_account(&office.state, "wang", "another password").unwrap();
    assert_eq!(office.try_sign_in("wang", PASSWORD).await.code(), ProblemCode::WrongPassword);
    assert!(office.try_sign_in("wang", "another password").await.status.is_success());
    assert_eq!(reasons(&office, &desk.token).await.code(), ProblemCode::SignInRequired);
    assert_eq!(refresh(&office, &desk.refresh_token).await.code(), ProblemCode::SessionExpired);
}

#[tokio::test]
async fn a_desktop_that_is_too_old_is_told_so() {
    let office = Office::open();
    let request = SignInRequest {
        account: "wang".to_owned(),
        password: PASSWORD.to_owned(),
        device_id: Uuid::new_v4(),
        contract_version: 0,
    };
    assert_eq!(office.post(paths::SESSION, None, &request).await.code(), ProblemCode::DesktopTooOld);
}

#[tokio::test]
async fn an_expired_token_asks_for_a_refresh_and_an_unknown_one_for_a_sign_in() {
    let office = Office::open();
    let desk = office.sign_in("wang").await;
    assert_eq!(office.get(paths::REASONS, None).await.code(), ProblemCode::SignInRequired);
    assert_eq!(reasons(&office, "made-up").await.code(), ProblemCode::SignInRequired);
    // A refresh token is not an access token, nor the other way round.
    assert_eq!(reasons(&office, &desk.refresh_token).await.code(), ProblemCode::SignInRequired);
    assert_eq!(refresh(&office, &desk.token).await.code(), ProblemCode::SessionExpired);
    office.clock.advance(Duration::minutes(15));
    assert_eq!(reasons(&office, &desk.token).await.code(), ProblemCode::TokenExpired);
    let fresh: SessionAnswer = refresh(&office, &desk.refresh_token).await.json();
    assert!(reasons(&office, &fresh.access_token).await.status.is_success());
    // Even days later the old access token asks for a refresh, as long as the session lives.
    office.clock.advance(Duration::days(3));
    assert_eq!(reasons(&office, &desk.token).await.code(), ProblemCode::TokenExpired);
    office.clock.advance(Duration::days(8));
    assert_eq!(refresh(&office, &fresh.refresh_token).await.code(), ProblemCode::SessionExpired);
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_can_be_repeated_until_the_new_token_is_used() {
    let office = Office::open();
    let first = office.sign_in("wang").await.refresh_token;
    let lost: SessionAnswer = refresh(&office, &first).await.json();
    let second: SessionAnswer = refresh(&office, &first).await.json();
    // The token of the answer that was lost is out.
    assert_eq!(refresh(&office, &lost.refresh_token).await.code(), ProblemCode::SessionExpired);
    let third: SessionAnswer = refresh(&office, &second.refresh_token).await.json();
    // The new one was used: the first is out, the second is the one before it.
    assert_eq!(refresh(&office, &first).await.code(), ProblemCode::SessionExpired);
    let fourth: SessionAnswer = refresh(&office, &second.refresh_token).await.json();
    assert_eq!(refresh(&office, &third.refresh_token).await.code(), ProblemCode::SessionExpired);
    assert!(reasons(&office, &fourth.access_token).await.status.is_success());
}

#[tokio::test]
async fn signing_out_ends_the_session_and_no_other() {
    let office = Office::open();
    let (here, there) = (office.sign_in("wang").await, office.sign_in("wang").await);
    let answer = office.delete(paths::SESSION, Some(&here.token), None).await;
    assert_eq!(answer.status, 204);
    assert_eq!(reasons(&office, &here.token).await.code(), ProblemCode::SignInRequired);
    assert_eq!(refresh(&office, &here.refresh_token).await.code(), ProblemCode::SessionExpired);
    assert!(reasons(&office, &there.token).await.status.is_success());
}

#[tokio::test]
async fn a_stranger_is_told_to_sign_in_whatever_they_send() {
    let office = Office::open();
    for path in [paths::CHANGES, "/v1/changes?after=x", paths::REASONS] {
        assert_eq!(office.get(path, None).await.code(), ProblemCode::SignInRequired, "{path}");
    }
    let case = Uuid::new_v4();
    for path in ["lease", "technical", "repaired", "void", "decisions"] {
        let answer = office.post(&format!("/v1/cases/{case}/{path}"), None, &"nonsense").await;
        assert_eq!(answer.code(), ProblemCode::SignInRequired, "{path}");
    }
    let photo = format!("/v1/photos/{}", "0".repeat(64));
    assert_eq!(office.get(&photo, None).await.code(), ProblemCode::SignInRequired);
}
