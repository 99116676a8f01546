//! A flat drawing surface: bands, discs and lines of text on an RGB picture. Colours are flat; edges are smoothed by coverage.

use image::{Rgb, RgbImage};

use super::typeface::Typeface;

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

pub(super) struct Canvas<'a> {
    pub(super) picture: RgbImage,
    pub(super) typeface: &'a Typeface,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(typeface: &'a Typeface, width: u32, height: u32, colour: Colour) -> Self {
        Self { picture: RgbImage::from_pixel(width, height, Rgb(colour)), typeface }
    }

    pub(super) fn band(&mut self, left: u32, top: u32, width: u32, height: u32, colour: Colour) {
        let (right, bottom) = (left.saturating_add(width), top.saturating_add(height));
        for y in top..bottom.min(self.picture.height()) {
            for x in left..right.min(self.picture.width()) {
                self.picture.put_pixel(x, y, Rgb(colour));
            }
        }
    }

    /// An ellipse around (`x`, `y`); only the part above `floor` is drawn.
    pub(super) fn disc(&mut self, (x, y): (f32, f32), (across, down): (f32, f32), floor: f32, colour: Colour) {
        let (width, height) = (self.picture.width() as f32, self.picture.height() as f32);
        let top = (y - down - 1.0).clamp(0.0, height) as u32;
        let bottom = (y + down + 1.0).min(floor).clamp(0.0, height) as u32;
        let left = (x - across - 1.0).clamp(0.0, width) as u32;
        let right = (x + across + 1.0).clamp(0.0, width) as u32;
        for row in top..bottom {
            for column in left..right {
                let (dx, dy) = ((column as f32 + 0.5 - x) / across, (row as f32 + 0.5 - y) / down);
                let outside = (dx.hypot(dy) - 1.0) * across.min(down);
                blend(
                    &mut self.picture,
                    column.cast_signed(),
                    row.cast_signed(),
                    colour,
                    (0.5 - outside).clamp(0.0, 1.0),
                );
            }
        }
    }

    pub(super) fn text(&mut self, text: &str, (left, top): (f32, f32), height: f32, colour: Colour) {
        self.spaced(text, (left, top), height, 0.0, colour);
    }

    pub(super) fn spaced(&mut self, text: &str, (left, top): (f32, f32), height: f32, spacing: f32, colour: Colour) {
        let picture = &mut self.picture;
        self.typeface.write(text, left, top, height, spacing, &mut |x, y, ink| blend(picture, x, y, colour, ink));
    }

    /// Makes the text smaller until it fits the width; a name of fifty characters goes on over more lines.
    pub(super) fn fitted(&mut self, text: &str, (left, top): (f32, f32), height: f32, width: f32, colour: Colour) {
        let natural = self.typeface.width(text, height, 0.0);
        let smallest = height * 0.6;
        if natural * 0.6 <= width {
            let fits = if natural > width { height * width / natural } else { height };
            self.text(text, (left, top + (height - fits) / 2.0), fits, colour);
            return;
        }
        let (mut line, mut y) = (String::new(), top - height * 0.2);
        for character in text.chars() {
            line.push(character);
            if self.typeface.width(&line, smallest, 0.0) > width {
                line.pop();
                self.text(&line, (left, y), smallest, colour);
                y += smallest * 1.05;
                line = character.to_string();
            }
        }
        self.text(&line, (left, y), smallest, colour);
    }

    pub(super) fn centred(&mut self, text: &str, (middle, top): (f32, f32), height: f32, colour: Colour) {
        let left = middle - self.typeface.width(text, height, 0.0) / 2.0;
        self.text(text, (left, top), height, colour);
    }
}

/// Mixes a colour into one pixel; outside the picture nothing happens.
pub(super) fn blend(picture: &mut RgbImage, x: i32, y: i32, colour: Colour, share: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
        return;
    };
    if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
        for (old, new) in pixel.0.iter_mut().zip(colour) {
            *old = mix(*old, new, share);
        }
    }
}

/// `share` of the new value, the rest of the old one.
pub(super) fn mix(old: u8, new: u8, share: f32) -> u8 {
    (f32::from(old) + (f32::from(new) - f32::from(old)) * share.min(1.0) + 0.5) as u8
}
