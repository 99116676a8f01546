//! How a pack takes the place of the one in force, from the server or from a file: verify, may it follow, store durably, swap, count again,
//! announce. A pack that is not accepted changes nothing but the record of why.

use std::sync::Arc;

use casework::Sha256;
use contract::calendar::CalendarAnswer;
use sha2::Digest;
use sync::CalendarStored;
use vault::{CalendarPackRow, PackSource};
use working_days::{CalendarPack, PackError, SignedPack, TrustedKeys};

use super::in_force::{Calendars, PackInForce, source_view};
use super::refusal::refusal_of;
use crate::deadline::instant;
use crate::error::DeskError;
use crate::seat::held;

impl Calendars {
    /// The server's pack. One that is here already, or older than the one here (an imported one that the server has not got yet), is no
    /// news and no refusal.
    ///
    /// # Errors
    /// The vault fails; the pack in force stays.
    pub(crate) fn hear_pack(&self, answer: &CalendarAnswer) -> Result<CalendarStored, DeskError> {
        let _accepting = held(&self.accepting);
        let in_force = self.in_force();
        let sha256: [u8; 32] = sha2::Sha256::digest(answer.pack.as_bytes()).into();
        if let Ok(named) = CalendarPack::read_form(answer.pack.as_bytes()) {
            self.note_server_serial(named.serial)?;
        }
        // Whether the program's own pack takes the place of an accepted one is settled at the start.
        if sha256 == in_force.id.sha256 || sha256 == CalendarPack::embedded().id().sha256 {
            return Ok(CalendarStored::NothingNew);
        }
        let signed = SignedPack { pack: answer.pack.clone(), signature: answer.signature.clone() };
        let keys = self.trusted()?;
        let read = match &signed.signature {
            Some(_) => signed.verify(&keys),
            // The pack that an older server was built with. It is read to see its serial, and never taken.
            None => CalendarPack::parse(signed.pack.as_bytes()),
        };
        let verdict = match read {
            Ok(pack) if pack.serial < in_force.id.serial => return Ok(CalendarStored::NothingNew),
            Ok(_) if signed.signature.is_none() => Err(PackError::Unsigned),
            Ok(pack) => self.take(&in_force, &signed, &keys, pack, PackSource::Server)?,
            Err(error) => Err(error),
        };
        match verdict {
            Ok(()) => Ok(CalendarStored::InForce),
            Err(error) => {
                tracing::warn!(%error, "the server's calendar pack is not accepted");
                self.keep_refusal(refusal_of(&error), Some(Sha256(sha256)))?;
                Ok(CalendarStored::Refused)
            }
        }
    }

    /// The server still has the pack of this hash. Of another than the one in force the serial was kept when it came.
    ///
    /// # Errors
    /// The vault fails.
    pub(crate) fn hear_unchanged(&self, sha256: &str) -> Result<(), DeskError> {
        let in_force = self.in_force();
        if in_force.id.sha256_hex() == sha256 { self.note_server_serial(in_force.id.serial) } else { Ok(()) }
    }

    /// Keeps which pack the server has in force. It explains differences, and decides nothing.
    fn note_server_serial(&self, serial: u32) -> Result<(), DeskError> {
        let is_new = held(&self.server_serial).replace(serial) != Some(serial);
        if is_new {
            self.vault.put_server_pack_serial(serial)?;
            self.changed();
        }
        Ok(())
    }

    /// A pack file that a person chose.
    ///
    /// # Errors
    /// [`DeskError::CalendarRefused`] when the pack is not accepted (kept as well); or the vault fails. The pack in force stays.
    pub(crate) fn import(&self, file: &[u8]) -> Result<(), DeskError> {
        let _accepting = held(&self.accepting);
        let keys = self.trusted()?;
        let read = SignedPack::parse(file).and_then(|signed| Ok((signed.verify(&keys)?, signed)));
        let verdict = match read {
            Ok((pack, signed)) => self.take(&self.in_force(), &signed, &keys, pack, PackSource::Imported)?,
            Err(error) => Err(error),
        };
        verdict.or_else(|error| {
            tracing::warn!(%error, "an imported calendar pack is not accepted");
            let refusal = refusal_of(&error);
            // A person asked: kept with its time, whether or not it was refused before.
            self.keep_refusal(refusal, None)?;
            Err(DeskError::CalendarRefused(refusal))
        })
    }

    /// Puts a verified pack in force, or says why it may not follow the one that is.
    fn take(
        &self,
        current: &Arc<PackInForce>,
        signed: &SignedPack,
        keys: &TrustedKeys,
        pack: CalendarPack,
        source: PackSource,
    ) -> Result<Result<(), PackError>, DeskError> {
        let may_be_taken = pack
            .must_be_issued_by(instant(self.clock.now().ms))
            .and_then(|()| pack.may_be_taken_after(&current.pack))
            .and_then(|()| PackInForce::of(pack, source_view(source)));
        let next = match may_be_taken {
            Ok(next) => next,
            Err(error) => return Ok(Err(error)),
        };
        // It was verified with one of them.
        let signer = keys.slots.iter().flatten().find(|key| {
            let alone = TrustedKeys { slots: [Some((*key).clone()), None] };
            signed.verify(&alone).is_ok()
        });
        let (Some(signer), Some(signature)) = (signer, &signed.signature) else {
            return Ok(Err(PackError::UnknownKey));
        };
        self.vault.put_calendar_pack(&CalendarPackRow {
            serial: next.id.serial,
            sha256: Sha256(next.id.sha256),
            pack: signed.pack.clone(),
            signature: signature.clone(),
            key: signer.text().to_owned(),
            source,
            accepted_at_ms: self.clock.now().ms,
        })?;
        // From here on it is in force, after a restart too; what fails below only fails to tell of it.
        tracing::info!(serial = next.id.serial, ?source, "a calendar pack is accepted");
        let next = self.put_in_force(next);
        if let Err(error) = self.vault.forget_calendar_refusal() {
            tracing::warn!(%error, "an older refusal is still shown");
        }
        self.recount(current.clone(), &next);
        self.changed();
        Ok(Ok(()))
    }
}
