//! `GET /api/realtime/events`: what happened, waited for if need be.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use http_server::{Device, Ending, InOrder, Problem, Query};
use serde::Deserialize;
use signal_protocol::{DeviceId, ErrorCode, EventsAnswer, ProblemDocument};
use tokio::time::timeout;

use super::desk::PollRefused;
use super::{EventsDesk, Listener};
use crate::limits::{ReadLimit, Within};

/// The longest wait that a client may ask for, in seconds.
const LONGEST_WAIT: u32 = 25;
/// How much longer than its wait a poll may take: for what it reads before and after it, each of which has a shorter limit
/// and an error of its own.
const BEYOND_WAIT: Duration = Duration::from_secs(5);

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Since {
    after: Option<String>,
    wait: u32,
}

impl Since {
    fn wait(&self) -> Result<Duration, Problem> {
        if self.wait > LONGEST_WAIT {
            let problem = format!("must be a number of seconds from 0 to {LONGEST_WAIT}");
            return Err(Problem::new(ErrorCode::InvalidField).field("wait", problem));
        }
        Ok(Duration::from_secs(self.wait.into()))
    }
}

/// Tells what happened
///
/// Without `after`: the caller's live calls at this moment, and the cursor to go on from. With `after`: the events since
/// then; if there are none yet, the first one is waited for. Each event is told at least once; its `id` tells doubles. When
/// not everything since the cursor can be told, `recovered` is false and `calls` is the state to go on from.
#[utoipa::path(
    get,
    path = "/api/realtime/events",
    tag = "events",
    params(
        ("after" = Option<String>, Query, description = "The `cursor` of the last answer, or of the last event that was taken in"),
        ("wait" = Option<u32>, Query, minimum = 0, maximum = 25, description = "How long to wait for the first event, in seconds; 0 if absent"),
        ("X-Device-Id" = Option<DeviceId>, Header, description = "Which of the caller's devices asks; `default` if absent"),
    ),
    responses(
        (status = 200, description = "The events, oldest first", body = EventsAnswer),
        (status = "4XX", description = "Refused", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "Not possible now", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("keycloak" = [])),
)]
pub(crate) async fn poll(
    InOrder(Within { caller, .. }, (Device(device), Query(since), mut ending)): InOrder<
        Within<ReadLimit>,
        (Device, Query<Since>, Ending),
    >,
    desk: Data<EventsDesk>,
) -> Result<HttpResponse, Problem> {
    let wait = since.wait()?;
    let listener = Listener { caller, device };
    let answer = desk.answer(&listener, since.after, wait, ending.begun());
    let answer = timeout(wait + BEYOND_WAIT, answer).await.map_err(|_elapsed| PollRefused::Overdue)??;
    Ok(HttpResponse::Ok().json(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_at_most_25_seconds() {
        for (wait, seconds) in [(0, Some(0)), (1, Some(1)), (25, Some(25)), (26, None), (u32::MAX, None)] {
            let since = Since { after: None, wait };
            assert_eq!(since.wait().ok(), seconds.map(Duration::from_secs), "{wait}");
        }
    }
}
