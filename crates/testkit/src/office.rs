//! A whole office for a test: a real server with accounts and synthetic cases in a folder of its own.

use std::path::{Path, PathBuf};

use casework::Role;
use chrono::{DateTime, Utc};
use contract::case::DeclaredWire;
use contract::intake::IntakeAnswer;
use contract::paths;
use sha2::{Digest, Sha256};
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use crate::cases::{SyntheticCase, cases};
use crate::seed::{SeedError, Seeding, client, seed, submit};
use crate::server::{NewAccount, ServerOptions, ServerProcess, ServerProcessError, create_account, portal_credential};
use crate::server_data::ServerData;
use crate::specimen::Artist;

/// The moment at which test servers start: the queue then holds overdue, due, near, normal and provisional deadlines.
pub const NOW: &str = "2026-12-29T10:00:00+08:00";

/// The password of every account of a test office.
pub const PASSWORD: &str = "Specimen-2026";

/// The seed of the cases that a test submits one by one.
const ONE_OFF_SEED: u64 = 0x0FF1CE;

/// The reviewers and the supervisor of a test office: sign-in name, name that colleagues see, role.
pub const PEOPLE: [(&str, &str, Role); 4] = [
    ("li", "李审核", Role::Reviewer),
    ("wang", "王审核", Role::Reviewer),
    ("zhao", "赵主管", Role::Supervisor),
    ("chen", "陈审计", Role::Auditor),
];

/// Why an office could not be opened.
#[derive(Debug, Error)]
pub enum OfficeError {
    /// The server.
    #[error(transparent)]
    Server(#[from] ServerProcessError),
    /// The cases.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The clock of the office is no time.
    #[error("the office's clock is not a time")]
    Clock(#[from] chrono::ParseError),
}

/// An office: where its server keeps data, and how it is started.
#[derive(Debug, Clone)]
pub struct Office {
    /// How its server is started.
    pub options: ServerOptions,
    /// The office in the server's records.
    pub office_id: Uuid,
    credential: String,
}

impl Office {
    /// Opens an office in a folder: accounts, portal credential, running server, `count` synthetic cases.
    ///
    /// # Errors
    /// See [`OfficeError`].
    pub async fn open(
        folder: &Path,
        count: u32,
        adjust: impl FnOnce(&mut ServerOptions),
    ) -> Result<(Self, ServerProcess), OfficeError> {
        let mut options = ServerOptions::new(folder.join("server"));
        options.now = Some(DateTime::parse_from_rfc3339(NOW)?.with_timezone(&Utc));
        adjust(&mut options);
        for (account, display_name, role) in PEOPLE {
            create_account(
                &options.data,
                &NewAccount {
                    account: account.into(),
                    password: PASSWORD.into(),
                    role,
                    office: "样例审核机构".into(),
                    display_name: display_name.into(),
                },
            )?;
        }
        let credential = portal_credential(&options.data)?;
        let server = ServerProcess::start(&options)?;
        // The next start must be at the same address: that is where the desks look.
        options.port = Some(server.port());
        // The auditor decides nothing: no share of the cases is kept free for one who signed in.
        let office_id = server.sign_in(PEOPLE[3].0, PASSWORD).await?.person.office_id;
        let office = Self { options, office_id, credential };
        office.submit(server.url(), count, 1).await?;
        Ok((office, server))
    }

    /// Submits synthetic cases as the portal would.
    ///
    /// # Errors
    /// See [`SeedError`].
    pub async fn submit(&self, server: &Url, count: u32, seed_number: u64) -> Result<(), OfficeError> {
        seed(&self.seeding(server, count, seed_number), |_, _| {}).await?;
        Ok(())
    }

    fn seeding(&self, server: &Url, count: u32, seed: u64) -> Seeding {
        let now = self.options.now.unwrap_or(DateTime::UNIX_EPOCH);
        let (server, credential) = (server.clone(), self.credential.clone());
        Seeding { server, credential, office_id: self.office_id, count, seed, now }
    }

    /// Submits one case with this declared data and drawn photos, as the portal would. Returns the photos' bytes.
    ///
    /// # Errors
    /// See [`SeedError`].
    pub async fn submit_one(
        &self,
        server: &Url,
        applicant_ref: &str,
        declared: &DeclaredWire,
    ) -> Result<Vec<Vec<u8>>, OfficeError> {
        let mut case = self.one_off(applicant_ref)?;
        case.declared = declared.clone();
        let (_, photos) = self.submit_case(server, &case).await?;
        Ok(photos)
    }

    /// Submits one case of a made-up applicant at this instant, which may lie up to 60 days before the server's now.
    ///
    /// # Errors
    /// See [`SeedError`].
    pub async fn submit_at(
        &self,
        server: &Url,
        applicant_ref: &str,
        submitted_at: DateTime<Utc>,
    ) -> Result<IntakeAnswer, OfficeError> {
        let mut case = self.one_off(applicant_ref)?;
        case.submitted_at = submitted_at;
        let (answer, _) = self.submit_case(server, &case).await?;
        Ok(answer)
    }

    fn one_off(&self, applicant_ref: &str) -> Result<SyntheticCase, OfficeError> {
        let now = self.options.now.unwrap_or(DateTime::UNIX_EPOCH);
        let mut case = cases(ONE_OFF_SEED, 1, now).map_err(SeedError::from)?.swap_remove(0);
        case.applicant_ref = applicant_ref.to_owned();
        Ok(case)
    }

    async fn submit_case(
        &self,
        server: &Url,
        case: &SyntheticCase,
    ) -> Result<(IntakeAnswer, Vec<Vec<u8>>), OfficeError> {
        let seeding = self.seeding(server, 1, one_off_key(case));
        let photos = case.draw(&Artist::open().map_err(SeedError::from)?).map_err(SeedError::from)?;
        let intake = server.join(paths::INTAKE).map_err(|_| SeedError::BadAddress)?;
        let answer = submit(&client()?, intake, &seeding, case, &photos).await?;
        Ok((answer, photos.into_iter().map(|photo| photo.bytes).collect()))
    }

    /// Starts the server again at the same address, on the same data.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_again(&self) -> Result<ServerProcess, ServerProcessError> {
        ServerProcess::start(&self.options)
    }

    /// A look into the server's database.
    #[must_use]
    pub fn database(&self) -> ServerData {
        ServerData::of(&self.options.data)
    }

    /// The server's data folder.
    #[must_use]
    pub fn data(&self) -> &PathBuf {
        &self.options.data
    }
}

/// Of its own for every applicant and instant, so that one case is never taken for a repetition of another.
fn one_off_key(case: &SyntheticCase) -> u64 {
    let mut hash = Sha256::new();
    hash.update(case.applicant_ref.as_bytes());
    hash.update(case.submitted_at.timestamp_millis().to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    digest.iter().take(8).fold(ONE_OFF_SEED, |key, byte| key.rotate_left(8) ^ u64::from(*byte))
}
