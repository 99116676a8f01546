//! Reads one HTTP/1.1 request off a connection, its body by length or in chunks. Bounded, and no more of HTTP than our own desktop sends.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// No desktop sends more.
const LARGEST: usize = 8 << 20;

/// A request as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Asked {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a decision is delivered by it.
    #[must_use]
    pub fn is_decision(&self) -> bool {
        self.method == "POST" && self.path.ends_with("/decisions")
    }

    /// Whether it is this method and path, query aside.
    #[must_use]
    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path.split('?').next() == Some(path)
    }
}

/// The next request; `None` when the connection ends before one, or what comes is none.
pub(super) async fn read<R: AsyncBufRead + Unpin>(reader: &mut R) -> Option<Asked> {
    let first = line(reader).await?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = line(reader).await?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut asked = Asked { method, path, headers, body: Vec::new() };
    if asked.header("transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked")) {
        asked.body = chunks(reader).await?;
    } else if let Some(length) = asked.header("content-length") {
        asked.body = exactly(reader, length.parse().ok()?).await?;
    }
    Some(asked)
}

async fn line<R: AsyncBufRead + Unpin>(reader: &mut R) -> Option<String> {
    let mut line = Vec::new();
    let mut bounded = reader.take(LARGEST as u64);
    bounded.read_until(b'\n', &mut line).await.ok()?;
    let text = line.strip_suffix(b"\n")?;
    String::from_utf8(text.strip_suffix(b"\r").unwrap_or(text).to_vec()).ok()
}

async fn exactly<R: AsyncBufRead + Unpin>(reader: &mut R, length: usize) -> Option<Vec<u8>> {
    if length > LARGEST {
        return None;
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}

async fn chunks<R: AsyncBufRead + Unpin>(reader: &mut R) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(reader).await?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if body.len() + size > LARGEST {
            return None;
        }
        body.extend(exactly(reader, size).await?);
        let end = line(reader).await?;
        if size == 0 {
            return end.is_empty().then_some(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_by_length_or_in_chunks_and_the_next_request_follows() {
        let wire = "POST /v1/cases/1/decisions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}\
                    POST /x?y=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        let mut reader = wire.as_bytes();
        let first = read(&mut reader).await.unwrap();
        assert!(first.is_decision());
        assert_eq!(first.body, b"{}");
        let second = read(&mut reader).await.unwrap();
        assert!(second.is("POST", "/x"));
        assert_eq!((second.body.as_slice(), second.header("a")), (b"abcd".as_slice(), Some("b")));
        assert_eq!(read(&mut reader).await, None);
    }
}
