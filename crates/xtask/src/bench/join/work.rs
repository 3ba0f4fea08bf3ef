//! Proof that the servers do the same work: their answers say the same, and they log the same number of lines.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::super::contender::Running;
use super::super::load::{Connection, List, Volley};
use super::super::log_lines;
use super::lineup::{Case, Lineup, Server};

/// How many joins are made to count the lines that one of them logs.
const JOINS: usize = 100;

/// What differs from one join to the next, in the answer and in the token within it.
const TIMES: [&str; 6] = ["expires_at", "refresh_after", "exp", "nbf", "iat", "jti"];

/// Compares one answer of each server with realtime-service's.
pub(super) fn compare(lineup: &Lineup, request: &[u8]) -> Result<()> {
    let expected = answer(lineup.of(Server::Service, Case::NeverSeen), request)?;
    for server in Server::ALL {
        for case in Case::ALL {
            let given = answer(lineup.of(server, case), request)?;
            ensure!(given == expected, "{} answers {given} instead of {expected}", server.name());
        }
    }
    Ok(())
}

/// How many lines each server logs for a join.
pub(super) async fn log_lines(lineup: &Lineup, requests: &[Box<[u8]>]) -> Result<BTreeMap<Server, f64>> {
    let volley = Volley { connections: 1, requests: JOINS, at_most: Duration::from_secs(10) };
    let mut lines = BTreeMap::new();
    for server in Server::ALL {
        let running = lineup.of(server, Case::Remembered);
        let volleyed = async || volley.fire(running.contender.address, &mut List::new(requests, 201));
        lines.insert(server, log_lines::per_request(&running.contender, volleyed).await?);
    }
    Ok(lines)
}

/// The answer with the token within it decoded, and without the times.
fn answer(running: &Running, request: &[u8]) -> Result<Value> {
    let name = running.contender.name;
    let mut connection = Connection::open(running.contender.address)?;
    let answer = connection.exchange(request)?;
    let text = String::from_utf8_lossy(answer.body);
    ensure!(answer.status == 201, "{name} answered {}: {text}", answer.status);
    let mut answer: Value = serde_json::from_slice(answer.body).with_context(|| format!("{name}: {text}"))?;
    answer["participant_token"] =
        claims(&answer["participant_token"]).with_context(|| format!("{name}: {text}"))?;
    Ok(without_times(answer))
}

fn claims(token: &Value) -> Result<Value> {
    let payload = token.as_str().and_then(|token| token.split('.').nth(1)).context("no token")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?)
}

fn without_times(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| !TIMES.contains(&name.as_str()))
            .map(|(name, value)| (name, without_times(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_that_differ_in_their_times_are_the_same() {
        let answer =
            |time: u32| json!({ "expires_at": time, "role": "viewer", "participant_token": { "exp": time } });
        assert_eq!(without_times(answer(1)), without_times(answer(2)));
        assert_eq!(without_times(answer(1)), json!({ "role": "viewer", "participant_token": {} }));
    }
}
