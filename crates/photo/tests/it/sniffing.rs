//! Type by magic bytes, dimensions by header, limits before anything is allocated.

use image::DynamicImage;
use photo::{FILE_LIMIT, OtherType, PhotoType, ProbeError, RefusalCode, probe, probe_whole};

use crate::draw::{self, Noise};

#[test]
fn accepted_photos_are_known_by_type_and_dimensions() {
    for (name, bytes) in draw::one_of_each() {
        let found = probe(&bytes).unwrap();
        assert_eq!((found.width, found.height), (160, 120), "{name}");
        let expected = match name {
            "png" | "png 16" => PhotoType::Png,
            "webp" | "webp exif" => PhotoType::Webp,
            _ => PhotoType::Jpeg,
        };
        assert_eq!(found.photo_type, expected, "{name}");
        assert_eq!(probe_whole(&bytes), Ok(found), "{name}");
    }
}

#[test]
fn other_types_are_refused_in_a_word() {
    let svg: &[u8] = b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- x --><SVG xmlns=\"http://www.w3.org/2000/svg\"/>";
    let cases: [(&[u8], OtherType, &str); 12] = [
        (b"\0\0\0\x18ftypheic\0\0\0\0", OtherType::Heic, "photo_type_heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", OtherType::Heic, "photo_type_heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", OtherType::Avif, "photo_type_avif"),
        (b"GIF89a\x01\0\x01\0", OtherType::Gif, "photo_type_gif"),
        (b"GIF89a=1;/*polyglot*/alert(1)", OtherType::Gif, "photo_type_gif"),
        (b"%PDF-1.7\n", OtherType::Pdf, "photo_type_pdf"),
        (b"<svg onload='x'>", OtherType::Svg, "photo_type_svg"),
        (svg, OtherType::Svg, "photo_type_svg"),
        (b"II*\0\x08\0\0\0", OtherType::Tiff, "photo_type_tiff"),
        (b"BM\0\0\0\0\0\0\0\0\x36\0", OtherType::Bmp, "photo_type_bmp"),
        (b"<html><script>", OtherType::Unknown, "photo_type_unknown"),
        (b"\xff\xd8", OtherType::Unknown, "photo_type_unknown"),
    ];
    for (bytes, expected, code) in cases {
        let error = probe(bytes).unwrap_err();
        assert_eq!(error, ProbeError::UnsupportedType(expected));
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(expected.word()));
    }
}

#[test]
fn an_animated_webp_is_refused() {
    let mut bytes = draw::webp(&DynamicImage::new_rgb8(16, 16), Some(draw::exif(1)));
    assert_eq!(&bytes[12..16], b"VP8X");
    bytes[20] |= 2;
    assert_eq!(probe(&bytes), Err(ProbeError::UnsupportedType(OtherType::AnimatedWebp)));
}

#[test]
fn the_limits_come_before_any_decoding() {
    let claims = [
        (65_535, 65_535, ProbeError::SideTooLong),
        (225_000, 225_000, ProbeError::SideTooLong),
        (12_001, 1, ProbeError::SideTooLong),
        (1, 65_535, ProbeError::SideTooLong),
        (8_000, 5_001, ProbeError::TooManyPixels),
        (0, 5, ProbeError::BadHeader),
        (5, 0, ProbeError::BadHeader),
    ];
    for (width, height, expected) in claims {
        assert_eq!(probe(&draw::png_claiming(width, height)), Err(expected));
    }
    assert!(probe(&draw::png_claiming(8_000, 5_000)).is_ok());
    assert!(probe(&draw::png_claiming(12_000, 3_333)).is_ok());

    let mut jpeg = draw::jpeg(&draw::tiles(1, 1), draw::BASELINE);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert_eq!(probe(&jpeg), Err(ProbeError::SideTooLong));

    assert_eq!(probe(&[]), Err(ProbeError::Empty));
    let mut large = draw::png_claiming(5, 5);
    large.resize(FILE_LIMIT + 1, 0);
    assert_eq!(probe(&large), Err(ProbeError::TooLarge));
}

#[test]
fn jpeg_codings_that_no_camera_writes_are_refused() {
    let jpeg = draw::jpeg(&draw::tiles(1, 1), draw::BASELINE);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut arithmetic = jpeg.clone();
    arithmetic[frame + 1] = 0xc9;
    assert_eq!(probe(&arithmetic), Err(ProbeError::UnsupportedCoding));
    let mut twelve_bits = jpeg;
    twelve_bits[frame + 4] = 12;
    assert_eq!(probe(&twelve_bits), Err(ProbeError::UnsupportedCoding));
}

#[test]
fn random_bytes_behind_any_magic_are_never_more_than_an_error() {
    let magics: [&[u8]; 6] =
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x20\0\0\0WEBPVP8X", b"RIFF\x20\0\0\0WEBPVP8L", b"<"];
    let mut noise = Noise(11);
    for round in 0..3_000 {
        let magic = magics[round % magics.len()];
        let length = noise.below(400);
        let bytes: Vec<u8> = magic.iter().copied().chain((0..length).map(|_| noise.next() as u8)).collect();
        let _ = probe(&bytes);
        assert!(probe_whole(&bytes).is_err());
    }
}

#[test]
fn every_refusal_has_its_own_word_and_comes_back_from_it() {
    let mut words: Vec<_> = RefusalCode::all().map(RefusalCode::code).collect();
    for refusal in RefusalCode::all() {
        assert_eq!(RefusalCode::from_code(refusal.code()), Some(refusal));
    }
    let count = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), count);
    assert_eq!(RefusalCode::from_code("photo_unheard_of"), None);
}
