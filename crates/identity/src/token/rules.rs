//! What the claims of a token must say for its bearer to be let in. Pure: the time is an argument.

use clock::{DateTime, Utc};
use serde_json::{Map, Value};
use signal_protocol::UserId;
use zeroize::Zeroizing;

use super::Signed;
use super::display_name::display_name;
use crate::refusal::TokenRefused::{self, Expired, Invalid};
use crate::settings::{IdentitySettings, Issuer};
use crate::{Caller, refusal::reason};

/// The role that makes an administrator, of the realm or of the client that is our audience.
const ADMINISTRATOR: &str = "realtime-admin";

/// The bounds of a token's times, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    max_lifetime: i64,
    leeway: i64,
    issued_ahead: i64,
}

impl From<&IdentitySettings> for Limits {
    fn from(settings: &IdentitySettings) -> Self {
        Self {
            max_lifetime: settings.max_lifetime_seconds.into(),
            leeway: settings.leeway_seconds.into(),
            issued_ahead: settings.issued_ahead_seconds.into(),
        }
    }
}

/// The caller that `signed`, the claims of `token`, makes. `issuer` is the one whose key signed them.
///
/// Expiry is looked at last: a client that hears `Expired` fetches a new token, which helps only if all else is right.
pub(crate) fn caller(
    token: &str,
    signed: Signed,
    issuer: &Issuer,
    limits: Limits,
    now: DateTime<Utc>,
) -> Result<Caller, TokenRefused> {
    let claims = signed.into_claims();
    if text(&claims, "iss") != Some(&issuer.url) {
        return Err(Invalid(reason::ISSUER));
    }
    // Keycloak's ID, refresh, offline and logout tokens come from the same keys and differ in this claim.
    if text(&claims, "typ") != Some("Bearer") {
        return Err(Invalid(reason::TYPE));
    }
    if !names_audience(claims.get("aud"), &issuer.audience) {
        return Err(Invalid(reason::AUDIENCE));
    }
    check_authorized_party(&claims, &issuer.authorized_parties)?;
    let user =
        text(&claims, "sub").and_then(|sub| UserId::parse(sub).ok()).ok_or(Invalid(reason::SUBJECT))?;
    let session = session(&claims)?;
    let expires_at = check_times(&claims, limits, now)?;
    Ok(Caller {
        user,
        tenant: issuer.tenant.clone(),
        name: display_name(&claims),
        session,
        administrator: is_administrator(&claims, &issuer.audience),
        expires_at,
        token: Zeroizing::new(token.to_owned()),
        claims,
    })
}

fn text<'claims>(claims: &'claims Map<String, Value>, name: &str) -> Option<&'claims str> {
    claims.get(name).and_then(Value::as_str)
}

/// A single audience may stand alone, several stand in a list (RFC 7519, section 4.1.3).
fn names_audience(aud: Option<&Value>, audience: &str) -> bool {
    match aud {
        Some(Value::String(only)) => only == audience,
        Some(Value::Array(several)) => {
            several.iter().all(Value::is_string) && several.iter().any(|one| one.as_str() == Some(audience))
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    }
}

fn check_authorized_party(claims: &Map<String, Value>, allowed: &[String]) -> Result<(), TokenRefused> {
    let is_allowed = || text(claims, "azp").is_some_and(|party| allowed.iter().any(|one| one == party));
    if allowed.is_empty() || is_allowed() { Ok(()) } else { Err(Invalid(reason::AUTHORIZED_PARTY)) }
}

/// A session that cannot be read could not be ended either, so it is no session of ours.
fn session(claims: &Map<String, Value>) -> Result<Option<String>, TokenRefused> {
    match claims.get("sid") {
        None => Ok(None),
        Some(Value::String(sid)) if !sid.is_empty() => Ok(Some(sid.clone())),
        Some(_) => Err(Invalid(reason::SESSION)),
    }
}

fn check_times(
    claims: &Map<String, Value>,
    limits: Limits,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, TokenRefused> {
    let seconds = |name| claims.get(name).and_then(Value::as_i64);
    let expiry = seconds("exp").ok_or(Invalid(reason::EXPIRY))?;
    let expires_at = DateTime::from_timestamp(expiry, 0).ok_or(Invalid(reason::EXPIRY))?;
    let issued_at = seconds("iat").ok_or(Invalid(reason::ISSUED_AT))?;
    let latest = now.timestamp() + limits.issued_ahead;
    if issued_at > latest {
        return Err(Invalid(reason::ISSUED_AT));
    }
    if claims.contains_key("nbf") && seconds("nbf").is_none_or(|not_before| not_before > latest) {
        return Err(Invalid(reason::NOT_BEFORE));
    }
    if expiry.saturating_sub(issued_at) > limits.max_lifetime {
        return Err(Invalid(reason::LIFETIME));
    }
    // The very second of `exp` is too late already (RFC 7519, section 4.1.4).
    if now.timestamp() >= expiry + limits.leeway { Err(Expired) } else { Ok(expires_at) }
}

fn is_administrator(claims: &Map<String, Value>, audience: &str) -> bool {
    let of_realm = claims.get("realm_access").and_then(|access| access.get("roles"));
    // Not by a dotted path: a client's name may hold dots.
    let of_client = claims
        .get("resource_access")
        .and_then(|access| access.get(audience))
        .and_then(|access| access.get("roles"));
    [of_realm, of_client]
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .any(|role| role.as_str() == Some(ADMINISTRATOR))
}

#[cfg(test)]
mod tests;
