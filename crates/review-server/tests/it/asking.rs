//! What the office's people ask of leases besides the plain things that `office` knows.

use casework::CaseId;
use contract::case_work::{CaseWork, CaseWorkRequest};
use contract::lease::{LeaseAnswer, LeasesAnswer, LeasesRequest, OpenedCase, TakeOffline, WhyRequest};
use contract::paths;
use uuid::Uuid;

use crate::office::{Answer, Desk, Office};

impl Office {
    pub(crate) async fn ask(&self, desk: &Desk, request: &LeasesRequest) -> LeasesAnswer {
        self.post(paths::LEASES, Some(&desk.token), request).await.json()
    }

    /// Says that a leased case was opened.
    pub(crate) async fn tell_opened(&self, desk: &Desk, case_id: Uuid, fence: u32) -> LeasesAnswer {
        self.ask(desk, &LeasesRequest { opened: vec![OpenedCase { case_id, fence }], offline: None }).await
    }

    pub(crate) async fn take_offline(&self, desk: &Desk, until: &str, count: u32) -> LeasesAnswer {
        let until_ms = crate::office::at(until).timestamp_millis();
        let offline = Some(TakeOffline { until_ms, count });
        self.ask(desk, &LeasesRequest { opened: Vec::new(), offline }).await
    }

    pub(crate) async fn recuse(&self, desk: &Desk, case: Uuid, reason: &str) -> Answer {
        let why = WhyRequest { reason: reason.to_owned() };
        self.post(&paths::recuse(CaseId(case)), Some(&desk.token), &why).await
    }

    pub(crate) async fn revoke(&self, desk: &Desk, case: Uuid, reason: &str) -> Answer {
        let why = WhyRequest { reason: reason.to_owned() };
        self.post(&paths::revoke(CaseId(case)), Some(&desk.token), &why).await
    }

    pub(crate) async fn put_work(&self, desk: &Desk, lease: &LeaseAnswer, work: CaseWork) -> Answer {
        let request = CaseWorkRequest { fence: lease.fence, work };
        self.put(&paths::case_work(CaseId(lease.case.row.case_id)), Some(&desk.token), &request).await
    }
}

/// The cases of an answer, in its order.
pub(crate) fn cases_of(answer: &LeasesAnswer) -> Vec<Uuid> {
    answer.leases.iter().map(|lease| lease.case.row.case_id).collect()
}
