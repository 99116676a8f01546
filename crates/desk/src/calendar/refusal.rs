//! Why a pack is not accepted, as the window gets it and as it is kept: one word for each reason.

use working_days::PackError;

use crate::view::CalendarRefusalView as Refusal;

const WORDS: [(&str, Refusal); 16] = [
    ("too_large", Refusal::TooLarge),
    ("malformed", Refusal::Malformed),
    ("unknown_format", Refusal::UnknownFormat),
    ("contradictory", Refusal::Contradictory),
    ("empty", Refusal::Empty),
    ("make_up_on_weekday", Refusal::MakeUpOnWeekday),
    ("working_days", Refusal::WorkingDays),
    ("statutory_days", Refusal::StatutoryDays),
    ("serial_not_higher", Refusal::SerialNotHigher),
    ("year_shrunk", Refusal::YearShrunk),
    ("past_changed", Refusal::PastChanged),
    ("unsigned", Refusal::Unsigned),
    ("signature_unreadable", Refusal::SignatureUnreadable),
    ("unknown_key", Refusal::UnknownKey),
    ("wrong_signature", Refusal::WrongSignature),
    ("keys_changed", Refusal::KeysChanged),
];

/// The refusal of a kept word; an unknown one (of a newer program) only says that the pack cannot be used.
pub(super) fn refusal_of_word(word: &str) -> Refusal {
    WORDS.iter().find(|(known, _)| *known == word).map_or(Refusal::Contradictory, |(_, refusal)| *refusal)
}

pub(super) fn word_of(refusal: Refusal) -> &'static str {
    WORDS.iter().find(|(_, known)| *known == refusal).map_or("contradictory", |(word, _)| word)
}

pub(super) fn refusal_of(error: &PackError) -> Refusal {
    refusal_of_word(error.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_kept_under_the_word_that_the_window_gets() {
        for (word, refusal) in WORDS {
            assert_eq!(serde_json::to_value(refusal).unwrap(), word);
            assert_eq!(refusal_of_word(word_of(refusal)), refusal);
        }
    }

    #[test]
    fn the_words_of_the_rules_are_known() {
        let year = 2027;
        for error in [
            PackError::TooLarge,
            PackError::Malformed { line: 1, column: 1 },
            PackError::UnknownFormat,
            PackError::NotCanonical,
            PackError::Empty,
            PackError::BadName,
            PackError::WorkingDays { year, count: 1 },
            PackError::StatutoryDays { year, found: 1, needed: 13 },
            PackError::SerialNotHigher { offered: 1, current: 2 },
            PackError::YearLost { year },
            PackError::YearShrunk { year },
            PackError::Unsigned,
            PackError::SignatureUnreadable,
            PackError::UnknownKey,
            PackError::WrongSignature,
            PackError::SerialNotSigned,
        ] {
            assert!(WORDS.iter().any(|(word, _)| *word == error.word()), "{error}");
        }
    }
}
