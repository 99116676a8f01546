//! `work_meta`: what must be remembered beside the decisions: who signed in, which server, the session's secret, the clock's offset. Secrets are
//! sealed once more under the vault key, so that the device key alone does not give a session.

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{OptionalExtension, Transaction, params};
use working_days::BeijingDate;
use zeroize::Zeroizing;

use crate::error::{Fault, VaultError, VaultFile};
use crate::vault::Vault;
use crate::work_store::WorkStore;

/// A secret that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// The token by which a session is renewed.
    RefreshToken,
}

impl SecretName {
    fn word(self) -> &'static str {
        match self {
            Self::RefreshToken => "secret.refresh_token",
        }
    }
}

/// Of how many due cases a person knows on which Beijing date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTold {
    /// The date.
    pub date: BeijingDate,
    /// The number that was told, or to which it fell since.
    pub count: u32,
}

const PERSON: &str = "person";
const SERVER: &str = "server";
const CLOCK_OFFSET_MS: &str = "clock_offset_ms";
const DUE_TOLD: &str = "due_told";
const SERVER_PACK_SERIAL: &str = "server_pack_serial";
const PROGRAM_PACK: &str = "program_pack";
const LAST_SIGN_IN_MS: &str = "last_sign_in_ms";
/// The latest server time at which something was delivered or somebody signed in. Never goes back.
const LATEST_MS: &str = "latest_ms";
const DELIVERY_CREDENTIAL: &str = "delivery_credential";
const OFFLINE_UNTIL_MS: &str = "offline_until_ms";
pub(crate) const CASES_FORGOTTEN_AT_MS: &str = "cases_forgotten_at_ms";
pub(crate) const SERVER_URL: &str = "server_url";
pub(crate) const WORK_RECOVERED: &str = "work_recovered";

impl Vault {
    /// Keeps a secret; durable when it returns.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_secret(&self, name: SecretName, secret: &[u8]) -> Result<(), VaultError> {
        let sealed = self.with_keys(|keys| keys.session.seal(name.word().as_bytes(), secret))?;
        self.put_meta(name.word(), &sealed)
    }

    /// A kept secret.
    ///
    /// # Errors
    /// [`VaultError::UnreadableRow`] when it was not sealed by this vault; else the store fails.
    pub fn secret(&self, name: SecretName) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let Some(sealed) = self.meta::<Vec<u8>>(name.word())? else {
            return Ok(None);
        };
        let opened = self.with_keys(|keys| Ok(keys.session.open(name.word().as_bytes(), &sealed)))?;
        opened.map(Some).ok_or(VaultError::UnreadableRow { file: VaultFile::Work })
    }
}

impl WorkStore {
    /// Forgets a secret.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_secret(&self, name: SecretName) -> Result<(), VaultError> {
        self.forget_meta(name.word())
    }

    /// Keeps the credential by which this device delivers. Readable without the password, as delivery needs it; good for nothing else.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_delivery_credential(&self, credential: &str) -> Result<(), VaultError> {
        self.put_meta(DELIVERY_CREDENTIAL, &credential)
    }

    /// The credential that was kept last.
    ///
    /// # Errors
    /// The store fails.
    pub fn delivery_credential(&self) -> Result<Option<Zeroizing<String>>, VaultError> {
        Ok(self.meta::<String>(DELIVERY_CREDENTIAL)?.map(Zeroizing::new))
    }

    /// Forgets the credential: the server does not know the device any more.
    ///
    /// # Errors
    /// The store fails.
    pub fn forget_delivery_credential(&self) -> Result<(), VaultError> {
        self.forget_meta(DELIVERY_CREDENTIAL)
    }

    /// Keeps who signed in, as JSON that only the caller reads.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_person(&self, json: &str) -> Result<(), VaultError> {
        self.put_meta(PERSON, &json)
    }

    /// Who signed in last.
    ///
    /// # Errors
    /// The store fails.
    pub fn person(&self) -> Result<Option<String>, VaultError> {
        self.meta(PERSON)
    }

    /// Keeps what the server said of itself (its key, its limits), as JSON that only the caller reads.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_server(&self, json: &str) -> Result<(), VaultError> {
        self.put_meta(SERVER, &json)
    }

    /// What the server said of itself.
    ///
    /// # Errors
    /// The store fails.
    pub fn server(&self) -> Result<Option<String>, VaultError> {
        self.meta(SERVER)
    }

    /// Keeps server time minus this computer's clock.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_clock_offset(&self, offset_ms: i64) -> Result<(), VaultError> {
        self.put_meta(CLOCK_OFFSET_MS, &offset_ms)
    }

    /// The offset as last kept.
    ///
    /// # Errors
    /// The store fails.
    pub fn clock_offset(&self) -> Result<Option<i64>, VaultError> {
        self.meta(CLOCK_OFFSET_MS)
    }

    /// Keeps until when cases are taken offline, as the server said it last.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_offline_until_ms(&self, until_ms: Option<i64>) -> Result<(), VaultError> {
        match until_ms {
            Some(until_ms) => self.put_meta(OFFLINE_UNTIL_MS, &until_ms),
            None => self.forget_meta(OFFLINE_UNTIL_MS),
        }
    }

    /// Until when cases are taken offline; may be past.
    ///
    /// # Errors
    /// The store fails.
    pub fn offline_until_ms(&self) -> Result<Option<i64>, VaultError> {
        self.meta(OFFLINE_UNTIL_MS)
    }

    /// Keeps when the person last signed in at the server.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_last_sign_in_ms(&self, at_ms: i64) -> Result<(), VaultError> {
        self.work().write(|tx| {
            latest_ms(tx, at_ms)?;
            put(tx, LAST_SIGN_IN_MS, &at_ms)
        })
    }

    /// When the person last signed in at the server.
    ///
    /// # Errors
    /// The store fails.
    pub fn last_sign_in_ms(&self) -> Result<Option<i64>, VaultError> {
        self.meta(LAST_SIGN_IN_MS)
    }

    /// Keeps of how many cases the person was told on a Beijing date that they are due.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_due_told(&self, told: DueTold) -> Result<(), VaultError> {
        self.put_meta(DUE_TOLD, &format!("{} {}", told.date, told.count))
    }

    /// The last such word.
    ///
    /// # Errors
    /// The store fails.
    pub fn due_told(&self) -> Result<Option<DueTold>, VaultError> {
        let Some(text) = self.meta::<String>(DUE_TOLD)? else {
            return Ok(None);
        };
        let told = text
            .split_once(' ')
            .and_then(|(date, count)| Some(DueTold { date: BeijingDate::parse(date)?, count: count.parse().ok()? }));
        told.map(Some).ok_or(VaultError::UnreadableRow { file: VaultFile::Work })
    }

    /// Keeps the calendar pack that the running program was built with, so that a later one can tell what its own moves.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_program_pack(&self, pack: &str) -> Result<(), VaultError> {
        self.put_meta(PROGRAM_PACK, &pack)
    }

    /// The own pack of the program that ran here last.
    ///
    /// # Errors
    /// The store fails.
    pub fn program_pack(&self) -> Result<Option<String>, VaultError> {
        self.meta(PROGRAM_PACK)
    }

    /// Keeps the serial of the calendar pack that the server has in force, whether or not it is taken here.
    ///
    /// # Errors
    /// The store fails.
    pub fn put_server_pack_serial(&self, serial: u32) -> Result<(), VaultError> {
        self.put_meta(SERVER_PACK_SERIAL, &serial)
    }

    /// The serial of the server's pack as last heard.
    ///
    /// # Errors
    /// The store fails.
    pub fn server_pack_serial(&self) -> Result<Option<u32>, VaultError> {
        self.meta(SERVER_PACK_SERIAL)
    }

    pub(crate) fn put_meta(&self, name: &str, value: &dyn ToSql) -> Result<(), VaultError> {
        self.work().write(|tx| put(tx, name, value))
    }

    pub(crate) fn forget_meta(&self, name: &str) -> Result<(), VaultError> {
        self.work().write(|tx| {
            tx.execute("DELETE FROM work_meta WHERE name = ?1", [name])?;
            Ok(())
        })?;
        self.work().truncate_wal_or_later();
        Ok(())
    }

    pub(crate) fn meta<T: FromSql>(&self, name: &str) -> Result<Option<T>, VaultError> {
        self.work().read(|tx| {
            let value = tx
                .prepare_cached("SELECT value FROM work_meta WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            Ok(value)
        })
    }
}

fn put(tx: &Transaction<'_>, name: &str, value: &dyn ToSql) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO work_meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])?;
    Ok(())
}

/// This time, or the latest that was ever known here where that is later: what is kept for a while must not count as old because the server's
/// clock was set back meanwhile.
pub(crate) fn latest_ms(tx: &Transaction<'_>, now_ms: i64) -> Result<i64, Fault> {
    let known: Option<i64> = tx
        .prepare_cached("SELECT max(value) FROM work_meta WHERE name IN (?1, ?2)")?
        .query_row([LATEST_MS, LAST_SIGN_IN_MS], |row| row.get(0))?;
    match known {
        Some(known) if known >= now_ms => Ok(known),
        _ => put(tx, LATEST_MS, &now_ms).map(|()| now_ms),
    }
}
