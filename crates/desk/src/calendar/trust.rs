//! Which keys are trusted with calendar packs. The first keys that the server names are pinned; another set takes their place only when it
//! shares one with them, so that keys are replaced slot by slot and a wrong set is noticed. It is no proof of who the server is: public keys
//! are public, and a false server can name a pinned one beside its own. That the server is the right one is TLS's to say (ADR 5).

use casework::Sha256;
use sha2::Digest;
use vault::CalendarRefusalRow;
use working_days::{CalendarKey, TrustedKeys};

use super::in_force::Calendars;
use super::refusal::word_of;
use crate::error::DeskError;
use crate::seat::held;
use crate::view::CalendarRefusalView;

/// Two slots.
const SLOTS: usize = 2;

impl Calendars {
    /// The pinned keys.
    ///
    /// # Errors
    /// The vault cannot be read.
    pub(crate) fn trusted(&self) -> Result<TrustedKeys, DeskError> {
        Ok(trusted_keys(&self.vault.calendar_keys()?))
    }

    /// The server names its keys. None at all pins nothing and takes nothing away: it is a server whose operator has made none yet.
    ///
    /// # Errors
    /// The vault fails; the pinned keys stay.
    pub(crate) fn hear_keys(&self, named: &[String]) -> Result<(), DeskError> {
        let _accepting = held(&self.accepting);
        let named: Vec<String> = trusted_keys(named).slots.iter().flatten().map(|key| key.text().to_owned()).collect();
        let pinned = self.vault.calendar_keys()?;
        if named.is_empty() || named == pinned {
            return Ok(());
        }
        if pinned.is_empty() || named.iter().any(|key| pinned.contains(key)) {
            tracing::info!(keys = named.len(), "the server's calendar keys are trusted from now on");
            self.vault.put_calendar_keys(&named)?;
        } else {
            tracing::warn!("the server names calendar keys that share none with the trusted ones");
            let offered = Sha256(sha2::Sha256::digest(named.join("\n")).into());
            self.keep_refusal(CalendarRefusalView::KeysChanged, Some(offered))?;
        }
        Ok(())
    }

    /// Keeps why a pack, or the server's keys, were not accepted. What is refused again unchanged is no news.
    pub(super) fn keep_refusal(&self, refusal: CalendarRefusalView, offered: Option<Sha256>) -> Result<(), DeskError> {
        let word = word_of(refusal);
        let is_known = |kept: CalendarRefusalRow| kept.word == word && kept.sha256 == offered;
        if offered.is_some() && self.vault.calendar_refusal()?.is_some_and(is_known) {
            return Ok(());
        }
        let at_ms = self.clock.now().ms;
        self.vault.put_calendar_refusal(&CalendarRefusalRow { word: word.to_owned(), sha256: offered, at_ms })?;
        self.refusal_changed();
        Ok(())
    }
}

/// The readable ones among them, each once, as many as there are slots.
fn trusted_keys(texts: &[String]) -> TrustedKeys {
    let mut keys = TrustedKeys::default();
    for text in texts {
        match CalendarKey::parse(text) {
            Ok(key) if keys.slots.contains(&Some(key.clone())) => {}
            Ok(key) => match keys.slots.iter_mut().find(|slot| slot.is_none()) {
                Some(slot) => *slot = Some(key),
                None => tracing::warn!(SLOTS, "more calendar keys than slots; the rest is left out"),
            },
            Err(error) => tracing::warn!(%error, "a calendar key is left out"),
        }
    }
    keys
}
