//! An application comes in from the portal: bounded, parsed into the domain's types, numbered, given its round and its deadline, and
//! queued, all in one transaction. The same idempotency key with the same content gets the same answer, however late it is repeated.

use casework::{
    CaseId, Declared, DocumentNumber, DocumentType, Evidence, EvidenceError, EvidenceKind, OfficeId, Period,
    PersonName, Round, Validity, check_sides,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use contract::case::DeclaredWire;
use contract::intake::{IntakeAnswer, IntakeApplication};
use contract::problem::ProblemCode;
use rusqlite::Connection;
use working_days::BeijingDate;

use crate::refusal::ServerError;
use crate::secret::sha256_hex;
use crate::state::AppState;
use crate::store::case::{self, NewCaseRecord};
use crate::store::deadline::{self, Computation, Reason};
use crate::store::event::{self, Event};
use crate::store::intake_key::{self, IntakeKeyRecord};
use crate::store::photo::{self, PhotoRecord};
use crate::store::{applicant, audit, feed, ms, office};

/// How long ago a submission may lie: a portal that was down for weeks can still deliver.
const OLDEST_SUBMISSION: Duration = Duration::days(60);
/// How far a portal's clock may be ahead.
const CLOCK_AHEAD: Duration = Duration::minutes(5);
/// The longest name that a portal may use for an applicant.
const MAX_REF_CHARS: usize = 64;

/// An application whose form was checked.
pub(crate) struct Application {
    pub(crate) key: String,
    pub(crate) wire: IntakeApplication,
    pub(crate) photos: Vec<(EvidenceKind, PhotoRecord)>,
}

fn bad(field: &str) -> ServerError {
    ServerError::at_field(ProblemCode::BadApplication, field)
}

/// Takes an application, or says why not.
pub(crate) fn accept(
    db: &Connection,
    state: &AppState,
    application: &Application,
    now: DateTime<Utc>,
) -> Result<IntakeAnswer, ServerError> {
    let Application { key, wire, photos } = application;
    let declared = parse_declared(&wire.declared)?;
    let kinds: Vec<EvidenceKind> = photos.iter().map(|(kind, _)| *kind).collect();
    check_sides(declared.document_type, &kinds).map_err(|why| match why {
        EvidenceError::SideMissing(side) | EvidenceError::SideTwice(side) => {
            ServerError::at_field(ProblemCode::SideMissing, side.word())
        }
        EvidenceError::TooMany => bad("supporting"),
    })?;
    if !is_reference(&wire.applicant_ref) {
        return Err(bad("applicant_ref"));
    }

    let fingerprint = fingerprint(wire, photos)?;
    if let Some(known) = intake_key::load(db, key)? {
        if known.fingerprint != fingerprint {
            return Err(ProblemCode::KeyReused.into());
        }
        return serde_json::from_str(&known.answer).map_err(|_| ServerError::Fault("a stored answer cannot be read"));
    }

    let submitted_at = submitted_at(wire.submitted_at_ms, now)?;
    let office = OfficeId(wire.office_id);
    let region = office::load(db, office)?.ok_or_else(|| bad("office_id"))?.region;
    let applicant = applicant::find_or_insert(db, &wire.applicant_ref, ms(now))?;
    if applicant::has_open_case(db, applicant)? {
        return Err(ProblemCode::ReviewPending.into());
    }
    let submitted_on = BeijingDate::of(submitted_at);
    let used = applicant::rounds_used(db, applicant, Period::of(submitted_on))?;
    let round = Round::after(used).ok_or(ProblemCode::NoReviewsLeft)?;

    let policy = &state.config().policy;
    let pack = state.calendar(db)?;
    let calendar = pack.calendar(region.as_deref());
    let outcome = deadline::outcome(&working_days::deadline(calendar, policy, submitted_at));
    let id = CaseId(state.new_id());
    let no = case::next_number(db, submitted_on)?;
    let new = NewCaseRecord {
        id,
        no: &no,
        office,
        applicant,
        round,
        submitted_at,
        declared: &declared,
        breach_ms: deadline::breach_ms(&outcome),
    };
    case::insert(db, &new, ms(now))?;
    let computation = Computation {
        case: id,
        outcome: &outcome,
        policy: policy.id,
        policy_version: policy.version,
        region: calendar.region(),
        pack_serial: pack.serial(),
        pack_sha256: pack.sha256(),
        reason: Reason::Initial,
        old_due_date: None,
        by: "portal",
    };
    deadline::insert(db, &computation, ms(now))?;
    insert_photos(db, id, photos)?;
    let event = Event {
        case: id,
        version: casework::CaseVersion(1),
        what: "submitted",
        from_state: None,
        to_state: "pending",
        account: None,
        decision: None,
    };
    event::insert(db, &event, ms(now))?;
    feed::touch(db, id, office)?;
    audit::write(db, ms(now), None, "submitted", Some(id), None)?;

    let answer = IntakeAnswer {
        case_id: id.0,
        case_no: no.0.clone(),
        round: round.number(),
        deadline: deadline::newest(db, id)?,
    };
    let text = serde_json::to_string(&answer).map_err(|_| ServerError::Fault("an answer cannot be written"))?;
    intake_key::insert(db, key, &IntakeKeyRecord { fingerprint, answer: text }, id, ms(now))?;
    Ok(answer)
}

fn insert_photos(db: &Connection, case: CaseId, photos: &[(EvidenceKind, PhotoRecord)]) -> Result<(), ServerError> {
    let mut evidence = Vec::with_capacity(photos.len());
    for (kind, record) in photos {
        photo::insert(db, record)?;
        evidence.push(Evidence { sha256: record.sha256, kind: *kind });
    }
    photo::in_order_shown(&mut evidence);
    for (position, one) in evidence.into_iter().enumerate() {
        photo::insert_evidence(db, case, position, one)?;
    }
    Ok(())
}

fn parse_declared(wire: &DeclaredWire) -> Result<Declared, ServerError> {
    let former_name = wire.former_name.as_deref().map(PersonName::parse).transpose();
    let valid_until = wire.valid_until.as_deref().map(|text| civil_date(text).ok_or(())).transpose();
    Ok(Declared {
        name: PersonName::parse(&wire.name).map_err(|_| bad("declared.name"))?,
        former_name: former_name.map_err(|_| bad("declared.former_name"))?,
        document_type: DocumentType::from_word(&wire.document_type).ok_or_else(|| bad("declared.document_type"))?,
        document_number: DocumentNumber::parse(&wire.document_number).map_err(|_| bad("declared.document_number"))?,
        valid_from: civil_date(&wire.valid_from).ok_or_else(|| bad("declared.valid_from"))?,
        validity: valid_until.map_err(|()| bad("declared.valid_until"))?.map_or(Validity::LongTerm, Validity::Until),
    })
}

/// `YYYY-MM-DD` of the years 1900 to 2200, written exactly so.
fn civil_date(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike;
    let date: NaiveDate = text.parse().ok()?;
    (date.to_string() == text && (1900..=2200).contains(&date.year())).then_some(date)
}

fn is_reference(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_REF_CHARS && text.chars().all(|c| c.is_ascii_graphic())
}

fn submitted_at(ms: i64, now: DateTime<Utc>) -> Result<DateTime<Utc>, ServerError> {
    let out_of_bounds = || ServerError::at_field(ProblemCode::SubmittedAtOutOfBounds, "submitted_at_ms");
    let at = DateTime::from_timestamp_millis(ms).ok_or_else(out_of_bounds)?;
    if (now - OLDEST_SUBMISSION..=now + CLOCK_AHEAD).contains(&at) { Ok(at) } else { Err(out_of_bounds()) }
}

fn fingerprint(wire: &IntakeApplication, photos: &[(EvidenceKind, PhotoRecord)]) -> Result<String, ServerError> {
    let application =
        serde_json::to_string(wire).map_err(|_| ServerError::Fault("an application cannot be written"))?;
    let mut parts: Vec<String> =
        photos.iter().map(|(kind, record)| format!("{} {}", kind.word(), record.sha256)).collect();
    parts.sort();
    parts.push(application);
    Ok(sha256_hex(parts.join("\n").as_bytes()))
}
