//! The calls about leases and what hangs on one: draft, note and hold, giving a case back, standing back from it. And what supervisors ask
//! about the cases of others. Nothing is retried and nothing is stored here.

use casework::CaseId;
use contract::access_log::StuckAnswer;
use contract::case_work::CaseWorkRequest;
use contract::lease::{FenceRequest, LeaseAnswer, LeasesAnswer, LeasesRequest, WhyRequest};
use contract::paths;

use crate::api::{AccessToken, Api, CATALOGUE, Call, PAGE};
use crate::api_error::ApiError;
use crate::transport::Method;

impl Api {
    /// Renews and fills up my leases, tells what was opened, and perhaps takes more offline.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn leases(&self, token: &AccessToken, request: &LeasesRequest) -> Result<LeasesAnswer, ApiError> {
        self.json(Call::new(Method::Post, paths::LEASES).by(token).json(request).cap(PAGE)).await
    }

    /// Leases one case.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn lease_case(&self, token: &AccessToken, case_id: CaseId) -> Result<LeaseAnswer, ApiError> {
        self.json(Call::new(Method::Post, paths::lease(case_id)).by(token).cap(CATALOGUE)).await
    }

    /// Gives a case back.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn give_back(&self, token: &AccessToken, case_id: CaseId, fence: u32) -> Result<(), ApiError> {
        let call = Call::new(Method::Delete, paths::lease(case_id)).by(token);
        self.nothing(call.json(&FenceRequest { fence })).await
    }

    /// Reports that a photo cannot be seen.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn report_technical(&self, token: &AccessToken, case_id: CaseId, fence: u32) -> Result<(), ApiError> {
        let call = Call::new(Method::Post, paths::technical(case_id)).by(token);
        self.nothing(call.json(&FenceRequest { fence })).await
    }

    /// Replaces what the server has as draft, note and hold of a case.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn put_case_work(
        &self,
        token: &AccessToken,
        case_id: CaseId,
        request: &CaseWorkRequest,
    ) -> Result<(), ApiError> {
        self.nothing(Call::new(Method::Put, paths::case_work(case_id)).by(token).json(request)).await
    }

    /// Stands back from a case for good.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn recuse(&self, token: &AccessToken, case_id: CaseId, reason: &str) -> Result<(), ApiError> {
        let why = WhyRequest { reason: reason.to_owned() };
        self.nothing(Call::new(Method::Post, paths::recuse(case_id)).by(token).json(&why)).await
    }

    /// Ends the lease of whoever holds the case; for supervisors.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn revoke(&self, token: &AccessToken, case_id: CaseId, reason: &str) -> Result<(), ApiError> {
        let why = WhyRequest { reason: reason.to_owned() };
        self.nothing(Call::new(Method::Post, paths::revoke(case_id)).by(token).json(&why)).await
    }

    /// Decisions of the office that their desktops cannot deliver; for supervisors.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn stuck(&self, token: &AccessToken) -> Result<StuckAnswer, ApiError> {
        self.json(Call::new(Method::Get, paths::STUCK).by(token).cap(CATALOGUE)).await
    }
}
