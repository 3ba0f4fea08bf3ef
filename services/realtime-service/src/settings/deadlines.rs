//! Whether the time limits of the steps fit into the one of the whole.

use std::time::Duration;

use ::settings::Faults;

use crate::RealtimeSettings;

/// What an invite's questions about members must be left at least.
const LEAST_FOR_MEMBERSHIP_MS: u64 = 100;
/// What is kept free for everything that asks nobody.
const MARGIN_MS: u64 = 50;

/// Each step of a request has a limit of its own, with a code of its own; together they must fit into the whole.
pub(super) fn check(settings: &RealtimeSettings, faults: &mut Faults) {
    let whole = u64::from(settings.server.handler_timeout_ms);
    let keys = u64::from(settings.identity.jwks_wait_ms);
    let membership = settings.membership.http.as_ref().map_or(0, |http| u64::from(http.timeout_ms));
    let sfu = settings.livekit.request_timeout_ms;
    let mut check = |steps: u64, names: &str| {
        if steps >= whole {
            faults.add(
                "server.handler_timeout_ms",
                format!(
                    "is {whole}; it must be more than {steps}, the sum of {names}, so that a slow dependency is told by \
                     its own error"
                ),
            );
        }
    };
    check(
        keys + membership + sfu,
        "IDENTITY__JWKS_WAIT_MS, MEMBERSHIP__HTTP__TIMEOUT_MS and LIVEKIT__REQUEST_TIMEOUT_MS",
    );
    if let Some(call_state) = &settings.call_state {
        let call_state = u64::from(call_state.timeout_ms);
        check(
            keys + call_state + sfu,
            "IDENTITY__JWKS_WAIT_MS, CALL_STATE__TIMEOUT_MS and LIVEKIT__REQUEST_TIMEOUT_MS",
        );
        check(
            keys + call_state + LEAST_FOR_MEMBERSHIP_MS + MARGIN_MS,
            "IDENTITY__JWKS_WAIT_MS, CALL_STATE__TIMEOUT_MS and 150 ms to ask who is a member",
        );
    }
}

/// How long a command may take for what it asks before call-state-service, such as who is a member: what the other steps leave.
pub(super) fn beside_call_state(settings: &RealtimeSettings) -> Duration {
    let others = u64::from(settings.identity.jwks_wait_ms)
        + settings.call_state.as_ref().map_or(0, |call_state| u64::from(call_state.timeout_ms))
        + MARGIN_MS;
    let whole = u64::from(settings.server.handler_timeout_ms);
    Duration::from_millis(whole.saturating_sub(others).max(LEAST_FOR_MEMBERSHIP_MS))
}

/// How long an act of moderation may take, once it is known who acts: somewhat less than the whole.
pub(super) fn for_acts(settings: &RealtimeSettings) -> Duration {
    let others = u64::from(settings.identity.jwks_wait_ms) + MARGIN_MS;
    let whole = u64::from(settings.server.handler_timeout_ms);
    Duration::from_millis(whole.saturating_sub(others).max(LEAST_FOR_MEMBERSHIP_MS))
}
