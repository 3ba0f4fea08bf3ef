//! Proof that the servers do the same work: their answers say the same, and they log the same number of lines.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::contender::Running;
use super::lineup::{Case, Lineup, Server};
use super::load::{Connection, Volley};

/// How many joins are made to count the lines that one of them logs.
const JOINS: u32 = 100;

/// Long enough for a log that is written out once a second.
const LOG_STANDS_STILL: Duration = Duration::from_millis(1500);

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
    let volley = Volley {
        connections: 1,
        requests: JOINS.try_into().context("counting joins")?,
        at_most: Duration::from_secs(10),
        expected: 201,
    };
    let mut lines = BTreeMap::new();
    for server in Server::ALL {
        let running = lineup.of(server, Case::Remembered);
        log_at_rest(running).await;
        running.contender.cut_log()?;
        volley.fire(running.contender.address, requests)?;
        log_at_rest(running).await;
        let logged = u32::try_from(running.contender.output().lines().count())?;
        lines.insert(server, f64::from(logged) / f64::from(JOINS));
    }
    Ok(lines)
}

/// Waits until nothing has been written for a while.
async fn log_at_rest(running: &Running) {
    let size = || running.contender.log.metadata().map(|metadata| metadata.len()).ok();
    let (mut last, mut since) = (size(), Instant::now());
    while since.elapsed() < LOG_STANDS_STILL {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = size();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
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
