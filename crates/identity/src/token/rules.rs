//! What the claims of a token must say for its bearer to be let in. Pure: the time is an argument.

use clock::{DateTime, Utc};
use signal_protocol::UserId;
use zeroize::Zeroizing;

use super::Signed;
use super::display_name::display_name;
use super::json::{Json, Object};
use crate::refusal::TokenRefused::{self, Expired, Invalid};
use crate::settings::{IdentitySettings, Issuer};
use crate::{Caller, refusal::reason};

/// The role that makes an administrator, of the realm or of the client that is our audience.
const ADMINISTRATOR: &str = "realtime-admin";
/// The role that lets a service act on calls, of the client that is our audience alone: a role of the realm by that
/// name may be somebody else's.
const ACTS_ON_CALLS: &str = "act-on-calls";

/// The bounds of a token's times, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    max_lifetime: i64,
    pub(super) leeway: i64,
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
    signed: Signed<'_>,
    issuer: &Issuer,
    limits: Limits,
    now: DateTime<Utc>,
) -> Result<Caller, TokenRefused> {
    let claims = signed.into_claims();
    if claims.text("iss") != Some(&issuer.url) {
        return Err(Invalid(reason::ISSUER));
    }
    // Keycloak's ID, refresh, offline and logout tokens come from the same keys and differ in this claim.
    if claims.text("typ") != Some("Bearer") {
        return Err(Invalid(reason::TYPE));
    }
    if !names_audience(claims.get("aud"), &issuer.audience) {
        return Err(Invalid(reason::AUDIENCE));
    }
    check_authorized_party(&claims, &issuer.authorized_parties)?;
    let user = claims.text("sub").and_then(|sub| UserId::parse(sub).ok()).ok_or(Invalid(reason::SUBJECT))?;
    let session = session(&claims)?;
    let Times { issued_at, expires_at } = check_times(&claims, limits, now)?;
    Ok(Caller {
        user,
        tenant: issuer.tenant.clone(),
        name: display_name(&claims),
        session,
        administrator: is_administrator(&claims, &issuer.audience),
        acts_on_calls: holds(roles_of_client(&claims, &issuer.audience), ACTS_ON_CALLS),
        issued_at,
        expires_at,
        token: Zeroizing::new(token.to_owned()),
    })
}

/// A single audience may stand alone, several stand in a list (RFC 7519, section 4.1.3).
pub(super) fn names_audience(aud: Option<&Json<'_>>, audience: &str) -> bool {
    match aud {
        Some(Json::Text(only)) => only == audience,
        Some(Json::List(several)) => {
            several.iter().all(|one| one.as_text().is_some())
                && several.iter().any(|one| one.as_text() == Some(audience))
        }
        Some(Json::Integer(_) | Json::Object(_) | Json::Other) | None => false,
    }
}

fn check_authorized_party(claims: &Object<'_>, allowed: &[String]) -> Result<(), TokenRefused> {
    let is_allowed = || claims.text("azp").is_some_and(|party| allowed.iter().any(|one| one == party));
    if allowed.is_empty() || is_allowed() { Ok(()) } else { Err(Invalid(reason::AUTHORIZED_PARTY)) }
}

/// A session that cannot be read could not be ended either, so it is no session of ours.
pub(super) fn session(claims: &Object<'_>) -> Result<Option<String>, TokenRefused> {
    match claims.get("sid") {
        None => Ok(None),
        Some(Json::Text(sid)) if !sid.is_empty() => Ok(Some(sid.as_ref().to_owned())),
        Some(_) => Err(Invalid(reason::SESSION)),
    }
}

struct Times {
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

fn check_times(claims: &Object<'_>, limits: Limits, now: DateTime<Utc>) -> Result<Times, TokenRefused> {
    let seconds = |name| claims.get(name).and_then(Json::as_integer);
    let expiry = seconds("exp").ok_or(Invalid(reason::EXPIRY))?;
    let expires_at = DateTime::from_timestamp(expiry, 0).ok_or(Invalid(reason::EXPIRY))?;
    let issued = seconds("iat").ok_or(Invalid(reason::ISSUED_AT))?;
    if is_issued_ahead(issued, limits, now) {
        return Err(Invalid(reason::ISSUED_AT));
    }
    let is_ahead = |not_before| is_issued_ahead(not_before, limits, now);
    if claims.get("nbf").is_some() && seconds("nbf").is_none_or(is_ahead) {
        return Err(Invalid(reason::NOT_BEFORE));
    }
    if expiry.saturating_sub(issued) > limits.max_lifetime {
        return Err(Invalid(reason::LIFETIME));
    }
    let issued_at = DateTime::from_timestamp(issued, 0).ok_or(Invalid(reason::ISSUED_AT))?;
    // The very second of `exp` is too late already (RFC 7519, section 4.1.4).
    if now.timestamp() >= expiry + limits.leeway { Err(Expired) } else { Ok(Times { issued_at, expires_at }) }
}

/// Whether it is from further ahead of our clock than clocks differ.
pub(super) fn is_issued_ahead(seconds: i64, limits: Limits, now: DateTime<Utc>) -> bool {
    seconds > now.timestamp() + limits.issued_ahead
}

fn is_administrator(claims: &Object<'_>, audience: &str) -> bool {
    let of_realm = claims.get("realm_access").and_then(|access| access.get("roles"));
    holds(of_realm, ADMINISTRATOR) || holds(roles_of_client(claims, audience), ADMINISTRATOR)
}

/// Not by a dotted path: a client's name may hold dots.
fn roles_of_client<'claims, 'text>(
    claims: &'claims Object<'text>,
    client: &str,
) -> Option<&'claims Json<'text>> {
    claims.get("resource_access")?.get(client)?.get("roles")
}

fn holds(roles: Option<&Json<'_>>, wanted: &str) -> bool {
    roles.and_then(Json::as_list).is_some_and(|roles| roles.iter().any(|role| role.as_text() == Some(wanted)))
}

#[cfg(test)]
mod tests;
