//! Specimens: every type and size, orientation, positions, missing glyphs.

use casework::{DocumentType, EvidenceKind, Validity};
use chrono::NaiveDate;
use testkit::specimen::{
    Artist, Encoding, Exif, GPS_MARK, Orientation, RgbImage, Sex, Shot, Specimen, SpecimenError, encode,
};

fn specimen(document_type: DocumentType) -> Specimen {
    Specimen {
        document_type,
        name: "阿卜杜拉·买买提".to_owned(),
        former_name: Some("王㛃".to_owned()),
        sex: Sex::Female,
        ethnicity: "维吾尔".to_owned(),
        birth: NaiveDate::from_ymd_opt(1990, 1, 1).unwrap(),
        number: "110105199001010029".to_owned(),
        valid_from: NaiveDate::from_ymd_opt(2014, 4, 10).unwrap(),
        validity: Validity::LongTerm,
        portrait: 7,
    }
}

#[test]
fn every_type_and_side_is_drawn_at_the_asked_size() {
    let artist = Artist::open().unwrap();
    for document_type in DocumentType::ALL {
        for kind in [EvidenceKind::PortraitSide, EvidenceKind::EmblemSide, EvidenceKind::Supporting] {
            let shot = Shot { tilt_deg: 3.0, grain: Some(9), ..Shot::plain(900) };
            let picture = artist.draw(&specimen(document_type), kind, &shot).unwrap();
            assert_eq!(picture.dimensions(), (900, 676));
        }
    }
    let one = specimen(DocumentType::ResidentIdCard);
    for width in [Shot::MIN_WIDTH, 1600, 1604, Shot::MAX_WIDTH] {
        let picture = artist.draw(&one, EvidenceKind::PortraitSide, &Shot::plain(width)).unwrap();
        assert_eq!(picture.width(), width);
    }
    let pixels = u64::from(Shot::MAX_WIDTH) * u64::from(Shot::plain(Shot::MAX_WIDTH).height_px());
    assert!((12_000_000..12_500_000).contains(&pixels));
}

#[test]
fn what_cannot_be_drawn_is_refused_by_type() {
    let artist = Artist::open().unwrap();
    let mut one = specimen(DocumentType::HmTravelPermit);
    let draw = |one: &Specimen, kind, width| artist.draw(one, kind, &Shot::plain(width));
    assert!(matches!(draw(&one, EvidenceKind::Holding, 900), Err(SpecimenError::NotDrawn(EvidenceKind::Holding))));
    assert!(matches!(draw(&one, EvidenceKind::EmblemSide, 100), Err(SpecimenError::WidthOutOfRange(100))));
    one.former_name = None;
    assert!(matches!(draw(&one, EvidenceKind::Supporting, 900), Err(SpecimenError::NotDrawn(_))));
}

#[test]
fn same_arguments_same_pixels_and_another_name_other_pixels() {
    let artist = Artist::open().unwrap();
    let mut one = specimen(DocumentType::ResidentIdCard);
    let shot = Shot { grain: Some(5), tilt_deg: -2.0, ..Shot::plain(800) };
    let first = artist.draw(&one, EvidenceKind::PortraitSide, &shot).unwrap();
    assert_eq!(first, artist.draw(&one, EvidenceKind::PortraitSide, &shot).unwrap());
    one.name = "阿卜杜拉·买买堤".to_owned();
    assert_ne!(first, artist.draw(&one, EvidenceKind::PortraitSide, &shot).unwrap());
}

/// The orientation tag is in the file, and the pixels are stored so that a viewer which obeys it shows them upright.
#[test]
fn a_viewer_that_obeys_the_orientation_shows_the_photo_upright() {
    let artist = Artist::open().unwrap();
    let upright =
        artist.draw(&specimen(DocumentType::TwTravelPermit5y), EvidenceKind::PortraitSide, &Shot::plain(640)).unwrap();
    for orientation in [Orientation::Upright, Orientation::UpsideDown, Orientation::TurnRight, Orientation::TurnLeft] {
        let exif = Some(Exif { orientation, has_gps: true });
        let file = encode(&upright, Encoding::Jpeg { quality: 90, exif }).unwrap();
        let probe = photo::probe(&file).unwrap();
        let is_turned = matches!(orientation, Orientation::TurnRight | Orientation::TurnLeft);
        assert_eq!((probe.width, probe.height), if is_turned { (480, 640) } else { (640, 480) });

        let mut decoder =
            image::ImageReader::new(std::io::Cursor::new(&file)).with_guessed_format().unwrap().into_decoder().unwrap();
        let told = image::ImageDecoder::orientation(&mut decoder).unwrap();
        assert_eq!(told.to_exif(), u8::try_from(orientation.tag()).unwrap());
        let mut shown = image::DynamicImage::from_decoder(decoder).unwrap();
        shown.apply_orientation(told);
        let shown = shown.into_rgb8();
        assert_eq!(shown.dimensions(), upright.dimensions());
        assert!(mean_difference(&shown, &upright) < 3.0, "{orientation:?}");
    }
}

#[test]
fn a_position_is_written_only_on_request() {
    let artist = Artist::open().unwrap();
    let picture =
        artist.draw(&specimen(DocumentType::ResidentIdCard), EvidenceKind::EmblemSide, &Shot::plain(640)).unwrap();
    let has_mark = |encoding| {
        encode(&picture, encoding).unwrap().windows(GPS_MARK.len()).any(|window| window == GPS_MARK.as_bytes())
    };
    let orientation = Orientation::Upright;
    assert!(has_mark(Encoding::Jpeg { quality: 80, exif: Some(Exif { orientation, has_gps: true }) }));
    assert!(!has_mark(Encoding::Jpeg { quality: 80, exif: Some(Exif { orientation, has_gps: false }) }));
    assert!(!has_mark(Encoding::Jpeg { quality: 80, exif: None }));
    assert!(!has_mark(Encoding::Png));
}

/// A character that no font has still leaves ink: the box with its code point.
#[test]
fn a_character_without_a_glyph_is_drawn_as_its_code_point() {
    let artist = Artist::open().unwrap();
    let draw = |name: &str| {
        let one = Specimen { name: name.to_owned(), ..specimen(DocumentType::ResidentIdCard) };
        artist.side(&one, EvidenceKind::PortraitSide).unwrap()
    };
    let (plain, private) = (draw("王"), draw("王\u{F5678}"));
    assert!(mean_difference(&plain, &private) > 0.05);
    assert_ne!(private, draw("王\u{F5679}"));
}

fn mean_difference(one: &RgbImage, other: &RgbImage) -> f64 {
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

/// Not a check: draws the demonstration's 200 cases on all cores, tells how long each step takes, and writes the flat sides and a sheet
/// of photos, as a viewer shows them, into the target's folder `tmp/specimens`.
#[test]
#[ignore = "draws samples for the eye and takes a while; run with --ignored --nocapture"]
fn samples_to_look_at() {
    use std::time::{Duration, Instant};
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("specimens");
    std::fs::create_dir_all(&folder).unwrap();
    let artist = Artist::open().unwrap();
    for document_type in DocumentType::ALL {
        for kind in [EvidenceKind::PortraitSide, EvidenceKind::EmblemSide, EvidenceKind::Supporting] {
            let picture = artist.side(&specimen(document_type), kind).unwrap();
            picture.save(folder.join(format!("{}-{}.png", document_type.word(), kind.word()))).unwrap();
        }
    }
    let rare = Specimen { name: "㛃𠮷䶮龘\u{F5678}".to_owned(), ..specimen(DocumentType::ResidentIdCard) };
    let smallest = artist.draw(&rare, EvidenceKind::PortraitSide, &Shot::plain(Shot::MIN_WIDTH)).unwrap();
    smallest.save(folder.join("smallest.png")).unwrap();
    let list = testkit::cases::cases(1, 200, testkit::cases::DEMONSTRATION_NOW.parse().unwrap()).unwrap();
    let started = Instant::now();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let (mut files, mut bytes, mut pixels) = (0, 0, 0);
        let mut spent = [Duration::ZERO; 3];
        while let Some(case) = list.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            for plan in &case.photos {
                let begin = Instant::now();
                artist.side(&case.specimen, plan.kind).unwrap();
                let flat = Instant::now();
                let picture = artist.draw(&case.specimen, plan.kind, &plan.shot).unwrap();
                let shot = Instant::now();
                bytes += encode(&picture, plan.encoding).unwrap().len();
                spent[0] += flat - begin;
                spent[1] += (shot - flat).saturating_sub(flat - begin);
                spent[2] += shot.elapsed();
                files += 1;
                pixels += u64::from(picture.width()) * u64::from(picture.height());
            }
        }
        (files, bytes, pixels, spent)
    };
    let sums = std::thread::scope(|scope| [scope.spawn(work), scope.spawn(work)].map(|handle| handle.join().unwrap()));
    let wall = started.elapsed();
    for (files, bytes, pixels, [flat, shot, coded]) in sums {
        println!(
            "{files} files, {bytes} bytes, {pixels} px; flat {flat:?} (drawn twice), photo {shot:?}, encoding {coded:?}"
        );
    }
    println!("wall {wall:?}");

    let (across, down) = (4_u32, 4_u32);
    let mut sheet = RgbImage::new(across * 480, down * 360);
    let odd = list.iter().filter(|case| case.oddity != testkit::cases::Oddity::None).take(6);
    let files = odd.chain(&list[..6]).flat_map(|case| case.draw(&artist).unwrap());
    for (place, photo) in (0..across * down).zip(files) {
        let mut decoder = image::ImageReader::new(std::io::Cursor::new(photo.bytes))
            .with_guessed_format()
            .unwrap()
            .into_decoder()
            .unwrap();
        let orientation = image::ImageDecoder::orientation(&mut decoder).unwrap();
        let mut shown = image::DynamicImage::from_decoder(decoder).unwrap();
        shown.apply_orientation(orientation);
        let small = shown.resize(478, 358, image::imageops::FilterType::Triangle).into_rgb8();
        let (x, y) = (i64::from(place % across * 480), i64::from(place / across * 360));
        image::imageops::overlay(&mut sheet, &small, x, y);
    }
    sheet.save(folder.join("sheet.png")).unwrap();
}
