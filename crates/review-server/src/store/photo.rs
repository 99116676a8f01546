//! Photos by the hash of their original bytes, and which case shows which.

use casework::{AccountId, CaseId, Evidence, EvidenceKind, OfficeId, Sha256};
use contract::case::EvidenceWire;
use rusqlite::{Connection, OptionalExtension, params};

use crate::refusal::ServerError;
use crate::store::column;

/// A photo that was looked at and hashed.
pub(crate) struct PhotoRecord {
    pub(crate) sha256: Sha256,
    pub(crate) photo_type: photo::PhotoType,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: bytes::Bytes,
}

fn word_of(photo_type: photo::PhotoType) -> &'static str {
    match photo_type {
        photo::PhotoType::Jpeg => "jpeg",
        photo::PhotoType::Png => "png",
        photo::PhotoType::Webp => "webp",
    }
}

fn type_of(word: &str) -> Option<photo::PhotoType> {
    [photo::PhotoType::Jpeg, photo::PhotoType::Png, photo::PhotoType::Webp]
        .into_iter()
        .find(|&photo_type| word_of(photo_type) == word)
}

/// Keeps a photo; one that is there already stays.
pub(crate) fn insert(db: &Connection, photo: &PhotoRecord) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO photos (sha256, photo_type, width, height, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (sha256) DO NOTHING",
        params![photo.sha256.to_string(), word_of(photo.photo_type), photo.width, photo.height, &photo.bytes[..]],
    )?;
    Ok(())
}

/// Type and bytes of a photo.
pub(crate) fn load(db: &Connection, sha256: Sha256) -> Result<Option<(photo::PhotoType, Vec<u8>)>, ServerError> {
    let mut statement = db.prepare_cached("SELECT photo_type, bytes FROM photos WHERE sha256 = ?1")?;
    let found = statement
        .query_row([sha256.to_string()], |row| Ok((column::word(row, 0, "photo type", type_of)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

pub(crate) fn insert_evidence(
    db: &Connection,
    case: CaseId,
    position: usize,
    evidence: Evidence,
) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO evidence (case_id, position, sha256, kind) VALUES (?1, ?2, ?3, ?4)",
        params![
            case.to_string(),
            i64::try_from(position).unwrap_or(i64::MAX),
            evidence.sha256.to_string(),
            evidence.kind.word()
        ],
    )?;
    Ok(())
}

/// The photos of a case, in the order in which they are shown.
pub(crate) fn of_case(db: &Connection, case: CaseId) -> Result<Vec<EvidenceWire>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT e.sha256, e.kind, p.photo_type, length(p.bytes), p.width, p.height
         FROM evidence e JOIN photos p USING (sha256) WHERE e.case_id = ?1 ORDER BY e.position",
    )?;
    let evidence = statement
        .query_map([case.to_string()], |row| {
            Ok(EvidenceWire {
                sha256: row.get(0)?,
                kind: row.get(1)?,
                photo_type: row.get(2)?,
                bytes: row.get(3)?,
                width: row.get(4)?,
                height: row.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(evidence)
}

/// The hashes of a case's photos.
pub(crate) fn hashes_of_case(db: &Connection, case: CaseId) -> Result<Vec<Sha256>, ServerError> {
    let mut statement = db.prepare_cached("SELECT sha256 FROM evidence WHERE case_id = ?1")?;
    let hashes =
        statement.query_map([case.to_string()], |row| column::sha256(row, 0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(hashes)
}

/// The cases of an office that show a photo, each with who holds its current lease.
pub(crate) fn cases_showing(
    db: &Connection,
    sha256: Sha256,
    office: OfficeId,
) -> Result<Vec<(CaseId, Option<AccountId>)>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT c.case_id, l.holder FROM evidence e JOIN cases c USING (case_id) LEFT JOIN leases l USING (case_id)
         WHERE e.sha256 = ?1 AND c.office_id = ?2",
    )?;
    let cases = statement
        .query_map([sha256.to_string(), office.to_string()], |row| {
            Ok((column::case_id(row, 0)?, column::maybe_account_id(row, 1)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(cases)
}

/// Puts photos into the order in which they are shown: by kind, then as uploaded.
pub(crate) fn in_order_shown(evidence: &mut [Evidence]) {
    evidence.sort_by_key(|one| EvidenceKind::ALL.iter().position(|&kind| kind == one.kind));
}
