//! The calls of a device: to register it, to post its decisions, to ship its access log, to open its key again. Nothing is retried and
//! nothing is stored here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::access_log::{AccessLogAnswer, AccessLogRequest};
use contract::decision::{DecisionRequest, Receipt};
use contract::device::{DeviceAnswer, DeviceRequest, UnsealAnswer, UnsealRequest};
use contract::{headers, paths};
use zeroize::Zeroizing;

use crate::api::{AccessToken, Api, Call};
use crate::api_error::ApiError;
use crate::outbox_ledger::Outgoing;
use crate::transport::Method;

impl Api {
    /// Registers the public keys of the device that the session belongs to; gives its delivery credential.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn register_device(
        &self,
        token: &AccessToken,
        keys: &DeviceRequest,
    ) -> Result<Zeroizing<String>, ApiError> {
        let answer: DeviceAnswer = self.json(Call::new(Method::Put, paths::DEVICE).by(token).json(keys)).await?;
        Ok(Zeroizing::new(answer.delivery_credential))
    }

    /// The key of `work.db` of an own device, which that device had sealed to the server; standard base64.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn unseal(&self, token: &AccessToken, sealed: &UnsealRequest) -> Result<Zeroizing<String>, ApiError> {
        let call = Call::new(Method::Post, paths::DEVICE_UNSEAL).by(token).json(sealed);
        let answer: UnsealAnswer = self.json(call).await?;
        Ok(Zeroizing::new(answer.key))
    }

    /// Ships entries of the access log.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn ship_access_log(
        &self,
        credential: &AccessToken,
        log: &AccessLogRequest,
    ) -> Result<AccessLogAnswer, ApiError> {
        self.json(Call::new(Method::Post, paths::AUDIT).by(credential).json(log)).await
    }

    /// Posts a decision. Whether the receipt is the right one is for [`crate::disposition()`] to say.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn decide(&self, credential: &AccessToken, decision: &Outgoing) -> Result<Receipt, ApiError> {
        let request = DecisionRequest {
            decision_id: decision.decision_id.0,
            payload_sha256: decision.payload_sha256.to_string(),
            key_id: decision.key_id.clone(),
            envelope: STANDARD.encode(&decision.envelope),
            author_signature: decision.author_signature.clone(),
            device_signature: decision.device_signature.clone(),
            receipt: decision.receipt.clone(),
        };
        let call = Call::new(Method::Post, paths::decisions(decision.case_id))
            .by(credential)
            .header(headers::IDEMPOTENCY_KEY, headers::quoted(&decision.decision_id.to_string()))
            .header(headers::IF_MATCH, headers::quoted(&decision.case_version.0.to_string()))
            .json(&request);
        self.json(call).await
    }
}
