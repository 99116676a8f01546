//! The session: one access token in memory, renewed by one refresh at a time however many calls find it stale. A new refresh token is in
//! the store before the access token that came with it is used, so that a crash in between costs nothing.

use std::fmt;
use std::future::Future;

use contract::CONTRACT_VERSION;
use contract::server_info::ServerInfo;
use contract::session::SessionAnswer;
use tokio::sync::Mutex;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::api::{AccessToken, Api};
use crate::api_error::ApiError;
use crate::calls::Store;
use crate::error::{SyncError, SyncErrorKind};
use crate::ledger::Ledger;

/// The oldest contract of a server that this desktop can work with.
const OLDEST_SERVER: u32 = 1;

/// A session that has just begun, and the server that gave it.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session, for [`crate::Engine::adopt`].
    pub session: SessionAnswer,
    /// The server.
    pub server: ServerInfo,
}

/// Signs in with a password. The server is asked who it is first: the password goes to a review server that speaks our contract, and,
/// where `expected_server` is given, to no other server than that.
///
/// # Errors
/// Everything of [`SyncErrorKind`] that an address, an account or a server can be wrong with.
pub async fn sign_in(
    api: &Api,
    account: &str,
    password: &str,
    device_id: Uuid,
    expected_server: Option<Uuid>,
) -> Result<SignedIn, SyncError> {
    let server = api.server_info().await?;
    check_server(&server, expected_server)?;
    let session = api.sign_in(account, password, device_id).await?;
    Ok(SignedIn { session, server })
}

/// Whether this is the expected server and both sides speak the same contract.
pub(crate) fn check_server(server: &ServerInfo, expected: Option<Uuid>) -> Result<(), SyncError> {
    if expected.is_some_and(|expected| expected != server.server_id) {
        Err(SyncErrorKind::OtherServer.into())
    } else if server.oldest_desktop > CONTRACT_VERSION {
        Err(SyncErrorKind::DesktopTooOld.into())
    } else if server.contract_version < OLDEST_SERVER {
        Err(SyncErrorKind::ServerTooOld.into())
    } else {
        Ok(())
    }
}

/// The access token and which one it is.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) token: AccessToken,
    generation: u64,
}

/// Why a call with a session gave no result.
#[derive(Debug)]
pub(crate) enum CallError {
    /// There is no session: nothing was asked, or the answer was 401 and it could not be renewed.
    Session(SyncError),
    /// The call itself.
    Api(ApiError),
}

impl From<CallError> for SyncError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Session(error) => error,
            CallError::Api(error) => error.into(),
        }
    }
}

#[derive(Default)]
struct Held {
    grant: Option<Grant>,
    generation: u64,
}

/// The session of one account.
pub(crate) struct Session {
    api: Api,
    store: Store<dyn Ledger>,
    account_id: Uuid,
    held: Mutex<Held>,
    person_changed: Box<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(
        api: Api,
        store: Store<dyn Ledger>,
        account_id: Uuid,
        person_changed: Box<dyn Fn() + Send + Sync>,
    ) -> Self {
        Self { api, store, account_id, held: Mutex::default(), person_changed }
    }

    /// Takes over a session that a sign-in gave.
    pub(crate) async fn adopt(&self, session: SessionAnswer) -> Result<(), SyncError> {
        let mut held = self.held.lock().await;
        self.keep(&mut held, session).await.map(drop)
    }

    /// Forgets the access token.
    pub(crate) async fn forget(&self) -> Option<AccessToken> {
        self.held.lock().await.grant.take().map(|grant| grant.token)
    }

    /// The access token, fetched by the refresh token when there is none in memory.
    pub(crate) async fn grant(&self) -> Result<Grant, SyncError> {
        let mut held = self.held.lock().await;
        match &held.grant {
            Some(grant) => Ok(grant.clone()),
            None => self.refresh(&mut held).await,
        }
    }

    /// Calls with the access token; when it is not good any more, refreshes it once and calls again.
    pub(crate) async fn call<T, F, Answer>(&self, call: F) -> Result<T, CallError>
    where
        F: Fn(AccessToken) -> Answer,
        Answer: Future<Output = Result<T, ApiError>>,
    {
        let grant = self.grant().await.map_err(CallError::Session)?;
        match call(grant.token).await {
            Err(error) if is_unauthorised(&error) => {
                let fresh = self.renew(grant.generation).await.map_err(CallError::Session)?;
                call(fresh.token).await.map_err(CallError::Api)
            }
            other => other.map_err(CallError::Api),
        }
    }

    /// Another token than the one of this generation. Whoever comes second finds it renewed already.
    async fn renew(&self, stale: u64) -> Result<Grant, SyncError> {
        let mut held = self.held.lock().await;
        match &held.grant {
            Some(grant) if grant.generation != stale => Ok(grant.clone()),
            _ => self.refresh(&mut held).await,
        }
    }

    async fn refresh(&self, held: &mut Held) -> Result<Grant, SyncError> {
        held.grant = None;
        let Some(refresh_token) = self.store.call(|ledger| ledger.refresh_token()).await? else {
            return Err(SyncErrorKind::SessionExpired.into());
        };
        match self.api.refresh(&refresh_token).await {
            Ok(session) => self.keep(held, session).await,
            Err(error) if is_unauthorised(&error) => Err(SyncErrorKind::SessionExpired.into()),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep(&self, held: &mut Held, session: SessionAnswer) -> Result<Grant, SyncError> {
        let SessionAnswer { access_token, refresh_token, person, .. } = session;
        let (token, refresh_token) = (AccessToken::new(access_token), Zeroizing::new(refresh_token));
        if person.account_id != self.account_id {
            return Err(SyncErrorKind::OtherAccount.into());
        }
        self.store
            .call(move |ledger| {
                ledger.put_refresh_token(&refresh_token)?;
                ledger.put_person(&person)
            })
            .await?;
        held.generation += 1;
        let grant = Grant { token, generation: held.generation };
        held.grant = Some(grant.clone());
        (self.person_changed)();
        Ok(grant)
    }
}

fn is_unauthorised(error: &ApiError) -> bool {
    match error {
        ApiError::Problem { problem, .. } => problem.code.status() == 401,
        ApiError::Refused { status, .. } => *status == 401,
        _ => false,
    }
}
