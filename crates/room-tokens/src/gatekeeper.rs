//! The other direction: from a token that somebody shows to who wants to enter which room.
//!
//! Takes what LiveKit itself would take, tokens that LiveKit gave to a connected client included: they are signed with the same
//! keys. Whether that person may still enter is not decided here.

use chrono::{DateTime, Utc};
use livekit_api::access_token::{AccessTokenError, Claims, TokenVerifier};
use signal_protocol::{RoomId, Tenant};

use crate::{ParticipantIdentity, parse_sfu_room};

/// The longest token that is looked at, in bytes: longer than the longest that is minted here, which carries two kilobytes of metadata
/// and sixteen attributes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// How jsonwebtoken, which only `identity` may name, says that the time of `exp` is past.
const EXPIRED: &str = "ExpiredSignature";

/// Who wants to enter which room, by a token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Whose room it is.
    pub tenant: Tenant,
    /// The room.
    pub room: RoomId,
    /// Who it is, and with which device.
    pub identity: ParticipantIdentity,
    /// Since when the token admits, in whole seconds: when it was given. The beginning of time where the token does not say.
    pub not_before: DateTime<Utc>,
    /// Until when the token admits, LiveKit's leeway not counted.
    pub expires_at: DateTime<Utc>,
}

/// Why a token opens no room. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum VisitorRefused {
    /// It was good once.
    #[error("the LiveKit token has expired")]
    Expired,
    /// No key of ours has signed it, or it is no token at all.
    #[error("the LiveKit token is not accepted: {0}")]
    Invalid(&'static str),
    /// It is signed with our key and lets nobody into a room.
    #[error("the LiveKit token does not let anybody into a room")]
    OpensNoRoom,
    /// It is signed with our key, and room or person are none that this service lets in.
    #[error("the LiveKit token is for a room or a participant that is none of ours")]
    Foreign,
}

/// Verifies LiveKit tokens against every key that may have signed them.
#[derive(Clone)]
pub struct Gatekeeper(Vec<Key>);

#[derive(Clone)]
struct Key {
    name: String,
    verifier: TokenVerifier,
}

impl Gatekeeper {
    /// Accepts what is signed with any of these API keys and its secret: the current one first, then those that are being replaced.
    #[must_use]
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let key = |(name, secret): (&str, &str)| Key {
            name: name.to_owned(),
            verifier: TokenVerifier::with_api_key(name, secret),
        };
        Self(keys.into_iter().map(key).collect())
    }

    /// Who shows this token.
    ///
    /// # Errors
    /// See [`VisitorRefused`].
    pub fn admit(&self, token: &str) -> Result<Visitor, VisitorRefused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(VisitorRefused::Invalid("too_long"));
        }
        let Claims { sub, nbf, exp, video, .. } = self.verify(token)?;
        if !video.room_join {
            return Err(VisitorRefused::OpensNoRoom);
        }
        let (tenant, room) = parse_sfu_room(&video.room).ok_or(VisitorRefused::Foreign)?;
        let identity = sub.parse().map_err(|_| VisitorRefused::Foreign)?;
        Ok(Visitor { tenant, room, identity, not_before: seconds(nbf)?, expires_at: seconds(exp)? })
    }

    fn verify(&self, token: &str) -> Result<Claims, VisitorRefused> {
        let mut refused = VisitorRefused::Invalid("no_key");
        for Key { name, verifier } in &self.0 {
            match verifier.verify(token) {
                // The verifier accepts a token that names no key, which LiveKit does not.
                Ok(claims) if claims.iss == *name => return Ok(claims),
                Ok(_) => refused = VisitorRefused::Invalid("issuer"),
                // Its signature is right, so no other key can make it good.
                Err(AccessTokenError::Encoding(error)) if error.to_string() == EXPIRED => {
                    return Err(VisitorRefused::Expired);
                }
                // The library's own words may quote what stands in the token.
                Err(_) => refused = VisitorRefused::Invalid("not_ours"),
            }
        }
        Err(refused)
    }
}

impl std::fmt::Debug for Gatekeeper {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|key| &key.name)).finish()
    }
}

fn seconds(since_1970: usize) -> Result<DateTime<Utc>, VisitorRefused> {
    let seconds = i64::try_from(since_1970).ok();
    seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or(VisitorRefused::Invalid("time"))
}
