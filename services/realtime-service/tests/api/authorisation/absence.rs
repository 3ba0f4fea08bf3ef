//! What somebody may not know of is to them as if it were not there: the same answer, and the same questions asked of others.

use reqwest::header::{DATE, HeaderMap};
use serde_json::Value;
use uuid::Uuid;

use super::people::Person;
use super::stage::{Cell, Places, Stage};
use super::table::rows;
use crate::world::{Answer, send};

/// An answer without what is of this one request.
fn told(answer: &Answer) -> (u16, Value, HeaderMap) {
    let mut body = answer.json();
    body["trace_id"].take();
    let mut headers = answer.headers.clone();
    for name in [DATE.as_str(), "x-trace-id", "traceparent"] {
        headers.remove(name);
    }
    (answer.status.as_u16(), body, headers)
}

/// What the membership service was asked from `since` on, whichever room it was about.
fn asked(stage: &Stage, since: usize, room: &str) -> Vec<String> {
    let seen = stage.world.membership.seen();
    seen[since..].iter().map(|seen| seen.path.replace(room, "{room_id}")).collect()
}

#[tokio::test]
async fn what_is_forbidden_and_what_is_not_there_are_the_same_to_whoever_may_not_know() {
    let stage = Stage::set().await;
    let mut compared = 0;
    for row in rows().iter().filter(|row| row.is_about_a_room() || row.is_about_a_call()) {
        for person in [Person::Stranger, Person::OfOtherTenant] {
            let cell = stage.cell(row, person).await;
            let absent = Places {
                room: format!("no-{}", cell.places().room),
                call: Uuid::now_v7().to_string(),
                ..cell.places().clone()
            };
            let since = stage.world.membership.seen().len();
            let not_there = send(stage.request(row, cell.token.as_deref(), &absent)).await;
            let asked_of_absent = asked(&stage, since, &absent.room);
            let since = stage.world.membership.seen().len();
            let room = cell.places().room.clone();
            let Cell { request, .. } = cell;
            let forbidden = send(request).await;
            let what = format!("{} {} by {person:?}", row.method, row.path);
            assert_eq!(forbidden.status, 404, "{what}: {}", forbidden.text);
            assert_eq!(told(&forbidden), told(&not_there), "{what}");
            assert_eq!(asked(&stage, since, &room), asked_of_absent, "{what}");
            assert_eq!(asked_of_absent.is_empty(), row.is_about_a_call(), "{what}");
            compared += 1;
        }
    }
    assert!(compared >= 40, "{compared}");
}
