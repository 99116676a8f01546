//! Accounts of reviewers, supervisors and auditors.

use casework::{AccountId, OfficeId, Role};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::config::PasswordCost;
use crate::password::PasswordHash;
use crate::refusal::ServerError;
use crate::store::column;

#[derive(Clone)]
pub(crate) struct AccountRecord {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) role: Role,
    pub(crate) office: OfficeId,
    pub(crate) office_name: String,
    pub(crate) office_region: Option<String>,
    pub(crate) is_disabled: bool,
    pub(crate) generation: i64,
}

const SELECT: &str =
    "SELECT a.account_id, a.name, a.display_name, a.role, a.office_id, o.name, a.is_disabled, a.generation, o.region
    FROM accounts a JOIN offices o USING (office_id)";

fn read(row: &Row<'_>) -> rusqlite::Result<AccountRecord> {
    Ok(AccountRecord {
        id: column::account_id(row, 0)?,
        name: row.get(1)?,
        display_name: row.get(2)?,
        role: column::role(row, 3)?,
        office: column::office_id(row, 4)?,
        office_name: row.get(5)?,
        is_disabled: row.get(6)?,
        generation: row.get(7)?,
        office_region: row.get(8)?,
    })
}

pub(crate) fn load(db: &Connection, account: AccountId) -> Result<Option<AccountRecord>, ServerError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE a.account_id = ?1"))?;
    Ok(statement.query_row([account.to_string()], read).optional()?)
}

pub(crate) fn find(db: &Connection, name: &str) -> Result<Option<AccountRecord>, ServerError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE a.name = ?1"))?;
    Ok(statement.query_row([name], read).optional()?)
}

pub(crate) fn password(db: &Connection, account: AccountId) -> Result<Option<PasswordHash>, ServerError> {
    let found = db
        .query_row(
            "SELECT password_salt, password_hash, memory_kib, passes, lanes FROM accounts WHERE account_id = ?1",
            [account.to_string()],
            |row| {
                Ok(PasswordHash {
                    salt: row.get(0)?,
                    hash: row.get(1)?,
                    cost: PasswordCost { memory_kib: row.get(2)?, passes: row.get(3)?, lanes: row.get(4)? },
                })
            },
        )
        .optional()?;
    Ok(found)
}

/// What a new account is made of.
pub(crate) struct NewAccountRecord<'a> {
    pub(crate) id: AccountId,
    pub(crate) name: &'a str,
    pub(crate) display_name: &'a str,
    pub(crate) role: Role,
    pub(crate) office: OfficeId,
    pub(crate) password: &'a PasswordHash,
}

pub(crate) fn insert(db: &Connection, new: &NewAccountRecord<'_>, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO accounts (account_id, name, display_name, role, office_id, password_salt, password_hash, memory_kib, passes,
             lanes, made_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            new.id.to_string(),
            new.name,
            new.display_name,
            new.role.word(),
            new.office.to_string(),
            new.password.salt,
            new.password.hash,
            new.password.cost.memory_kib,
            new.password.cost.passes,
            new.password.cost.lanes,
            now_ms
        ],
    )?;
    Ok(())
}

pub(crate) fn set_password(db: &Connection, account: AccountId, password: &PasswordHash) -> Result<(), ServerError> {
    db.execute(
        "UPDATE accounts SET password_salt = ?2, password_hash = ?3, memory_kib = ?4, passes = ?5, lanes = ?6 WHERE account_id = ?1",
        params![
            account.to_string(),
            password.salt,
            password.hash,
            password.cost.memory_kib,
            password.cost.passes,
            password.cost.lanes
        ],
    )?;
    Ok(())
}

pub(crate) fn disable(db: &Connection, account: AccountId) -> Result<(), ServerError> {
    db.execute("UPDATE accounts SET is_disabled = 1 WHERE account_id = ?1", [account.to_string()])?;
    Ok(())
}

pub(crate) fn enable(db: &Connection, account: AccountId) -> Result<(), ServerError> {
    db.execute("UPDATE accounts SET is_disabled = 0 WHERE account_id = ?1", [account.to_string()])?;
    Ok(())
}

/// Gives another role or office; the person's feed starts anew.
pub(crate) fn assign(db: &Connection, account: AccountId, role: Role, office: OfficeId) -> Result<(), ServerError> {
    db.execute(
        "UPDATE accounts SET role = ?2, office_id = ?3, generation = generation + 1 WHERE account_id = ?1",
        params![account.to_string(), role.word(), office.to_string()],
    )?;
    Ok(())
}
