//! A photo that is cut off or damaged is refused or decoded whole; it is never shown in part, and it never takes the
//! caller down.

use photo::{FIT_SIDE, RefusalCode, fit_in_process, probe, probe_whole};

use crate::draw::{self, Noise};

#[test]
fn a_cut_off_photo_is_never_whole() {
    for (name, bytes) in draw::one_of_each() {
        let step = (bytes.len() / 400).max(1);
        let offsets = (0..bytes.len().min(1024)).chain((1024..bytes.len()).step_by(step)).chain([bytes.len() - 1]);
        for offset in offsets {
            let cut = &bytes[..offset];
            let refusal = fit_in_process(cut, FIT_SIDE).expect_err(name);
            assert_ne!(refusal, RefusalCode::DecoderFailed, "{name} cut at {offset}");
            assert!(probe_whole(cut).is_err(), "{name} cut at {offset}");
            if offset > 1024 {
                assert_eq!(refusal, RefusalCode::Incomplete, "{name} cut at {offset}");
            }
        }
    }
}

/// An upload that a disk or a proxy filled up to its announced length. WebP has no checksum and no end mark, and
/// zeros are valid image data in it, so there this cannot be told from a dull picture.
#[test]
fn a_cut_off_photo_that_was_filled_up_with_zeros_is_never_whole() {
    for (name, bytes) in draw::one_of_each().into_iter().filter(|(name, _)| !name.starts_with("webp")) {
        for tenth in 3..10 {
            let mut filled = bytes.clone();
            filled[bytes.len() * tenth / 10..].fill(0);
            assert!(fit_in_process(&filled, FIT_SIDE).is_err(), "{name} filled from {tenth}/10");
        }
    }
}

#[test]
fn flipped_bits_never_escape_as_a_panic_and_never_change_the_dimensions() {
    let mut noise = Noise(5);
    for (name, bytes) in draw::one_of_each() {
        for _ in 0..1_500 {
            let mut flipped = bytes.clone();
            let at = noise.below(flipped.len());
            flipped[at] ^= 1 << noise.below(8);
            if let Ok(rendition) = fit_in_process(&flipped, FIT_SIDE) {
                let probe = probe(&flipped).unwrap();
                let stored = u64::from(probe.width) * u64::from(probe.height);
                let upright = u64::from(rendition.source_width) * u64::from(rendition.source_height);
                assert_eq!(stored, upright, "{name}");
            }
        }
    }
}

#[test]
fn a_second_frame_header_cannot_change_the_dimensions() {
    let photo = draw::jpeg(&draw::tiles(2, 2), draw::BASELINE);
    let frame = photo.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let length = usize::from(u16::from_be_bytes([photo[frame + 2], photo[frame + 3]]));
    let mut second = photo[frame..frame + 2 + length].to_vec();
    second[5..9].copy_from_slice(&[0x2e, 0xe0, 0x0d, 0x05]);
    let doubled = [&photo[..frame + 2 + length], &second, &photo[frame + 2 + length..]].concat();
    assert_eq!(fit_in_process(&doubled, FIT_SIDE), Err(RefusalCode::Damaged));
}

#[test]
fn compressed_texts_and_profiles_of_a_png_never_reach_the_decoder() {
    let photo = draw::png(&image::DynamicImage::ImageRgb8(draw::tiles(2, 2)), None);
    let plain = fit_in_process(&photo, FIT_SIDE).unwrap();
    // Both are broken in ways that the decoder would stumble over; the checksum is wrong too.
    let mut laden = photo[..33].to_vec();
    for kind in [b"iCCP", b"zTXt", b"iTXt", b"acTL"] {
        laden.extend_from_slice(&8_u32.to_be_bytes());
        laden.extend_from_slice(kind);
        laden.extend_from_slice(&[0xff; 12]);
    }
    laden.extend_from_slice(&photo[33..]);
    assert_eq!(fit_in_process(&laden, FIT_SIDE).unwrap(), plain);
}
