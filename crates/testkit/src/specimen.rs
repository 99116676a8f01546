//! Specimen cards: pictures that look like a photo of a document lying on a desk, with a readable name, number and validity, and that
//! nobody can take for a document: flat colours, an own layout, a drawn silhouette, 样例 SPECIMEN across each side. No security feature
//! is imitated, none ever will be.
//!
//! Drawing is a pure function of its arguments: same specimen, side and shot, same pixels.

mod canvas;
mod card;
mod encoding;
mod photograph;
mod typeface;

use casework::{DocumentType, EvidenceKind, Validity};
use chrono::NaiveDate;
use thiserror::Error;

pub use encoding::{Encoding, Exif, GPS_MARK, Orientation, encode};
pub use image::RgbImage;
pub use photograph::Shot;

use typeface::Typeface;

/// Why a specimen cannot be drawn or written.
#[derive(Debug, Error)]
pub enum SpecimenError {
    /// None of the known places holds the font.
    #[error("the font Noto Sans CJK is not installed; on Debian and Ubuntu install the package fonts-noto-cjk")]
    FontMissing,
    /// The font file is there but cannot be read.
    #[error("the font Noto Sans CJK cannot be read; reinstall the package fonts-noto-cjk")]
    FontUnreadable(#[source] Option<std::io::Error>),
    /// Asked for a kind of photo that is not drawn, or for a supporting page of somebody who never changed names.
    #[error("no specimen of the kind {} is drawn here", .0.word())]
    NotDrawn(EvidenceKind),
    /// Narrower than [`Shot::MIN_WIDTH`] or wider than [`Shot::MAX_WIDTH`].
    #[error("a photo of {0} pixels width is not drawn")]
    WidthOutOfRange(u32),
    /// Scaling failed.
    #[error("the photo could not be scaled")]
    Scale(#[from] fast_image_resize::ResizeError),
    /// Writing a PNG failed.
    #[error("the photo could not be encoded as PNG")]
    Png(#[from] image::ImageError),
    /// Writing a JPEG failed.
    #[error("the photo could not be encoded as JPEG")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
}

/// Male or female, as printed on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男: odd sequence numbers of GB 11643.
    Male,
    /// 女: even sequence numbers.
    Female,
}

impl Sex {
    /// The word on the card.
    #[must_use]
    pub fn printed(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// What is printed on a specimen card. May differ from what the applicant declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specimen {
    /// Which of the four documents.
    pub document_type: DocumentType,
    /// The name.
    pub name: String,
    /// An earlier name; only with it is there a supporting page.
    pub former_name: Option<String>,
    /// Sex.
    pub sex: Sex,
    /// 民族; printed on the resident identity card only.
    pub ethnicity: String,
    /// Date of birth.
    pub birth: NaiveDate,
    /// The document number.
    pub number: String,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity.
    pub validity: Validity,
    /// Colours the silhouette: hair, skin, clothes and backdrop are picked by it.
    pub portrait: u32,
}

/// Draws specimens. Holds the font and the watermark, so make one and share it (it is `Sync`).
#[derive(Debug)]
pub struct Artist {
    typeface: Typeface,
    watermark: image::GrayImage,
}

impl Artist {
    /// Reads the font from the places where distributions put it.
    ///
    /// # Errors
    /// The font is missing or broken.
    pub fn open() -> Result<Self, SpecimenError> {
        let typeface = Typeface::open()?;
        let watermark = card::watermark(&typeface);
        Ok(Self { typeface, watermark })
    }

    /// The flat side itself, 1280 pixels wide, without desk, tilt or grain.
    ///
    /// # Errors
    /// [`SpecimenError::NotDrawn`].
    pub fn side(&self, specimen: &Specimen, kind: EvidenceKind) -> Result<RgbImage, SpecimenError> {
        card::side(&self.typeface, &self.watermark, specimen, kind)
    }

    /// A photo of one side, as a phone would take it: four to three, the card on a desk.
    ///
    /// # Errors
    /// The width is out of range, or the kind is not drawn.
    pub fn draw(&self, specimen: &Specimen, kind: EvidenceKind, shot: &Shot) -> Result<RgbImage, SpecimenError> {
        photograph::take(&self.side(specimen, kind)?, shot)
    }
}
