//! The token itself.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use livekit_api::access_token::{AccessToken, AccessTokenError};
use signal_protocol::{CallKind, Role};

use crate::{ParticipantIdentity, grants};

/// How long before its expiry a token should no longer be used for a new connection; what `livekit-client` does.
const REFRESH_AHEAD: TimeDelta = TimeDelta::seconds(60);

/// Who is let in, where, and as what. All of it decided by the service.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The room's name in LiveKit, from [`sfu_room`](crate::sfu_room).
    pub sfu_room: String,
    /// Who comes in.
    pub identity: ParticipantIdentity,
    /// As what.
    pub role: Role,
    /// What is transmitted at most: `Video` everywhere but in an audio call.
    pub kind: CallKind,
    /// What others see as the name. Never an e-mail address.
    pub name: Option<String>,
    /// Free text for the application's clients.
    pub metadata: Option<String>,
    /// More attributes for the application's clients. `role` and `user_id` are always the server's.
    pub attributes: BTreeMap<String, String>,
}

/// A token and its times.
#[derive(Clone)]
pub struct RoomToken {
    /// The JWT. A secret: whoever has it is let in.
    pub jwt: String,
    /// When it stops admitting; exactly its `exp` claim.
    pub expires_at: DateTime<Utc>,
    /// When a client that has not connected should ask for a new one.
    pub refresh_after: DateTime<Utc>,
}

/// The token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the LiveKit token could not be signed")]
pub struct MintError(#[from] AccessTokenError);

/// Signs tokens with one LiveKit API key.
pub struct Minter {
    api_key: String,
    api_secret: String,
    ttl: Duration,
}

impl Minter {
    /// A minter of tokens that admit for `ttl` (whole seconds), signed with a LiveKit API key and its secret.
    #[must_use]
    pub fn new(api_key: &str, api_secret: &str, ttl: Duration) -> Self {
        Self { api_key: api_key.to_owned(), api_secret: api_secret.to_owned(), ttl }
    }

    /// The token for `admission`, valid from now.
    pub fn mint(&self, admission: Admission) -> Result<RoomToken, MintError> {
        let Admission { sfu_room, identity, role, kind, name, metadata, mut attributes } = admission;
        attributes.insert("role".to_owned(), role.as_str().to_owned());
        attributes.insert("user_id".to_owned(), identity.user.as_str().to_owned());
        let mut draft = AccessToken::with_api_key(&self.api_key, &self.api_secret)
            .with_identity(&identity.to_string())
            .with_grants(grants(role, kind, sfu_room))
            .with_attributes(attributes);
        if let Some(name) = name {
            draft = draft.with_name(&name);
        }
        if let Some(metadata) = metadata {
            draft = draft.with_metadata(&metadata);
        }
        let (draft, expires_at) = self.expire(draft);
        let jwt = draft.to_jwt()?;
        let ahead = REFRESH_AHEAD.min(self.ttl_delta() / 2);
        Ok(RoomToken { jwt, expires_at, refresh_after: expires_at - ahead })
    }

    /// Sets the expiry and tells it. livekit-api reads the wall clock by itself and does not say what it read: between
    /// two readings of ours in the same second, its own can have been in no other.
    fn expire(&self, draft: AccessToken) -> (AccessToken, DateTime<Utc>) {
        let clock = Clock::system();
        let mut draft = draft;
        loop {
            let before = clock.now().timestamp();
            draft = draft.with_ttl(self.ttl);
            if clock.now().timestamp() == before {
                let second = DateTime::from_timestamp(before, 0).unwrap_or(DateTime::UNIX_EPOCH);
                return (draft, second + self.ttl_delta());
            }
        }
    }

    fn ttl_delta(&self) -> TimeDelta {
        TimeDelta::from_std(self.ttl).unwrap_or(TimeDelta::MAX)
    }
}

impl std::fmt::Debug for Minter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Minter").field("ttl", &self.ttl).finish_non_exhaustive()
    }
}
