//! Cuts a stream of bytes into lines of bounded length, as server-sent events write them: UTF-8, ended by LF or CR LF. After the first
//! error nothing more comes.

use std::collections::VecDeque;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};

use crate::transport::TransportError;

struct Cutting {
    chunks: BoxStream<'static, Result<Vec<u8>, TransportError>>,
    rest: Vec<u8>,
    ready: VecDeque<Result<String, TransportError>>,
    longest: usize,
    is_over: bool,
}

/// The lines of these bytes. One that is longer than `longest` bytes is an error, so is one that is no text; a line without an end is none.
pub(crate) fn lines(
    chunks: BoxStream<'static, Result<Vec<u8>, TransportError>>,
    longest: usize,
) -> impl Stream<Item = Result<String, TransportError>> + Send + 'static {
    let cutting = Cutting { chunks, rest: Vec::new(), ready: VecDeque::new(), longest, is_over: false };
    stream::unfold(cutting, |mut cutting| async move {
        loop {
            if let Some(line) = cutting.ready.pop_front() {
                return Some((line, cutting));
            }
            if cutting.is_over {
                return None;
            }
            match cutting.chunks.next().await {
                Some(Ok(chunk)) => cutting.take(&chunk),
                Some(Err(error)) => cutting.end(Err(error)),
                None => cutting.is_over = true,
            }
        }
    })
}

impl Cutting {
    fn take(&mut self, chunk: &[u8]) {
        let mut pieces = chunk.split(|&byte| byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            if self.rest.len().saturating_add(piece.len()) > self.longest {
                return self.end(Err(TransportError::TooLarge));
            }
            self.rest.extend_from_slice(piece);
            if pieces.peek().is_none() {
                return;
            }
            let mut line = std::mem::take(&mut self.rest);
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            match String::from_utf8(line) {
                Ok(line) => self.ready.push_back(Ok(line)),
                Err(_) => return self.end(Err(TransportError::Incomplete)),
            }
        }
    }

    fn end(&mut self, how: Result<String, TransportError>) {
        self.ready.push_back(how);
        self.is_over = true;
    }
}
