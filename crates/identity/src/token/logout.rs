//! What the claims of a logout token must say (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6). Pure: the
//! time is an argument.

use clock::{DateTime, Utc};
use signal_protocol::UserId;

use super::Signed;
use super::json::{Json, Object};
use super::rules::{Limits, is_issued_ahead, names_audience, session};
use crate::refusal::TokenRefused::{self, Expired, Invalid};
use crate::settings::Issuer;
use crate::{Logins, Logout, Revocation, refusal::reason};

/// The event that every logout token tells of.
const BACK_CHANNEL_LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a logout token may be, in seconds. An issuer sends it at once; the rest is for clocks and slow networks.
const OLDEST: i64 = 300;
/// The longest `jti`, in bytes.
const LONGEST_ID: usize = 255;

/// What `signed`, the claims of a logout token, says. `issuer` is the one whose key signed them.
pub(crate) fn ended_login(
    signed: Signed<'_>,
    issuer: &Issuer,
    clients: &[String],
    limits: Limits,
    now: DateTime<Utc>,
) -> Result<Logout, TokenRefused> {
    let claims = signed.into_claims();
    if claims.text("iss") != Some(&issuer.url) {
        return Err(Invalid(reason::ISSUER));
    }
    // Keycloak's own mark of a logout token; its access and ID tokens have others.
    if claims.get("typ").is_some() && claims.text("typ") != Some("Logout") {
        return Err(Invalid(reason::TYPE));
    }
    check_event(&claims)?;
    // It would be an ID token.
    if claims.get("nonce").is_some() {
        return Err(Invalid(reason::NONCE));
    }
    if !is_for_us(claims.get("aud"), issuer, clients) {
        return Err(Invalid(reason::AUDIENCE));
    }
    let token_id = claims.text("jti").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
    let token_id = token_id.ok_or(Invalid(reason::TOKEN_ID))?.to_owned();
    let logins = logins(&claims)?;
    let at = check_times(&claims, limits, now)?;
    Ok(Logout { tenant: issuer.tenant.clone(), token_id, revocation: Revocation { logins, at } })
}

fn check_event(claims: &Object<'_>) -> Result<(), TokenRefused> {
    match claims.get("events").and_then(|events| events.get(BACK_CHANNEL_LOGOUT)) {
        Some(Json::Object(_)) => Ok(()),
        Some(Json::Text(_) | Json::Integer(_) | Json::List(_) | Json::Other) | None => {
            Err(Invalid(reason::EVENT))
        }
    }
}

fn is_for_us(aud: Option<&Json<'_>>, issuer: &Issuer, clients: &[String]) -> bool {
    let names = |client: &String| names_audience(aud, client);
    if clients.is_empty() {
        issuer.authorized_parties.iter().any(names) || names(&issuer.audience)
    } else {
        clients.iter().any(names)
    }
}

fn logins(claims: &Object<'_>) -> Result<Logins, TokenRefused> {
    let user = match claims.get("sub") {
        None => None,
        Some(sub) => {
            let user = sub.as_text().and_then(|sub| UserId::parse(sub).ok());
            Some(user.ok_or(Invalid(reason::SUBJECT))?)
        }
    };
    match (session(claims)?, user) {
        (Some(session), user) => Ok(Logins::One { session, user }),
        (None, Some(user)) => Ok(Logins::AllOf(user)),
        (None, None) => Err(Invalid(reason::SUBJECT)),
    }
}

fn check_times(
    claims: &Object<'_>,
    limits: Limits,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, TokenRefused> {
    let seconds = |name| claims.get(name).and_then(Json::as_integer);
    let issued_at = seconds("iat").ok_or(Invalid(reason::ISSUED_AT))?;
    let at = DateTime::from_timestamp(issued_at, 0).ok_or(Invalid(reason::ISSUED_AT))?;
    if is_issued_ahead(issued_at, limits, now) {
        return Err(Invalid(reason::ISSUED_AT));
    }
    let has_expired = match claims.get("exp") {
        // Older issuers send none.
        None => false,
        Some(expiry) => {
            let expiry = expiry.as_integer().ok_or(Invalid(reason::EXPIRY))?;
            now.timestamp() >= expiry.saturating_add(limits.leeway)
        }
    };
    if has_expired || now.timestamp() - issued_at > OLDEST { Err(Expired) } else { Ok(at) }
}
