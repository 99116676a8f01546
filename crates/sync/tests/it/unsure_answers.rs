//! Answers from which nobody can tell whether the decision is there: they are asked again with the same key until a matching receipt comes.

use contract::decision::Receipt;
use contract::problem::ProblemCode;
use sync::{TransportError, WireAnswer};
use uuid::Uuid;

use crate::book::Row;
use crate::sample;
use crate::scripted::{Step, json, raw, with_header};
use crate::stage::Stage;

fn answers(answers: impl IntoIterator<Item = WireAnswer>) -> Vec<Step> {
    answers.into_iter().map(|answer| Step::Answer(Ok(answer))).collect()
}

/// HTTP-5xx: 500, 502, 503, 504, 520 and 429, as problem documents, in HTML and without a body.
#[tokio::test(start_paused = true)]
async fn http_5xx_the_row_stays_queued_whatever_the_trouble_looks_like() {
    for status in [500, 502, 503, 504, 520, 429, 408, 425] {
        for (media_type, body) in [
            ("text/html", b"<h1>Bad gateway</h1>".as_slice()),
            ("application/problem+json", b"{\"code\":\"quota_of_2031\"}"),
            ("application/problem+json", b"{\"code\":"),
            ("", b""),
        ] {
            let stage = Stage::new();
            stage.book.queue(sample::decision(1), 0);
            stage.server.script("decisions", answers([raw(status, media_type, body)]));
            stage.courier.step().await;
            assert!(matches!(stage.book.row(1), Row::Queued { .. }), "{status} {media_type}");
            assert_eq!(stage.book.problem_word(1).as_deref(), Some("server_fault"));
            stage.deliver(stage.until_delivered(1)).await;
            assert_eq!(stage.server.sent_decisions(), [1, 1]);
        }
    }
}

/// HTTP-5xx: `Retry-After` of every kind; the wait is never below 2 s nor above 15 min.
#[tokio::test(start_paused = true)]
async fn http_5xx_it_waits_as_asked_but_never_longer_than_fifteen_minutes() {
    for (after, least, most) in [
        ("60", 60, 61),
        ("999999999", 900, 901),
        ("99999999999999999999999999", 900, 901),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 900, 901),
        ("0", 2, 5),
        ("-3", 2, 5),
        ("Mon, 28 Dec 2020 23:21:00 GMT", 2, 5),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 2, 5),
        ("soon", 2, 5),
        ("1.5", 2, 5),
        ("", 2, 5),
        ("\u{202e}9", 2, 5),
    ] {
        for (status, code) in [(503, ProblemCode::Unavailable), (429, ProblemCode::TooManyRequests)] {
            let stage = Stage::new();
            stage.server.set_server_ms(None);
            stage.book.queue(sample::decision(1), 0);
            let busy = with_header(json(status, &sample::problem(code)), "retry-after", after);
            stage.server.script("decisions", answers([busy]));
            stage.deliver(stage.until_delivered(1)).await;
            let at = stage.server.seen_at("decisions");
            let waited = at[1] - at[0];
            assert!((least..=most).contains(&waited), "{after:?} under {status}: {waited} s");
        }
    }
}

/// HTTP-IND: the server commits, the answer is lost, 1 to 20 times.
#[tokio::test(start_paused = true)]
async fn http_ind_a_lost_answer_is_asked_again_and_the_decision_stands_once() {
    for repeats in 1..=20 {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        let errors = [TransportError::Timeout, TransportError::Incomplete, TransportError::Unreachable];
        let lost = (0..repeats).map(|n| Step::DoneButLost(errors[n % 3]));
        stage.server.script("decisions", lost);
        stage.deliver(stage.until_delivered(1)).await;
        assert_eq!(stage.server.sent_decisions(), vec![1; repeats + 1]);
        assert_eq!(stage.server.accepted(), [Uuid::from_u128(1)]);
        let keys: Vec<_> = stage.server.seen("decisions").into_iter().map(|request| request.headers).collect();
        assert!(keys.windows(2).all(|pair| pair[0][0] == pair[1][0]), "the same key every time");
        let bodies: Vec<_> = stage.server.seen("decisions").into_iter().map(|request| request.body).collect();
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same envelope every time");
    }
}

/// HTTP-HALF: half JSON, HTML with 200, 204, empty 200, invalid UTF-8, BOM, duplicate keys, depth 10 000, 10^400, cut at every byte.
#[tokio::test(start_paused = true)]
async fn http_half_no_half_answer_marks_a_decision_as_delivered() {
    let whole = serde_json::to_vec(&sample::receipt(&sample::decision(1))).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let huge = text.replace("\"case_version\":8", &format!("\"case_version\":1{}", "0".repeat(400)));
    let twice = text.replace("\"case_version\":8", "\"case_version\":8,\"case_version\":8");
    let no_utf8: Vec<u8> = whole.iter().map(|&byte| if byte == b'c' { 0xFF } else { byte }).collect();
    let json_body = |body: &[u8]| raw(200, "application/json", body);
    let mut given = vec![
        raw(200, "text/html", b"<html>Sign in to the hotel's network</html>"),
        raw(200, "text/html", &whole),
        raw(204, "", b""),
        raw(201, "application/json", b""),
        json_body(b""),
        json_body(&[b"\xEF\xBB\xBF".as_slice(), &whole].concat()),
        json_body(&no_utf8),
        json_body(deep.as_bytes()),
        json_body(huge.as_bytes()),
        json_body(twice.as_bytes()),
        json_body(&[whole.as_slice(), b"{}"].concat()),
        with_header(json_body(&whole), "content-encoding", "gzip"),
        raw(302, "text/html", b""),
        raw(404, "text/html", b"<html>"),
    ];
    given.extend((0..whole.len()).map(|length| json_body(&whole[..length])));
    for answer in given {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        let shown = format!("{} {:.60}", answer.status, String::from_utf8_lossy(&answer.body));
        stage.server.script("decisions", answers([answer]));
        stage.courier.step().await;
        assert!(matches!(stage.book.row(1), Row::Queued { .. }), "{shown}");
        assert!(stage.book.with(|state| state.receipts.is_empty()));
    }
}

/// HTTP-HALF: a body that breaks off, a wrong length, chunks without an end: what the transport makes of them.
#[tokio::test(start_paused = true)]
async fn http_half_a_broken_off_answer_is_unknown() {
    for error in [TransportError::Incomplete, TransportError::Timeout, TransportError::TooLarge] {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        stage.server.script("decisions", [Step::DoneButLost(error)]);
        stage.courier.step().await;
        assert!(matches!(stage.book.row(1), Row::Queued { .. }), "{error:?}");
        stage.deliver(stage.until_delivered(1)).await;
    }
}

/// HTTP-DUP, EVIL: a receipt of another decision, of another payload, by another key, or changed after it was signed.
#[tokio::test(start_paused = true)]
async fn http_dup_a_receipt_that_does_not_match_removes_nothing() {
    let mine = sample::decision(1);
    let right = sample::receipt(&mine);
    let other_key = contract::signature::sign(&[9; 32], &contract::signature::receipt_message(sample::SERVER, &right));
    let other_server =
        contract::signature::sign(&sample::SERVER_SEED, &contract::signature::receipt_message(Uuid::nil(), &right));
    for wrong in [
        sample::receipt(&sample::decision(2)),
        sample::receipt_for(mine.decision_id.0, &"00".repeat(32)),
        Receipt { signature: String::new(), ..right.clone() },
        Receipt { signature: other_key, ..right.clone() },
        Receipt { signature: other_server, ..right.clone() },
        Receipt { received_at_ms: 2, ..right.clone() },
        Receipt { outcome: Some("rejected".to_owned()), ..right.clone() },
        Receipt { outcome: None, ..right.clone() },
        Receipt { state: "second_opinion".to_owned(), ..right.clone() },
        Receipt { case_version: 9, ..right.clone() },
    ] {
        let stage = Stage::new();
        stage.book.queue(mine.clone(), 0);
        stage.server.script("decisions", answers([json(200, &wrong)]));
        stage.courier.step().await;
        assert!(matches!(stage.book.row(1), Row::Queued { .. }), "{wrong:?}");
        assert_eq!(stage.book.problem_word(1).as_deref(), Some("receipt_mismatch"));
        stage.deliver(stage.until_delivered(1)).await;
        assert_eq!(stage.server.sent_decisions(), [1, 1]);
        assert_eq!(stage.book.with(|state| state.receipts[&mine.decision_id].1.clone()), right);
    }
}

/// HTTP-DUP: a server that signs with another key than it said is asked who it is before the next attempt.
#[tokio::test(start_paused = true)]
async fn a_new_receipt_key_is_learned_after_a_mismatch() {
    let stage = Stage::new();
    stage.courier.step().await;
    stage.server.set_info(|info| info.receipt_key = contract::signature::public_key(&[8; 32]));
    let right = sample::receipt(&sample::decision(1));
    let message = contract::signature::receipt_message(sample::SERVER, &right);
    let by_new_key = Receipt { signature: contract::signature::sign(&[8; 32], &message), ..right };
    stage.book.queue(sample::decision(1), 0);
    stage.server.script("decisions", answers([json(200, &by_new_key), json(200, &by_new_key)]));
    stage.deliver(stage.until_delivered(1)).await;
    assert_eq!(stage.server.seen("server").len(), 2);
    assert_eq!(stage.server.sent_decisions(), [1, 1]);
}

/// BIG: the answer is longer than its cap; the cap of a receipt is small.
#[tokio::test(start_paused = true)]
async fn big_an_answer_over_its_cap_is_unknown_and_holds_up_nobody() {
    let stage = Stage::new();
    stage.book.queue(sample::decision(1), 0);
    stage.book.queue(sample::decision(2), 0);
    stage.server.script("decisions", [Step::Answer(Err(TransportError::TooLarge))]);
    stage.courier.step().await;
    assert_eq!(stage.book.row(2), Row::Delivered);
    assert_eq!(stage.book.problem_word(1).as_deref(), Some("answer_too_large"));
    assert!(stage.server.seen("decisions").iter().all(|request| request.body_cap <= 65_536));
}

/// EVIL: a server that sends elsewhere, sets cookies or is another one gets neither the credential nor a decision a second time there.
#[tokio::test(start_paused = true)]
async fn evil_a_redirect_is_no_answer_and_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let stage = Stage::new();
        stage.book.queue(sample::decision(1), 0);
        let away = with_header(raw(status, "text/html", b""), "location", "https://elsewhere.invalid/");
        stage.server.script("decisions", answers([away]));
        stage.courier.step().await;
        assert_eq!(stage.book.problem_word(1).as_deref(), Some("not_a_review_server"), "{status}");
        assert_eq!(stage.server.seen("decisions").len(), 1);
    }
}
