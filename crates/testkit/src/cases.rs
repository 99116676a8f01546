//! Synthetic cases: who applies, when, with which slips, and how the photos were taken. A list is decided by its seed, its length and
//! the moment it is for; drawing comes later and case by case, since the pictures of a long list do not fit into memory.
//!
//! Only first rounds: an earlier round would have to be decided before the next one may be submitted.

use casework::{DocumentType, EvidenceKind, Validity};
use chrono::{DateTime, Duration, NaiveTime, Utc};
use contract::case::DeclaredWire;
use contract::intake::IntakeApplication;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;
use working_days::{BeijingDate, Calendar};

use crate::people;
use crate::specimen::{Artist, Encoding, Exif, Orientation, Shot, Specimen, SpecimenError, encode};

/// The moment of the demonstration, 2026-12-29T10:00+08:00: a Tuesday whose deadlines cross an unpublished New Year.
pub const DEMONSTRATION_NOW: &str = "2026-12-29T10:00:00+08:00";

/// Why a list of cases cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CasesError {
    /// The calendar does not know the working days before the given moment.
    #[error("the calendar does not reach the given moment")]
    BeyondCalendar,
}

/// What is odd about a case; a reviewer should find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Oddity {
    /// Nothing.
    None,
    /// The declared name is not the one on the card.
    NameDiffers,
    /// The declared number is not the one on the card.
    NumberDiffers,
    /// The document has run out.
    Expired,
    /// A change of name, with a page that proves it.
    NameChanged,
}

/// One photo that is to be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPhoto {
    /// What it shows.
    pub kind: EvidenceKind,
    /// How it is taken.
    pub shot: Shot,
    /// How it is written.
    pub encoding: Encoding,
}

/// One photo as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnPhoto {
    /// What it shows.
    pub kind: EvidenceKind,
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// One application that was never made.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticCase {
    /// Its place in the list, from 0.
    pub index: u32,
    /// The portal's name for the applicant; another one for each seed and index.
    pub applicant_ref: String,
    /// When it was submitted; before the moment that the list is for.
    pub submitted_at: DateTime<Utc>,
    /// What the applicant typed.
    pub declared: DeclaredWire,
    /// What the card really says.
    pub specimen: Specimen,
    /// What is odd about it.
    pub oddity: Oddity,
    /// The photos, the two sides first.
    pub photos: Vec<PlannedPhoto>,
}

impl SyntheticCase {
    /// The part `application` of the intake request.
    #[must_use]
    pub fn application(&self, office_id: Uuid) -> IntakeApplication {
        IntakeApplication {
            applicant_ref: self.applicant_ref.clone(),
            office_id,
            submitted_at_ms: self.submitted_at.timestamp_millis(),
            declared: self.declared.clone(),
        }
    }

    /// Draws and encodes the photos: a tenth of a second or so each.
    ///
    /// # Errors
    /// See [`SpecimenError`].
    pub fn draw(&self, artist: &Artist) -> Result<Vec<DrawnPhoto>, SpecimenError> {
        self.photos
            .iter()
            .map(|photo| {
                let upright = artist.draw(&self.specimen, photo.kind, &photo.shot)?;
                Ok(DrawnPhoto {
                    kind: photo.kind,
                    media_type: photo.encoding.media_type(),
                    bytes: encode(&upright, photo.encoding)?,
                })
            })
            .collect()
    }
}

/// Makes `count` cases as they would wait at `now`: few overdue, some due today and soon, most with time left.
///
/// # Errors
/// [`CasesError::BeyondCalendar`].
pub fn cases(seed: u64, count: u32, now: DateTime<Utc>) -> Result<Vec<SyntheticCase>, CasesError> {
    let mut random = generator(seed, "list", 0);
    let types = shared_out(
        &mut random,
        count,
        &[
            (DocumentType::ResidentIdCard, 70),
            (DocumentType::HmtResidencePermit, 10),
            (DocumentType::HmTravelPermit, 10),
            (DocumentType::TwTravelPermit5y, 10),
        ],
    );
    let oddities = shared_out(
        &mut random,
        count,
        &[
            (Oddity::None, 85),
            (Oddity::NameDiffers, 4),
            (Oddity::NumberDiffers, 4),
            (Oddity::Expired, 3),
            (Oddity::NameChanged, 4),
        ],
    );
    // Working days ago: 7 are due today, more are overdue.
    let days_ago = shared_out(
        &mut random,
        count,
        &[(0, 8), (1, 15), (2, 15), (3, 14), (4, 13), (5, 12), (6, 12), (7, 8), (8, 2), (10, 1)],
    );
    (0..count)
        .zip(types.into_iter().zip(oddities).zip(days_ago))
        .map(|(index, ((document_type, oddity), days_ago))| {
            let mut random = generator(seed, "case", index);
            let submitted_at = submission(&mut random, days_ago, now)?;
            Ok(case(&mut random, seed, index, (document_type, oddity), submitted_at, now))
        })
        .collect()
}

/// A generator of its own for each case, so that a change in one does not reshuffle the others.
fn generator(seed: u64, purpose: &str, index: u32) -> StdRng {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update(seed.to_be_bytes());
    hash.update(index.to_be_bytes());
    StdRng::from_seed(hash.finalize().into())
}

/// Shares `count` places out by weight in a random order. Each kind gets its share rounded, at least one place where there is room, the
/// first kind the rest: a list of twenty shows everything, too.
fn shared_out<T: Copy>(random: &mut StdRng, count: u32, weights: &[(T, u32)]) -> Vec<T> {
    let total: u32 = weights.iter().map(|(_, weight)| weight).sum();
    let count = count as usize;
    let mut places = Vec::with_capacity(count);
    let heaviest_last = {
        let mut order: Vec<&(T, u32)> = weights.iter().collect();
        order.sort_by_key(|(_, weight)| *weight);
        order
    };
    let Some((rest, others)) = heaviest_last.split_last() else {
        return places;
    };
    for (kind, weight) in others {
        let share = (count * *weight as usize + total as usize / 2) / total as usize;
        places.extend(std::iter::repeat_n(*kind, share.max(1)));
    }
    places.truncate(count);
    places.resize(count, rest.0);
    places.shuffle(random);
    places
}

/// A moment of submission `days_ago` working days before the day of `now`, or on a day off after that day: both have the same deadline.
fn submission(random: &mut StdRng, days_ago: u32, now: DateTime<Utc>) -> Result<DateTime<Utc>, CasesError> {
    let calendar = Calendar::embedded();
    let today = BeijingDate::of(now);
    let mut day = today;
    for _ in 0..days_ago {
        day = calendar.previous(day).ok_or(CasesError::BeyondCalendar)?;
    }
    if random.random_bool(0.15) {
        let off = day.succ();
        if off < today && calendar.is_working_day(off) == Some(false) {
            let second = off.succ();
            let is_second_off = second < today && calendar.is_working_day(second) == Some(false);
            day = if is_second_off && random.random_bool(0.5) { second } else { off };
        }
    }
    let minute = match random.random_range(0..100_u32) {
        0..85 => random.random_range(9 * 60..17 * 60 + 30_u32),
        85..95 => random.random_range(18 * 60..24 * 60_u32),
        _ => random.random_range(0..7 * 60_u32),
    };
    let second = minute * 60 + random.random_range(0..60_u32);
    let at = day.at(NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap_or(NaiveTime::MIN));
    let latest = now - Duration::minutes(1);
    if at <= latest {
        return Ok(at);
    }
    // Later than now can only be today: somewhere between midnight and now.
    let passed = (latest - today.start()).num_seconds();
    Ok(if passed > 0 { today.start() + Duration::seconds(random.random_range(0..=passed)) } else { latest })
}

fn case(
    random: &mut StdRng,
    seed: u64,
    index: u32,
    (document_type, oddity): (DocumentType, Oddity),
    submitted_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> SyntheticCase {
    let today = BeijingDate::of(now).naive();
    let mut specimen = match oddity {
        Oddity::Expired => {
            people::person_with_expired_document(random, document_type, BeijingDate::of(submitted_at).naive())
        }
        _ => people::person(random, document_type, today),
    };
    let (mut name, mut number) = (specimen.name.clone(), specimen.number.clone());
    match oddity {
        Oddity::NameDiffers => name = people::mistaken_name(random, &name),
        Oddity::NumberDiffers => number = people::mistaken_number(random, &number),
        Oddity::NameChanged => specimen.former_name = Some(people::earlier_name(random, &specimen)),
        Oddity::None | Oddity::Expired => {}
    }
    SyntheticCase {
        index,
        applicant_ref: format!("synthetic-{seed}-{index}"),
        submitted_at,
        declared: DeclaredWire {
            name,
            former_name: specimen.former_name.clone(),
            document_type: document_type.word().to_owned(),
            document_number: number,
            valid_from: specimen.valid_from.to_string(),
            valid_until: match specimen.validity {
                Validity::Until(last) => Some(last.to_string()),
                Validity::LongTerm => None,
            },
        },
        photos: photos(random, &specimen),
        specimen,
        oddity,
    }
}

/// One phone takes all photos of a case.
fn photos(random: &mut StdRng, specimen: &Specimen) -> Vec<PlannedPhoto> {
    let is_png = random.random_bool(0.06);
    let megapixels = match random.random_range(0..100_u32) {
        0..6 => random.random_range(0.3..0.6),
        6..20 => random.random_range(0.6..1.5),
        _ if is_png => random.random_range(0.6..1.5),
        20..86 => random.random_range(1.5..4.0),
        86..95 => random.random_range(4.0..9.0),
        _ => 12.0,
    };
    let width = (f64::sqrt(megapixels * 1e6 * 4.0 / 3.0) as u32).next_multiple_of(4);
    let desk = random.random_range(0..6);
    let exif = random.random_bool(0.3).then(|| Exif {
        orientation: *[
            Orientation::TurnRight,
            Orientation::TurnRight,
            Orientation::TurnRight,
            Orientation::UpsideDown,
            Orientation::TurnLeft,
            Orientation::Upright,
        ]
        .choose(random)
        .unwrap_or(&Orientation::TurnRight),
        has_gps: random.random_bool(0.4),
    });
    let quality = random.random_range(80..=90);
    let mut kinds = specimen.document_type.required_sides().to_vec();
    if specimen.former_name.is_some() {
        kinds.push(EvidenceKind::Supporting);
    }
    kinds
        .into_iter()
        .map(|kind| PlannedPhoto {
            kind,
            shot: Shot {
                width_px: width.clamp(Shot::MIN_WIDTH, Shot::MAX_WIDTH),
                tilt_deg: if is_png || random.random_bool(0.3) { 0.0 } else { random.random_range(-4.0..4.0) },
                desk,
                grain: (!is_png).then(|| random.random()),
            },
            encoding: if is_png { Encoding::Png } else { Encoding::Jpeg { quality, exif } },
        })
        .collect()
}
