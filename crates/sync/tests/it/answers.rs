//! Answers for scripts: those of a review server, and any other.

use contract::problem::{Problem, ProblemCode};
use serde::Serialize;
use sync::WireAnswer;

use crate::sample;
use crate::scripted::Step;

/// A JSON answer of a review server.
pub(crate) fn json(status: u16, body: &impl Serialize) -> WireAnswer {
    let media_type = if status < 400 { "application/json" } else { contract::problem::MEDIA_TYPE };
    WireAnswer {
        status,
        headers: vec![
            ("content-type".to_owned(), media_type.to_owned()),
            ("x-contract-version".to_owned(), "1".to_owned()),
            ("x-incident".to_owned(), "inc-h".to_owned()),
        ],
        body: serde_json::to_vec(body).unwrap(),
    }
}

/// Any answer.
pub(crate) fn raw(status: u16, content_type: &str, body: &[u8]) -> WireAnswer {
    WireAnswer { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.to_vec() }
}

/// A refusal.
pub(crate) fn refuse(problem: &Problem) -> Step {
    Step::Answer(Ok(json(problem.status, problem)))
}

/// A refusal with this code.
pub(crate) fn code(code: ProblemCode) -> Step {
    refuse(&sample::problem(code))
}

pub(crate) fn with_header(mut answer: WireAnswer, name: &str, value: &str) -> WireAnswer {
    answer.headers.push((name.to_owned(), value.to_owned()));
    answer
}

/// Done, without a word.
pub(crate) fn nothing() -> WireAnswer {
    let headers = vec![("x-contract-version".to_owned(), "1".to_owned())];
    WireAnswer { status: 204, headers, body: Vec::new() }
}
