//! The product's services as contenders: as they are delivered, with the settings that have no default.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;
use testkit::{Issuer, LiveKit, Redis};

use super::contender::{Contender, free_address};
use super::tokens::AUDIENCE;

/// call-state-service on this Redis.
pub(super) fn call_state_service(
    programs: &Path,
    issuer: &Issuer,
    redis: &Redis,
    log: PathBuf,
) -> Result<Contender> {
    let (address, management) = (free_address()?, free_address()?);
    let environment = [
        // For an issuer by plain HTTP; it changes nothing else.
        ("CALL_STATE__ENVIRONMENT", "development".to_owned()),
        ("CALL_STATE__SERVER__LISTEN", address.to_string()),
        ("CALL_STATE__SERVER__MANAGEMENT_LISTEN", management.to_string()),
        ("CALL_STATE__IDENTITY__ISSUERS", json!([{ "issuer": issuer.url() }]).to_string()),
        ("CALL_STATE__IDENTITY__AUDIENCE", AUDIENCE.to_owned()),
        ("CALL_STATE__REDIS__URL", redis.url.clone()),
    ];
    Ok(Contender {
        name: "call-state-service",
        program: programs.join("call-state-service"),
        arguments: Vec::new(),
        environment: environment.into(),
        address,
        management,
        log,
    })
}

/// realtime-service with rooms and no calls.
pub(super) fn realtime_service(
    programs: &Path,
    issuer: &Issuer,
    livekit: &LiveKit,
    log: PathBuf,
) -> Result<Contender> {
    let (address, management) = (free_address()?, free_address()?);
    let environment = [
        // For an issuer by plain HTTP; it changes nothing else.
        ("REALTIME__ENVIRONMENT", "development".to_owned()),
        ("REALTIME__SERVER__LISTEN", address.to_string()),
        ("REALTIME__SERVER__MANAGEMENT_LISTEN", management.to_string()),
        ("REALTIME__IDENTITY__ISSUERS", json!([{ "issuer": issuer.url() }]).to_string()),
        ("REALTIME__IDENTITY__AUDIENCE", AUDIENCE.to_owned()),
        ("REALTIME__LIVEKIT__URL", livekit.url.clone()),
        ("REALTIME__LIVEKIT__PUBLIC_URL", livekit.public_url.clone()),
        ("REALTIME__LIVEKIT__API_KEY", livekit.api_key.clone()),
        ("REALTIME__LIVEKIT__API_SECRET", livekit.api_secret.clone()),
        ("REALTIME__MEMBERSHIP__SOURCES", "token_claims".to_owned()),
    ];
    Ok(Contender {
        name: "realtime-service",
        program: programs.join("realtime-service"),
        arguments: Vec::new(),
        environment: environment.into(),
        address,
        management,
        log,
    })
}
