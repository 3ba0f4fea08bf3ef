//! `REALTIME__MEMBERSHIP__…`

use ::settings::Faults;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// Where it is asked who belongs to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceName {
    /// The groups in the caller's access token.
    TokenClaims,
    /// A service of the application, asked by HTTP.
    Http,
    /// The rooms and members that are kept here, in `redis`.
    Registry,
}

/// Who belongs to which room.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MembershipSettings {
    /// The sources, in the order in which they are asked; the first that says "member" decides.
    #[schemars(length(min = 1, max = 3))]
    pub sources: Vec<SourceName>,
    /// How groups in the token name rooms.
    pub token_claims: TokenClaimsSettings,
    /// The application's own service. Required when `sources` names `http`.
    pub http: Option<HttpSourceSettings>,
}

/// How groups in the token name rooms.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenClaimsSettings {
    /// The claim that lists the caller's groups; a dot goes one level down.
    #[schemars(length(min = 1, max = 128))]
    pub claim: String,
    /// The group of a room's participants. `<template>/<role>` is the group of the room's members with that role.
    #[schemars(length(min = 9, max = 256))]
    pub template: String,
    /// For how long the members of a room are remembered that Keycloak's admin API listed: its groups are asked about
    /// anybody but the caller, with the service account. 0 asks every time.
    #[schemars(range(min = 0, max = 300))]
    pub remember_seconds: u64,
    /// How long one answer of Keycloak's admin API may take.
    #[schemars(range(min = 10, max = 5000))]
    pub timeout_ms: u32,
}

/// The application's own service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSourceSettings {
    /// What is asked, with `{room_id}` and `{user_id}`: `https://app.example.com/rooms/{room_id}/members/{user_id}`.
    /// The caller's access token goes with it. 200 `{role, name?, max_participants?}` is a member, 404 is none.
    /// The source that decides about the first one to join is the one that sets how many may be there.
    #[schemars(length(min = 1, max = 1024))]
    pub url: String,
    /// Who all belongs to a room, with `{room_id}`: `https://app.example.com/rooms/{room_id}/members`. Asked about the
    /// people whom a caller invites, with the service account's token. 200 `{members: [{user_id, role}]}`,
    /// or 404 for a room that does not exist. Without it `url` is asked once for each of them, with the same token.
    #[schemars(length(min = 1, max = 1024))]
    pub members_url: Option<String>,
    /// How long an answer may take.
    #[serde(default = "default_timeout_ms")]
    #[schemars(range(min = 10, max = 1500))]
    pub timeout_ms: u32,
    /// For how long "member" is remembered. 0 asks every time.
    #[serde(default = "default_remember_seconds")]
    #[schemars(range(min = 0, max = 300))]
    pub remember_seconds: u64,
    /// For how long "not a member" is remembered: shorter, so that whoever is added need not wait.
    #[serde(default = "default_remember_absence_ms")]
    #[schemars(range(min = 0, max = 60_000))]
    pub remember_absence_ms: u64,
    /// How many answers are remembered at most.
    #[serde(default = "default_remember_entries")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub remember_entries: u64,
}

const fn default_timeout_ms() -> u32 {
    1000
}
const fn default_remember_seconds() -> u64 {
    5
}
const fn default_remember_absence_ms() -> u64 {
    1000
}
const fn default_remember_entries() -> u64 {
    10_000
}

impl Default for MembershipSettings {
    fn default() -> Self {
        Self {
            sources: vec![SourceName::TokenClaims],
            token_claims: TokenClaimsSettings::default(),
            http: None,
        }
    }
}

impl Default for TokenClaimsSettings {
    fn default() -> Self {
        Self {
            claim: "groups".to_owned(),
            template: "/rooms/{room_id}".to_owned(),
            remember_seconds: 60,
            timeout_ms: 1000,
        }
    }
}

impl MembershipSettings {
    pub(super) fn check(&self, faults: &mut Faults) {
        if self.sources.iter().enumerate().any(|(at, source)| self.sources[..at].contains(source)) {
            faults.add("sources", "names a source twice; name each once");
        }
        if self.token_claims.template.matches("{room_id}").count() != 1 {
            faults.add(
                "token_claims.template",
                "must hold `{room_id}` exactly once, such as `/rooms/{room_id}`",
            );
        }
        if self.sources.contains(&SourceName::Http) && self.http.is_none() {
            faults.add("http.url", "is missing; MEMBERSHIP__SOURCES names `http`, which needs it");
        }
        if let Some(http) = &self.http {
            faults.section("http", |faults| http.check(faults));
        }
    }
}

impl HttpSourceSettings {
    fn check(&self, faults: &mut Faults) {
        for placeholder in ["{room_id}", "{user_id}"] {
            if self.url.matches(placeholder).count() != 1 {
                faults.add("url", format!("must hold `{placeholder}` exactly once"));
            }
        }
        if let Some(problem) = template_problem(&self.url) {
            faults.add("url", problem);
        }
        if let Some(members_url) = &self.members_url {
            Self::check_members_url(members_url, faults);
        }
        if self.remember_absence_ms > self.remember_seconds * 1000 {
            faults.add(
                "remember_absence_ms",
                format!(
                    "is {}; it must not be more than REMEMBER_SECONDS ({} s)",
                    self.remember_absence_ms, self.remember_seconds
                ),
            );
        }
    }

    fn check_members_url(template: &str, faults: &mut Faults) {
        if template.matches("{room_id}").count() != 1 {
            faults.add("members_url", "must hold `{room_id}` exactly once");
        }
        if template.contains("{user_id}") {
            faults.add("members_url", "holds `{user_id}`; it asks for all members of a room at once");
        }
        if let Some(problem) = template_problem(template) {
            faults.add("members_url", problem);
        }
    }
}

/// What is wrong with a template, apart from its placeholders. The caller chooses the room, so a room must not choose the
/// host that is sent the caller's token; and a fragment is never sent, so a room in it would ask about nothing.
fn template_problem(template: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(&template.replace("{room_id}", "room").replace("{user_id}", "user")) else {
        return Some("is no http or https address");
    };
    let authority = template.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?', '#']).next();
    if !matches!(url.scheme(), "http" | "https") {
        Some("is no http or https address")
    } else if authority.is_some_and(|authority| authority.contains(['{', '}'])) {
        Some("has a placeholder in its host; only path and query may hold one")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("holds a user name or password; the caller's token is what is sent")
    } else if url.fragment().is_some() {
        Some("has a fragment (`#…`), which is never sent")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_an_address_that_no_room_can_bend() {
        for (template, is_good) in [
            ("https://app.example.com/rooms/{room_id}/members/{user_id}", true),
            ("http://app:8080/members?room={room_id}&user={user_id}", true),
            ("ftp://app/{room_id}/{user_id}", false),
            ("/rooms/{room_id}/{user_id}", false),
            ("https://{room_id}.example.com/{user_id}", false),
            ("https://app:{room_id}/{user_id}", false),
            ("https://key:word@app/{room_id}/{user_id}", false),
            ("https://app/#/{room_id}/{user_id}", false),
        ] {
            assert_eq!(template_problem(template).is_none(), is_good, "{template}");
        }
    }
}
