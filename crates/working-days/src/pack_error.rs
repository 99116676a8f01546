//! Why a calendar pack is refused. Each reason has a stable word for records and for the window, which has a sentence for each.

use thiserror::Error;

use crate::beijing::BeijingDate;

/// Why a calendar pack is refused. The pack in force stays.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackError {
    /// More bytes than [`crate::MAX_PACK_BYTES`].
    #[error("the calendar pack is larger than 1 MiB")]
    TooLarge,
    /// Not JSON, cut off, or not of the expected shape.
    #[error("the calendar pack is malformed at line {line}, column {column}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Of a format that this program does not know.
    #[error("the calendar pack is of an unknown format; a newer program may know it")]
    UnknownFormat,
    /// The same content written in another way than the one that can be signed.
    #[error("the calendar pack is not in canonical form")]
    NotCanonical,
    /// A text that is no date or no instant.
    #[error("the calendar pack holds a text that is no date: {text}")]
    NotADate {
        /// The text, cut to 32 characters.
        text: String,
    },
    /// Serial 0.
    #[error("a calendar pack has a serial of 1 or more")]
    NoSerial,
    /// A serial whose date lies after the day of issue: it would stand in the way of every later pack.
    #[error("the serial {serial} belongs to a later day than that of issue")]
    SerialAheadOfIssue {
        /// The serial.
        serial: u32,
    },
    /// Issued in the future: it would make past what is still to come.
    #[error("the calendar pack was issued in the future")]
    IssuedInFuture,
    /// No official year at all.
    #[error("the calendar pack holds no official year")]
    Empty,
    /// A year outside 2014–2100, of a notice or of the pack's issue: before, other rules of law held.
    #[error("the year {year} is not plausible in a calendar pack")]
    ImplausibleYear {
        /// The year.
        year: i32,
    },
    /// Years follow each other without a gap, official ones first.
    #[error("the year {year} is missing, doubled, or absent between official years")]
    YearOutOfOrder {
        /// The first year that is not where it belongs.
        year: i32,
    },
    /// A notice stands in another year than its own, or not in the order of issue.
    #[error("a notice for {year} is not where it belongs")]
    NoticeOutOfOrder {
        /// The year in which it stands.
        year: i32,
    },
    /// A holiday's or notice's name is empty, too long, or not plain text; or a region's code is not of its form or comes twice.
    #[error("a name in the calendar pack is not usable")]
    BadName,
    /// A day outside the notice's year and the December before it, or a regional day outside the pack's years or out of order.
    #[error("{day} does not belong where it stands")]
    DayOutsideYear {
        /// The stray day.
        day: BeijingDate,
    },
    /// Only a Saturday or Sunday can be made a working day.
    #[error("{day} cannot be a make-up day: it is no Saturday or Sunday")]
    MakeUpOnWeekday {
        /// The day in question.
        day: BeijingDate,
    },
    /// One notice says two things of a day, or a region has it twice.
    #[error("{day} comes twice in one notice")]
    DayTwice {
        /// The day in question.
        day: BeijingDate,
    },
    /// More notices, regions or regional days than are plausible, or more holiday names than the calendar can number.
    #[error("the calendar pack holds too many entries")]
    TooManyEntries,
    /// Working days of an official year outside 244–254 (2016–2026: 248–251).
    #[error("{year} would have {count} working days; 244 to 254 are plausible")]
    WorkingDays {
        /// The year.
        year: i32,
        /// How many it would have.
        count: u32,
    },
    /// A day off that the law itself gives is missing (放假办法 art. 2: 11 days, 13 from 2025).
    #[error("{year} would have {found} of its {needed} statutory days off")]
    StatutoryDays {
        /// The year.
        year: i32,
        /// How many of them are off.
        found: u32,
        /// How many the law gives.
        needed: u32,
    },
    /// Not newer than the pack in force: a rollback.
    #[error("calendar pack {offered} is not newer than pack {current}, which is in force")]
    SerialNotHigher {
        /// The refused serial.
        offered: u32,
        /// The serial in force.
        current: u32,
    },
    /// A year that was official is not any more.
    #[error("{year} was official in the pack in force and is missing in this one")]
    YearLost {
        /// The year.
        year: i32,
    },
    /// An official year lost a notice, or has fewer days off in a pack that is not marked as retroactive.
    #[error("{year} has fewer days off or notices than in the pack in force")]
    YearShrunk {
        /// The year.
        year: i32,
    },
    /// A day before the issue of the pack changes, and the pack does not say that it means to.
    #[error("{day} lies in the past and would change, but the pack is not marked as retroactive")]
    PastChanged {
        /// The first such day.
        day: BeijingDate,
    },
    /// No region of this code.
    #[error("the calendar pack knows no region {code}")]
    UnknownRegion {
        /// The code, as asked for.
        code: String,
    },
    /// No signature.
    #[error("the calendar pack is not signed")]
    Unsigned,
    /// The signature is not of minisign's form.
    #[error("the signature of the calendar pack cannot be read")]
    SignatureUnreadable,
    /// Signed by none of the trusted keys.
    #[error("the calendar pack is signed by a key that is not trusted here")]
    UnknownKey,
    /// The key is trusted, the signature is not of these bytes.
    #[error("the signature does not match: the calendar pack was changed after it was signed")]
    WrongSignature,
    /// The signature's trusted comment names another serial: it was taken from another pack.
    #[error("the signature is of another serial than the calendar pack")]
    SerialNotSigned,
    /// A text that is no public key of minisign's form.
    #[error("the public key for calendar packs cannot be read")]
    KeyUnreadable,
}

impl PackError {
    /// A stable word for records and for the window's sentence.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed { .. } | Self::NotADate { .. } | Self::NotCanonical => "malformed",
            Self::UnknownFormat => "unknown_format",
            Self::NoSerial
            | Self::SerialAheadOfIssue { .. }
            | Self::IssuedInFuture
            | Self::ImplausibleYear { .. }
            | Self::YearOutOfOrder { .. }
            | Self::NoticeOutOfOrder { .. }
            | Self::BadName
            | Self::DayOutsideYear { .. }
            | Self::DayTwice { .. }
            | Self::TooManyEntries
            | Self::UnknownRegion { .. } => "contradictory",
            Self::Empty => "empty",
            Self::MakeUpOnWeekday { .. } => "make_up_on_weekday",
            Self::WorkingDays { .. } => "working_days",
            Self::StatutoryDays { .. } => "statutory_days",
            Self::SerialNotHigher { .. } => "serial_not_higher",
            Self::YearLost { .. } | Self::YearShrunk { .. } => "year_shrunk",
            Self::PastChanged { .. } => "past_changed",
            Self::Unsigned => "unsigned",
            Self::SignatureUnreadable => "signature_unreadable",
            Self::UnknownKey | Self::KeyUnreadable => "unknown_key",
            Self::WrongSignature | Self::SerialNotSigned => "wrong_signature",
        }
    }
}
