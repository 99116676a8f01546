//! The reasons catalogue: data that comes with the program, kept in the database by version. A new version is added beside the old ones.

use casework::{Reason, ReasonCatalogue, ReasonCode, ReasonKind};
use contract::reason::{ReasonWire, ReasonsAnswer};
use rusqlite::Connection;

use crate::refusal::ServerError;
use crate::store::reason;

const BUILT_IN: &str = include_str!("../data/reasons.json");

/// The catalogue that comes with the program; `None` when it breaks its own rules.
pub(crate) fn built_in() -> Option<ReasonsAnswer> {
    let answer: ReasonsAnswer = serde_json::from_str(BUILT_IN).ok()?;
    domain(answer.version, &answer.reasons)?;
    Some(answer)
}

/// Keeps a catalogue, unless its version or a newer one is there already.
pub(crate) fn keep(db: &Connection, answer: &ReasonsAnswer, now_ms: i64) -> Result<(), ServerError> {
    if reason::newest_version(db)?.is_some_and(|newest| newest >= answer.version) {
        return Ok(());
    }
    let reasons = serde_json::to_string(&answer.reasons)
        .map_err(|_| ServerError::Fault("the reasons catalogue cannot be written"))?;
    reason::insert(db, answer.version, &reasons, now_ms)
}

/// The newest catalogue.
pub(crate) fn newest(db: &Connection) -> Result<ReasonsAnswer, ServerError> {
    let version = reason::newest_version(db)?.ok_or(ServerError::Fault("there is no reasons catalogue"))?;
    let reasons = reason::load(db, version)?.ok_or(ServerError::Fault("there is no reasons catalogue"))?;
    Ok(ReasonsAnswer { version, reasons })
}

/// The catalogue of a version; `None` when there never was one.
pub(crate) fn of_version(db: &Connection, version: u32) -> Result<Option<ReasonCatalogue>, ServerError> {
    let Some(reasons) = reason::load(db, version)? else {
        return Ok(None);
    };
    domain(version, &reasons).map(Some).ok_or(ServerError::Fault("a stored reasons catalogue is not valid"))
}

fn domain(version: u32, reasons: &[ReasonWire]) -> Option<ReasonCatalogue> {
    let mut catalogue = ReasonCatalogue { version, reasons: Vec::new() };
    for wire in reasons {
        let code = ReasonCode(wire.code.clone());
        if code.0.is_empty() || catalogue.find(&code).is_some() {
            return None;
        }
        catalogue.reasons.push(Reason {
            code,
            kind: ReasonKind::from_word(&wire.kind)?,
            needs_text: wire.needs_text,
            label: [wire.label_zh.clone(), wire.label_en.clone()],
            applicant_text: [wire.applicant_text_zh.clone(), wire.applicant_text_en.clone()],
        });
    }
    Some(catalogue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_is_valid_and_complete_in_both_languages() {
        let answer = built_in().unwrap();
        assert_eq!(answer.version, 1);
        assert_eq!(answer.reasons.len(), 17);
        for reason in &answer.reasons {
            for text in [&reason.label_zh, &reason.label_en, &reason.applicant_text_zh, &reason.applicant_text_en] {
                assert!(!text.trim().is_empty(), "{}", reason.code);
            }
        }
        assert_eq!(answer.reasons.iter().filter(|reason| reason.kind == "escalate").count(), 3);
        assert_eq!(answer.reasons.iter().filter(|reason| reason.needs_text).count(), 1);
    }
}
