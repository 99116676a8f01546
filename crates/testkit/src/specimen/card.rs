//! The layout of each side, our own and the same for all four documents: a title band, labelled lines, a silhouette, a red foot line
//! that says it is a sample, and the watermark over everything.

use casework::{DocumentType, EvidenceKind, Validity};
use chrono::{Datelike, NaiveDate};
use image::{GrayImage, Luma, RgbImage};

use super::canvas::{Canvas, Colour, blend};
use super::typeface::Typeface;
use super::{Sex, Specimen, SpecimenError};

/// A side is drawn this wide; ID-1 cards measure 85.60 × 53.98 mm (ISO/IEC 7810), a ratio of 1.585.
pub(super) const WIDTH: u32 = 1280;
const HEIGHT: u32 = 808;

const INK: Colour = [30, 34, 40];
const LABEL: Colour = [92, 100, 110];
const WARNING: Colour = [190, 30, 40];
const WHITE: Colour = [255, 255, 255];
const WATERMARK_SHARE: f32 = 0.17;

/// How the date stands on the cards.
fn dotted(date: NaiveDate) -> String {
    date.format("%Y.%m.%d").to_string()
}

fn validity(specimen: &Specimen) -> String {
    match specimen.validity {
        Validity::Until(last) => format!("{} - {}", dotted(specimen.valid_from), dotted(last)),
        Validity::LongTerm => format!("{} - 长期", dotted(specimen.valid_from)),
    }
}

struct Look {
    title: &'static str,
    paper: Colour,
    accent: Colour,
    number_label: &'static str,
}

fn look(document_type: DocumentType) -> Look {
    match document_type {
        DocumentType::ResidentIdCard => {
            Look {
                title: "居民身份证", paper: [229, 237, 244], accent: [44, 92, 138], number_label: "公民身份号码"
            }
        }
        DocumentType::HmtResidencePermit => Look {
            title: "港澳台居民居住证",
            paper: [232, 241, 230],
            accent: [58, 110, 66],
            number_label: "公民身份号码",
        },
        DocumentType::HmTravelPermit => Look {
            title: "港澳居民来往内地通行证",
            paper: [245, 238, 227],
            accent: [146, 88, 38],
            number_label: "证件号码",
        },
        DocumentType::TwTravelPermit5y => Look {
            title: "台湾居民来往大陆通行证",
            paper: [238, 233, 245],
            accent: [92, 70, 142],
            number_label: "证件号码",
        },
    }
}

/// Draws one side, or the supporting page of a change of name.
pub(super) fn side(
    typeface: &Typeface,
    watermark: &GrayImage,
    specimen: &Specimen,
    kind: EvidenceKind,
) -> Result<RgbImage, SpecimenError> {
    let mut canvas = match kind {
        EvidenceKind::PortraitSide => portrait_side(typeface, specimen),
        EvidenceKind::EmblemSide => other_side(typeface, specimen),
        EvidenceKind::Supporting => supporting_page(typeface, specimen).ok_or(SpecimenError::NotDrawn(kind))?,
        EvidenceKind::Holding => return Err(SpecimenError::NotDrawn(kind)),
    };
    canvas.band(0, HEIGHT - 52, WIDTH, 52, WARNING);
    canvas.centred(
        "样例 SPECIMEN · 虚构人员 非真实证件 · NOT A DOCUMENT",
        (WIDTH as f32 / 2.0, HEIGHT as f32 - 52.0),
        36.0,
        WHITE,
    );
    let mut picture = canvas.picture;
    for (x, y, Luma([ink])) in watermark.enumerate_pixels() {
        if *ink > 0 {
            let share = f32::from(*ink) / 255.0 * WATERMARK_SHARE;
            blend(&mut picture, x.cast_signed(), y.cast_signed(), WARNING, share);
        }
    }
    Ok(picture)
}

fn titled<'a>(typeface: &'a Typeface, specimen: &Specimen, side: &str) -> Canvas<'a> {
    let look = look(specimen.document_type);
    let mut canvas = Canvas::new(typeface, WIDTH, HEIGHT, look.paper);
    canvas.band(0, 0, WIDTH, 92, look.accent);
    canvas.text(look.title, (52.0, 16.0), 58.0, WHITE);
    let width = typeface.width(side, 34.0, 0.0);
    canvas.text(side, (WIDTH as f32 - 52.0 - width, 30.0), 34.0, WHITE);
    canvas
}

/// A label and its value beside it.
fn line(canvas: &mut Canvas<'_>, label: &str, value: &str, top: f32, height: f32, right: f32) {
    canvas.text(label, (52.0, top + height * 0.5 - 17.0), 34.0, LABEL);
    canvas.fitted(value, (222.0, top), height, right - 222.0, INK);
}

fn number_line(canvas: &mut Canvas<'_>, specimen: &Specimen) {
    let look = look(specimen.document_type);
    canvas.band(52, 636, WIDTH - 104, 3, look.accent);
    canvas.text(look.number_label, (52.0, 672.0), 38.0, LABEL);
    let room = WIDTH as f32 - 52.0 - 310.0;
    let natural = canvas.typeface.width(&specimen.number, 92.0, 6.0);
    let height = if natural > room { 92.0 * room / natural } else { 92.0 };
    canvas.spaced(&specimen.number, (310.0, 688.0 - height / 2.0), height, 6.0, INK);
}

fn portrait_side<'a>(typeface: &'a Typeface, specimen: &Specimen) -> Canvas<'a> {
    let mut canvas = titled(typeface, specimen, "人像面");
    let right = 890.0;
    let birth = format!("{} 年 {} 月 {} 日", specimen.birth.year(), specimen.birth.month(), specimen.birth.day());
    line(&mut canvas, "姓名", &specimen.name, 128.0, 78.0, right);
    if specimen.document_type.has_emblem_side() {
        let sex = if specimen.document_type == DocumentType::ResidentIdCard {
            format!("{}        民族  {}", specimen.sex.printed(), specimen.ethnicity)
        } else {
            specimen.sex.printed().to_owned()
        };
        line(&mut canvas, "性别", &sex, 244.0, 52.0, right);
        line(&mut canvas, "出生", &birth, 336.0, 52.0, right);
        line(&mut canvas, "住址", "样例省样例市样例区样例路 1 号", 428.0, 46.0, right);
        line(&mut canvas, "", "2 栋 3 单元 401", 490.0, 46.0, right);
    } else {
        line(&mut canvas, "性别", specimen.sex.printed(), 232.0, 52.0, right);
        line(&mut canvas, "出生日期", &birth, 316.0, 52.0, right);
        line(&mut canvas, "有效期限", &validity(specimen), 400.0, 54.0, right);
        line(&mut canvas, "签发机关", "样例出入境管理局", 484.0, 50.0, right);
        line(&mut canvas, "换证次数", "01", 558.0, 46.0, right);
    }
    silhouette(&mut canvas, (920, 124), (308, 482), specimen);
    number_line(&mut canvas, specimen);
    canvas
}

fn other_side<'a>(typeface: &'a Typeface, specimen: &Specimen) -> Canvas<'a> {
    let look = look(specimen.document_type);
    if specimen.document_type.has_emblem_side() {
        let mut canvas = titled(typeface, specimen, "国徽面");
        canvas.disc((230.0, 300.0), (128.0, 128.0), HEIGHT as f32, look.accent);
        canvas.disc((230.0, 300.0), (118.0, 118.0), HEIGHT as f32, look.paper);
        canvas.centred("国徽位置", (230.0, 252.0), 44.0, look.accent);
        canvas.centred("样例", (230.0, 302.0), 44.0, look.accent);
        canvas.text("样  例  证  件", (420.0, 190.0), 72.0, look.accent);
        canvas.text(look.title, (420.0, 300.0), 92.0 - 4.0 * look.title.chars().count() as f32, look.accent);
        line(&mut canvas, "签发机关", "样例市公安局样例分局", 500.0, 56.0, WIDTH as f32 - 52.0);
        line(&mut canvas, "有效期限", &validity(specimen), 610.0, 66.0, WIDTH as f32 - 52.0);
        canvas
    } else {
        let mut canvas = titled(typeface, specimen, "另一面");
        canvas.fitted("本样例仅供软件演示与测试,不具任何效力。", (52.0, 150.0), 54.0, WIDTH as f32 - 104.0, INK);
        canvas.fitted(
            "For demonstration and tests of software only.",
            (52.0, 232.0),
            46.0,
            WIDTH as f32 - 104.0,
            LABEL,
        );
        line(&mut canvas, "姓名", &specimen.name, 350.0, 64.0, WIDTH as f32 - 52.0);
        line(&mut canvas, "签发地点", "样例", 460.0, 52.0, WIDTH as f32 - 52.0);
        number_line(&mut canvas, specimen);
        canvas
    }
}

/// A page that proves a change of name.
fn supporting_page<'a>(typeface: &'a Typeface, specimen: &Specimen) -> Option<Canvas<'a>> {
    let former = specimen.former_name.as_deref()?;
    let mut canvas = Canvas::new(typeface, WIDTH, HEIGHT, [250, 250, 246]);
    canvas.centred("姓名变更证明(样例)", (WIDTH as f32 / 2.0, 60.0), 76.0, INK);
    let right = WIDTH as f32 - 52.0;
    line(&mut canvas, "曾用名", former, 210.0, 70.0, right);
    line(&mut canvas, "现用名", &specimen.name, 320.0, 70.0, right);
    line(&mut canvas, "证件号码", &specimen.number, 430.0, 64.0, right);
    line(&mut canvas, "变更日期", &dotted(specimen.valid_from), 530.0, 56.0, right);
    line(&mut canvas, "出具机关", "样例市公安局样例派出所", 630.0, 56.0, right);
    Some(canvas)
}

/// A head and shoulders, coloured by the person's number.
fn silhouette(canvas: &mut Canvas<'_>, (left, top): (u32, u32), (width, height): (u32, u32), specimen: &Specimen) {
    const BACKDROPS: [Colour; 5] =
        [[205, 220, 235], [222, 226, 230], [214, 230, 220], [236, 222, 214], [224, 216, 236]];
    const SKINS: [Colour; 4] = [[240, 208, 180], [228, 190, 160], [212, 170, 138], [246, 220, 196]];
    const HAIR: [Colour; 4] = [[36, 32, 32], [62, 46, 38], [84, 80, 80], [28, 30, 44]];
    const CLOTHES: [Colour; 6] =
        [[52, 76, 120], [120, 50, 60], [60, 104, 84], [96, 84, 130], [60, 64, 72], [164, 120, 60]];
    let person = specimen.portrait;
    let pick = |list: &[Colour], shift: u32| list[(person.wrapping_mul(2_654_435_769) >> shift) as usize % list.len()];
    let (skin, hair) = (pick(&SKINS, 8), pick(&HAIR, 13));
    canvas.band(left, top, width, height, pick(&BACKDROPS, 3));
    let (middle, y, w) = (left as f32 + width as f32 / 2.0, top as f32, width as f32);
    let floor = (top + height) as f32;
    // Long hair of some women, behind everything else.
    if specimen.sex == Sex::Female && !person.is_multiple_of(3) {
        canvas.disc((middle, y + 0.72 * w), (0.34 * w, 0.46 * w), y + 1.12 * w, hair);
    }
    canvas.disc((middle, floor + 0.06 * w), (0.46 * w, 0.50 * w), floor, pick(&CLOTHES, 18));
    canvas.disc((middle, floor - 0.47 * w), (0.12 * w, 0.14 * w), floor, skin);
    canvas.disc((middle, y + 0.60 * w), (0.30 * w, 0.36 * w), floor, hair);
    canvas.disc((middle, y + 0.68 * w), (0.25 * w, 0.34 * w), floor, skin);
    canvas.centred("样例", (middle, y + 0.56 * w), 0.18 * w, WARNING);
}

/// The watermark of all sides: rows of 样例 SPECIMEN, rising to the right; 255 is full ink.
pub(super) fn watermark(typeface: &Typeface) -> GrayImage {
    const TEXT: &str = "样例 SPECIMEN    样例 SPECIMEN    样例 SPECIMEN";
    let height = 150.0;
    let width = typeface.width(TEXT, height, 0.0);
    let mut row = GrayImage::new(width as u32 + 1, (height * 1.6) as u32);
    typeface.write(TEXT, 0.0, 10.0, height, 0.0, &mut |x, y, ink| {
        if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
            && let Some(pixel) = row.get_pixel_mut_checked(x, y)
        {
            pixel.0[0] = pixel.0[0].max((ink.min(1.0) * 255.0) as u8);
        }
    });
    let (sin, cos) = (-24.0_f32).to_radians().sin_cos();
    let (middle_x, middle_y) = (WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0);
    let pitch = 310.0_f32;
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
        let (along, across) = (dx * cos + dy * sin, dy * cos - dx * sin);
        // The middle row is centred; each further row is shifted, so that no corner stays free.
        let number = ((across + pitch / 2.0) / pitch).floor();
        let in_row = across - number * pitch + row.height() as f32 / 2.0;
        let shifted = along + width / 2.0 + number * 260.0;
        if in_row < 0.0 || shifted < 0.0 {
            return Luma([0]);
        }
        row.get_pixel_checked(shifted as u32, in_row as u32).copied().unwrap_or(Luma([0]))
    })
}
