//! Fills a server with synthetic cases from outside, as the portal would: multipart uploads of real files through the intake, with the
//! portal's credential and an idempotency key for each case. Run twice with the same seed, office and moment, it adds nothing.

use std::sync::Arc;
use std::time::Duration;

use contract::headers;
use contract::intake::IntakeAnswer;
use contract::paths;
use contract::problem::{Problem, ProblemCode};
use futures::{StreamExt, TryStreamExt};
use reqwest::multipart::{Form, Part};
use sha2::{Digest, Sha256};
use thiserror::Error;
use url::Url;
use uuid::Uuid;

use crate::cases::{CasesError, DrawnPhoto, SyntheticCase, cases};
use crate::specimen::{Artist, SpecimenError};

/// How many uploads are on their way at once.
const UPLOADS: usize = 4;
/// How often one upload is tried when the server is too busy.
const TRIES: u32 = 5;
/// How long one upload may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to submit, and where.
#[derive(Clone)]
pub struct Seeding {
    /// Address of the server.
    pub server: Url,
    /// The portal's intake credential.
    pub credential: String,
    /// The office that gets the cases.
    pub office_id: Uuid,
    /// How many cases.
    pub count: u32,
    /// Decides which ones.
    pub seed: u64,
    /// The moment for which they are made; should be the server's.
    pub now: chrono::DateTime<chrono::Utc>,
}

impl std::fmt::Debug for Seeding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seeding")
            .field("server", &self.server.as_str())
            .field("office_id", &self.office_id)
            .field("count", &self.count)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// Why seeding stopped. Cases that were accepted before stay; running it again goes on.
#[derive(Debug, Error)]
pub enum SeedError {
    /// The list cannot be made.
    #[error(transparent)]
    Cases(#[from] CasesError),
    /// A photo cannot be drawn.
    #[error("case {index} could not be drawn: {source}")]
    Draw {
        /// Which case.
        index: u32,
        /// Why.
        source: SpecimenError,
    },
    /// The font is missing.
    #[error(transparent)]
    Specimen(#[from] SpecimenError),
    /// The credential holds characters that no credential has; most likely it is another file.
    #[error("the portal credential is not one: it may hold visible ASCII characters only")]
    BadCredential,
    /// The address cannot be joined with the intake's path.
    #[error("the server's address is not usable")]
    BadAddress,
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be prepared")]
    Client(#[source] reqwest::Error),
    /// The server cannot be reached, or the connection broke.
    #[error("the server did not answer while case {index} was submitted; is it running at that address?")]
    Unreachable {
        /// Which case.
        index: u32,
        /// Why.
        source: reqwest::Error,
    },
    /// The server refused a case.
    #[error("the server refused case {index} with status {status}{}", told(*.code, .field.as_deref(), .incident))]
    Refused {
        /// Which case.
        index: u32,
        /// HTTP status.
        status: u16,
        /// The problem's code, when the answer was a problem document.
        code: Option<ProblemCode>,
        /// Which part of the request.
        field: Option<String>,
        /// Names the request in the server's log.
        incident: String,
    },
    /// Something answered that is no review server.
    #[error("case {index}: the answer is not that of a review server")]
    StrangeAnswer {
        /// Which case.
        index: u32,
    },
    /// Drawing was broken off.
    #[error("drawing was broken off")]
    Interrupted,
}

fn told(code: Option<ProblemCode>, field: Option<&str>, incident: &str) -> String {
    let mut text = String::new();
    if let Some(code) = code {
        let word = serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned));
        text.push_str(&format!(" ({})", word.unwrap_or_default()));
    }
    if let Some(field) = field {
        text.push_str(&format!(", field {field}"));
    }
    if !incident.is_empty() {
        text.push_str(&format!(", incident {incident}"));
    }
    text
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Answers by index of the case.
    pub answers: Vec<IntakeAnswer>,
    /// Bytes of all photos together.
    pub photo_bytes: u64,
}

/// Draws and submits all cases. `progress` is told after each accepted case how many of how many are done.
///
/// Installs the process's TLS provider when none is there yet.
///
/// # Errors
/// The first case that could not be drawn or was not accepted.
pub async fn seed(seeding: &Seeding, mut progress: impl FnMut(u32, u32)) -> Result<Seeded, SeedError> {
    if seeding.credential.is_empty() || !seeding.credential.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SeedError::BadCredential);
    }
    let list = cases(seeding.seed, seeding.count, seeding.now)?;
    let total = seeding.count;
    let artist = Arc::new(Artist::open()?);
    let client = client()?;
    let intake = seeding.server.join(paths::INTAKE).map_err(|_| SeedError::BadAddress)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let drawn = futures::stream::iter(list)
        .map(|case| {
            let artist = Arc::clone(&artist);
            async move {
                tokio::task::spawn_blocking(move || match case.draw(&artist) {
                    Ok(photos) => Ok((case, photos)),
                    Err(source) => Err(SeedError::Draw { index: case.index, source }),
                })
                .await
                .unwrap_or(Err(SeedError::Interrupted))
            }
        })
        .buffered(cores);
    let mut accepted = drawn
        .map_ok(|(case, photos)| {
            let (client, intake) = (&client, &intake);
            async move {
                let bytes: u64 = photos.iter().map(|photo| photo.bytes.len() as u64).sum();
                let answer = submit(client, intake.clone(), seeding, &case, &photos).await?;
                Ok((case.index, answer, bytes))
            }
        })
        .try_buffer_unordered(UPLOADS);
    let (mut answers, mut photo_bytes, mut done) = (Vec::new(), 0, 0);
    while let Some((index, answer, bytes)) = accepted.try_next().await? {
        answers.push((index, answer));
        photo_bytes += bytes;
        done += 1;
        progress(done, total);
    }
    answers.sort_by_key(|(index, _)| *index);
    Ok(Seeded { answers: answers.into_iter().map(|(_, answer)| answer).collect(), photo_bytes })
}

/// A client for a server on loopback or in the house: no proxy, no redirects.
///
/// # Errors
/// The client cannot be built.
pub fn client() -> Result<reqwest::Client, SeedError> {
    // An error only says that another part of the process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(SeedError::Client)
}

/// The idempotency key of a case: the same for the same seed, index and office.
#[must_use]
pub fn idempotency_key(seed: u64, index: u32, office_id: Uuid) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"review-desk synthetic case");
    hash.update(seed.to_be_bytes());
    hash.update(index.to_be_bytes());
    hash.update(office_id.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(first).into_uuid()
}

/// Submits one case with its photos, again when the server says that it is too busy.
///
/// # Errors
/// The server cannot be reached, refuses, or is none.
pub async fn submit(
    client: &reqwest::Client,
    intake: Url,
    seeding: &Seeding,
    case: &SyntheticCase,
    photos: &[DrawnPhoto],
) -> Result<IntakeAnswer, SeedError> {
    let index = case.index;
    let application =
        serde_json::to_vec(&case.application(seeding.office_id)).map_err(|_| SeedError::StrangeAnswer { index })?;
    let key = headers::quoted(&idempotency_key(seeding.seed, index, seeding.office_id).to_string());
    let mut tries = 0;
    loop {
        tries += 1;
        let request = client
            .post(intake.clone())
            .bearer_auth(&seeding.credential)
            .header(headers::IDEMPOTENCY_KEY, &key)
            .multipart(form(&application, photos).map_err(SeedError::Client)?);
        let answer = match request.send().await {
            Ok(answer) => answer,
            // The connection broke on the way, as when a server refuses before it has read the photos: the key makes it safe to ask again.
            Err(source) if !source.is_connect() && !source.is_timeout() && tries < TRIES => continue,
            Err(source) => return Err(SeedError::Unreachable { index, source }),
        };
        let status = answer.status();
        let body = answer.bytes().await.map_err(|source| SeedError::Unreachable { index, source })?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| SeedError::StrangeAnswer { index });
        }
        let problem: Option<Problem> = serde_json::from_slice(&body).ok();
        let is_busy = matches!(status.as_u16(), 429 | 503);
        if is_busy && tries < TRIES {
            let wait = problem.as_ref().and_then(|problem| problem.retry_after_s).unwrap_or(1).clamp(1, 10);
            tokio::time::sleep(Duration::from_secs(u64::from(wait))).await;
            continue;
        }
        return Err(SeedError::Refused {
            index,
            status: status.as_u16(),
            code: problem.as_ref().map(|problem| problem.code),
            field: problem.as_ref().and_then(|problem| problem.field.clone()),
            incident: problem.map(|problem| problem.incident).unwrap_or_default(),
        });
    }
}

fn form(application: &[u8], photos: &[DrawnPhoto]) -> Result<Form, reqwest::Error> {
    let mut form = Form::new().part("application", Part::bytes(application.to_vec()).mime_str("application/json")?);
    for photo in photos {
        let extension = if photo.media_type == "image/png" { "png" } else { "jpg" };
        let part = Part::bytes(photo.bytes.clone())
            .file_name(format!("{}.{extension}", photo.kind.word()))
            .mime_str(photo.media_type)?;
        form = form.part(photo.kind.word(), part);
    }
    Ok(form)
}
