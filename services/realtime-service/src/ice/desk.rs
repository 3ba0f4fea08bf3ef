//! Who is told which servers.

use call_state_api::Relay;
use chrono::{SubsecRound as _, TimeDelta};
use clock::Clock;
use http_server::{Problem, Refusal};
use identity::Caller;
use signal_protocol::{ErrorCode, IceServer, IceServersAnswer};

use super::credentials::Credentials;
use crate::RealtimeSettings;
use crate::calls::{CallState, CallStateRefused};

/// For how long credentials open allocations. Long enough for a call to be answered and its path to be lost and found again,
/// short enough to be worth nothing to whoever finds them in a log.
const LIFETIME: TimeDelta = TimeDelta::seconds(600);

/// How many sockets a browser may open before they are needed: enough for audio, video and data on every network
/// interface of most devices, so that candidates are there when the offer is.
const CANDIDATE_POOL_SIZE: u8 = 10;

/// The servers of the settings, for the parties of live calls.
pub(crate) struct IceDesk {
    stun_urls: Vec<String>,
    turn_urls: Vec<String>,
    credentials: Option<Credentials>,
    calls: CallState,
    clock: Clock,
}

/// Why the servers are not told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IceServersRefused {
    #[error("the caller has no live call")]
    NoCall,
    #[error("it could not be asked whether the caller has a live call")]
    CallState(#[from] CallStateRefused),
}

impl Refusal for IceServersRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::NoCall => Problem::new(ErrorCode::AccessDenied),
            Self::CallState(refused) => refused.problem(),
        }
    }
}

impl IceDesk {
    pub(crate) fn new(settings: &RealtimeSettings, calls: CallState, clock: Clock) -> Self {
        Self {
            stun_urls: settings.stun.urls.clone(),
            turn_urls: settings.turn.urls.clone(),
            credentials: Credentials::of(&settings.turn),
            calls,
            clock,
        }
    }

    /// The servers, for `caller`, in whose name `relay` speaks. Whoever has no call has no use for a relay but their own.
    pub(super) async fn servers(
        &self,
        caller: &Caller,
        relay: &Relay<'_>,
    ) -> Result<IceServersAnswer, IceServersRefused> {
        if self.calls.ask("list", |client| client.calls(relay)).await?.items.is_empty() {
            return Err(IceServersRefused::NoCall);
        }
        // A TURN server counts whole seconds.
        let expires_at = self.clock.now().trunc_subsecs(0) + LIFETIME;
        let stun = IceServer { urls: self.stun_urls.clone(), username: None, credential: None };
        let turn = self.credentials.as_ref().map(|credentials| {
            let (username, credential) = credentials.of_user(&caller.tenant, &caller.user, expires_at);
            IceServer { urls: self.turn_urls.clone(), username: Some(username), credential: Some(credential) }
        });
        let ice_servers =
            std::iter::once(stun).chain(turn).filter(|server| !server.urls.is_empty()).collect();
        Ok(IceServersAnswer { ice_servers, expires_at, candidate_pool_size: CANDIDATE_POOL_SIZE })
    }
}
