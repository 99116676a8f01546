//! What the desk told in one run, in its order: the history that the verdict is checked against. It survives every kill, since the harness
//! keeps it and not the desk.

use std::collections::{BTreeMap, BTreeSet};

use crate::talk::{Choice, Fact};

/// Everything that was told in a run.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// What a person confirmed, by the note that is unique to it, with the case.
    pub(super) confirmed: BTreeMap<String, (String, Choice)>,
    /// What the desk said to be saved.
    pub(super) saved: BTreeSet<String>,
    /// What a person pressed undo for, whatever came of it.
    pub(super) taking_back: BTreeSet<String>,
    /// What the desk said to be taken back.
    pub(super) taken_back: BTreeSet<String>,
    /// What the desk showed as delivered.
    pub(super) delivered: BTreeSet<String>,
    /// What the desk showed as waiting for a person, and why.
    pub(super) stands: BTreeMap<String, String>,
}

impl History {
    /// Adds a fact.
    pub(super) fn hear(&mut self, fact: &Fact) {
        match fact {
            Fact::Confirmed { case_id, choice } => {
                self.confirmed.insert(choice.note.clone(), (case_id.clone(), choice.clone()));
            }
            Fact::Saved { decision_id, .. } => {
                self.saved.insert(decision_id.clone());
            }
            Fact::TakingBack { decision_id } => {
                self.taking_back.insert(decision_id.clone());
            }
            Fact::TakenBack { decision_id } => {
                self.taken_back.insert(decision_id.clone());
            }
            Fact::Delivered { decision_id } => {
                self.delivered.insert(decision_id.clone());
            }
            Fact::Stands { decision_id, state, code } => {
                self.stands.insert(decision_id.clone(), format!("{state} ({code})"));
            }
            Fact::Started | Fact::Usable | Fact::Done | Fact::Refused { .. } | Fact::Listening { .. } => {}
        }
    }

    /// The decisions that must not get lost: saved, and undo was not even pressed. One that was being taken back when the desk was killed
    /// may be gone or not.
    pub(super) fn owed(&self) -> impl Iterator<Item = &String> {
        self.saved.difference(&self.taking_back)
    }
}
