//! The two slots of public keys that calendar packs may be signed with.

use rusqlite::{Connection, params};
use working_days::{CalendarKey, TrustedKeys};

use crate::refusal::ServerError;

/// One of the two slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySlot {
    /// Slot 1.
    One,
    /// Slot 2.
    Two,
}

impl KeySlot {
    /// 1 or 2.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.number()) - 1
    }
}

/// The keys as they are in the slots. One that cannot be read any more is no key: packs signed with it are refused.
pub(crate) fn load(db: &Connection) -> Result<TrustedKeys, ServerError> {
    let mut keys = TrustedKeys::default();
    let mut statement = db.prepare_cached("SELECT slot, public_key FROM calendar_keys")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, u8>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (number, text) = row?;
        for slot in [KeySlot::One, KeySlot::Two] {
            if slot.number() == number {
                keys.slots[slot.index()] = CalendarKey::parse(&text).ok();
            }
        }
    }
    Ok(keys)
}

pub(crate) fn set(db: &Connection, slot: KeySlot, key: &CalendarKey, now_ms: i64) -> Result<(), ServerError> {
    db.execute(
        "INSERT INTO calendar_keys (slot, public_key, set_at_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (slot) DO UPDATE SET public_key = ?2, set_at_ms = ?3",
        params![slot.number(), key.text(), now_ms],
    )?;
    Ok(())
}

pub(crate) fn clear(db: &Connection, slot: KeySlot) -> Result<(), ServerError> {
    db.execute("DELETE FROM calendar_keys WHERE slot = ?1", [slot.number()])?;
    Ok(())
}
