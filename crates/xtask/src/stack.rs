//! Every real component of the product on private ports of 127.0.0.1, driven line by line: what the system tests run against.
//!
//! `cargo xtask stack` starts Keycloak, LiveKit, Redis, coturn, Caddy, a second issuer, a membership service, an OTLP receiver and debug builds of
//! realtime-service and call-state-service. Progress and faults go to stderr; stdout carries only JSON, one value a line. All of it ends at the end of stdin, at
//! SIGTERM and at Ctrl-C.
//!
//! # The first line
//!
//! Written once everything answers:
//!
//! ```json
//! {"ready": true,
//!  "gateway":    {"url": "http://127.0.0.1:41001"},
//!  "service":    {"url": "http://127.0.0.1:41002", "management_url": "http://127.0.0.1:41003"},
//!  "call_state": {"url": "http://127.0.0.1:41009", "management_url": "http://127.0.0.1:41010"},
//!  "redis":      {"url": "redis://127.0.0.1:41011"},
//!  "coturn":     {"stun_url": "stun:127.0.0.1:41012", "urls": ["turn:127.0.0.1:41012?transport=udp", "…"]},
//!  "livekit":    {"url": "http://127.0.0.1:41004", "public_url": "ws://127.0.0.1:41001", "api_key": "…", "api_secret": "…"},
//!  "keycloak":   {"url": "http://127.0.0.1:41005", "realm": "realtime", "client": "web",
//!                 "issuer": "http://127.0.0.1:41005/realms/realtime",
//!                 "token_endpoint": "http://127.0.0.1:41005/realms/realtime/protocol/openid-connect/token",
//!                 "administrator": {"username": "…", "password": "…"}},
//!  "foreign":    {"realm": "foreign", "client": "web", "user": "alice", "password": "alice", "issuer": "…", "token_endpoint": "…"},
//!  "issuer":     {"tenant": "second", "issuer": "http://127.0.0.1:41006/realms/realtime", "audience": "realtime"},
//!  "membership": {"url": "http://127.0.0.1:41007"},
//!  "otlp":       {"url": "http://127.0.0.1:41008"}}
//! ```
//!
//! Clients are told to connect to LiveKit by way of the gateway (`livekit.public_url`), which asks realtime-service before each connection; `livekit.url` is
//! LiveKit itself, for whoever judges from behind.
//!
//! The service trusts two issuers: `keycloak` (tenant `realtime`) and `issuer` (tenant `second`, whose tokens `sign` makes). `foreign` is a
//! realm of the same Keycloak with the same users that it does not trust. Membership sources are asked in the order `token_claims`,
//! `http`; nothing of `http` is remembered, and it has 300 ms to answer. Limits are far above what a test run needs. Where the start fails,
//! the line is `{"ready": false, "error": "…"}` and the process ends with 1.
//!
//! # Commands
//!
//! One JSON object a line on stdin, answered in order by one line: `{"ok": true, …}` or `{"ok": false, "error": "…"}`. An answer means that
//! the effect is there: after `start` the component answers requests, on the port that it had before, and the services have found a Redis.
//!
//! | command | effect and answer |
//! |---|---|
//! | `{"do":"stop","what":W}` | ends it; `W` is `livekit`, `keycloak`, `redis`, `coturn`, `gateway`, `call-state`, `service`, `membership`, `issuer` or `otlp` |
//! | `{"do":"start","what":W}` | starts what was stopped |
//! | `{"do":"rotate-keys"}` | the Keycloak realm signs with a new key from now on, the old one stays published; with `"issuer":"second"` the second issuer does so |
//! | `{"do":"sign","claims":{…}}` | a token of the second issuer; the claims given replace or, where `null`, remove those of a good token of `alice` → `{"ok":true,"token":"…"}` |
//! | `{"do":"webhooks","cut":B}` | LiveKit starts anew, with the rooms and people that it had gone, and tells nobody anything while `B` is `true`; with `false` it tells the service again |
//! | `{"do":"membership","mode":M}` | `M`: `normal`, `slow` (answers after the service's time-out), `down` (answers 500), `lying` (200 with nonsense) |
//! | `{"do":"member","room_id":R,"user_id":U,"role":X}` | the membership service knows this member from now on; without `role` it forgets it |
//! | `{"do":"membership-requests"}` | what the membership service was asked since the last time → `{"ok":true,"requests":[{"path":"…","headers":{"traceparent":"…"}}]}` |
//! | `{"do":"spans"}` | spans received so far → `{"ok":true,"spans":[{"service","name","trace_id","span_id","parent_span_id","attributes"}]}` |
//! | `{"do":"logs"}` | what the service wrote on stdout and stderr since the start of the stack, restarts included, the same of call-state-service, and what the gateway wrote since its start → `{"ok":true,"lines":["…"],"call_state":["…"],"gateway":["…"]}` |
//! | `{"do":"restart-service","env":{"REALTIME__…":"…"}}` | the service starts anew on its ports with these variables over the usual ones (not over those of an earlier restart); without `env`, the usual ones → `{"ok":true,"ready":true}`, or `false` where it lives but is not ready within 5 s, because something was taken from it. An `env` it refuses → `ok: false`, `error` is what it printed; the service stays down |

mod command;
mod components;
mod product;
mod service;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::interrupt;
use components::Components;
pub(crate) use product::{Plan, Product, last_words};
pub(crate) use service::Service;

/// Nobody needs more unanswered commands than a handful.
const COMMANDS: usize = 16;

#[derive(Args)]
#[command(after_help = "\
Example:
  echo '{\"do\":\"logs\"}' | cargo xtask stack

The protocol is described at the top of crates/xtask/src/stack.rs.")]
pub(crate) struct StackArgs {}

pub(crate) async fn run(_args: StackArgs) -> Result<ExitCode> {
    let started = tokio::select! {
        started = Components::start() => started,
        asked = interrupt::requested() => return asked.map(|()| ExitCode::SUCCESS),
    };
    let mut components = match started {
        Ok(components) => components,
        Err(error) => {
            say(&json!({ "ready": false, "error": format!("{error:#}") }))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    say(&components.addresses())?;
    let outcome = tokio::select! {
        outcome = obey(&mut components) => outcome,
        asked = interrupt::requested() => asked,
    };
    components.stop().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Carries out one command after the other until there are no more.
async fn obey(components: &mut Components) -> Result<()> {
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        let answer = match command::carry_out(&line, components).await {
            Ok(answer) => answer,
            Err(error) => json!({ "ok": false, "error": format!("{error:#}") }),
        };
        say(&answer)?;
    }
    Ok(())
}

/// Reads stdin on a thread of its own: such a read cannot be cancelled, and must not hold up the end of this process.
pub(crate) fn lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(COMMANDS);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Writes one line to stdout, at once.
pub(crate) fn say(line: &Value) -> Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot write to stdout")
}
