//! The reasons for which the worker makes no picture of a file. A refusal is about the file and is never counted
//! against the applicant: the case becomes 待技术处理. What goes wrong around the worker (killed, timeout) is
//! [`crate::RenderError`], not this.

use crate::sniff::{OtherType, ProbeError};

/// Why no rendition was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RefusalCode {
    /// Refused by type, header or limits, before decoding.
    #[error(transparent)]
    Header(#[from] ProbeError),
    /// The file ends before its picture does (不完整).
    #[error("the photo is cut off")]
    Incomplete,
    /// The file contradicts its format, or its image data cannot be decoded to the end.
    #[error("the photo is damaged")]
    Damaged,
    /// Well formed, but uses something that the decoder does not know.
    #[error("the photo uses a feature that is not supported")]
    UnsupportedFeature,
    /// Decoding would need more memory than allowed.
    #[error("the photo needs too much memory")]
    TooMuchMemory,
    /// The decoder panicked.
    #[error("the decoder failed on this photo")]
    DecoderFailed,
    /// The rendition would be larger than [`crate::RENDITION_LIMIT`].
    #[error("the rendition would be too large")]
    RenditionTooLarge,
    /// The wanted side is 0 or above [`crate::MAX_SIDE_WANTED`], or the request is malformed.
    #[error("the request is malformed")]
    BadRequest,
    /// The worker could not put its own limits in place and therefore did not look at the file.
    #[error("the worker could not confine itself")]
    NotConfined,
}

impl RefusalCode {
    /// A stable machine-readable word; also what travels between worker and parent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Header(error) => error.code(),
            Self::Incomplete => "photo_incomplete",
            Self::Damaged => "photo_damaged",
            Self::UnsupportedFeature => "photo_feature_unsupported",
            Self::TooMuchMemory => "photo_memory",
            Self::DecoderFailed => "photo_decoder_failed",
            Self::RenditionTooLarge => "photo_rendition_too_large",
            Self::BadRequest => "photo_bad_request",
            Self::NotConfined => "photo_worker_not_confined",
        }
    }

    /// Every refusal that there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let types = OtherType::ALL.into_iter().map(ProbeError::UnsupportedType);
        let headers = [
            ProbeError::Empty,
            ProbeError::TooLarge,
            ProbeError::UnsupportedCoding,
            ProbeError::BadHeader,
            ProbeError::SideTooLong,
            ProbeError::TooManyPixels,
        ];
        let rest = [
            Self::Incomplete,
            Self::Damaged,
            Self::UnsupportedFeature,
            Self::TooMuchMemory,
            Self::DecoderFailed,
            Self::RenditionTooLarge,
            Self::BadRequest,
            Self::NotConfined,
        ];
        types.chain(headers).map(Self::Header).chain(rest)
    }

    /// The refusal of this word, if it is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|refusal| refusal.code() == code)
    }
}
