//! The port for operators: is it alive, is it ready, how much does it do, which version is it. Never public.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, Resource, web};
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use serde::Serialize;
use serde_json::json;
use signal_protocol::ErrorCode;

use crate::metrics::Requests;
use crate::readiness::Status;
use crate::render::{Document, trace_id, write_common_headers};
use crate::{Problem, Readiness};

/// What the port tells about.
#[derive(Clone)]
pub(crate) struct Management {
    pub(crate) info: Info,
    pub(crate) readiness: Readiness,
    pub(crate) registry: Arc<Registry>,
    /// Beside the registry, because of their exemplars.
    pub(crate) requests: Arc<Requests>,
}

/// Which program this is.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Info {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) commit: Option<&'static str>,
}

impl Management {
    pub(crate) fn configure(&self, config: &mut web::ServiceConfig) {
        let Self { info, readiness, registry, requests } = self.clone();
        config
            .service(read_only("/livez", || json(StatusCode::OK, &json!({ "status": "alive" }))))
            .service(read_only("/readyz", move || ready(&readiness)))
            .service(read_only("/metrics", move || metrics(&registry, &requests)))
            .service(read_only("/info", move || json(StatusCode::OK, &info)));
    }
}

/// A path that answers `GET` and nothing else.
fn read_only(path: &str, answer: impl Fn() -> HttpResponse + Clone + 'static) -> Resource {
    web::resource(path)
        .route(web::get().to(move || {
            let response = answer();
            async move { response }
        }))
        .default_service(web::to(|| async {
            problem(&Problem::new(ErrorCode::MethodNotAllowed).allow("GET"))
        }))
}

pub(crate) async fn not_found() -> HttpResponse {
    problem(&Problem::new(ErrorCode::NotFound))
}

fn ready(readiness: &Readiness) -> HttpResponse {
    let report = readiness.report();
    let status = match report.status {
        Status::Ready | Status::Degraded => StatusCode::OK,
        Status::Unready => StatusCode::SERVICE_UNAVAILABLE,
    };
    json(status, &report)
}

fn metrics(registry: &Registry, requests: &Requests) -> HttpResponse {
    let mut text = String::new();
    let written = text::encode_registry(&mut text, registry)
        .and_then(|()| requests.write_durations(&mut text))
        .and_then(|()| text::encode_eof(&mut text));
    if written.is_err() {
        return problem(&Problem::new(ErrorCode::Internal));
    }
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let mut response = HttpResponse::Ok().content_type(content_type).body(text);
    write_common_headers(response.headers_mut(), &trace_id());
    response
}

fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    let mut response = HttpResponse::build(status).json(body);
    write_common_headers(response.headers_mut(), &trace_id());
    response
}

fn problem(problem: &Problem) -> HttpResponse {
    let trace_id = trace_id();
    let mut document = Document::of(problem, &trace_id);
    let mut response = HttpResponse::build(document.status()).body(std::mem::take(&mut document.body));
    document.write_headers(response.headers_mut());
    write_common_headers(response.headers_mut(), &trace_id);
    response
}
