//! What parent and worker say to each other over a pipe: one request, one answer, both length-prefixed and bounded,
//! numbers little-endian. Each side treats the other's bytes as hostile: lengths are checked before anything is
//! allocated, and an answer that is not exactly one frame is no answer.
//!
//! ```text
//! request   "RDQ1"  max_side u32  length u32  file bytes
//! picture   "RDP1"  width u32  height u32  source width u32  source height u32  length u32  JPEG bytes
//! refusal   "RDN1"  length u32  code in ASCII
//! ```

use std::io::{self, Read, Write};

use crate::fit::RENDITION_LIMIT;
use crate::refusal::RefusalCode;
use crate::rendition::Rendition;
use crate::sniff::{self, FILE_LIMIT, PhotoType};

const REQUEST: &[u8; 4] = b"RDQ1";
const PICTURE: &[u8; 4] = b"RDP1";
const REFUSAL: &[u8; 4] = b"RDN1";
const PICTURE_HEAD: usize = 4 + 5 * 4;

/// The longest answer in bytes.
pub const ANSWER_LIMIT: usize = RENDITION_LIMIT + PICTURE_HEAD;

/// A request as the worker reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Longest side wanted, in pixels.
    pub max_side: u32,
    /// The file, at most [`FILE_LIMIT`] bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request {{ max_side: {}, bytes: {} bytes }}", self.max_side, self.bytes.len())
    }
}

/// An answer that is not one well-formed frame, or that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer of the photo worker is malformed")]
pub struct AnswerError;

/// The head of a request for a file of `length` bytes; the file follows it.
#[must_use]
pub fn request_head(max_side: u32, length: u32) -> [u8; 12] {
    let mut head = [0; 12];
    head[..4].copy_from_slice(REQUEST);
    head[4..8].copy_from_slice(&max_side.to_le_bytes());
    head[8..].copy_from_slice(&length.to_le_bytes());
    head
}

/// Reads one request, allocating only after its length was checked.
///
/// # Errors
/// `InvalidData` for a wrong head or a length above [`FILE_LIMIT`]; what `input` says otherwise, `UnexpectedEof`
/// included.
pub fn read_request(mut input: impl Read) -> io::Result<Request> {
    let mut head = [0; 12];
    input.read_exact(&mut head)?;
    let (Some(max_side), Some(length)) = (sniff::u32_le(&head, 4), sniff::u32_le(&head, 8)) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let length = length as usize;
    if !head.starts_with(REQUEST) || length > FILE_LIMIT {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes)?;
    Ok(Request { max_side, bytes })
}

/// Writes one answer and flushes it.
///
/// # Errors
/// What `output` says.
pub fn write_answer(mut output: impl Write, answer: &Result<Rendition, RefusalCode>) -> io::Result<()> {
    match answer {
        Ok(picture) => {
            let length = u32::try_from(picture.jpeg.len()).map_err(|_| io::ErrorKind::InvalidData)?;
            output.write_all(PICTURE)?;
            for number in [picture.width, picture.height, picture.source_width, picture.source_height, length] {
                output.write_all(&number.to_le_bytes())?;
            }
            output.write_all(&picture.jpeg)?;
        }
        Err(refusal) => {
            let code = refusal.code();
            let length = u32::try_from(code.len()).map_err(|_| io::ErrorKind::InvalidData)?;
            output.write_all(REFUSAL)?;
            output.write_all(&length.to_le_bytes())?;
            output.write_all(code.as_bytes())?;
        }
    }
    output.flush()
}

/// Reads a whole answer, asked for with `max_side`. A picture must be a JPEG whose own header states the dimensions
/// that the frame states.
///
/// # Errors
/// [`AnswerError`] for anything but exactly one frame.
pub fn parse_answer(mut answer: Vec<u8>, max_side: u32) -> Result<Result<Rendition, RefusalCode>, AnswerError> {
    if let Some(refusal) = answer.strip_prefix(REFUSAL) {
        let length = sniff::u32_le(refusal, 0).ok_or(AnswerError)?;
        let code = refusal.get(4..).filter(|code| code.len() == length as usize).ok_or(AnswerError)?;
        let code = std::str::from_utf8(code).map_err(|_| AnswerError)?;
        return Ok(Err(RefusalCode::from_code(code).ok_or(AnswerError)?));
    }
    if !answer.starts_with(PICTURE) || answer.len() > ANSWER_LIMIT {
        return Err(AnswerError);
    }
    let number = |n: usize| sniff::u32_le(&answer, 4 + 4 * n).ok_or(AnswerError);
    let (width, height, source_width, source_height) = (number(0)?, number(1)?, number(2)?, number(3)?);
    let length = number(4)?;
    let jpeg = answer.split_off(PICTURE_HEAD.min(answer.len()));
    let probe = sniff::probe(&jpeg).map_err(|_| AnswerError)?;
    let honest = jpeg.len() == length as usize
        && probe.photo_type == PhotoType::Jpeg
        && (probe.width, probe.height) == (width, height)
        && width.max(height) <= max_side
        && width <= source_width
        && height <= source_height
        && jpeg.ends_with(b"\xff\xd9");
    if !honest {
        return Err(AnswerError);
    }
    Ok(Ok(Rendition { jpeg, width, height, source_width, source_height }))
}
