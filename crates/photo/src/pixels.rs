//! Decodes the painting parts of a photo into 8-bit grey or RGB, upright not yet. It shrinks wide samples and
//! transparency in the buffer that it decoded into, so that the peak is one raw picture. It is never called outside
//! the worker, except by tests and tools.

use std::io::Cursor;

use image::codecs::{png::PngDecoder, webp::WebPDecoder};
use image::error::ImageError;
use image::{ColorType, ImageDecoder, Limits};
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::refusal::RefusalCode;
use crate::sniff::{PhotoType, Probe, SIDE_LIMIT};

/// What the decoders may allocate beside the picture itself. The hard bound is the worker's address space.
const DECODER_ALLOC_LIMIT: u64 = 400 * 1024 * 1024;
/// More scans than any camera or editor writes; each one costs a pass over the whole picture.
const JPEG_SCAN_LIMIT: usize = 64;

/// A decoded picture, rows top down without padding.
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 1 (grey) or 3 (RGB) bytes a pixel.
    pub(crate) channels: usize,
    pub(crate) samples: Vec<u8>,
}

/// Decodes `painting`, whose header said `probe`.
pub(crate) fn decode(probe: Probe, painting: &[u8]) -> Result<Pixels, RefusalCode> {
    match probe.photo_type {
        PhotoType::Jpeg => decode_jpeg(probe, painting),
        PhotoType::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(painting), limits()).map_err(refusal)?;
            decode_with(probe, decoder)
        }
        PhotoType::Webp => {
            let mut decoder = WebPDecoder::new(Cursor::new(painting)).map_err(refusal)?;
            decoder.set_limits(limits()).map_err(refusal)?;
            decode_with(probe, decoder)
        }
    }
}

/// By zune-jpeg itself, in strict mode: `image` fixes the lenient one, which paints grey over what is missing and
/// calls it done. The quirks of honest files that strict mode would refuse (stray bytes, odd segments) have been
/// taken out before.
fn decode_jpeg(probe: Probe, painting: &[u8]) -> Result<Pixels, RefusalCode> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(SIDE_LIMIT as usize)
        .set_max_height(SIDE_LIMIT as usize)
        .jpeg_set_max_scans(JPEG_SCAN_LIMIT);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(painting), options);
    decoder.decode_headers().map_err(jpeg_refusal)?;
    let channels = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => 1,
        Some(_) => 3,
        None => return Err(RefusalCode::Damaged),
    };
    let wanted = if channels == 1 { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let (width, height) = (probe.width as usize, probe.height as usize);
    let length = width * height * channels;
    if decoder.dimensions() != Some((width, height)) || decoder.output_buffer_size() != Some(length) {
        return Err(RefusalCode::Damaged);
    }
    let mut samples = vec![0; length];
    decoder.decode_into(&mut samples).map_err(jpeg_refusal)?;
    Ok(Pixels { width: probe.width, height: probe.height, channels, samples })
}

fn jpeg_refusal(error: DecodeErrors) -> RefusalCode {
    match error {
        DecodeErrors::Unsupported(_) => RefusalCode::UnsupportedFeature,
        DecodeErrors::ExhaustedData => RefusalCode::Incomplete,
        _ => RefusalCode::Damaged,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_LIMIT);
    limits.max_image_height = Some(SIDE_LIMIT);
    limits.max_alloc = Some(DECODER_ALLOC_LIMIT);
    limits
}

fn refusal(error: ImageError) -> RefusalCode {
    match error {
        ImageError::Limits(_) => RefusalCode::TooMuchMemory,
        ImageError::Unsupported(_) => RefusalCode::UnsupportedFeature,
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => RefusalCode::Incomplete,
        _ => RefusalCode::Damaged,
    }
}

fn decode_with(probe: Probe, decoder: impl ImageDecoder) -> Result<Pixels, RefusalCode> {
    if decoder.dimensions() != (probe.width, probe.height) {
        return Err(RefusalCode::Damaged);
    }
    let color = decoder.color_type();
    let length = usize::try_from(decoder.total_bytes()).map_err(|_| RefusalCode::TooMuchMemory)?;
    let mut samples = vec![0; length];
    decoder.read_image(&mut samples).map_err(refusal)?;
    let channels = match color {
        ColorType::L8 => 1,
        ColorType::Rgb8 => 3,
        ColorType::La8 => shrink(&mut samples, |[l, a]: [u8; 2]| [on_white(l, a)]),
        ColorType::Rgba8 => shrink(&mut samples, |[r, g, b, a]: [u8; 4]| [r, g, b].map(|c| on_white(c, a))),
        ColorType::L16 => shrink(&mut samples, |pixel: [u8; 2]| narrow::<2, 1>(pixel)),
        ColorType::La16 => shrink(&mut samples, |pixel: [u8; 4]| {
            let [l, a] = narrow::<4, 2>(pixel);
            [on_white(l, a)]
        }),
        ColorType::Rgb16 => shrink(&mut samples, |pixel: [u8; 6]| narrow::<6, 3>(pixel)),
        ColorType::Rgba16 => shrink(&mut samples, |pixel: [u8; 8]| {
            let [r, g, b, a] = narrow::<8, 4>(pixel);
            [r, g, b].map(|c| on_white(c, a))
        }),
        _ => return Err(RefusalCode::UnsupportedFeature),
    };
    Ok(Pixels { width: probe.width, height: probe.height, channels, samples })
}

/// Rewrites every pixel of `FROM` bytes as one of `TO` bytes, front to back in the same buffer (`TO` is never
/// larger), and returns `TO`.
fn shrink<const FROM: usize, const TO: usize>(samples: &mut Vec<u8>, pixel: impl Fn([u8; FROM]) -> [u8; TO]) -> usize {
    const { assert!(TO <= FROM) };
    let pixels = samples.len() / FROM;
    for n in 0..pixels {
        let mut from = [0; FROM];
        from.copy_from_slice(&samples[n * FROM..(n + 1) * FROM]);
        samples[n * TO..(n + 1) * TO].copy_from_slice(&pixel(from));
    }
    samples.truncate(pixels * TO);
    TO
}

/// 16-bit samples (native byte order, as `image` gives them) to 8 bits, rounded to the nearest.
fn narrow<const FROM: usize, const TO: usize>(pixel: [u8; FROM]) -> [u8; TO] {
    std::array::from_fn(|n| {
        let wide = u32::from(u16::from_ne_bytes([pixel[2 * n], pixel[2 * n + 1]]));
        ((wide + 128) / 257) as u8
    })
}

/// One channel with opacity `alpha` laid on white, rounded to the nearest.
fn on_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}
