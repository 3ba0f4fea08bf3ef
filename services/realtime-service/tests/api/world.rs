//! A running service and everything around it, private to one test.

use std::time::Duration;

use clock::Clock;
use identity::development_issuer::Profile;
use reqwest::Method;
use serde_json::Value;
use testkit::{Issuer, LiveKit, MembershipService, Process, Redis};

pub(crate) use testkit::Answer;

use crate::call_state::CallState;
use crate::replica::Replica;
use crate::webhook_pipe::WebhookPipe;

/// A service with a LiveKit and an issuer of its own.
pub(crate) struct World {
    pub(crate) livekit: LiveKit,
    pub(crate) issuer: Issuer,
    pub(crate) membership: MembershipService,
    pub(crate) service: Process,
    pub(crate) url: String,
    pub(crate) management_url: String,
    /// The settings that all replicas share.
    variables: Vec<(&'static str, String)>,
    call_state: Option<CallState>,
    /// Of a world without calls.
    redis: Option<Redis>,
    http: reqwest::Client,
}

/// What stands behind the service.
enum Behind<'a> {
    Nothing,
    /// A Redis.
    Store,
    /// A Redis, and a call-state-service with these settings.
    Calls(&'a [(&'a str, &'a str)]),
}

impl World {
    /// Everything as a deployment would have it.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with more settings; names without the prefix, values may hold `{membership}`, `{members}` and `{issuer}`.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        Self::until("/readyz", settings, Behind::Nothing).await
    }

    /// The same, for a service that cannot become ready: it only lives.
    pub(crate) async fn unready(settings: &[(&str, &str)]) -> Self {
        Self::until("/livez", settings, Behind::Nothing).await
    }

    /// With calls: a call-state-service with these settings, and a Redis.
    pub(crate) async fn with_calls(settings: &[(&str, &str)], call_settings: &[(&str, &str)]) -> Self {
        Self::until("/readyz", settings, Behind::Calls(call_settings)).await
    }

    /// With rooms that are moderated, and no calls: a Redis.
    pub(crate) async fn with_store(settings: &[(&str, &str)]) -> Self {
        Self::until("/readyz", settings, Behind::Store).await
    }

    /// With calls, and a LiveKit that sends its webhooks there.
    pub(crate) async fn with_webhooks_to(
        url: &str,
        settings: &[(&str, &str)],
        call_settings: &[(&str, &str)],
    ) -> Self {
        let livekit = LiveKit::with_webhook(url).await.unwrap();
        Self::around(livekit, "/readyz", settings, Behind::Calls(call_settings)).await
    }

    /// With calls, and webhooks of LiveKit that reach the service.
    pub(crate) async fn with_webhooks(
        pipe: &WebhookPipe,
        settings: &[(&str, &str)],
        call_settings: &[(&str, &str)],
    ) -> Self {
        let world = Self::with_webhooks_to(&pipe.url, settings, call_settings).await;
        pipe.lead_to(&world.url);
        world
    }

    /// With rooms that are moderated, no calls, and webhooks of LiveKit that reach the service.
    pub(crate) async fn with_store_and_webhooks(pipe: &WebhookPipe, settings: &[(&str, &str)]) -> Self {
        let livekit = LiveKit::with_webhook(&pipe.url).await.unwrap();
        let world = Self::around(livekit, "/readyz", settings, Behind::Store).await;
        pipe.lead_to(&world.url);
        world
    }

    async fn until(answers: &str, settings: &[(&str, &str)], behind: Behind<'_>) -> Self {
        Self::around(LiveKit::start().await.unwrap(), answers, settings, behind).await
    }

    async fn around(livekit: LiveKit, answers: &str, settings: &[(&str, &str)], behind: Behind<'_>) -> Self {
        // Before anything in this process signs for LiveKit.
        identity::install_crypto();
        let issuer = Issuer::start().await.unwrap();
        let membership = MembershipService::start().await.unwrap();
        let usual = [
            ("ENVIRONMENT", "development".to_owned()),
            ("SERVER__DRAIN_SECONDS", "0".to_owned()),
            ("SIGNALLING__DRAIN_SECONDS", "0".to_owned()),
            ("IDENTITY__ISSUERS", issuer.url()),
            ("IDENTITY__AUDIENCE", "realtime".to_owned()),
            ("LIVEKIT__URL", livekit.url.clone()),
            ("LIVEKIT__PUBLIC_URL", livekit.public_url.clone()),
            ("LIVEKIT__API_KEY", livekit.api_key.clone()),
            ("LIVEKIT__API_SECRET", livekit.api_secret.clone()),
            ("LIVEKIT__PROBE_SECONDS", "1".to_owned()),
            // Several LiveKits on two cores are slow to answer, and that is not what is tested.
            ("LIVEKIT__REQUEST_TIMEOUT_MS", "1400".to_owned()),
            ("SERVER__HANDLER_TIMEOUT_MS", "8000".to_owned()),
        ];
        let (call_state, redis) = match behind {
            Behind::Nothing => (None, None),
            Behind::Store => (None, Some(Redis::start().await.unwrap())),
            Behind::Calls(settings) => (Some(CallState::start(&issuer, settings).await), None),
        };
        let store = redis.iter().flat_map(|redis| store_at(&redis.url));
        let calls = call_state.iter().flat_map(|call_state| {
            let (client_id, client_secret) = issuer.service_client();
            let [url, patience] = store_at(&call_state.redis.url);
            [
                ("CALL_STATE__URL", call_state.url.clone()),
                ("CALL_STATE__TIMEOUT_MS", "4000".to_owned()),
                url,
                patience,
                ("IDENTITY__SERVICE_ACCOUNT__CLIENT_ID", client_id.to_owned()),
                ("IDENTITY__SERVICE_ACCOUNT__CLIENT_SECRET", client_secret.to_owned()),
            ]
        });
        let variables: Vec<_> = usual.into_iter().chain(calls).chain(store).collect();
        let given: Vec<_> = settings
            .iter()
            .map(|(name, value)| {
                let value = value.replace("{membership}", &membership.template());
                let value = value.replace("{issuer}", &issuer.url());
                (*name, value.replace("{members}", &membership.members_template()))
            })
            .collect();
        let settings = variables.iter().chain(&given).map(|(name, value)| (*name, value.clone()));
        let Replica { process: service, url, management_url, .. } = Replica::start(answers, settings).await;
        #[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
        let http = reqwest::Client::new();
        Self { livekit, issuer, membership, service, url, management_url, variables, call_state, redis, http }
    }

    /// One more replica where the environment has these variables besides.
    pub(crate) async fn replica_among(&self, environment: &[(&str, &str)]) -> Replica {
        Replica::start_among(environment, "/readyz", self.variables.iter().cloned()).await
    }

    /// One more replica of the service, with more settings of its own.
    pub(crate) async fn replica(&self, settings: &[(&'static str, &str)]) -> Replica {
        let given = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Replica::start("/readyz", self.variables.iter().cloned().chain(given)).await
    }

    /// The Redis of a world with a store.
    pub(crate) fn redis(&self) -> &Redis {
        let of_calls = self.call_state.as_ref().map(|call_state| &call_state.redis);
        of_calls.or(self.redis.as_ref()).unwrap()
    }

    /// The same, to stop it and start it again. Of a world without calls.
    pub(crate) fn store(&mut self) -> &mut Redis {
        self.redis.as_mut().unwrap()
    }

    /// The call-state-service of a world with calls.
    pub(crate) fn call_state(&mut self) -> &mut CallState {
        self.call_state.as_mut().unwrap()
    }

    /// Where the call-state-service of a world with calls is.
    pub(crate) fn call_state_url(&self) -> &str {
        &self.call_state.as_ref().unwrap().url
    }

    /// The claims of a good token for a user in these groups.
    pub(crate) fn claims(&self, user: &str, groups: &[&str]) -> Value {
        claims(&self.issuer, user, groups)
    }

    /// A good token for a user in these groups.
    pub(crate) fn token(&self, user: &str, groups: &[&str]) -> String {
        self.issuer.sign(&self.claims(user, groups))
    }

    /// Starts a request to the API with a token.
    pub(crate) fn request(&self, method: Method, path: &str, token: &str) -> reqwest::RequestBuilder {
        self.request_to(&self.url, method, path, token)
    }

    /// The same to another replica, or to a gateway.
    pub(crate) fn request_to(
        &self,
        url: &str,
        method: Method,
        path: &str,
        token: &str,
    ) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{url}/api/realtime{path}")).bearer_auth(token)
    }

    /// `POST /rooms/{room}/join` without a body.
    pub(crate) async fn join(&self, room: &str, token: &str) -> Answer {
        send(self.request(Method::POST, &format!("/rooms/{room}/join"), token)).await
    }

    /// `POST /rooms/{room}/join` with a body.
    pub(crate) async fn join_with(&self, room: &str, token: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, &format!("/rooms/{room}/join"), token).json(body)).await
    }

    /// `GET` on the API.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        send(self.request(Method::GET, path, token)).await
    }

    /// A request to anywhere.
    pub(crate) fn http(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// `GET` on the management port.
    pub(crate) async fn manage(&self, path: &str) -> Answer {
        send(self.http.get(format!("{}{path}", self.management_url))).await
    }

    /// One figure of `/metrics`, by the start of its line; 0 if it is not there.
    pub(crate) async fn figure(&self, line: &str) -> f64 {
        let metrics = self.manage("/metrics").await.text;
        let found = metrics.lines().find_map(|candidate| candidate.strip_prefix(line));
        found.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0.0)
    }
}

/// How long a round trip to Redis may take here, in milliseconds. A machine that does much else is slow, and that is not what
/// is tested.
pub(crate) const STORE_PATIENCE_MS: u32 = 2_500;

/// The settings of the store at this address.
fn store_at(url: &str) -> [(&'static str, String); 2] {
    [("REDIS__URL", url.to_owned()), ("REDIS__TIMEOUT_MS", STORE_PATIENCE_MS.to_string())]
}

/// The claims of a good token of `issuer`.
pub(crate) fn claims(issuer: &Issuer, user: &str, groups: &[&str]) -> Value {
    let profile = Profile {
        user_id: user.to_owned(),
        username: user.to_owned(),
        name: format!("{user} of the tests"),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        realm_roles: Vec::new(),
    };
    profile.access_claims(&issuer.url(), "realtime", "web", Clock::system().now(), Duration::from_mins(5))
}

/// Sends a request and reads the answer.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
    Answer::of(request).await
}
