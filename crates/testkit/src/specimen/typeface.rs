//! Text for the cards: Noto Sans CJK from the system, simplified Chinese forms. A character that the font lacks is drawn as its code
//! point in a box, never left out: a reviewer must see that something stands there.

use std::path::Path;

use ab_glyph::{Font, FontVec, Glyph, GlyphId, PxScale, ScaleFont, point};

use super::SpecimenError;

/// Where distributions put the font: Debian and Ubuntu, Fedora, Arch, then macOS with the font installed by hand.
const PLACES: [&str; 5] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/Library/Fonts/NotoSansCJK-Regular.ttc",
];

/// The face with simplified Chinese forms in the collection: Japanese, Korean, simplified, traditional, Hong Kong.
const SIMPLIFIED: u32 = 2;

#[derive(Debug)]
pub(super) struct Typeface {
    font: FontVec,
}

/// One thing to draw: a dot of ink with a coverage between 0 and 1.
pub(super) type Ink<'a> = &'a mut dyn FnMut(i32, i32, f32);

impl Typeface {
    pub(super) fn open() -> Result<Self, SpecimenError> {
        let place = PLACES.iter().find(|place| Path::new(place).is_file()).ok_or(SpecimenError::FontMissing)?;
        let bytes = std::fs::read(place).map_err(|error| SpecimenError::FontUnreadable(Some(error)))?;
        let font =
            FontVec::try_from_vec_and_index(bytes, SIMPLIFIED).map_err(|_| SpecimenError::FontUnreadable(None))?;
        Ok(Self { font })
    }

    /// Whether the font has a glyph for the character.
    pub(super) fn has(&self, character: char) -> bool {
        self.font.glyph_id(character) != GlyphId(0)
    }

    /// How wide the text is at this height, with `spacing` pixels after each character.
    pub(super) fn width(&self, text: &str, height: f32, spacing: f32) -> f32 {
        text.chars().map(|character| self.advance(character, height) + spacing).sum()
    }

    fn advance(&self, character: char, height: f32) -> f32 {
        let font = self.font.as_scaled(PxScale::from(height));
        if self.has(character) { font.h_advance(font.glyph_id(character)) } else { height * 0.9 }
    }

    /// Draws one line whose box begins at (`left`, `top`).
    pub(super) fn write(&self, text: &str, left: f32, top: f32, height: f32, spacing: f32, ink: Ink<'_>) {
        let scaled = self.font.as_scaled(PxScale::from(height));
        let baseline = top + scaled.ascent();
        let mut x = left;
        for character in text.chars() {
            if self.has(character) {
                self.glyph(self.font.glyph_id(character).with_scale_and_position(height, point(x, baseline)), ink);
            } else {
                self.code_point(character, x, top, height, ink);
            }
            x += self.advance(character, height) + spacing;
        }
    }

    fn glyph(&self, glyph: Glyph, ink: Ink<'_>) {
        if let Some(outline) = self.font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            let (left, top) = (bounds.min.x.floor() as i32, bounds.min.y.floor() as i32);
            outline.draw(|x, y, coverage| ink(left + x.cast_signed(), top + y.cast_signed(), coverage));
        }
    }

    /// `U+` and the code point in two rows, in a box as large as a character.
    fn code_point(&self, character: char, left: f32, top: f32, height: f32, ink: Ink<'_>) {
        let (x0, y0, side) = ((left + height * 0.05) as i32, (top + height * 0.12) as i32, (height * 0.8) as i32);
        for step in 0..=side {
            for (x, y) in [(x0 + step, y0), (x0 + step, y0 + side), (x0, y0 + step), (x0 + side, y0 + step)] {
                ink(x, y, 1.0);
            }
        }
        let code = format!("{:04X}", u32::from(character));
        let (upper, lower) = code.split_at(code.len() / 2);
        let small = height * 0.36;
        for (row, half) in [(0.0, format!("U+{upper}")), (1.0, lower.to_owned())] {
            let scaled = self.font.as_scaled(PxScale::from(small));
            let mut x = left + height * 0.45 - self.width(&half, small, 0.0) / 2.0;
            let baseline = top + height * (0.12 + row * 0.38) + scaled.ascent();
            for digit in half.chars() {
                let glyph = self.font.glyph_id(digit).with_scale_and_position(small, point(x, baseline));
                x += scaled.h_advance(glyph.id);
                self.glyph(glyph, ink);
            }
        }
    }
}
