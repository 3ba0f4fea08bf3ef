//! Joins, a steady number of them each second, each of which must be answered with a token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize as _;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::ledger::FailedAnswer;
use super::messages::Problem;
use super::people::Person;
use super::plan::ROOM;
use super::shared::{Shared, so};

/// Joins that wait for their answers at a time; with more of them the product is down, and that is told already.
const WAITING: usize = 200;

/// Asks until everybody goes.
pub(super) async fn keep_joining(shared: Arc<Shared>, people: Vec<Arc<Person>>, each_second: u16) {
    let mut over = shared.over_calls.clone();
    let mut tick = interval(Duration::from_secs(1) / u32::from(each_second.max(1)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut joins = JoinSet::new();
    for person in people.iter().cycle() {
        tokio::select! {
            _ = tick.tick() => {}
            () = so(&mut over) => break,
        }
        while joins.try_join_next().is_some() {}
        if joins.len() >= WAITING {
            let failed = (None, format!("{WAITING} joins wait already"), None);
            shared.ledger().joined(Instant::now(), Err(failed));
            continue;
        }
        joins.spawn(join(Arc::clone(&shared), Arc::clone(person)));
    }
    // Those that were asked for are answered, or given up by the client.
    joins.join_all().await;
}

async fn join(shared: Arc<Shared>, person: Arc<Person>) {
    let begun = Instant::now();
    let outcome = ask(&shared, &person).await.map(|()| begun.elapsed());
    shared.ledger().joined(Instant::now(), outcome);
}

async fn ask(shared: &Shared, person: &Person) -> Result<(), FailedAnswer> {
    let url = format!("{}/api/realtime/rooms/{ROOM}/join", shared.gateway);
    let token = person.token.borrow().text.clone();
    let request = shared.http.post(url).bearer_auth(token).header("x-device-id", "device-0");
    let answer = request.send().await.map_err(|error| (None, words(&error), None))?;
    let status = answer.status().as_u16();
    let traced = answer.headers().get("x-trace-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let body = answer.bytes().await.map_err(|error| (Some(status), words(&error), traced.clone()))?;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    if status == 201 && body["participant_token"].is_string() {
        return Ok(());
    }
    let code =
        Problem::deserialize(&body).map_or_else(|_| "no problem document".to_owned(), |problem| problem.code);
    Err((Some(status), code, traced))
}

/// What became of the connection, down to the reason.
fn words(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        words = reason.to_string();
        source = reason.source();
    }
    words
}
