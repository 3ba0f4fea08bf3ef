//! The load: joins of many people, each a whole HTTP request made beforehand.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use clock::Clock;
use identity::development_issuer::{Profile, SigningKey};
use serde_json::{Value, json};

/// The room that everybody joins.
pub(super) const ROOM: &str = "standup";

/// What the tokens are for and who may use them, as the realm of `deploy/keycloak` says it.
pub(super) const AUDIENCE: &str = "realtime";
const AUTHORIZED_PARTY: &str = "web";

/// The longest that a token may live by default; a run must not take longer.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Signs `count` access tokens on all cores, each of another person and in the size that Keycloak makes them.
pub(super) fn sign(key: &SigningKey, issuer: &str, count: usize) -> Result<Vec<String>> {
    let threads = thread::available_parallelism().context("counting cores")?.get();
    let share = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let signers: Vec<_> = (0..count)
            .step_by(share)
            .map(|from| {
                scope.spawn(move || {
                    let people = from..count.min(from + share);
                    people.map(|person| key.sign(&json!({}), &claims(issuer, person))).collect::<Vec<_>>()
                })
            })
            .collect();
        let mut tokens = Vec::with_capacity(count);
        for signer in signers {
            tokens.extend(signer.join().map_err(|_| anyhow!("a signing thread panicked"))?);
        }
        Ok(tokens)
    })
}

/// What Keycloak writes into an access token of one person.
fn claims(issuer: &str, person: usize) -> Value {
    let profile = Profile {
        user_id: format!("5c0f1a2e-77b4-4d0c-9f7e-{person:012x}"),
        username: format!("person{person}"),
        name: format!("Person Number {person}"),
        groups: vec!["/staff".to_owned(), format!("/rooms/{ROOM}"), "/rooms/all-hands/viewer".to_owned()],
        realm_roles: ["default-roles-realtime", "offline_access", "uma_authorization"].map(str::to_owned).to_vec(),
    };
    let now = Clock::system().now();
    let mut claims = profile.access_claims(issuer, AUDIENCE, AUTHORIZED_PARTY, now, LIFETIME);
    // What a realm adds that the product does not read: it is decoded all the same.
    claims["allowed-origins"] = json!(["https://calls.example.com"]);
    claims["resource_access"] =
        json!({ "account": { "roles": ["manage-account", "manage-account-links", "view-profile"] } });
    claims["email_verified"] = json!(true);
    claims["email"] = json!(format!("person{person}@example.com"));
    claims["given_name"] = json!("Person");
    claims["family_name"] = json!(format!("Number {person}"));
    claims
}

/// The joins of these callers as bytes for the server at `address`, as a browser's SDK sends them through the gateway.
pub(super) fn joins(address: SocketAddr, tokens: &[String]) -> Vec<Box<[u8]>> {
    tokens
        .iter()
        .enumerate()
        .map(|(index, token)| {
            let request = format!(
                "POST /api/realtime/rooms/{ROOM}/join HTTP/1.1\r\n\
                 Host: {address}\r\n\
                 User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
                 Accept: */*\r\n\
                 Authorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\n\
                 X-Device-Id: browser\r\n\
                 traceparent: 00-0af7651916cd43dd8448eb21{index:08x}-b7ad6b71{index:08x}-00\r\n\
                 Content-Length: 2\r\n\r\n{{}}"
            );
            request.into_bytes().into()
        })
        .collect()
}
