//! Writes photos as files: JPEG with or without an EXIF block, or PNG. The EXIF block is written by hand, with the orientation that
//! phones use and, on request, a made-up position, so that tests can prove that positions are stripped.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::SpecimenError;

/// Stands in every EXIF block with a position; must be found in nothing that is shown or stored after re-encoding.
pub const GPS_MARK: &str = "SPECIMEN-GPS-39.9042N-116.4074E";

/// The EXIF orientations that phones write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// 1
    Upright,
    /// 3: turn by 180° to view.
    UpsideDown,
    /// 6: turn clockwise to view.
    TurnRight,
    /// 8: turn anticlockwise to view.
    TurnLeft,
}

impl Orientation {
    /// The value of EXIF tag 0x0112.
    #[must_use]
    pub fn tag(self) -> u16 {
        match self {
            Self::Upright => 1,
            Self::UpsideDown => 3,
            Self::TurnRight => 6,
            Self::TurnLeft => 8,
        }
    }
}

/// The EXIF block of a JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Exif {
    /// How the pixels are stored: turned the other way round, so that a viewer that obeys shows them upright.
    pub orientation: Orientation,
    /// Whether a made-up position and [`GPS_MARK`] are written.
    pub has_gps: bool,
}

/// How a photo is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// JPEG of this quality, 1 to 100.
    Jpeg {
        /// 1 to 100.
        quality: u8,
        /// The EXIF block, if any.
        exif: Option<Exif>,
    },
    /// PNG.
    Png,
}

impl Encoding {
    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// Writes an upright picture.
///
/// # Errors
/// The encoder refuses, for example a quality of zero pixels.
pub fn encode(upright: &RgbImage, encoding: Encoding) -> Result<Vec<u8>, SpecimenError> {
    match encoding {
        Encoding::Png => {
            let mut file = Vec::new();
            PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive).write_image(
                upright,
                upright.width(),
                upright.height(),
                ExtendedColorType::Rgb8,
            )?;
            Ok(file)
        }
        Encoding::Jpeg { quality, exif } => {
            let stored = match exif.map(|exif| exif.orientation) {
                None | Some(Orientation::Upright) => None,
                Some(Orientation::UpsideDown) => Some(imageops::rotate180(upright)),
                Some(Orientation::TurnRight) => Some(imageops::rotate270(upright)),
                Some(Orientation::TurnLeft) => Some(imageops::rotate90(upright)),
            };
            let stored = stored.as_ref().unwrap_or(upright);
            let mut file = Vec::with_capacity(stored.len() / 10);
            let mut encoder = Encoder::new(&mut file, quality.clamp(1, 100));
            encoder.set_sampling_factor(SamplingFactor::F_2_2);
            let side = |pixels: u32| u16::try_from(pixels).map_err(|_| SpecimenError::WidthOutOfRange(pixels));
            encoder.encode(stored, side(stored.width())?, side(stored.height())?, ColorType::Rgb)?;
            if let Some(exif) = exif {
                // After SOI, before everything else, as EXIF 2.32 section 4.7 wants it.
                file.splice(2..2, exif_segment(exif));
            }
            Ok(file)
        }
    }
}

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;

/// One image file directory, big endian. Values longer than four bytes go behind it.
struct Directory {
    entries: Vec<(u16, u16, u32, Vec<u8>)>,
}

impl Directory {
    fn add(&mut self, tag: u16, kind: u16, count: u32, value: Vec<u8>) {
        self.entries.push((tag, kind, count, value));
    }

    fn ascii(&mut self, tag: u16, text: &str) {
        let mut value = text.as_bytes().to_vec();
        value.push(0);
        self.add(tag, ASCII, u32::try_from(value.len()).unwrap_or(u32::MAX), value);
    }

    /// How many bytes it takes, the long values included.
    fn size(&self) -> usize {
        6 + self.entries.iter().map(|(.., value)| 12 + if value.len() > 4 { value.len() } else { 0 }).sum::<usize>()
    }

    /// Writes it for a place `start` bytes into the block.
    fn write(&self, start: usize, out: &mut Vec<u8>) {
        let mut place = start + 6 + 12 * self.entries.len();
        let mut behind = Vec::new();
        out.extend_from_slice(&u16::try_from(self.entries.len()).unwrap_or(0).to_be_bytes());
        for (tag, kind, count, value) in &self.entries {
            out.extend_from_slice(&tag.to_be_bytes());
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&count.to_be_bytes());
            if value.len() > 4 {
                out.extend_from_slice(&u32::try_from(place).unwrap_or(0).to_be_bytes());
                behind.extend_from_slice(value);
                place += value.len();
            } else {
                let mut short = value.clone();
                short.resize(4, 0);
                out.extend_from_slice(&short);
            }
        }
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&behind);
    }
}

fn rationals(values: &[(u32, u32)]) -> Vec<u8> {
    values.iter().flat_map(|(above, below)| [above.to_be_bytes(), below.to_be_bytes()].concat()).collect()
}

/// A whole APP1 segment.
fn exif_segment(exif: Exif) -> Vec<u8> {
    let mut main = Directory { entries: Vec::new() };
    if exif.has_gps {
        main.ascii(0x010E, GPS_MARK);
    }
    main.ascii(0x010F, "SPECIMEN CAMERA");
    main.add(0x0112, SHORT, 1, exif.orientation.tag().to_be_bytes().to_vec());
    let mut gps = Directory { entries: Vec::new() };
    gps.ascii(0x0001, "N");
    gps.add(0x0002, RATIONAL, 3, rationals(&[(39, 1), (54, 1), (1512, 100)]));
    gps.ascii(0x0003, "E");
    gps.add(0x0004, RATIONAL, 3, rationals(&[(116, 1), (24, 1), (2664, 100)]));
    if exif.has_gps {
        let place = 8 + main.size() + 12;
        main.add(0x8825, LONG, 1, u32::try_from(place).unwrap_or(0).to_be_bytes().to_vec());
    }
    let mut block = b"MM\0\x2A\0\0\0\x08".to_vec();
    main.write(8, &mut block);
    if exif.has_gps {
        gps.write(block.len(), &mut block);
    }
    let mut segment = vec![0xFF, 0xE1];
    segment.extend_from_slice(&u16::try_from(block.len() + 8).unwrap_or(u16::MAX).to_be_bytes());
    segment.extend_from_slice(b"Exif\0\0");
    segment.extend_from_slice(&block);
    segment
}
