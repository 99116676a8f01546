//! Photos on their way in and out: hostile originals become renditions in the vault; the window gets a rendition by a token that lives as
//! long as its case is open.

use casework::Sha256;
use vault::{EvidenceState, RenditionRow};

use crate::desk::{Desk, SharedVault};

/// What became of an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Its rendition is in the vault.
    Shown,
    /// It cannot be shown safely; that is on record.
    Unshowable,
    /// The worker could not be run at all; to be tried again.
    NotNow,
}

/// Makes and stores the rendition of an original whose hash was checked. The original is dropped here.
pub(crate) async fn store(
    worker: &::photo::Worker,
    vault: &SharedVault,
    sha256: Sha256,
    original: Vec<u8>,
) -> Result<Stored, vault::VaultError> {
    use ::photo::RenderError;
    let mut made = worker.fit(original.clone(), ::photo::FIT_SIDE).await;
    if matches!(made, Err(RenderError::Timeout)) {
        // A busy computer is no fault of the photo: once more before a person is told that it cannot be shown.
        made = worker.fit(original, ::photo::FIT_SIDE).await;
    }
    let rendition = match made {
        Ok(rendition) => Some(rendition),
        Err(error @ (RenderError::WorkerMissing | RenderError::Io(_))) => {
            tracing::error!(code = error.code(), "the photo worker cannot be run");
            return Ok(Stored::NotNow);
        }
        Err(error) => {
            tracing::warn!(code = error.code(), "a photo cannot be shown safely");
            None
        }
    };
    let vault = vault.clone();
    let stored = tokio::task::spawn_blocking(move || match rendition {
        Some(rendition) => {
            let row = RenditionRow { jpeg: rendition.jpeg, width: rendition.width, height: rendition.height };
            vault.put_rendition(sha256, &row)?;
            Ok(Stored::Shown)
        }
        None => {
            vault.set_evidence_state(sha256, EvidenceState::Unshowable)?;
            Ok(Stored::Unshowable)
        }
    });
    stored.await.unwrap_or(Ok(Stored::NotNow))
}

impl Desk {
    /// The rendition (JPEG) that belongs to a token of the open case; `None` for any other token.
    pub async fn photo(&self, token: String) -> Option<Vec<u8>> {
        let found = self
            .at_seat(move |_, seat| {
                let sha256 = seat.open().case.as_ref().and_then(|case| case.photos.get(&token).copied());
                match sha256 {
                    Some(sha256) => Ok(seat.vault.rendition(sha256)?.map(|row| row.jpeg)),
                    None => Ok(None),
                }
            })
            .await;
        found.ok().flatten()
    }
}
