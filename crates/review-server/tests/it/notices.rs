//! Calendar packs of the past and keys to sign them with, for the tests of the calendar.

use std::sync::Arc;

use review_server::Config;
use review_server::calendar::{self, KeySlot};
use working_days::{BeijingDate, CalendarKey, CalendarPack, SignedPack, trusted_comment};

use crate::office::{Office, at};

pub(crate) fn day(text: &str) -> BeijingDate {
    BeijingDate::parse(text).unwrap_or_else(|| panic!("{text} is no date"))
}

/// The pack as it would have been on a day: with the notices that were issued by then. Its serial is the day's, its issue that day's morning.
pub(crate) fn pack_of(issued_until: &str) -> CalendarPack {
    let until = day(issued_until);
    let mut pack = CalendarPack::embedded().clone();
    for year in &mut pack.years {
        year.notices.retain(|arrangement| arrangement.notice.issued <= until);
    }
    pack.serial = issued_until.replace('-', "").parse::<u32>().unwrap() * 100 + 1;
    pack.issued_at = at(&format!("{issued_until}T09:00:00+08:00"));
    pack.check().unwrap();
    pack
}

/// Starts a server with the pack of a day.
pub(crate) fn with_pack_of(issued_until: &str) -> impl FnOnce(&mut Config) {
    let pack = pack_of(issued_until);
    move |config| config.embedded_pack = Arc::new(pack)
}

/// Somebody who signs packs.
pub(crate) struct Signer {
    pair: minisign::KeyPair,
}

impl Signer {
    pub(crate) fn new() -> Self {
        Self { pair: minisign::KeyPair::generate_unencrypted_keypair().unwrap() }
    }

    /// One whose key the office's server trusts.
    pub(crate) fn trusted_by(office: &Office) -> Self {
        let signer = Self::new();
        calendar::trust(&office.state, KeySlot::One, &signer.key(), false).unwrap();
        signer
    }

    pub(crate) fn key(&self) -> CalendarKey {
        CalendarKey::parse(&self.pair.pk.to_base64()).unwrap()
    }

    pub(crate) fn sign(&self, pack: &CalendarPack) -> SignedPack {
        self.sign_text(String::from_utf8(pack.canonical_bytes()).unwrap(), &trusted_comment(pack))
    }

    pub(crate) fn sign_text(&self, pack: String, comment: &str) -> SignedPack {
        let signature = minisign::sign(None, &self.pair.sk, pack.as_bytes(), Some(comment), None).unwrap();
        SignedPack { pack, signature: Some(signature.into_string()) }
    }
}
