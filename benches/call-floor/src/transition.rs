//! `POST /internal/calls…`, as straight as it can be written.

use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use anyhow::Context as _;
use identity::Verifier;
use redis::Value;
use redis::aio::MultiplexedConnection;
use tracing::{Instrument as _, info, info_span, warn};
use uuid::Uuid;

use crate::exchange::{self, Exchanges};

const X_TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

pub(crate) async fn invite(
    request: HttpRequest,
    body: web::Bytes,
    verifier: web::Data<Verifier>,
    redis: web::Data<MultiplexedConnection>,
    exchanges: web::Data<Exchanges>,
) -> HttpResponse {
    transition(&request, &body, "invite", &verifier, &redis, &exchanges).await
}

pub(crate) async fn command(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: web::Bytes,
    verifier: web::Data<Verifier>,
    redis: web::Data<MultiplexedConnection>,
    exchanges: web::Data<Exchanges>,
) -> HttpResponse {
    transition(&request, &body, &path.1, &verifier, &redis, &exchanges).await
}

/// A span with the request's trace id around two lines, which repeat it.
async fn transition(
    request: &HttpRequest,
    body: &[u8],
    command: &str,
    verifier: &Verifier,
    redis: &MultiplexedConnection,
    exchanges: &Exchanges,
) -> HttpResponse {
    let begun = Instant::now();
    let trace_id = trace_id(request);
    let span = info_span!("call.command", %trace_id, call.command = command);
    async {
        let answer = answer(request, body, command, verifier, redis, exchanges).await;
        let mut answer = answer.unwrap_or_else(|error| {
            warn!(error = format!("{error:#}"), "transition.failed");
            HttpResponse::InternalServerError().finish()
        });
        if let Ok(value) = trace_id.parse() {
            answer.headers_mut().insert(X_TRACE_ID, value);
        }
        let duration_ms = begun.elapsed().as_secs_f64() * 1e3;
        info!(status = answer.status().as_u16(), duration_ms, "request.answered");
        answer
    }
    .instrument(span)
    .await
}

async fn answer(
    request: &HttpRequest,
    body: &[u8],
    command: &str,
    verifier: &Verifier,
    redis: &MultiplexedConnection,
    exchanges: &Exchanges,
) -> anyhow::Result<HttpResponse> {
    let token = header(request, AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    let caller = verifier.verify(token.context("no bearer token")?).await?;
    let exchange = exchanges.of(command).context("no such command")?;
    let mut redis = redis.clone();
    let read: Value = exchange::command(&exchange.read).query_async(&mut redis).await?;
    expect_ok(&read)?;
    let committed: Value = exchange::command(&exchange.commit).query_async(&mut redis).await?;
    expect_ok(&committed)?;
    let device = header(request, "x-device-id").unwrap_or_default();
    info!(user.id = %caller.user, device, bytes = body.len(), "call.changed");
    Ok(HttpResponse::build(StatusCode::from_u16(exchange.status)?)
        .content_type("application/json")
        .body(exchange.answer.clone()))
}

/// The scripts say first how it went.
fn expect_ok(answer: &Value) -> anyhow::Result<()> {
    let Value::Array(parts) = answer else { anyhow::bail!("the script's answer is no list") };
    anyhow::ensure!(
        parts.first() == Some(&Value::BulkString(b"ok".to_vec())),
        "the script refuses: {:?}",
        parts.first()
    );
    Ok(())
}

/// The trace that the request belongs to (`traceparent`, W3C), else a new one.
fn trace_id(request: &HttpRequest) -> String {
    header(request, "traceparent")
        .and_then(|value| value.split('-').nth(1))
        .map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}
