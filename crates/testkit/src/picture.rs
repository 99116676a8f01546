//! Compares what the window painted with what it should have painted: pixels, not sizes.

use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};

/// Both pictures are compared at this size, which forgives scaling and JPEG noise and nothing else.
const SIDE: u32 = 96;

/// The mean difference per channel, 0 to 255, between the place of a canvas where the photo should be and the photo.
///
/// `place` is left, top, width, height in pixels of the canvas. `None` when it lies outside, or a picture has no pixels.
#[must_use]
pub fn difference_at(canvas: &RgbImage, place: [u32; 4], photo: &RgbImage) -> Option<f64> {
    let [left, top, width, height] = place;
    let is_inside = left.checked_add(width)? <= canvas.width() && top.checked_add(height)? <= canvas.height();
    if !is_inside || width == 0 || height == 0 || photo.is_empty() {
        return None;
    }
    let shown = image::imageops::crop_imm(canvas, left, top, width, height).to_image();
    Some(mean_difference(&small(shown), &small(photo.clone())))
}

fn small(picture: RgbImage) -> RgbImage {
    DynamicImage::ImageRgb8(picture).resize_exact(SIDE, SIDE, FilterType::Triangle).into_rgb8()
}

fn mean_difference(one: &RgbImage, two: &RgbImage) -> f64 {
    let sum: u64 = one.as_raw().iter().zip(two.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}

/// How much a picture varies: the mean difference of its pixels from its mean colour. A blank one has almost none.
#[must_use]
pub fn variation(picture: &RgbImage) -> f64 {
    let small = small(picture.clone());
    let count = f64::from(SIDE * SIDE);
    let mut mean = [0.0; 3];
    for pixel in small.pixels() {
        for (sum, channel) in mean.iter_mut().zip(pixel.0) {
            *sum += f64::from(channel) / count;
        }
    }
    small
        .pixels()
        .flat_map(|pixel| pixel.0.into_iter().zip(mean).map(|(channel, mean)| (f64::from(channel) - mean).abs()))
        .sum::<f64>()
        / (3.0 * count)
}
