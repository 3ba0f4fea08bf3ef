//! `POST /api/realtime/rooms/{room_id}/join`, as straight as it can be written.

use std::time::Instant;

use actix_web::http::header::{AUTHORIZATION, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, SecondsFormat, Utc};
use tracing::{Instrument as _, info, info_span, warn};
use uuid::Uuid;

use crate::answer::{JoinAnswer, JoinRequest};
use crate::callers::{Caller, Callers};
use crate::mint::{Mint, TTL};

const X_TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// One line per step and a span around them with the request's trace id, which every line repeats.
pub(crate) async fn join(
    request: HttpRequest,
    room_id: web::Path<String>,
    _body: web::Json<JoinRequest>,
    callers: web::Data<Callers>,
    mint: web::Data<Mint>,
) -> HttpResponse {
    let begun = Instant::now();
    let trace_id = trace_id(&request);
    let span = info_span!("realtime.join", %trace_id, room.id = %room_id);
    async {
        let mut answer = answer(&request, &room_id, &callers, &mint).unwrap_or_else(|refusal| {
            warn!(error = %refusal, "join refused");
            HttpResponse::Unauthorized().finish()
        });
        if let Ok(value) = trace_id.parse() {
            answer.headers_mut().insert(X_TRACE_ID, value);
        }
        let duration_ms = begun.elapsed().as_secs_f64() * 1e3;
        info!(status = answer.status().as_u16(), duration_ms, "answered");
        answer
    }
    .instrument(span)
    .await
}

fn answer(
    request: &HttpRequest,
    room_id: &str,
    callers: &Callers,
    mint: &Mint,
) -> anyhow::Result<HttpResponse> {
    let now = now();
    let device = header(request, "x-device-id").unwrap_or("default");
    info!(device, "token asked");
    let token = header(request, AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| anyhow::anyhow!("no bearer token"))?;
    let caller = callers.verify(token, now.timestamp())?;
    let role = role(&caller, room_id).ok_or_else(|| anyhow::anyhow!("not a member"))?;
    let identity = format!("{}:{device}", caller.sub);
    let participant_token = mint.token(&caller, &identity, room_id, role)?;
    info!(user.id = %caller.sub, role, ttl_seconds = TTL.as_secs(), "token minted");
    Ok(HttpResponse::Created().json(JoinAnswer {
        server_url: &mint.server_url,
        participant_token,
        room_name: room_id,
        participant_identity: &identity,
        role,
        expires_at: rfc3339(now + TTL),
        refresh_after: rfc3339(now + TTL / 2),
    }))
}

/// The highest role among the caller's groups `/rooms/<room id>` and `/rooms/<room id>/<role>`.
fn role<'a>(caller: &'a Caller, room_id: &str) -> Option<&'a str> {
    const LOWEST_FIRST: [&str; 4] = ["viewer", "participant", "presenter", "moderator"];
    let roles = caller.groups.iter().filter_map(|group| {
        let rest = group.strip_prefix("/rooms/")?.strip_prefix(room_id)?;
        if rest.is_empty() { Some("participant") } else { rest.strip_prefix('/') }
    });
    roles
        .filter_map(|role| Some((LOWEST_FIRST.iter().position(|known| *known == role)?, role)))
        .max()
        .map(|(_, role)| role)
}

/// The trace that the gateway started (`traceparent`, W3C), else a new one.
fn trace_id(request: &HttpRequest) -> String {
    header(request, "traceparent")
        .and_then(|value| value.split('-').nth(1))
        .map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[expect(clippy::disallowed_methods, reason = "the floor uses no crate of the product, the clock included")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
