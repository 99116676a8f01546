//! Draws the photos that the tests feed in: JPEG of all kinds, PNG, WebP, with or without EXIF, and a small seeded
//! source of noise.

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageEncoder, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// SplitMix64: the same numbers on every run.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Squares of 16 pixels, each of one colour, no two quarter turns or mirrors alike. JPEG keeps such a picture the
/// same whichever way round it was stored.
pub(crate) fn tiles(columns: u32, rows: u32) -> RgbImage {
    RgbImage::from_fn(columns * 16, rows * 16, |x, y| {
        let mut noise = Noise(u64::from(x / 16) << 32 | u64::from(y / 16));
        let [r, g, b, ..] = noise.next().to_le_bytes();
        Rgb([r, g, b])
    })
}

/// A smooth picture with grain, like a phone's photo of a card on a table.
pub(crate) fn grainy(width: u32, height: u32) -> RgbImage {
    let mut noise = Noise(7);
    RgbImage::from_fn(width, height, |x, y| {
        let grain = (noise.next() & 15) as u32;
        let card = (width / 5..width * 4 / 5).contains(&x) && (height / 4..height * 3 / 4).contains(&y);
        let base = if card { 150 } else { 40 };
        Rgb([(base + x * 60 / width + grain) as u8, (base + y * 60 / height + grain) as u8, (base + 30 + grain) as u8])
    })
}

/// How a JPEG is written.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) progressive: bool,
    pub(crate) sampling: SamplingFactor,
    pub(crate) restart: u16,
}

pub(crate) const BASELINE: Kind = Kind { progressive: false, sampling: SamplingFactor::R_4_4_4, restart: 0 };
pub(crate) const PHONE: Kind = Kind { sampling: SamplingFactor::R_4_2_0, ..BASELINE };
pub(crate) const RESTARTS: Kind = Kind { restart: 8, ..PHONE };
pub(crate) const PROGRESSIVE: Kind = Kind { progressive: true, ..PHONE };
pub(crate) const PROGRESSIVE_FULL: Kind = Kind { progressive: true, ..BASELINE };

pub(crate) fn jpeg_of(samples: &[u8], width: u32, height: u32, colors: ColorType, kind: Kind) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 92);
    encoder.set_progressive(kind.progressive);
    encoder.set_sampling_factor(kind.sampling);
    encoder.set_restart_interval(kind.restart);
    encoder.encode(samples, width as u16, height as u16, colors).unwrap();
    bytes
}

pub(crate) fn jpeg(picture: &RgbImage, kind: Kind) -> Vec<u8> {
    jpeg_of(picture, picture.width(), picture.height(), ColorType::Rgb, kind)
}

pub(crate) fn png(picture: &DynamicImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    picture.write_with_encoder(encoder).unwrap();
    bytes
}

pub(crate) fn webp(picture: &DynamicImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut bytes);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    picture.write_with_encoder(encoder).unwrap();
    bytes
}

/// A TIFF block with an orientation and a text that must not come out again.
pub(crate) fn exif(orientation: u16) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01".to_vec();
    block.extend_from_slice(b"\x01\x12\0\x03\0\0\0\x01");
    block.extend_from_slice(&orientation.to_be_bytes());
    block.extend_from_slice(b"\0\0\0\0\0\0CANARY-GPS-31.2304-121.4737");
    block
}

/// Puts a segment behind the SOI of a JPEG.
pub(crate) fn with_segment(jpeg: &[u8], code: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend_from_slice(&[0xff, code]);
    bytes.extend_from_slice(&(body.len() as u16 + 2).to_be_bytes());
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(&jpeg[2..]);
    bytes
}

pub(crate) fn with_exif(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    with_segment(jpeg, 0xe1, &[b"Exif\0\0", &exif(orientation)[..]].concat())
}

/// How a camera stores what is `upright` when it says `orientation` (1 to 8).
pub(crate) fn stored(upright: &RgbImage, orientation: u8) -> DynamicImage {
    let mut picture = DynamicImage::ImageRgb8(upright.clone());
    picture.apply_orientation(match Orientation::from_exif(orientation).unwrap() {
        Orientation::Rotate90 => Orientation::Rotate270,
        Orientation::Rotate270 => Orientation::Rotate90,
        own_inverse => own_inverse,
    });
    picture
}

/// A PNG that is nothing but a header that claims these dimensions, and an end.
pub(crate) fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(&DynamicImage::new_rgb8(1, 1), None);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    bytes
}

/// One small photo of each kind that is accepted.
pub(crate) fn one_of_each() -> Vec<(&'static str, Vec<u8>)> {
    let picture = grainy(160, 120);
    let dynamic = DynamicImage::ImageRgb8(picture.clone());
    vec![
        ("baseline", jpeg(&picture, BASELINE)),
        ("phone", with_exif(&jpeg(&picture, PHONE), 6)),
        ("restarts", jpeg(&picture, RESTARTS)),
        ("progressive", jpeg(&picture, PROGRESSIVE)),
        ("png", png(&dynamic, Some(exif(3)))),
        ("png 16", png(&DynamicImage::ImageRgba16(dynamic.to_rgba16()), None)),
        ("webp", webp(&dynamic, None)),
        ("webp exif", webp(&dynamic, Some(exif(8)))),
    ]
}
