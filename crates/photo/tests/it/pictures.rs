//! What honest photos become: upright, fitted, flattened, 8-bit RGB, without metadata.

use image::{DynamicImage, GrayImage, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::ColorType;
use photo::{FIT_SIDE, MAX_SIDE_WANTED, RefusalCode, Rendition, fit_in_process};

use crate::draw;

fn pixels(rendition: &Rendition) -> RgbImage {
    let picture = image::load_from_memory(&rendition.jpeg).unwrap();
    let DynamicImage::ImageRgb8(picture) = picture else { panic!("the rendition is not 8-bit RGB") };
    assert_eq!(picture.dimensions(), (rendition.width, rendition.height));
    picture
}

fn assert_near(found: Rgb<u8>, expected: [u8; 3], tolerance: u8) {
    let near = found.0.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= tolerance);
    assert!(near, "{:?} is not near {expected:?}", found.0);
}

fn mean_difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.iter().zip(b.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

#[test]
fn all_eight_exif_orientations_give_the_same_pixels() {
    let upright = draw::tiles(5, 3);
    let jpeg = fit_in_process(&draw::jpeg(&upright, draw::BASELINE), FIT_SIDE).unwrap();
    let png = fit_in_process(&draw::png(&DynamicImage::ImageRgb8(upright.clone()), None), FIT_SIDE).unwrap();
    for orientation in 1..=8 {
        let stored = draw::stored(&upright, orientation);
        let tag = u16::from(orientation);
        let from_jpeg = draw::with_exif(&draw::jpeg(&stored.to_rgb8(), draw::BASELINE), tag);
        assert_eq!(fit_in_process(&from_jpeg, FIT_SIDE).unwrap(), jpeg, "JPEG, orientation {orientation}");
        let from_png = draw::png(&stored, Some(draw::exif(tag)));
        assert_eq!(fit_in_process(&from_png, FIT_SIDE).unwrap(), png, "PNG, orientation {orientation}");
        let from_webp = draw::webp(&stored, Some(draw::exif(tag)));
        assert_eq!(fit_in_process(&from_webp, FIT_SIDE).unwrap(), png, "WebP, orientation {orientation}");
    }
    assert_eq!((jpeg.width, jpeg.height, jpeg.source_width, jpeg.source_height), (80, 48, 80, 48));
    assert!(mean_difference(&pixels(&png), &upright) < 6.0);
}

#[test]
fn all_eight_orientations_give_the_same_picture_when_it_is_made_smaller() {
    let upright = draw::grainy(900, 500);
    let plain = fit_in_process(&draw::png(&DynamicImage::ImageRgb8(upright.clone()), None), 300).unwrap();
    assert_eq!((plain.width, plain.height, plain.source_width, plain.source_height), (300, 167, 900, 500));
    for orientation in 1..=8 {
        let stored = draw::png(&draw::stored(&upright, orientation), Some(draw::exif(u16::from(orientation))));
        let turned = fit_in_process(&stored, 300).unwrap();
        assert_eq!((turned.source_width, turned.source_height), (900, 500));
        assert!(mean_difference(&pixels(&turned), &pixels(&plain)) < 1.0, "orientation {orientation}");
    }
}

#[test]
fn bogus_orientations_mean_none() {
    let photo = draw::jpeg(&draw::tiles(4, 2), draw::BASELINE);
    let plain = fit_in_process(&photo, FIT_SIDE).unwrap();
    for orientation in [0, 9, 255, 256, 65_535] {
        assert_eq!(fit_in_process(&draw::with_exif(&photo, orientation), FIT_SIDE).unwrap(), plain);
    }
    let broken = draw::with_segment(&photo, 0xe1, b"Exif\0\0MM\0*\xff\xff\xff\xff");
    assert_eq!(fit_in_process(&broken, FIT_SIDE).unwrap(), plain);
}

#[test]
fn no_metadata_survives() {
    let upright = draw::tiles(4, 3);
    let dynamic = DynamicImage::ImageRgb8(upright.clone());
    let plain = draw::jpeg(&upright, draw::BASELINE);
    let mut laden = draw::with_exif(&plain, 1);
    laden = draw::with_segment(&laden, 0xe1, b"http://ns.adobe.com/xap/1.0/\0<x>CANARY</x>");
    laden = draw::with_segment(&laden, 0xe2, b"ICC_PROFILE\0\x01\x01CANARY");
    laden = draw::with_segment(&laden, 0xed, b"Photoshop 3.0\0CANARY");
    laden = draw::with_segment(&laden, 0xfe, b"CANARY <script>alert(1)</script>");
    laden.extend_from_slice(b"PK\x03\x04CANARY");
    for photo in [laden, draw::png(&dynamic, Some(draw::exif(1))), draw::webp(&dynamic, Some(draw::exif(1)))] {
        assert!(photo.windows(6).any(|word| word == b"CANARY"));
        let rendition = fit_in_process(&photo, FIT_SIDE).unwrap();
        assert!(!rendition.jpeg.windows(6).any(|word| word == b"CANARY"));
        let markers: Vec<u8> = rendition.jpeg.windows(2).filter(|pair| pair[0] == 0xff).map(|pair| pair[1]).collect();
        assert!(!markers.iter().any(|code| matches!(code, 0xe1..=0xef | 0xfe)));
        assert!(!format!("{rendition:?}").contains("255"));
    }
}

#[test]
fn alpha_is_laid_on_white() {
    let mut picture = RgbaImage::from_pixel(64, 32, Rgba([0, 0, 0, 0]));
    for x in 32..64 {
        for y in 0..32 {
            picture.put_pixel(x, y, Rgba([200, 0, 0, 128]));
        }
    }
    let wide = DynamicImage::ImageRgba16(DynamicImage::ImageRgba8(picture.clone()).to_rgba16());
    for photo in [
        draw::png(&DynamicImage::ImageRgba8(picture.clone()), None),
        draw::png(&wide, None),
        draw::webp(&DynamicImage::ImageRgba8(picture), None),
    ] {
        let found = pixels(&fit_in_process(&photo, FIT_SIDE).unwrap());
        assert_near(*found.get_pixel(8, 8), [255, 255, 255], 2);
        assert_near(*found.get_pixel(56, 8), [227, 127, 127], 4);
    }
}

#[test]
fn grey_and_wide_samples_become_8_bit_rgb() {
    let l8 = GrayImage::from_fn(48, 32, |x, _| Luma([if x < 24 { 60 } else { 190 }]));
    let l16 = image::ImageBuffer::from_fn(48, 32, |x, _| Luma([if x < 24 { 60 * 257_u16 } else { 190 * 257 }]));
    let la16 =
        image::ImageBuffer::from_fn(48, 32, |x, _| LumaA([if x < 24 { 60 * 257_u16 } else { 190 * 257 }, 65_535]));
    let rgb16 = image::ImageBuffer::from_fn(48, 32, |x, _| Rgb([if x < 24 { 60 * 257_u16 } else { 190 * 257 }; 3]));
    let photos = [
        draw::jpeg_of(&l8, 48, 32, ColorType::Luma, draw::BASELINE),
        draw::png(&DynamicImage::ImageLuma8(l8), None),
        draw::png(&DynamicImage::ImageLuma16(l16), None),
        draw::png(&DynamicImage::ImageLumaA16(la16), None),
        draw::png(&DynamicImage::ImageRgb16(rgb16), None),
    ];
    for photo in photos {
        let found = pixels(&fit_in_process(&photo, FIT_SIDE).unwrap());
        assert_near(*found.get_pixel(4, 16), [60; 3], 2);
        assert_near(*found.get_pixel(44, 16), [190; 3], 2);
    }
}

#[test]
fn cmyk_jpegs_become_rgb() {
    let inks: [([u8; 4], [u8; 3]); 5] = [
        ([0, 0, 0, 0], [255, 255, 255]),
        ([255, 0, 0, 0], [0, 255, 255]),
        ([0, 255, 0, 0], [255, 0, 255]),
        ([0, 0, 255, 0], [255, 255, 0]),
        ([0, 0, 0, 255], [0, 0, 0]),
    ];
    for (ink, expected) in inks {
        let samples = ink.repeat(32 * 32);
        for colors in [ColorType::Cmyk, ColorType::CmykAsYcck] {
            for kind in [draw::BASELINE, draw::PROGRESSIVE_FULL] {
                let photo = draw::jpeg_of(&samples, 32, 32, colors, kind);
                let found = pixels(&fit_in_process(&photo, FIT_SIDE).unwrap());
                assert_near(*found.get_pixel(16, 16), expected, 4);
            }
        }
    }
}

#[test]
fn every_way_to_write_a_jpeg_shows_the_same_picture() {
    let upright = draw::grainy(333, 217);
    for kind in [draw::BASELINE, draw::PHONE, draw::RESTARTS, draw::PROGRESSIVE, draw::PROGRESSIVE_FULL] {
        let found = pixels(&fit_in_process(&draw::jpeg(&upright, kind), FIT_SIDE).unwrap());
        assert!(mean_difference(&found, &upright) < 4.0);
    }
}

#[test]
fn quirks_of_honest_files_are_no_reason_to_refuse() {
    let photo = draw::jpeg(&draw::tiles(3, 3), draw::PHONE);
    let plain = fit_in_process(&photo, FIT_SIDE).unwrap();
    let tables = photo.windows(2).position(|pair| pair == [0xff, 0xdb]).unwrap();
    let fill_and_stray = [&photo[..tables], b"\0\0stray bytes\0\xff\xff\xff", &photo[tables..]].concat();
    let second_picture_behind = [&photo[..], &photo[..]].concat();
    let padded = [&photo[..], &[0; 4096][..]].concat();
    let thumbnail_inside = draw::with_segment(&photo, 0xe1, &[b"Exif\0\0II*\0", &photo[..]].concat());
    for quirky in [fill_and_stray, second_picture_behind, padded, thumbnail_inside] {
        assert_eq!(fit_in_process(&quirky, FIT_SIDE).unwrap(), plain);
    }
}

#[test]
fn pictures_are_fitted_and_never_enlarged() {
    let small = fit_in_process(&draw::jpeg(&draw::tiles(1, 1), draw::BASELINE), FIT_SIDE).unwrap();
    assert_eq!((small.width, small.height), (16, 16));
    let large = fit_in_process(&draw::jpeg(&draw::grainy(2400, 1500), draw::PHONE), FIT_SIDE).unwrap();
    assert_eq!((large.width, large.height, large.source_width, large.source_height), (1600, 1000, 2400, 1500));
    let dot = fit_in_process(&draw::png(&DynamicImage::new_luma8(1, 1), None), FIT_SIDE).unwrap();
    assert_eq!((dot.width, dot.height), (1, 1));
    let thread = fit_in_process(&draw::png(&DynamicImage::new_luma8(1, 12_000), None), FIT_SIDE).unwrap();
    assert_eq!((thread.width, thread.height), (1, 1600));
}

#[test]
fn a_senseless_side_is_refused() {
    let photo = draw::jpeg(&draw::tiles(1, 1), draw::BASELINE);
    for side in [0, MAX_SIDE_WANTED + 1, u32::MAX] {
        assert_eq!(fit_in_process(&photo, side), Err(RefusalCode::BadRequest));
    }
    assert!(fit_in_process(&photo, MAX_SIDE_WANTED).is_ok());
}
