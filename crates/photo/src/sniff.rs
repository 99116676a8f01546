//! Says what an uploaded file is, from its first bytes, and how large its picture claims to be, from its header.
//! Nothing is decoded and nothing is allocated here; file names, extensions and declared media types are never looked
//! at. It is not a check that the rest of the file is there or well formed: see [`crate::probe_whole`] and the worker
//! for that.

/// Largest accepted file in bytes (20 MiB).
pub const FILE_LIMIT: usize = 20 * 1024 * 1024;
/// Longest accepted side in pixels.
pub const SIDE_LIMIT: u32 = 12_000;
/// Largest accepted picture in pixels (40 megapixels).
pub const PIXEL_LIMIT: u64 = 40_000_000;

/// The photo types that are accepted, and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhotoType {
    /// Baseline, extended sequential or progressive Huffman JPEG with 8 bits a sample.
    Jpeg,
    /// PNG of any colour type and depth.
    Png,
    /// Still WebP, lossy or lossless.
    Webp,
}

impl PhotoType {
    /// The media type to serve the original bytes under.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// What a file that is none of the accepted types looks like, so that the refusal can name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherType {
    /// HEIC/HEIF, the default of iPhones.
    Heic,
    /// AVIF.
    Avif,
    /// GIF.
    Gif,
    /// SVG, or XML that holds one.
    Svg,
    /// PDF.
    Pdf,
    /// TIFF, or a camera raw format built on it.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// A WebP that is an animation.
    AnimatedWebp,
    /// Anything else.
    Unknown,
}

/// What the header of an accepted photo says. The dimensions are as stored, before any EXIF rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// The type, by magic bytes.
    pub photo_type: PhotoType,
    /// Stored width in pixels, at least 1.
    pub width: u32,
    /// Stored height in pixels, at least 1.
    pub height: u32,
}

/// Why a file is refused before any decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProbeError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// More than [`FILE_LIMIT`] bytes.
    #[error("the file is larger than 20 MiB")]
    TooLarge,
    /// Not JPEG, PNG or WebP.
    #[error("the file is not a JPEG, PNG or WebP photo ({})", .0.word())]
    UnsupportedType(OtherType),
    /// A JPEG that is arithmetic, lossless, hierarchical, or not of 8 bits a sample.
    #[error("the photo uses a coding that is not supported")]
    UnsupportedCoding,
    /// The header is malformed or ends before the dimensions.
    #[error("the header of the photo cannot be read")]
    BadHeader,
    /// A side is longer than [`SIDE_LIMIT`].
    #[error("a side of the photo is longer than 12000 pixels")]
    SideTooLong,
    /// More than [`PIXEL_LIMIT`] pixels.
    #[error("the photo has more than 40 megapixels")]
    TooManyPixels,
}

impl OtherType {
    /// Every variant, in order.
    pub const ALL: [Self; 9] = [
        Self::Heic,
        Self::Avif,
        Self::Gif,
        Self::Svg,
        Self::Pdf,
        Self::Tiff,
        Self::Bmp,
        Self::AnimatedWebp,
        Self::Unknown,
    ];

    /// A short stable word for codes and texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Heic => "heic",
            Self::Avif => "avif",
            Self::Gif => "gif",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::AnimatedWebp => "animated_webp",
            Self::Unknown => "unknown",
        }
    }
}

impl ProbeError {
    /// A stable machine-readable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "photo_empty",
            Self::TooLarge => "photo_file_too_large",
            Self::UnsupportedType(other) => match other {
                OtherType::Heic => "photo_type_heic",
                OtherType::Avif => "photo_type_avif",
                OtherType::Gif => "photo_type_gif",
                OtherType::Svg => "photo_type_svg",
                OtherType::Pdf => "photo_type_pdf",
                OtherType::Tiff => "photo_type_tiff",
                OtherType::Bmp => "photo_type_bmp",
                OtherType::AnimatedWebp => "photo_type_animated_webp",
                OtherType::Unknown => "photo_type_unknown",
            },
            Self::UnsupportedCoding => "photo_coding_unsupported",
            Self::BadHeader => "photo_header_unreadable",
            Self::SideTooLong => "photo_side_too_long",
            Self::TooManyPixels => "photo_too_many_pixels",
        }
    }
}

/// Decides the type by magic bytes, reads the dimensions from the header and applies the limits.
///
/// # Errors
/// [`ProbeError`], in this order: size of the file, type, header, limits of the picture.
pub fn probe(bytes: &[u8]) -> Result<Probe, ProbeError> {
    if bytes.is_empty() {
        return Err(ProbeError::Empty);
    }
    if bytes.len() > FILE_LIMIT {
        return Err(ProbeError::TooLarge);
    }
    let photo_type = photo_type(bytes)?;
    let (width, height) = match photo_type {
        PhotoType::Jpeg => jpeg_dimensions(bytes)?,
        PhotoType::Png => png_dimensions(bytes).ok_or(ProbeError::BadHeader)?,
        PhotoType::Webp => webp_dimensions(bytes)?,
    };
    if width == 0 || height == 0 {
        return Err(ProbeError::BadHeader);
    }
    if width > SIDE_LIMIT || height > SIDE_LIMIT {
        return Err(ProbeError::SideTooLong);
    }
    if u64::from(width) * u64::from(height) > PIXEL_LIMIT {
        return Err(ProbeError::TooManyPixels);
    }
    Ok(Probe { photo_type, width, height })
}

/// The first bytes of every PNG (PNG 3rd edition, 5.2).
pub(crate) const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn photo_type(bytes: &[u8]) -> Result<PhotoType, ProbeError> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        Ok(PhotoType::Jpeg)
    } else if bytes.starts_with(PNG_SIGNATURE) {
        Ok(PhotoType::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Ok(PhotoType::Webp)
    } else {
        Err(ProbeError::UnsupportedType(other_type(bytes)))
    }
}

fn other_type(bytes: &[u8]) -> OtherType {
    if bytes.get(4..8) == Some(b"ftyp") {
        return match bytes.get(8..12) {
            Some(b"avif" | b"avis") => OtherType::Avif,
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => OtherType::Heic,
            _ => OtherType::Unknown,
        };
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return OtherType::Gif;
    }
    if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        return OtherType::Tiff;
    }
    if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        return OtherType::Bmp;
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if text.starts_with(b"%PDF-") {
        return OtherType::Pdf;
    }
    let start = text.get(..1024).unwrap_or(text);
    if text.starts_with(b"<") && start.windows(4).any(|word| word.eq_ignore_ascii_case(b"<svg")) {
        return OtherType::Svg;
    }
    OtherType::Unknown
}

/// Whether a JPEG marker code opens a frame header (ITU-T T.81, table B.1): C0–CF without DHT, JPG and DAC.
pub(crate) fn is_jpeg_frame(code: u8) -> bool {
    matches!(code, 0xc0..=0xcf) && !matches!(code, 0xc4 | 0xc8 | 0xcc)
}

fn jpeg_dimensions(bytes: &[u8]) -> Result<(u32, u32), ProbeError> {
    let mut at = 2;
    loop {
        let (code, after) = next_jpeg_marker(bytes, at).ok_or(ProbeError::BadHeader)?;
        match code {
            0x01 | 0xd0..=0xd8 => at = after,
            // Image data or the end before any frame header.
            0xd9 | 0xda => return Err(ProbeError::BadHeader),
            _ => {
                let length = u16_be(bytes, after).ok_or(ProbeError::BadHeader)?;
                if length < 2 {
                    return Err(ProbeError::BadHeader);
                }
                if is_jpeg_frame(code) {
                    let precision = *bytes.get(after + 2).ok_or(ProbeError::BadHeader)?;
                    let height = u16_be(bytes, after + 3).ok_or(ProbeError::BadHeader)?;
                    let width = u16_be(bytes, after + 5).ok_or(ProbeError::BadHeader)?;
                    if !matches!(code, 0xc0..=0xc2) || precision != 8 {
                        return Err(ProbeError::UnsupportedCoding);
                    }
                    return Ok((u32::from(width), u32::from(height)));
                }
                at = after + usize::from(length);
            }
        }
    }
}

/// The code of the next JPEG marker at or after `at`, and the offset behind it. Stray bytes and fill bytes before it
/// are skipped, as every viewer does.
pub(crate) fn next_jpeg_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)? + 1;
        match *bytes.get(at)? {
            0xff => {}
            0x00 => at += 1,
            code => return Some((code, at + 1)),
        }
    }
}

fn png_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(8..16)? != b"\0\0\0\x0dIHDR" {
        return None;
    }
    Some((u32_be(bytes, 16)?, u32_be(bytes, 20)?))
}

fn webp_dimensions(bytes: &[u8]) -> Result<(u32, u32), ProbeError> {
    const ANIMATION_FLAG: u8 = 0b0000_0010;
    let dimensions = match bytes.get(12..16) {
        Some(b"VP8X") => {
            if bytes.get(20).is_some_and(|flags| flags & ANIMATION_FLAG != 0) {
                return Err(ProbeError::UnsupportedType(OtherType::AnimatedWebp));
            }
            u24_le(bytes, 24).zip(u24_le(bytes, 27)).map(|(w, h)| (w + 1, h + 1))
        }
        Some(b"VP8 ") if bytes.get(23..26) == Some(b"\x9d\x01\x2a") => {
            u16_le(bytes, 26).zip(u16_le(bytes, 28)).map(|(w, h)| (u32::from(w & 0x3fff), u32::from(h & 0x3fff)))
        }
        Some(b"VP8L") if bytes.get(20) == Some(&0x2f) => {
            u32_le(bytes, 21).map(|bits| ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    };
    dimensions.ok_or(ProbeError::BadHeader)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

pub(crate) fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

pub(crate) fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

pub(crate) fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

fn u24_le(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}
