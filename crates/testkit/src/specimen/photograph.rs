//! Puts a flat side on a desk: scale, a slight turn, a soft shadow, sensor grain. Drawn at a moderate size and scaled up from there,
//! since twelve million pixels one by one would make a seeding of hundreds of cases slow.

use fast_image_resize as fir;
use image::RgbImage;

use super::SpecimenError;
use super::canvas::mix;

/// How a side is photographed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    /// Width in pixels of the upright photo; its height is three quarters of it.
    pub width_px: u32,
    /// How far the card is turned, clockwise in degrees. A few degrees look natural; more than 15 leaves the picture.
    pub tilt_deg: f32,
    /// Picks the colour of the desk.
    pub desk: u8,
    /// Seed of the sensor's grain; `None` for a picture as clean as a scan.
    pub grain: Option<u64>,
}

impl Shot {
    /// The narrowest photo: 0.3 megapixels.
    pub const MIN_WIDTH: u32 = 632;
    /// The widest photo: 12 megapixels.
    pub const MAX_WIDTH: u32 = 4032;
    /// Up to here pixels are drawn one by one.
    const DRAWN_WIDTH: u32 = 1600;

    /// Straight, clean, on the first desk.
    #[must_use]
    pub fn plain(width_px: u32) -> Self {
        Self { width_px, tilt_deg: 0.0, desk: 0, grain: None }
    }

    /// The height that goes with the width.
    #[must_use]
    pub fn height_px(&self) -> u32 {
        height_of(self.width_px)
    }
}

fn height_of(width: u32) -> u32 {
    (width * 3 / 4).next_multiple_of(2)
}

const DESKS: [[f32; 3]; 6] = [
    [126.0, 98.0, 72.0],
    [92.0, 96.0, 102.0],
    [176.0, 168.0, 156.0],
    [70.0, 84.0, 78.0],
    [148.0, 122.0, 92.0],
    [206.0, 204.0, 198.0],
];

/// Photographs a side.
pub(super) fn take(side: &RgbImage, shot: &Shot) -> Result<RgbImage, SpecimenError> {
    if !(Shot::MIN_WIDTH..=Shot::MAX_WIDTH).contains(&shot.width_px) {
        return Err(SpecimenError::WidthOutOfRange(shot.width_px));
    }
    let width = shot.width_px.min(Shot::DRAWN_WIDTH);
    let height = height_of(width);
    let card_width = width * 4 / 5;
    let card_height = side.height() * card_width / side.width();
    let card = scaled(side, card_width, card_height)?;
    let mut photo = lay_down(&card, width, height, shot);
    if let Some(seed) = shot.grain {
        add_grain(&mut photo, seed);
    }
    if width == shot.width_px { Ok(photo) } else { scaled(&photo, shot.width_px, shot.height_px()) }
}

/// Scales with a bilinear convolution.
fn scaled(picture: &RgbImage, width: u32, height: u32) -> Result<RgbImage, SpecimenError> {
    let mut target = RgbImage::new(width, height);
    let source = fir::images::ImageRef::new(picture.width(), picture.height(), picture.as_raw(), fir::PixelType::U8x3)
        .map_err(|_| SpecimenError::WidthOutOfRange(width))?;
    let mut view = fir::images::Image::from_slice_u8(width, height, &mut target, fir::PixelType::U8x3)
        .map_err(|_| SpecimenError::WidthOutOfRange(width))?;
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear));
    fir::Resizer::new().resize(&source, &mut view, &options)?;
    drop(view);
    Ok(target)
}

fn lay_down(card: &RgbImage, width: u32, height: u32, shot: &Shot) -> RgbImage {
    let desk = DESKS[usize::from(shot.desk) % DESKS.len()];
    let (sin, cos) = shot.tilt_deg.to_radians().sin_cos();
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let (half_x, half_y) = (card.width() as f32 / 2.0, card.height() as f32 / 2.0);
    let shadow = width as f32 / 90.0;
    let mut photo = RgbImage::new(width, height);
    let row_bytes = width as usize * 3;
    for (y, row) in photo.chunks_exact_mut(row_bytes).enumerate() {
        let dy = y as f32 + 0.5 - middle_y;
        // The lamp stands at the upper left: the desk darkens towards the lower right.
        let light_y = 1.06 - 0.12 * y as f32 / height as f32;
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let dx = x as f32 + 0.5 - middle_x;
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            let inside = (half_x - u.abs()).min(half_y - v.abs());
            if inside < 0.5 {
                let light = light_y - 0.06 * x as f32 / width as f32;
                let (su, sv) = ((u - shadow * 0.4).abs() - half_x, (v - shadow * 0.6).abs() - half_y);
                let shade = if su < shadow && sv < shadow {
                    let away = su.max(0.0).hypot(sv.max(0.0));
                    1.0 - 0.35 * (1.0 - away / shadow).clamp(0.0, 1.0)
                } else {
                    1.0
                };
                for (value, colour) in pixel.iter_mut().zip(desk) {
                    *value = (colour * light * shade).min(255.0) as u8;
                }
            }
            if inside >= 0.5 {
                pixel.copy_from_slice(&sample(card, u + half_x - 0.5, v + half_y - 0.5));
            } else if inside > -0.5 {
                let colour = sample(card, u + half_x - 0.5, v + half_y - 0.5);
                let share = (inside + 0.5).clamp(0.0, 1.0);
                for (value, new) in pixel.iter_mut().zip(colour) {
                    *value = mix(*value, new, share);
                }
            }
        }
    }
    photo
}

/// The colour between four pixels, in steps of a 256th; positions outside take the nearest edge.
fn sample(card: &RgbImage, x: f32, y: f32) -> [u8; 3] {
    let (width, height) = (card.width() as usize, card.height() as usize);
    let (x, y) = (x.clamp(0.0, (width - 1) as f32), y.clamp(0.0, (height - 1) as f32));
    let (left, top) = ((x as usize).min(width.saturating_sub(2)), (y as usize).min(height.saturating_sub(2)));
    let (share_x, share_y) = (((x - left as f32) * 256.0) as u32, ((y - top as f32) * 256.0) as u32);
    let start = (top * width + left) * 3;
    let pair = |start: usize| card.as_raw().get(start..start + 6).unwrap_or(&[0; 6]);
    let (upper, lower) = (pair(start), pair(start + width * 3));
    let along = |pair: &[u8], i: usize| u32::from(pair[i]) * (256 - share_x) + u32::from(pair[i + 3]) * share_x;
    std::array::from_fn(|i| ((along(upper, i) * (256 - share_y) + along(lower, i) * share_y + 32_768) >> 16) as u8)
}

/// Brightness noise of a few steps, from a small generator of its own: `rand` would be slower and its stream may change.
fn add_grain(photo: &mut RgbImage, seed: u64) {
    let mut state = seed | 1;
    for pixel in photo.chunks_exact_mut(3) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The sum of two throws from 0 to 3 is steepest in the middle, like real noise.
        let throw = ((state >> 33) & 3) + ((state >> 41) & 3);
        let step = i16::try_from(throw).unwrap_or(3) - 3;
        for value in pixel {
            *value = (i16::from(*value) + step).clamp(0, 255) as u8;
        }
    }
}
