//! Sync's port over the open vault: wire types become rows here, checked on the way. A page with a row that keeps no rule is refused whole, so
//! that the cursor stays before it and nothing is dropped unseen.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casework::{
    AccountId, CaseId, CaseNo, CaseVersion, Declared, DocumentNumber, DocumentType, EvidenceKind, Fence, PersonName,
    Reason, ReasonCatalogue, ReasonCode, ReasonKind, Round, Sha256, Validity,
};
use chrono::NaiveDate;
use contract::calendar::CalendarAnswer;
use contract::case::{
    CaseDetail, CaseRow as WireRow, DeadlineOutcome, DeadlineWire, DeclaredWire, DueWire, EarlierRound,
};
use contract::case_work::CaseWorkRequest;
use contract::device::DeviceRequest;
use contract::feed::{Change, ChangesAnswer};
use contract::lease::{LeaseAnswer, LeasesAnswer, OpenedCase};
use contract::reason::ReasonsAnswer;
use contract::server_info::ServerInfo;
use contract::session::Person;
use sync::{CalendarStored, FeedPosition, Ledger, LedgerError, PhotoStored, PhotoWanted, SharedClock, UnsentWork};
use vault::{
    CaseRow, CaseWorkRow, ChangesPage, DeadlineFacts, DeadlineReason, DeadlineRow, DueRow, EarlierOutcome,
    EarlierRoundRow, EvidenceState, HeldCase, HeldEvidence, LeaseRow, OpenedRow, OutcomeRow, SecretName, StateWord,
    VaultError,
};
use working_days::BeijingDate;
use zeroize::Zeroizing;

use crate::calendar::Calendars;
use crate::desk::SharedVault;
use crate::error::DeskError;
use crate::escrow;
use crate::photo::{self, Stored};
use crate::seat::{Common, Reviewer, held as locked};

/// The vault as sync sees it.
pub(crate) struct VaultLedger {
    pub(crate) vault: SharedVault,
    pub(crate) data: PathBuf,
    pub(crate) worker: ::photo::Worker,
    pub(crate) calendars: Arc<Calendars>,
    pub(crate) common: Arc<Common>,
    pub(crate) clock: SharedClock,
}

/// Something from the server that keeps no rule of the contract.
pub(crate) fn unreadable<E>(what: &'static str) -> impl FnOnce(E) -> LedgerError {
    move |_| {
        tracing::error!(what, "the server sent something that keeps no rule of the contract");
        LedgerError::Unreadable
    }
}

pub(crate) fn kept(error: VaultError) -> LedgerError {
    tracing::error!(%error, "the vault failed");
    match error {
        VaultError::DiskFull { .. } => LedgerError::Full,
        _ => LedgerError::Storage,
    }
}

fn kept_of_desk(error: DeskError) -> LedgerError {
    match error {
        DeskError::Vault(error) => kept(error),
        error => {
            tracing::error!(%error, "the calendar cannot be kept");
            LedgerError::Storage
        }
    }
}

#[async_trait]
impl Ledger for VaultLedger {
    fn feed_position(&self) -> Result<FeedPosition, LedgerError> {
        let position = self.vault.feed_position().map_err(kept)?;
        Ok(FeedPosition { epoch: position.epoch, cursor: position.cursor })
    }

    fn apply_changes(&self, page: &ChangesAnswer, is_first_of_epoch: bool, is_last: bool) -> Result<(), LedgerError> {
        let mut upserts = Vec::new();
        let mut gone = Vec::new();
        for change in &page.changes {
            match change {
                Change::Case { row } => upserts.push(case_row(row)?),
                Change::Gone { case_id, .. } => gone.push(CaseId(*case_id)),
            }
        }
        let keep = self.vault.outbox_undelivered_cases().map_err(kept)?;
        let page =
            ChangesPage { epoch: page.epoch.clone(), cursor: page.cursor, is_first_of_epoch, is_last, upserts, gone };
        self.vault.apply_changes(&page, &keep).map_err(kept)?;
        for case_id in page.gone.iter().filter(|gone| !keep.contains(gone)) {
            self.vault.forget_case_work(*case_id).map_err(kept)?;
        }
        if is_last {
            self.calendars.recount_if_waiting();
        }
        Ok(())
    }

    fn put_leases(&self, leases: &LeasesAnswer) -> Result<(), LedgerError> {
        let cases = leases.leases.iter().map(held_case).collect::<Result<Vec<_>, _>>()?;
        let mut keep = self.vault.outbox_undelivered_cases().map_err(kept)?;
        keep.extend(self.lapsed_on_screen()?);
        self.vault.put_held(&cases, true, &keep).map_err(kept)?;
        for lease in &leases.leases {
            self.take_case_work(lease)?;
        }
        let held: Vec<_> = cases.iter().map(|(row, _)| row.case_id).collect();
        self.vault.forget_opened_but(&held).map_err(kept)?;
        let is_news = std::mem::replace(&mut *locked(&self.common.offline_until_ms), leases.offline_until_ms)
            != leases.offline_until_ms;
        if is_news {
            self.vault.put_offline_until_ms(leases.offline_until_ms).map_err(kept)?;
        }
        Ok(())
    }

    fn put_lease(&self, lease: &LeaseAnswer) -> Result<(), LedgerError> {
        self.vault.put_held(&[held_case(lease)?], false, &[]).map_err(kept)?;
        self.take_case_work(lease)
    }

    fn lease_lost(&self, case_id: CaseId) -> Result<(), LedgerError> {
        self.vault.drop_held(case_id).map(drop).map_err(kept)
    }

    fn opened_untold(&self, limit: usize) -> Result<Vec<OpenedCase>, LedgerError> {
        let opened = self.vault.opened_untold().map_err(kept)?;
        let wire = |row: OpenedRow| OpenedCase { case_id: row.case_id.0, fence: row.fence.0 };
        Ok(opened.into_iter().take(limit).map(wire).collect())
    }

    fn opened_told(&self, opened: &[OpenedCase]) -> Result<(), LedgerError> {
        let told: Vec<_> = opened.iter().map(|opened| (CaseId(opened.case_id), Fence(opened.fence))).collect();
        self.vault.opened_told(&told).map_err(kept)
    }

    fn case_work_dirty(&self, limit: usize) -> Result<Vec<UnsentWork>, LedgerError> {
        let dirty = self.vault.case_work_dirty().map_err(kept)?;
        let unsent = |row: CaseWorkRow| {
            let work = serde_json::from_slice(&row.work).map_err(unreadable("a kept draft"))?;
            Ok(UnsentWork { case_id: row.case_id, request: CaseWorkRequest { fence: row.fence.0, work } })
        };
        dirty.into_iter().take(limit).map(unsent).collect()
    }

    fn case_work_synced(&self, case_id: CaseId, updated_at_ms: i64) -> Result<(), LedgerError> {
        self.vault.case_work_synced(case_id, updated_at_ms).map(drop).map_err(kept)
    }

    fn device_keys(&self) -> Result<DeviceRequest, LedgerError> {
        Ok(DeviceRequest {
            device_key: STANDARD.encode(self.vault.device_public_key()),
            author_key: STANDARD.encode(self.vault.author_public_key().map_err(kept)?),
        })
    }

    fn has_delivery_credential(&self) -> Result<bool, LedgerError> {
        Ok(self.vault.delivery_credential().map_err(kept)?.is_some())
    }

    fn put_delivery_credential(&self, credential: &str) -> Result<(), LedgerError> {
        self.vault.put_delivery_credential(credential).map_err(kept)
    }

    fn put_reasons(&self, reasons: &ReasonsAnswer) -> Result<(), LedgerError> {
        self.vault.put_reasons(&catalogue(reasons)?).map_err(kept)
    }

    fn reasons_version(&self) -> Result<Option<u32>, LedgerError> {
        Ok(self.vault.reasons().map_err(kept)?.map(|catalogue| catalogue.version))
    }

    fn calendar_etag(&self) -> Result<String, LedgerError> {
        Ok(self.calendars.in_force().id.sha256_hex())
    }

    fn put_calendar(&self, calendar: &CalendarAnswer) -> Result<CalendarStored, LedgerError> {
        self.calendars.hear_pack(calendar).map_err(kept_of_desk)
    }

    fn calendar_unchanged(&self, sha256: &str) -> Result<(), LedgerError> {
        self.calendars.hear_unchanged(sha256).map_err(kept_of_desk)
    }

    fn photos_wanted(&self, limit: usize) -> Result<Vec<PhotoWanted>, LedgerError> {
        let wanted = self.vault.photos_wanted(u32::try_from(limit).unwrap_or(u32::MAX)).map_err(kept)?;
        Ok(wanted
            .into_iter()
            .map(|photo| PhotoWanted { sha256: photo.sha256, max_bytes: photo.bytes as usize })
            .collect())
    }

    async fn put_photo(&self, sha256: Sha256, bytes: Vec<u8>) -> Result<PhotoStored, LedgerError> {
        match photo::store(&self.worker, &self.vault, sha256, bytes).await.map_err(kept)? {
            Stored::Shown => Ok(PhotoStored::Shown),
            Stored::Unshowable => Ok(PhotoStored::Unshowable),
            Stored::NotNow => Err(LedgerError::Storage),
        }
    }

    fn refresh_token(&self) -> Result<Option<Zeroizing<String>>, LedgerError> {
        let secret = self.vault.secret(SecretName::RefreshToken).map_err(kept)?;
        secret
            .map(|bytes| std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())))
            .transpose()
            .map_err(unreadable("refresh token"))
    }

    fn put_refresh_token(&self, token: &str) -> Result<(), LedgerError> {
        self.vault.put_secret(SecretName::RefreshToken, token.as_bytes()).map_err(kept)
    }

    fn put_person(&self, person: &Person) -> Result<(), LedgerError> {
        let text = serde_json::to_string(&Reviewer::from(person)).map_err(unreadable("person"))?;
        self.vault.put_person(&text).map_err(kept)
    }

    fn put_server_info(&self, server: &ServerInfo) -> Result<(), LedgerError> {
        let text = serde_json::to_string(server).map_err(unreadable("server"))?;
        self.vault.put_server(&text).map_err(kept)?;
        locked(&self.common.server).clone_from(server);
        // Only a way back after a forgotten password: no reason to stop.
        if let Err(error) = escrow::keep(&self.data, &self.vault, &server.envelope_key) {
            tracing::error!(%error, "the device's key is not sealed to the server");
        }
        self.calendars.hear_keys(&server.calendar_keys).map_err(kept_of_desk)
    }

    fn put_clock_offset(&self, offset_ms: i64) -> Result<(), LedgerError> {
        self.vault.put_clock_offset(offset_ms).map_err(kept)
    }
}

impl VaultLedger {
    /// The case on the screen, while its lease has lapsed and nobody else is known to have it.
    fn lapsed_on_screen(&self) -> Result<Option<CaseId>, LedgerError> {
        let Some(shown) = *locked(&self.common.on_screen) else { return Ok(None) };
        let is_ours = self.vault.case_row(shown).map_err(kept)?.is_some_and(|row| row.is_held);
        let held = self.vault.held(shown).map_err(kept)?;
        Ok(held.filter(|held| is_ours && held.expires_at_ms <= self.clock.now().ms).map(|_| shown))
    }

    /// What comes with a lease takes the place of what is here, unless that is still to be sent, or was decided on. What was made here stays
    /// where the server has none.
    fn take_case_work(&self, lease: &LeaseAnswer) -> Result<(), LedgerError> {
        let case_id = CaseId(lease.case.row.case_id);
        let here = self.vault.case_work(case_id).map_err(kept)?;
        if here.as_ref().is_some_and(|here| here.is_dirty)
            || self.vault.outbox_live_cases().map_err(kept)?.contains(&case_id)
        {
            return Ok(());
        }
        match (&lease.work, here) {
            (Some(work), here) => {
                let row = CaseWorkRow {
                    case_id,
                    fence: Fence(lease.fence),
                    work: Zeroizing::new(serde_json::to_vec(work).map_err(unreadable("case work"))?),
                    remind_at_ms: work.hold.as_ref().and_then(|hold| hold.remind_at_ms),
                    updated_at_ms: work.updated_at_ms,
                    is_dirty: false,
                };
                let is_same = here.is_some_and(|here| here.work == row.work && here.fence == row.fence);
                if is_same { Ok(()) } else { self.vault.put_case_work(&row).map_err(kept) }
            }
            (None, Some(here)) if here.fence != Fence(lease.fence) => {
                self.vault.forget_case_work(case_id).map_err(kept)
            }
            (None, _) => Ok(()),
        }
    }
}

/// A row of the feed.
fn case_row(row: &WireRow) -> Result<CaseRow, LedgerError> {
    let name = PersonName::parse(&row.name).map_err(unreadable("name"))?;
    Ok(CaseRow {
        case_id: CaseId(row.case_id),
        case_no: CaseNo(bounded(&row.case_no, 64, "case number")?),
        version: CaseVersion(row.version),
        state: StateWord::from_word(&row.state).ok_or(()).map_err(unreadable("state"))?,
        name: name.as_str().to_owned(),
        last_four: bounded(&row.last_four, 4, "last four")?,
        document_type: DocumentType::from_word(&row.document_type).ok_or(()).map_err(unreadable("document type"))?,
        round: Round::new(row.round).map_err(unreadable("round"))?,
        deadline: deadline_row(&row.deadline)?,
        lease: row
            .lease
            .as_ref()
            .map(|lease| {
                Ok(LeaseRow {
                    holder: AccountId(lease.holder),
                    holder_name: bounded(&lease.holder_name, 100, "holder")?,
                    expires_at_ms: lease.expires_at_ms,
                })
            })
            .transpose()?,
    })
}

fn bounded(text: &str, most: usize, what: &'static str) -> Result<String, LedgerError> {
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(unreadable(what)(()));
    }
    Ok(text.to_owned())
}

fn deadline_row(deadline: &DeadlineWire) -> Result<DeadlineRow, LedgerError> {
    let due = |due: &DueWire| {
        Ok(DueRow { due_date: beijing_date(&due.due_date)?, target_ms: due.target_ms, breach_ms: due.breach_ms })
    };
    let outcome = match &deadline.outcome {
        DeadlineOutcome::Final { due: wire } => OutcomeRow::Final { due: due(wire)? },
        DeadlineOutcome::Provisional { due: wire, earliest, latest } => OutcomeRow::Provisional {
            due: due(wire)?,
            earliest: beijing_date(earliest)?,
            latest: beijing_date(latest)?,
        },
        DeadlineOutcome::OutOfRange => OutcomeRow::OutOfRange,
    };
    let facts = DeadlineFacts {
        submitted_at_ms: deadline.submitted_at_ms,
        policy_version: deadline.policy_version,
        region: deadline.region.as_deref().map(|code| bounded(code, 16, "region")).transpose()?,
        pack_serial: deadline.pack_serial,
        // One fact less; no reason to keep a whole page of cases from the person.
        pack_sha256: deadline.pack_sha256.parse().ok(),
        reason: DeadlineReason::from_word(&deadline.reason).ok_or(()).map_err(unreadable("deadline reason"))?,
        computed_at_ms: deadline.computed_at_ms,
        first_due_date: deadline.first_due_date.as_deref().map(beijing_date).transpose()?,
    };
    Ok(DeadlineRow { outcome, policy: bounded(&deadline.policy, 8, "policy")?, facts: Some(facts) })
}

fn beijing_date(text: &str) -> Result<BeijingDate, LedgerError> {
    BeijingDate::parse(text).ok_or(()).map_err(unreadable("date"))
}

/// A leased case with its row.
fn held_case(lease: &LeaseAnswer) -> Result<(CaseRow, HeldCase), LedgerError> {
    let CaseDetail { row, submitted_at_ms, declared, evidence, earlier_rounds } = &lease.case;
    let evidence = evidence
        .iter()
        .map(|photo| {
            Ok(HeldEvidence {
                sha256: photo.sha256.parse().map_err(unreadable("photo hash"))?,
                kind: EvidenceKind::from_word(&photo.kind).ok_or(()).map_err(unreadable("photo kind"))?,
                photo_type: bounded(&photo.photo_type, 16, "photo type")?,
                bytes: photo.bytes,
                width: photo.width,
                height: photo.height,
                state: EvidenceState::Waiting,
            })
        })
        .collect::<Result<Vec<_>, LedgerError>>()?;
    if evidence.len() > casework::Evidence::MAX_PER_CASE {
        return Err(unreadable("number of photos")(()));
    }
    let held = HeldCase {
        case_id: CaseId(row.case_id),
        fence: Fence(lease.fence),
        expires_at_ms: lease.expires_at_ms,
        submitted_at_ms: *submitted_at_ms,
        declared: declared_data(declared)?,
        evidence,
        earlier_rounds: earlier_rounds.iter().map(earlier_round).collect::<Result<_, _>>()?,
    };
    Ok((case_row(row)?, held))
}

fn earlier_round(earlier: &EarlierRound) -> Result<EarlierRoundRow, LedgerError> {
    Ok(EarlierRoundRow {
        round: Round::new(earlier.round).map_err(unreadable("earlier round"))?,
        case_no: CaseNo(bounded(&earlier.case_no, 64, "earlier case number")?),
        submitted_on: beijing_date(&earlier.submitted_on)?,
        outcome: EarlierOutcome::from_word(&earlier.outcome).ok_or(()).map_err(unreadable("earlier outcome"))?,
        reasons: earlier.reasons.iter().map(|code| ReasonCode(code.clone())).collect(),
    })
}

fn declared_data(declared: &DeclaredWire) -> Result<Declared, LedgerError> {
    let name = |text: &str| PersonName::parse(text).map_err(unreadable("declared name"));
    let date = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(unreadable("validity"));
    Ok(Declared {
        name: name(&declared.name)?,
        former_name: declared.former_name.as_deref().map(name).transpose()?,
        document_type: DocumentType::from_word(&declared.document_type)
            .ok_or(())
            .map_err(unreadable("declared document type"))?,
        document_number: DocumentNumber::parse(&declared.document_number).map_err(unreadable("declared number"))?,
        valid_from: date(&declared.valid_from)?,
        validity: match &declared.valid_until {
            Some(until) => Validity::Until(date(until)?),
            None => Validity::LongTerm,
        },
    })
}

fn catalogue(answer: &ReasonsAnswer) -> Result<ReasonCatalogue, LedgerError> {
    let reasons = answer.reasons.iter().map(|reason| {
        Ok(Reason {
            code: ReasonCode(bounded(&reason.code, 64, "reason code")?),
            kind: ReasonKind::from_word(&reason.kind).ok_or(()).map_err(unreadable("reason kind"))?,
            needs_text: reason.needs_text,
            label: [reason.label_zh.clone(), reason.label_en.clone()],
            applicant_text: [reason.applicant_text_zh.clone(), reason.applicant_text_en.clone()],
        })
    });
    Ok(ReasonCatalogue { version: answer.version, reasons: reasons.collect::<Result<_, LedgerError>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_whose_pack_is_not_named_readably_loses_that_fact_alone() {
        let wire = |pack_sha256: &str| DeadlineWire {
            outcome: DeadlineOutcome::OutOfRange,
            submitted_at_ms: 1,
            policy: "P0".to_owned(),
            policy_version: 1,
            region: None,
            pack_serial: 2_026_112_401,
            pack_sha256: pack_sha256.to_owned(),
            reason: "initial".to_owned(),
            computed_at_ms: 2,
            first_due_date: None,
        };
        let hash = |text: &str| deadline_row(&wire(text)).unwrap().facts.unwrap().pack_sha256;
        assert_eq!(hash(&"ab".repeat(32)), Some(Sha256([0xAB; 32])));
        for unreadable in ["", "none", "abcd"] {
            let facts = deadline_row(&wire(unreadable)).unwrap().facts.unwrap();
            assert_eq!((facts.pack_sha256, facts.pack_serial, facts.computed_at_ms), (None, 2_026_112_401, 2));
        }
    }
}
