//! What the harness asks of a desk in a process of its own, and the facts that it tells back: one JSON document per line each way. A fact is
//! told at the moment at which it is true for the person at the desk, not earlier; what the verdicts are checked against is these lines.

use serde::{Deserialize, Serialize};

/// What a person does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Signs in at a server.
    SignIn {
        /// Its address.
        server: String,
        /// Sign-in name.
        account: String,
        /// Password.
        password: String,
        /// Says that the vault's own password is forgotten: a new cache is made.
        new_cache: bool,
    },
    /// Unlocks the vault that was used last and can be.
    Unlock {
        /// Password.
        password: String,
    },
    /// Waits until this many cases can be decided without the server.
    UntilReady {
        /// How many.
        count: u32,
    },
    /// Opens the next case that is held and decides it.
    Decide {
        /// What to decide.
        choice: Choice,
        /// Whether it is fine when no case is ready: then nothing is done.
        is_optional: bool,
    },
    /// Takes back the decision made last.
    Undo,
    /// Locks the desk.
    Lock,
    /// Signs out, knowing that decisions are undelivered.
    SignOut,
    /// Asks for a contact with the server now.
    Connect,
    /// Waits until every decision is delivered or waits for a person.
    Settle,
    /// Ends the program as closing its window does.
    Quit,
}

/// A decision that the seed chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// `approve` or `reject`.
    pub opinion: String,
    /// Codes of reasons.
    pub reasons: Vec<String>,
    /// Internal note; unique in its run, so that the server's copy can be traced back to the key press.
    pub note: String,
}

/// What is true at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The program runs and answers.
    Started,
    /// Somebody is at the desk; it can be worked with.
    Usable,
    /// The person confirms this decision now. Nothing is promised yet.
    Confirmed {
        /// The case.
        case_id: String,
        /// What is confirmed.
        choice: Choice,
    },
    /// The desk said 已保存: from now on the decision must not get lost.
    Saved {
        /// Names it.
        decision_id: String,
        /// The case.
        case_id: String,
    },
    /// The person presses undo now.
    TakingBack {
        /// Names it.
        decision_id: String,
    },
    /// The desk said that it is taken back: from now on it must never arrive.
    TakenBack {
        /// Names it.
        decision_id: String,
    },
    /// The desk shows 已送达.
    Delivered {
        /// Names it.
        decision_id: String,
    },
    /// The desk shows it as a conflict or parked.
    Stands {
        /// Names it.
        decision_id: String,
        /// `conflict` or `parked`.
        state: String,
        /// Why.
        code: String,
    },
    /// What was asked is done.
    Done,
    /// What was asked was refused with this code.
    Refused {
        /// The desk's code, or a word of the harness.
        code: String,
    },
    /// A server listens.
    Listening {
        /// Its address.
        url: String,
    },
}

impl Fact {
    /// The fact of a line.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// Tells it: one line on the standard output.
    pub fn tell(&self) {
        if let Ok(text) = serde_json::to_string(self) {
            crate::output::line(&text);
        }
    }
}
