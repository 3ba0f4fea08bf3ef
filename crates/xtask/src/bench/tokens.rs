//! Access tokens of many people.

use std::ops::Range;
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use clock::{Clock, DateTime, Utc};
use serde_json::{Value, json};

/// The room that everybody is a member of.
pub(super) const ROOM: &str = "standup";

/// What the tokens are for and who may use them, as the realm of `deploy/keycloak` says it.
pub(super) const AUDIENCE: &str = "realtime";
const AUTHORIZED_PARTY: &str = "web";

/// The longest that a token may live by default; a run must not take longer.
const LIFETIME_SECONDS: i64 = 3600;

/// Access tokens of these people, signed on all cores.
pub(super) fn sign(
    issuer: &str,
    sign: impl Fn(&Value) -> String + Sync,
    people: Range<usize>,
) -> Result<Vec<String>> {
    let now = Clock::system().now();
    let sign_one = |person| sign(&claims(issuer, person, now));
    let sign_some = |people: Range<usize>| people.map(sign_one).collect::<Vec<_>>();
    let threads = thread::available_parallelism().context("counting cores")?.get();
    let share = people.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let mut tokens = Vec::with_capacity(people.len());
        let signers: Vec<_> = people
            .clone()
            .step_by(share)
            .map(|from| scope.spawn(move || sign_some(from..people.end.min(from + share))))
            .collect();
        for signer in signers {
            tokens.extend(signer.join().map_err(|_| anyhow!("a signing thread panicked"))?);
        }
        Ok(tokens)
    })
}

/// What Keycloak writes into an access token of the realm in `deploy/keycloak`: more than the product reads, because all
/// of it is decoded. Every person and every login session is another one.
fn claims(issuer: &str, person: usize, now: DateTime<Utc>) -> Value {
    json!({
        "exp": now.timestamp() + LIFETIME_SECONDS,
        "iat": now.timestamp(),
        "jti": format!("onrtac:8e1d60a5-91c3-4a1f-8b0e-{person:012x}"),
        "iss": issuer,
        "aud": [AUDIENCE, "account"],
        "sub": user_id(person),
        "typ": "Bearer",
        "azp": AUTHORIZED_PARTY,
        "sid": format!("f2a7c3d8-04be-4c55-a3a6-{person:012x}"),
        "acr": "1",
        "allowed-origins": ["https://calls.example.com"],
        "realm_access": { "roles": ["default-roles-realtime", "offline_access", "uma_authorization"] },
        "resource_access": { "account": { "roles": ["manage-account", "manage-account-links", "view-profile"] } },
        "scope": "openid email profile",
        "email_verified": true,
        "name": format!("Person Number {person}"),
        "groups": ["/staff", format!("/rooms/{ROOM}"), "/rooms/all-hands/viewer"],
        "preferred_username": format!("person{person}"),
        "given_name": "Person",
        "family_name": format!("Number {person}"),
        "email": format!("person{person}@example.com"),
    })
}

/// What the ids of all people begin with.
pub(super) const PEOPLE: &str = "5c0f1a2e-77b4-4d0c-9f7e-";

/// Who a person is to the product.
pub(super) fn user_id(person: usize) -> String {
    format!("{PEOPLE}{person:012x}")
}
