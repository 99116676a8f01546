//! Takes a photo file apart without decoding it: checks that it reaches its end, and keeps only the parts that paint
//! pixels, plus the EXIF block for the orientation. Comments, colour profiles, thumbnails, animations, compressed
//! texts and whatever hangs behind the end never reach a decoder. It promises nothing about the image data inside the
//! parts.

use std::borrow::Cow;

use crate::refusal::RefusalCode;
use crate::sniff::{self, PNG_SIGNATURE, PhotoType, Probe};

/// The file reduced to what a decoder needs.
pub(crate) struct Parts<'a> {
    /// A complete file of the same type.
    pub(crate) painting: Cow<'a, [u8]>,
    /// The TIFF block of the EXIF data.
    pub(crate) exif: Option<&'a [u8]>,
}

/// [`crate::probe`], and then a walk through the file that finds a cut-off upload. Nothing is decoded; at most one
/// copy of the file is made.
///
/// # Errors
/// [`RefusalCode::Header`], [`RefusalCode::Incomplete`] or [`RefusalCode::Damaged`].
pub fn probe_whole(bytes: &[u8]) -> Result<Probe, RefusalCode> {
    let probe = sniff::probe(bytes)?;
    take_apart(probe.photo_type, bytes)?;
    Ok(probe)
}

pub(crate) fn take_apart(photo_type: PhotoType, bytes: &[u8]) -> Result<Parts<'_>, RefusalCode> {
    match photo_type {
        PhotoType::Jpeg => jpeg(bytes),
        PhotoType::Png => png(bytes),
        PhotoType::Webp => webp(bytes),
    }
}

/// ITU-T T.81 annex B. The first EOI behind a scan is the end: what phones append there (motion photos, gain maps) is
/// not ours to read.
fn jpeg(bytes: &[u8]) -> Result<Parts<'_>, RefusalCode> {
    let mut painting = Vec::with_capacity(bytes.len());
    painting.extend_from_slice(b"\xff\xd8");
    let mut exif = None;
    let (mut frames, mut scans) = (0, 0);
    let mut at = 2;
    loop {
        let (code, after) = sniff::next_jpeg_marker(bytes, at).ok_or(RefusalCode::Incomplete)?;
        match code {
            0x01 | 0xd0..=0xd8 => {
                at = after;
                continue;
            }
            0xd9 if scans == 0 => return Err(RefusalCode::Damaged),
            0xd9 => {
                painting.extend_from_slice(b"\xff\xd9");
                let painting = Cow::Owned(painting);
                return Ok(Parts { painting, exif });
            }
            _ => {}
        }
        let length = sniff::u16_be(bytes, after).ok_or(RefusalCode::Incomplete)?;
        let body_at = after + 2;
        let end = after + usize::from(length);
        if length < 2 {
            return Err(RefusalCode::Damaged);
        }
        let body = bytes.get(body_at..end).ok_or(RefusalCode::Incomplete)?;
        // From the code's 0xff on; fill bytes in front are left out.
        let segment = bytes.get(after - 2..end).ok_or(RefusalCode::Incomplete)?;
        at = end;
        match code {
            0xda => {
                scans += 1;
                at = end + scan_length(bytes.get(end..).unwrap_or_default()).ok_or(RefusalCode::Incomplete)?;
                painting.extend_from_slice(segment);
                painting.extend_from_slice(bytes.get(end..at).ok_or(RefusalCode::Incomplete)?);
            }
            0xe1 if exif.is_none() && body.starts_with(b"Exif\0\0") => exif = body.get(6..),
            // Says whether three or four components are RGB, CMYK or YCCK.
            0xee if body.starts_with(b"Adobe") => painting.extend_from_slice(segment),
            0xc4 | 0xdb | 0xdd => painting.extend_from_slice(segment),
            code if sniff::is_jpeg_frame(code) => {
                frames += 1;
                if frames > 1 {
                    // A second frame header could change the dimensions behind the back of the limits.
                    return Err(RefusalCode::Damaged);
                }
                painting.extend_from_slice(segment);
            }
            _ => {}
        }
    }
}

/// Bytes of entropy-coded data up to the next marker that ends them: not a stuffed zero, a restart or a fill byte.
fn scan_length(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let marker = at + data.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match *data.get(marker + 1)? {
            0x00 | 0xd0..=0xd7 => at = marker + 2,
            0xff => at = marker + 1,
            _ => return Some(marker),
        }
    }
}

/// PNG 3rd edition, 5.3: chunks up to IEND. Ancillary chunks are dropped, except transparency and EXIF; an animation
/// is its default image.
fn png(bytes: &[u8]) -> Result<Parts<'_>, RefusalCode> {
    const ANCILLARY_BIT: u8 = 0x20;
    let mut painting = Vec::with_capacity(bytes.len());
    painting.extend_from_slice(PNG_SIGNATURE);
    let mut exif = None;
    let mut at = PNG_SIGNATURE.len();
    loop {
        let length = sniff::u32_be(bytes, at).ok_or(RefusalCode::Incomplete)?;
        let kind = bytes.get(at + 4..at + 8).ok_or(RefusalCode::Incomplete)?;
        if length > i32::MAX.unsigned_abs() || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(RefusalCode::Damaged);
        }
        // Cannot overflow: the length is below 2^31 and the offset below the file limit.
        let end = at + 12 + length as usize;
        let chunk = bytes.get(at..end).ok_or(RefusalCode::Incomplete)?;
        match kind {
            b"eXIf" if exif.is_none() => exif = chunk.get(8..chunk.len() - 4),
            b"tRNS" => painting.extend_from_slice(chunk),
            [first, ..] if first & ANCILLARY_BIT == 0 => painting.extend_from_slice(chunk),
            _ => {}
        }
        if kind == b"IEND" {
            let painting = Cow::Owned(painting);
            return Ok(Parts { painting, exif });
        }
        at = end;
    }
}

/// RFC 9649: the RIFF header states the length; chunks are padded to even lengths.
fn webp(bytes: &[u8]) -> Result<Parts<'_>, RefusalCode> {
    let stated = sniff::u32_le(bytes, 4).ok_or(RefusalCode::Incomplete)?;
    let end = (stated as usize).checked_add(8).ok_or(RefusalCode::Damaged)?;
    let painting = bytes.get(..end).ok_or(RefusalCode::Incomplete)?;
    let mut exif = None;
    let mut at = 12;
    while at < end {
        let kind = painting.get(at..at + 4).ok_or(RefusalCode::Damaged)?;
        let length = sniff::u32_le(painting, at + 4).ok_or(RefusalCode::Damaged)? as usize;
        let body_end = length.checked_add(at + 8).ok_or(RefusalCode::Damaged)?;
        let body = painting.get(at + 8..body_end).ok_or(RefusalCode::Damaged)?;
        if kind == b"EXIF" && exif.is_none() {
            exif = Some(body.strip_prefix(b"Exif\0\0").unwrap_or(body));
        }
        at = body_end + (length & 1);
    }
    let painting = Cow::Borrowed(painting);
    Ok(Parts { painting, exif })
}
