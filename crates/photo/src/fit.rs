//! Makes the one rendition of this slice: the whole photo, upright, fitted into a square, as a JPEG without metadata.
//! Thumbnail and full size come later through the same door. It is pure: the same bytes and the same side give the
//! same rendition.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize as fir;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use crate::parts;
use crate::pixels::{self, Pixels};
use crate::refusal::RefusalCode;
use crate::rendition::Rendition;
use crate::sniff;

/// The longest side, in pixels, of the rendition that the case screen shows.
pub const FIT_SIDE: u32 = 1600;
/// The largest side that may be asked for, in pixels: no photo is longer.
pub const MAX_SIDE_WANTED: u32 = sniff::SIDE_LIMIT;
/// The largest rendition in bytes (16 MiB); the parent reads no more than this.
pub const RENDITION_LIMIT: usize = 16 * 1024 * 1024;

/// Small text on a card stays legible at 88; at 95 the file is twice as large and looks the same.
const JPEG_QUALITY: u8 = 88;

/// What the worker does with one photo: probe, take apart, decode, flatten on white, fit into `max_side` pixels
/// (never enlarged), turn upright by EXIF, encode. A panic of a decoder becomes a refusal.
///
/// For the worker's own binary, tests and tools. A program that holds anything of value calls [`crate::Worker::fit`]
/// instead, which gives the same rendition byte for byte.
///
/// # Errors
/// [`RefusalCode`], all of them except [`RefusalCode::NotConfined`].
pub fn fit_in_process(bytes: &[u8], max_side: u32) -> Result<Rendition, RefusalCode> {
    catch_unwind(AssertUnwindSafe(|| fit(bytes, max_side))).unwrap_or(Err(RefusalCode::DecoderFailed))
}

fn fit(bytes: &[u8], max_side: u32) -> Result<Rendition, RefusalCode> {
    if max_side == 0 || max_side > MAX_SIDE_WANTED {
        return Err(RefusalCode::BadRequest);
    }
    let probe = sniff::probe(bytes)?;
    let parts = parts::take_apart(probe.photo_type, bytes)?;
    // Bogus values (0, 9, 65535) mean no rotation, as in every viewer.
    let orientation = parts.exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let pixels = pixels::decode(probe, &parts.painting)?;
    drop(parts);

    // Turned after it was made small: a quarter turn of the original would need its memory twice.
    let mut picture = DynamicImage::ImageRgb8(into_rgb(shrink_to(pixels, max_side)?)?);
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());

    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode_image(&picture)
        .map_err(|_| RefusalCode::DecoderFailed)?;
    if jpeg.len() > RENDITION_LIMIT {
        return Err(RefusalCode::RenditionTooLarge);
    }
    let (source_width, source_height) = match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (probe.height, probe.width)
        }
        _ => (probe.width, probe.height),
    };
    Ok(Rendition { jpeg, width, height, source_width, source_height })
}

/// The dimensions that fit into a square of `max_side`: proportions kept, rounded to the nearest pixel, at least 1,
/// never enlarged.
fn fitted(width: u32, height: u32, max_side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= max_side {
        return (width, height);
    }
    let scaled = |side: u32| {
        let rounded = (u64::from(side) * u64::from(max_side) + u64::from(longest) / 2) / u64::from(longest);
        // Not above `max_side`, so it fits.
        (rounded as u32).max(1)
    };
    (scaled(width), scaled(height))
}

fn shrink_to(pixels: Pixels, max_side: u32) -> Result<Pixels, RefusalCode> {
    let (width, height) = fitted(pixels.width, pixels.height, max_side);
    if (width, height) == (pixels.width, pixels.height) {
        return Ok(pixels);
    }
    let kind = if pixels.channels == 1 { fir::PixelType::U8 } else { fir::PixelType::U8x3 };
    let source = fir::images::Image::from_vec_u8(pixels.width, pixels.height, pixels.samples, kind)
        .map_err(|_| RefusalCode::DecoderFailed)?;
    let mut target = fir::images::Image::new(width, height, kind);
    let options =
        fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Lanczos3)).use_alpha(false);
    fir::Resizer::new().resize(&source, &mut target, &options).map_err(|_| RefusalCode::DecoderFailed)?;
    Ok(Pixels { width, height, channels: pixels.channels, samples: target.into_vec() })
}

fn into_rgb(pixels: Pixels) -> Result<RgbImage, RefusalCode> {
    let samples = if pixels.channels == 1 {
        pixels.samples.into_iter().flat_map(|grey| [grey; 3]).collect()
    } else {
        pixels.samples
    };
    RgbImage::from_raw(pixels.width, pixels.height, samples).ok_or(RefusalCode::DecoderFailed)
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn a_picture_is_fitted_but_never_enlarged_and_never_vanishes() {
        assert_eq!(fitted(4000, 3000, 1600), (1600, 1200));
        assert_eq!(fitted(3000, 4000, 1600), (1200, 1600));
        assert_eq!(fitted(1600, 1, 1600), (1600, 1));
        assert_eq!(fitted(12_000, 1, 1600), (1600, 1));
        assert_eq!(fitted(12, 7, 1600), (12, 7));
        assert_eq!(fitted(1601, 1067, 1600), (1600, 1066));
    }
}
