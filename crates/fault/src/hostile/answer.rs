//! An answer of the real server, to be spoilt, and what is put on the wire instead. Owns the bytes; why they are spoilt is the script's.

use std::time::Duration;

use axum::http::StatusCode;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers in their order, names in lower case, without lengths.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of this status, type and body.
    #[must_use]
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = if media_type.is_empty() { vec![] } else { vec![("content-type".into(), media_type.into())] };
        Self { status, headers, body: body.into() }
    }

    /// With a header, in the place of the one of that name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With another body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The body as JSON, changed.
    #[must_use]
    pub fn with_json(self, change: impl FnOnce(&mut serde_json::Value)) -> Self {
        let mut value = serde_json::from_slice(&self.body).unwrap_or_default();
        change(&mut value);
        self.with_body(value.to_string())
    }

    /// Its head, saying this length.
    #[must_use]
    pub fn head(&self, length: &str) -> Vec<u8> {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason.unwrap_or("Status"));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(length);
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// Its bytes on the wire.
    #[must_use]
    pub fn wire(&self) -> Vec<u8> {
        let has_body = self.status != 204 && self.status != 304;
        let length = if has_body { format!("content-length: {}\r\n", self.body.len()) } else { String::new() };
        [self.head(&length), self.body.clone()].concat()
    }
}

/// What follows the bytes of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The connection stays for the next request.
    KeepAlive,
    /// The connection is closed.
    Close,
    /// Nothing more comes, and the connection stays open.
    Silence,
    /// These bytes again and again, so many times in all.
    Repeat(Vec<u8>, u64),
}

/// What is put on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Waits before the first byte.
    pub after: Duration,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What follows them.
    pub then: Then,
}

impl Reply {
    /// These bytes, then the connection is closed.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { after: Duration::ZERO, bytes: bytes.into(), then: Then::Close }
    }

    /// Not a byte.
    #[must_use]
    pub fn nothing() -> Self {
        Self::raw(Vec::new())
    }

    /// The same with another ending.
    #[must_use]
    pub fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    /// The same, later.
    #[must_use]
    pub fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }

    /// Only the first bytes of it, then the connection is closed.
    #[must_use]
    pub fn cut(mut self, bytes: usize) -> Self {
        self.bytes.truncate(bytes);
        self.then = Then::Close;
        self
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::raw(answer.wire()).then(Then::KeepAlive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_on_the_wire_has_its_length_and_can_be_cut() {
        let answer = Answer::new(200, "application/json", "{}").with("x-one", "1").with("x-one", "2");
        let wire = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-one: 2\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(answer.wire(), wire.as_bytes());
        let cut = Reply::from(answer).cut(5);
        assert_eq!((cut.bytes.as_slice(), cut.then), (b"HTTP/".as_slice(), Then::Close));
        assert!(!String::from_utf8_lossy(&Answer::new(204, "", "").wire()).contains("content-length"));
    }
}
