//! `reasons`: the catalogue of reject reasons as the server last served it, whole, with its version.

use casework::{Reason, ReasonCatalogue, ReasonCode, ReasonKind};
use rusqlite::{OptionalExtension, params};

use crate::column;
use crate::error::VaultError;
use crate::vault::Vault;

impl Vault {
    /// Replaces the catalogue.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_reasons(&self, catalogue: &ReasonCatalogue) -> Result<(), VaultError> {
        self.cases().write(|tx| {
            tx.execute("DELETE FROM reasons", [])?;
            tx.execute(
                "INSERT INTO reason_catalogue (id, version) VALUES (1, ?1)
                 ON CONFLICT (id) DO UPDATE SET version = excluded.version",
                [catalogue.version],
            )?;
            let mut insert = tx.prepare_cached(
                "INSERT INTO reasons (ordinal, code, kind, needs_text, label_zh, label_en, applicant_text_zh, applicant_text_en)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?;
            for (ordinal, reason) in (1i64..).zip(&catalogue.reasons) {
                let ([label_zh, label_en], [text_zh, text_en]) = (&reason.label, &reason.applicant_text);
                insert.execute(params![
                    ordinal,
                    reason.code.0,
                    reason.kind.word(),
                    reason.needs_text,
                    label_zh,
                    label_en,
                    text_zh,
                    text_en,
                ])?;
            }
            Ok(())
        })
    }

    /// The catalogue; `None` before it was first fetched.
    ///
    /// # Errors
    /// The store fails.
    pub fn reasons(&self) -> Result<Option<ReasonCatalogue>, VaultError> {
        self.cases().read(|tx| {
            let version = tx.query_row("SELECT version FROM reason_catalogue", [], |row| row.get(0)).optional()?;
            let Some(version) = version else {
                return Ok(None);
            };
            let mut rows = tx.prepare_cached("SELECT * FROM reasons ORDER BY ordinal")?;
            let reasons = rows
                .query_map([], |row| {
                    Ok(Reason {
                        code: ReasonCode(row.get("code")?),
                        kind: column::word(row, "kind", ReasonKind::from_word)?,
                        needs_text: row.get("needs_text")?,
                        label: [row.get("label_zh")?, row.get("label_en")?],
                        applicant_text: [row.get("applicant_text_zh")?, row.get("applicant_text_en")?],
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(Some(ReasonCatalogue { version, reasons }))
        })
    }
}
