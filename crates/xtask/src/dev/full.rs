//! `cargo xtask dev --full`: the parts as in production, each a process of its own, behind the gateway.

use std::process::ExitCode;

use anyhow::{Result, anyhow};

use super::guide::Guide;
use super::{first_join, stopped};
use crate::stack::{Plan, Product};
use crate::{environment, interrupt};

/// By this variable OpenTelemetry's own programs are told where traces go; Caddy reads it by itself.
const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Runs until a signal, or until one of them ends by itself.
pub(super) async fn run(port: u16) -> Result<ExitCode> {
    let (product, guide) = tokio::select! {
        started = start(port) => started?,
        asked = interrupt::requested() => return stopped(asked),
    };
    guide.print()?;
    let outcome = tokio::select! {
        words = product.ended() => Err(anyhow!(words)),
        asked = interrupt::requested() => stopped(asked),
    };
    product.stop().await;
    outcome
}

async fn start(port: u16) -> Result<(Product, Guide)> {
    let product = Product::start(plan(port)).await?;
    let guide = Guide {
        url: product.gateway.url(),
        issuer: product.keycloak.issuer(),
        livekit: product.livekit_public_url.clone(),
        log: product.service.current_log(),
    };
    first_join::would_succeed(&guide).await?;
    Ok((product, guide))
}

/// As in production, but for where things listen; traces go where the developer has a collector, if anywhere.
fn plan(port: u16) -> Plan {
    let usual = Plan { gateway_port: Some(port), known_places: true, ..Plan::default() };
    match environment::variable(COLLECTOR) {
        Some(collector) => Plan {
            settings: vec![("TELEMETRY__OTLP_ENDPOINT", collector.clone())],
            call_state: vec![("TELEMETRY__OTLP_ENDPOINT", collector)],
            gateway: vec![("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned())],
            ..usual
        },
        None => Plan { gateway: vec![("OTEL_TRACES_EXPORTER", "none".to_owned())], ..usual },
    }
}
