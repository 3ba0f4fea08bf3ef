//! The LiveKit token, by livekit-api, with every grant written out.

use std::time::Duration;

use livekit_api::access_token::{AccessToken, AccessTokenError, VideoGrants};

use crate::Arguments;
use crate::callers::Caller;

/// How long a token admits.
pub(crate) const TTL: Duration = Duration::from_mins(2);

/// Mints tokens for one LiveKit.
pub(crate) struct Mint {
    api_key: String,
    api_secret: String,
    tenant: String,
    pub(crate) server_url: String,
}

impl Mint {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let tenant = arguments.issuer.rsplit('/').next().unwrap_or_default();
        Self {
            api_key: arguments.api_key.clone(),
            api_secret: arguments.api_secret.clone(),
            tenant: tenant.to_owned(),
            server_url: arguments.livekit_url.clone(),
        }
    }

    pub(crate) fn token(
        &self,
        caller: &Caller,
        identity: &str,
        room_id: &str,
        role: &str,
    ) -> Result<String, AccessTokenError> {
        let publishes = role != "viewer";
        let sources: &[&str] = match role {
            "viewer" => &[],
            "participant" => &["camera", "microphone"],
            _ => &["camera", "microphone", "screen_share", "screen_share_audio"],
        };
        let grants = VideoGrants {
            room_join: true,
            room: format!("{}/{room_id}", self.tenant),
            can_publish: Some(publishes),
            can_subscribe: Some(true),
            can_publish_data: Some(publishes),
            can_publish_sources: sources.iter().map(|&source| source.to_owned()).collect(),
            can_update_own_metadata: Some(false),
            ..VideoGrants::default()
        };
        AccessToken::with_api_key(&self.api_key, &self.api_secret)
            .with_identity(identity)
            .with_name(caller.name.as_deref().unwrap_or_default())
            .with_attributes([("role", role), ("user_id", &caller.sub)])
            .with_ttl(TTL)
            .with_grants(grants)
            .to_jwt()
    }
}
