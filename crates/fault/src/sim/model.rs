//! What should be true, kept outside of everything that is under test: what persons confirmed, what the server was seen to accept, who was seen
//! to hold a case, which photos a case has. It notes a broken promise at the moment at which it is broken.

use std::collections::BTreeMap;

use casework::{AccountId, CaseId, DecisionId};
use contract::decision::{DecisionRequest, Receipt};
use contract::lease::{LeaseAnswer, LeasesAnswer};
use contract::paths;
use sync::{Method, WireRequest};

use super::net::{Outcome, Place, case_of, decision_of};

/// A decision that a desktop acknowledged to its person.
#[derive(Debug, Clone)]
pub(super) struct Decided {
    /// The how-manieth of the run, for people.
    pub(super) no: usize,
    pub(super) id: DecisionId,
    pub(super) place: Place,
    pub(super) author: AccountId,
    pub(super) case: CaseId,
    pub(super) fence: u32,
    pub(super) opinion: &'static str,
    pub(super) payload_sha256: String,
    pub(super) evidence: Vec<String>,
    pub(super) note: String,
    /// The desktop said that it is taken back.
    pub(super) is_undone: bool,
}

/// The parts of the truth that a backup brings back.
#[derive(Debug, Clone)]
pub(super) struct Office {
    pub(super) evidence: BTreeMap<CaseId, Vec<String>>,
    /// Decisions that the server has.
    pub(super) accepted: Vec<DecisionId>,
    pub(super) grants: BTreeMap<CaseId, Grant>,
}

/// The last grant of a case, as was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grant {
    /// Nobody, when it was given back, revoked or used.
    holder: Option<AccountId>,
    fence: u32,
    /// It came back with a backup: whoever got a greater fence in the history that was lost may still deliver.
    is_brought_back: bool,
}

/// Everything that is known.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) decided: Vec<Decided>,
    pub(super) office: Office,
    /// How often the server was restored.
    pub(super) history: u32,
    /// Promises that were broken.
    pub(super) broken: Vec<String>,
}

impl Model {
    pub(super) fn new(evidence: &BTreeMap<CaseId, Vec<String>>, grants: &BTreeMap<CaseId, (AccountId, u32)>) -> Self {
        let grant = |holder, fence| Grant { holder: Some(holder), fence, is_brought_back: false };
        let grants = grants.iter().map(|(&case, &(holder, fence))| (case, grant(holder, fence))).collect();
        let office = Office { evidence: evidence.clone(), accepted: Vec::new(), grants };
        Self { decided: Vec::new(), office, history: 0, broken: Vec::new() }
    }

    pub(super) fn of(&self, id: DecisionId) -> Option<&Decided> {
        self.decided.iter().find(|decided| decided.id == id)
    }

    pub(super) fn undone(&mut self, id: DecisionId) {
        if let Some(decided) = self.decided.iter_mut().find(|decided| decided.id == id) {
            decided.is_undone = true;
        }
    }

    /// Whether the server, as it is now, took it.
    pub(super) fn is_accepted(&self, id: DecisionId) -> bool {
        self.office.accepted.contains(&id)
    }

    /// A backup took the place of the data.
    pub(super) fn restored(&mut self, office: Office) {
        self.office = office;
        self.history += 1;
        self.office.grants.values_mut().for_each(|grant| grant.is_brought_back = true);
    }

    /// Nobody holds the case any more.
    fn grant_ended(&mut self, case: CaseId) {
        if let Some(grant) = self.office.grants.get_mut(&case) {
            *grant = Grant { holder: None, is_brought_back: false, ..*grant };
        }
    }

    /// A request was served: what it says about the truth.
    pub(super) fn observe(&mut self, account: AccountId, request: &WireRequest, outcome: &Outcome) {
        let Ok(answer) = outcome else { return };
        if !(200..300).contains(&answer.status) {
            return;
        }
        if let Some(id) = decision_of(request) {
            let receipt: Option<Receipt> = serde_json::from_slice(&answer.body).ok();
            let sent: Option<DecisionRequest> =
                request.body.as_ref().and_then(|body| serde_json::from_slice(body).ok());
            match (receipt, sent) {
                (Some(receipt), Some(sent)) => self.accepted_now(id, &receipt, &sent),
                _ => self.broken.push(format!("the server's receipt for {id} cannot be read")),
            }
            return;
        }
        if request.method == Method::Post && request.path == paths::LEASES {
            if let Ok(all) = serde_json::from_slice::<LeasesAnswer>(&answer.body) {
                all.leases.iter().for_each(|lease| self.granted(account, lease));
            }
            return;
        }
        let Some(case) = case_of(&request.path) else { return };
        match (request.method, request.path.rsplit('/').next()) {
            (Method::Post, Some("lease")) => {
                if let Ok(lease) = serde_json::from_slice::<LeaseAnswer>(&answer.body) {
                    self.granted(account, &lease);
                }
            }
            (Method::Delete, Some("lease")) | (Method::Post, Some("technical" | "revoke")) => self.grant_ended(case),
            (Method::Post, Some("recuse")) if self.is_held_by(case, account) => self.grant_ended(case),
            _ => {}
        }
    }

    fn is_held_by(&self, case: CaseId, account: AccountId) -> bool {
        self.office.grants.get(&case).is_some_and(|grant| grant.holder == Some(account))
    }

    fn granted(&mut self, account: AccountId, lease: &LeaseAnswer) {
        let case = CaseId(lease.case.row.case_id);
        let known = self.office.grants.get(&case);
        // The same again is renewed, not granted.
        if known.is_none_or(|known| (known.holder, known.fence) != (Some(account), lease.fence)) {
            let grant = Grant { holder: Some(account), fence: lease.fence, is_brought_back: false };
            self.office.grants.insert(case, grant);
        }
    }

    fn accepted_now(&mut self, id: DecisionId, receipt: &Receipt, sent: &DecisionRequest) {
        let Some(decided) = self.of(id).cloned() else {
            self.broken.push(format!("I3: the server accepted {id}, which nobody decided"));
            return;
        };
        let no = decided.no;
        if decided.is_undone {
            self.broken.push(format!("I3: the server accepted decision {no}, which was taken back"));
        }
        if receipt.payload_sha256 != decided.payload_sha256 {
            self.broken.push(format!("I5: the receipt of decision {no} names another payload"));
        }
        if self.is_accepted(id) {
            return;
        }
        self.office.accepted.push(id);
        if sent.receipt.is_none() {
            self.had_the_right(&decided);
            // Whoever comes next needs a grant of their own; after what comes back with a receipt they may have had it in the lost history.
            self.grant_ended(decided.case);
        }
    }

    fn had_the_right(&mut self, decided: &Decided) {
        let no = decided.no;
        let says = match self.office.grants.get(&decided.case) {
            Some(grant) if (grant.holder, grant.fence) == (Some(decided.author), decided.fence) => None,
            Some(grant) if grant.is_brought_back && decided.fence > grant.fence => None,
            Some(grant) if grant.holder.is_none() => Some(format!("the grant of fence {} had ended", grant.fence)),
            Some(grant) => Some(format!("fence {} was granted", grant.fence)),
            // A restored server forgot grants; one that was never restored has seen them all.
            None if self.history > 0 => None,
            None => Some("no grant was seen".to_owned()),
        };
        if let Some(says) = says {
            self.broken.push(format!("fence: decision {no} was accepted under fence {}, but {says}", decided.fence));
        }
        if self.office.evidence.get(&decided.case).is_some_and(|there| *there != decided.evidence) {
            self.broken.push(format!("evidence: decision {no} was accepted on photos that are not the case's"));
        }
    }
}
