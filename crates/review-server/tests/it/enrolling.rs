//! Signing in on a device and registering its keys, as the office's people do. The keys of a device follow from its id.

use axum::body::Body;
use axum::http::{Request, header};
use contract::device::{DeviceAnswer, DeviceRequest};
use contract::paths;
use contract::session::{SessionAnswer, SignInRequest};
use contract::signature;
use uuid::Uuid;

use crate::office::{Answer, Desk, Office, PASSWORD, with_token};

/// The seed of a device's key; the same as often as it is asked for.
pub(crate) fn device_seed(device: Uuid) -> [u8; 32] {
    seed_of(device, 1)
}

/// The seed of the author's key on a device.
pub(crate) fn author_seed(device: Uuid) -> [u8; 32] {
    seed_of(device, 2)
}

fn seed_of(device: Uuid, salt: u8) -> [u8; 32] {
    let mut seed = [salt; 32];
    seed[..16].copy_from_slice(device.as_bytes());
    seed
}

impl Office {
    pub(crate) async fn put(&self, path: &str, token: Option<&str>, body: &impl serde::Serialize) -> Answer {
        let request = with_token(Request::put(path), token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(serde_json::to_vec(body).unwrap())).unwrap()).await
    }

    pub(crate) async fn try_sign_in(&self, account: &str, password: &str) -> Answer {
        self.try_sign_in_on(account, password, Uuid::new_v4()).await
    }

    pub(crate) async fn try_sign_in_on(&self, account: &str, password: &str, device_id: Uuid) -> Answer {
        let account = account.to_owned();
        let request = SignInRequest { account, password: password.to_owned(), device_id, contract_version: 1 };
        self.post(paths::SESSION, None, &request).await
    }

    /// Signs in on a new device and registers it.
    pub(crate) async fn sign_in(&self, account: &str) -> Desk {
        self.sign_in_on(account, Uuid::new_v4()).await
    }

    /// Signs in on a device and registers it, again if it is known.
    pub(crate) async fn sign_in_on(&self, account: &str, device: Uuid) -> Desk {
        let answer: SessionAnswer = self.try_sign_in_on(account, PASSWORD, device).await.json();
        let registered: DeviceAnswer = self.register(&answer.access_token, device).await.json();
        Desk {
            token: answer.access_token,
            refresh_token: answer.refresh_token,
            account: answer.person.account_id,
            device,
            delivery: registered.delivery_credential,
        }
    }

    pub(crate) async fn register(&self, token: &str, device: Uuid) -> Answer {
        let keys = DeviceRequest {
            device_key: signature::public_key(&device_seed(device)),
            author_key: signature::public_key(&author_seed(device)),
        };
        self.put(paths::DEVICE, Some(token), &keys).await
    }
}
