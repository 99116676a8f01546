//! The access log (访问记录): what a person did with cases and photos, told by ids only, each entry chained to the one before it by a hash.
//! Owns the words and the one formula of the chain; who keeps, ships and signs it is not said here.

use sha2::Digest;

use crate::{CaseId, DecisionId, Sha256};

macro_rules! access_events {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Something that is worth a line in the access log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum AccessEvent {
            $($(#[$doc])* $name,)*
        }

        impl AccessEvent {
            /// Every event.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in the log and on the wire.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

access_events! {
    /// A person signed in at the server.
    SignedIn = "signed_in",
    /// The desk was unlocked.
    Unlocked = "unlocked",
    /// A password did not unlock the desk.
    UnlockFailed = "unlock_failed",
    /// The desk was locked.
    Locked = "locked",
    /// A person signed out.
    SignedOut = "signed_out",
    /// A case was opened, its declared data and photos shown.
    CaseOpened = "case_opened",
    /// A masked field was shown.
    Revealed = "revealed",
    /// A photo was enlarged beyond its fit.
    Zoomed = "zoomed",
    /// A decision was confirmed.
    Decided = "decided",
    /// A decision was taken back within its window.
    TakenBack = "taken_back",
    /// The server acknowledged a decision.
    Delivered = "delivered",
    /// A decision met something else that stands.
    Conflict = "conflict",
    /// A decision was parked.
    Parked = "parked",
    /// A decision is undelivered for more than an hour.
    Stuck = "stuck",
    /// A recovery copy was written to a file.
    Exported = "exported",
    /// A case was given back.
    GivenBack = "given_back",
    /// A person stood back from a case.
    Recused = "recused",
    /// The cache was made anew: damaged, or its key gone.
    CacheRenewed = "cache_renewed",
}

impl AccessEvent {
    /// The event of a received word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.word() == word)
    }
}

/// The previous hash of the first entry of every chain.
pub const CHAIN_START: Sha256 = Sha256([0; 32]);

/// What an entry of a chain says. The words are ASCII without control characters; nothing here is personal data of an applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEntry<'a> {
    /// 1 for the first, then one more each.
    pub seq: u64,
    /// When, in milliseconds since the Unix epoch; on a desktop by its idea of server time.
    pub at_ms: i64,
    /// What happened.
    pub what: &'a str,
    /// Who did it, where that is known: an account's id.
    pub account: Option<&'a str>,
    /// The case, if it is about one.
    pub case_id: Option<CaseId>,
    /// The decision, if it is about one.
    pub decision_id: Option<DecisionId>,
    /// A code or an id that says more.
    pub detail: Option<&'a str>,
}

/// The hash of an entry that follows the one with hash `previous`: SHA-256 over a zero byte, the previous hash, and every field with its
/// length before it, so that no two entries write the same bytes.
#[must_use]
pub fn chain_hash(previous: Sha256, entry: &ChainEntry<'_>) -> Sha256 {
    let mut hash = sha2::Sha256::new();
    hash.update([0u8]);
    hash.update(previous.0);
    hash.update(entry.seq.to_be_bytes());
    hash.update(entry.at_ms.to_be_bytes());
    let case_id = entry.case_id.map(|id| id.to_string());
    let decision_id = entry.decision_id.map(|id| id.to_string());
    for field in [Some(entry.what), entry.account, case_id.as_deref(), decision_id.as_deref(), entry.detail] {
        match field {
            None => hash.update([0u8]),
            Some(text) => {
                hash.update([1u8]);
                hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
                hash.update(text.as_bytes());
            }
        }
    }
    Sha256(hash.finalize().into())
}
