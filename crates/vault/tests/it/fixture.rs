//! A vault in a folder of its own, and short ways to make rows. Everything is derived from small numbers, so that tests read as stories.

use std::path::{Path, PathBuf};

use casework::{
    AccountId, CaseId, CaseNo, CaseVersion, DecisionId, Declared, DocumentNumber, DocumentType, EvidenceKind, Fence,
    PersonName, ReasonCode, Round, Sha256, Validity,
};
use chrono::NaiveDate;
use tempfile::TempDir;
use uuid::Uuid;
use vault::{
    CaseRow, ChangesPage, DeadlineFacts, DeadlineReason, DeadlineRow, DueRow, EarlierOutcome, EarlierRoundRow,
    EvidenceState, HeldCase, HeldEvidence, KdfCost, Keychain, LeaseRow, MemoryKeychain, NewOutboxRow, NewVault,
    NoKeychain, OutcomeRow, RenditionRow, StateWord, Vault, VaultError,
};
use working_days::BeijingDate;

pub(crate) const PASSWORD: &str = "correct 马 battery";
pub(crate) const NOW: i64 = 1_798_509_600_000; // 2026-12-29T10:00+08:00
pub(crate) const DAY: i64 = 86_400_000;
/// Serial of the pack by which the server computed.
pub(crate) const PACK: u32 = 2_026_112_401;

pub(crate) fn vault_id() -> Uuid {
    Uuid::from_u128(0x7a)
}

pub(crate) fn me() -> AccountId {
    AccountId(Uuid::from_u128(0xacc))
}

pub(crate) fn colleague() -> AccountId {
    AccountId(Uuid::from_u128(0xacd))
}

pub(crate) fn new_vault(id: Uuid) -> NewVault {
    NewVault {
        vault_id: id,
        sign_in_name: "li.na".to_owned(),
        account_id: me(),
        server_id: Uuid::from_u128(0x5e),
        server_url: "https://review.example.org".to_owned(),
        device_id: Uuid::from_u128(0xde),
    }
}

/// A data folder with one vault, with or without a keychain.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
    pub(crate) keychain: Box<dyn Keychain>,
}

impl Home {
    pub(crate) fn with_keychain() -> (Self, Vault) {
        Self::with(Box::new(MemoryKeychain::default()))
    }

    pub(crate) fn without_keychain() -> (Self, Vault) {
        Self::with(Box::new(NoKeychain))
    }

    /// In memory, for tests that open thousands of vaults.
    pub(crate) fn fast() -> (Self, Vault) {
        Self::at(crate::work_state::fast_folder(), Box::new(MemoryKeychain::default()))
    }

    fn with(keychain: Box<dyn Keychain>) -> (Self, Vault) {
        Self::at(tempfile::tempdir().unwrap(), keychain)
    }

    fn at(dir: TempDir, keychain: Box<dyn Keychain>) -> (Self, Vault) {
        let home = Self { dir, keychain };
        let vault = Vault::create(
            home.data(),
            new_vault(vault_id()),
            PASSWORD,
            home.keychain.as_ref(),
            KdfCost::for_tests(),
            NOW,
        )
        .unwrap();
        (home, vault)
    }

    pub(crate) fn data(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.data().join("vaults").join(vault_id().to_string())
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn unlock(&self) -> Result<Vault, VaultError> {
        self.unlock_with(PASSWORD)
    }

    pub(crate) fn unlock_with(&self, password: &str) -> Result<Vault, VaultError> {
        Vault::unlock(self.data(), vault_id(), password, self.keychain.as_ref(), NOW + 1)
    }

    pub(crate) fn reopen(&self, vault: &Vault) -> Vault {
        vault.close().unwrap();
        self.unlock().unwrap()
    }

    /// Every file below the data folder.
    pub(crate) fn all_files(&self) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.data().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}

pub(crate) fn case_id(number: u32) -> CaseId {
    CaseId(Uuid::from_u128(0xca5e_0000 + u128::from(number)))
}

pub(crate) fn sha(number: u32) -> Sha256 {
    let mut bytes = [0x5a; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Sha256(bytes)
}

/// Case `number`, due `number` days from now.
pub(crate) fn case(number: u32) -> CaseRow {
    case_due(number, number)
}

pub(crate) fn case_due(number: u32, days: u32) -> CaseRow {
    let due_date = BeijingDate::from_ymd(2026, 12, 29).unwrap().plus_days(i32::try_from(days).unwrap());
    CaseRow {
        case_id: case_id(number),
        case_no: CaseNo(format!("RD-2026-{number:06}")),
        version: CaseVersion(1),
        state: StateWord::Pending,
        name: format!("王小{number}"),
        last_four: "002X".to_owned(),
        document_type: DocumentType::ResidentIdCard,
        round: Round::new(1).unwrap(),
        deadline: deadline(due_date, days),
        lease: None,
    }
}

fn deadline(due_date: BeijingDate, days: u32) -> DeadlineRow {
    DeadlineRow {
        outcome: OutcomeRow::Final {
            due: DueRow {
                due_date,
                target_ms: NOW + i64::from(days) * DAY + 7 * 3_600_000,
                breach_ms: NOW + i64::from(days) * DAY + 14 * 3_600_000,
            },
        },
        policy: "P0".to_owned(),
        facts: Some(DeadlineFacts {
            submitted_at_ms: NOW - 2 * DAY,
            policy_version: 1,
            region: None,
            pack_serial: PACK,
            pack_sha256: Some(sha(PACK)),
            reason: DeadlineReason::Initial,
            computed_at_ms: NOW - 2 * DAY,
            first_due_date: Some(due_date),
        }),
    }
}

/// The same deadline as computed later by the pack of this serial, at another date.
pub(crate) fn moved_by(mut case: CaseRow, serial: u32, days: u32) -> CaseRow {
    let first = case.deadline.due().unwrap().due_date;
    case.deadline = deadline(first.plus_days(i32::try_from(days).unwrap()), days);
    let facts = case.deadline.facts.as_mut().unwrap();
    facts.pack_serial = serial;
    facts.reason = DeadlineReason::Calendar;
    facts.computed_at_ms = NOW;
    facts.first_due_date = Some(first);
    case
}

pub(crate) fn leased_to(mut case: CaseRow, holder: AccountId) -> CaseRow {
    case.lease = Some(LeaseRow { holder, holder_name: "李娜".to_owned(), expires_at_ms: NOW + DAY });
    case
}

/// Case `number` with its lease: mine, with two photos of its own.
pub(crate) fn held(number: u32) -> (CaseRow, HeldCase) {
    held_with(number, &[sha(number * 10), sha(number * 10 + 1)])
}

pub(crate) fn held_with(number: u32, photos: &[Sha256]) -> (CaseRow, HeldCase) {
    let row = leased_to(case(number), me());
    let sides = [EvidenceKind::PortraitSide, EvidenceKind::EmblemSide, EvidenceKind::Supporting];
    let detail = HeldCase {
        case_id: row.case_id,
        fence: Fence(number),
        expires_at_ms: NOW + DAY,
        submitted_at_ms: NOW - 2 * DAY,
        declared: Declared {
            name: PersonName::parse(&row.name).unwrap(),
            former_name: None,
            document_type: row.document_type,
            document_number: DocumentNumber::parse("11010519491231002X").unwrap(),
            valid_from: NaiveDate::from_ymd_opt(2020, 2, 29).unwrap(),
            validity: Validity::LongTerm,
        },
        evidence: photos
            .iter()
            .zip(sides)
            .map(|(sha256, kind)| HeldEvidence {
                sha256: *sha256,
                kind,
                photo_type: "jpeg".to_owned(),
                bytes: 345_678,
                width: 4000,
                height: 3000,
                state: EvidenceState::Waiting,
            })
            .collect(),
        earlier_rounds: vec![EarlierRoundRow {
            round: Round::new(1).unwrap(),
            case_no: CaseNo("RD-2026-000000".to_owned()),
            submitted_on: BeijingDate::from_ymd(2026, 10, 9).unwrap(),
            outcome: EarlierOutcome::Rejected,
            reasons: vec![ReasonCode("blurred".to_owned()), ReasonCode("glare".to_owned())],
        }],
    };
    (row, detail)
}

pub(crate) fn rendition(seed: u8) -> RenditionRow {
    RenditionRow { jpeg: vec![seed; 50_000], width: 1600, height: 1200 }
}

/// The only page of a pull from the beginning.
pub(crate) fn whole_feed(epoch: &str, cursor: i64, upserts: Vec<CaseRow>) -> ChangesPage {
    ChangesPage { epoch: epoch.to_owned(), cursor, is_first_of_epoch: true, is_last: true, upserts, gone: Vec::new() }
}

/// A later page of the same epoch.
pub(crate) fn delta(epoch: &str, cursor: i64, upserts: Vec<CaseRow>, gone: Vec<CaseId>) -> ChangesPage {
    ChangesPage { epoch: epoch.to_owned(), cursor, is_first_of_epoch: false, is_last: true, upserts, gone }
}

pub(crate) fn decision_id(number: u32) -> DecisionId {
    DecisionId(Uuid::from_u128(0xdec1_0000 + u128::from(number)))
}

/// Decision `number` on the case of the same number.
pub(crate) fn decision(number: u32) -> NewOutboxRow {
    decision_on(number, number)
}

pub(crate) fn decision_on(number: u32, case: u32) -> NewOutboxRow {
    NewOutboxRow {
        decision_id: decision_id(number),
        case_id: case_id(case),
        case_no: CaseNo(format!("RD-2026-{case:06}")),
        round: Round::new(1).unwrap(),
        case_version: CaseVersion(1),
        fence: Fence(7),
        target_ms: Some(NOW + i64::from(case) * DAY - 7 * 3_600_000),
        breach_ms: Some(NOW + i64::from(case) * DAY),
        created_at_ms: NOW + i64::from(number),
        not_before_ms: NOW + i64::from(number) + 10_000,
        payload_sha256: sha(90_000 + number),
        key_id: "k1".to_owned(),
        envelope: vec![0xe1; 600],
        author_signature: [0xa5; 64],
        device_signature: [0xd5; 64],
        author_copy: format!("{{\"opinion\":\"approve\",\"n\":{number}}}").into_bytes(),
    }
}
