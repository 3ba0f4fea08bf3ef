//! The commands of the protocol and their answers.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use testkit::MembershipMode;

use super::components::{Component, Components};

/// Well over the 300 ms that the service waits for the membership service, well under what a whole request may take.
const SLOW: Duration = Duration::from_millis(900);

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Command {
    Stop {
        what: Component,
    },
    Start {
        what: Component,
    },
    RotateKeys {
        #[serde(default)]
        issuer: Rotated,
    },
    Sign {
        claims: Map<String, Value>,
    },
    Webhooks {
        cut: bool,
    },
    Membership {
        mode: Mode,
    },
    Member {
        room_id: String,
        user_id: String,
        role: Option<String>,
    },
    MembershipRequests,
    Spans,
    Logs,
    RestartService {
        #[serde(default)]
        env: BTreeMap<String, String>,
    },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rotated {
    #[default]
    Keycloak,
    Second,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Normal,
    Slow,
    Down,
    Lying,
}

/// Carries out one line and gives its answer.
pub(super) async fn carry_out(line: &str, components: &mut Components) -> Result<Value> {
    let command: Command = serde_json::from_str(line).context("this is no command of the protocol")?;
    match command {
        Command::Stop { what } => components.stop_one(what).await?,
        Command::Start { what } => components.start_one(what).await?,
        Command::RotateKeys { issuer: Rotated::Keycloak } => {
            components.product.keycloak.rotate_keys().await?;
        }
        Command::RotateKeys { issuer: Rotated::Second } => components.issuer.rotate(),
        Command::Sign { claims } => return Ok(json!({ "ok": true, "token": components.sign(claims) })),
        Command::Webhooks { cut } => components.product.cut_webhooks(cut).await?,
        Command::Membership { mode } => components.membership.behave(mode.into()),
        Command::Member { room_id, user_id, role: Some(role) } => {
            components.membership.admit(&room_id, &user_id, &role);
        }
        Command::Member { room_id, user_id, role: None } => components.membership.dismiss(&room_id, &user_id),
        Command::MembershipRequests => return Ok(membership_requests(components)),
        Command::Spans => return Ok(spans(components)),
        Command::Logs => {
            let gateway =
                components.product.gateway.process().map(testkit::Process::output).unwrap_or_default();
            let gateway: Vec<&str> = gateway.lines().collect();
            let product = &components.product;
            let (lines, call_state) = (product.service.log()?, product.call_state.log()?);
            return Ok(json!({ "ok": true, "lines": lines, "call_state": call_state, "gateway": gateway }));
        }
        Command::RestartService { env } => {
            return Ok(json!({ "ok": true, "ready": components.product.service.restart(env).await? }));
        }
    }
    Ok(json!({ "ok": true }))
}

impl From<Mode> for MembershipMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Normal => Self::Honest,
            Mode::Slow => Self::Slow(SLOW),
            Mode::Down => Self::Status(reqwest::StatusCode::INTERNAL_SERVER_ERROR),
            Mode::Lying => Self::Garbage,
        }
    }
}

fn membership_requests(components: &mut Components) -> Value {
    let seen = components.membership.seen();
    let since = std::mem::replace(&mut components.membership_told, seen.len());
    let requests: Vec<Value> = seen
        .iter()
        .skip(since)
        .map(|request| {
            let headers: BTreeMap<&str, String> = request
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                .collect();
            json!({ "path": request.path, "headers": headers })
        })
        .collect();
    json!({ "ok": true, "requests": requests })
}

fn spans(components: &Components) -> Value {
    let spans: Vec<Value> = components
        .otlp
        .spans()
        .into_iter()
        .map(|span| {
            json!({
                "service": span.service,
                "name": span.name,
                "trace_id": span.trace_id,
                "span_id": span.span_id,
                "parent_span_id": span.parent.unwrap_or_default(),
                "attributes": span.attributes,
            })
        })
        .collect();
    json!({ "ok": true, "spans": spans })
}
