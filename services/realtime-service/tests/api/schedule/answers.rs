//! What a replica may answer at any time, whatever else is going on.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::Value;

use super::acts::Deed;

/// How long whoever asks waits. A machine that hangs does not answer at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// How long whoever goes to LiveKit waits.
pub(super) const ENTRY_PATIENCE: Duration = Duration::from_secs(2);

/// An answer.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Said {
    /// The word for the report: the code of a refusal.
    pub(super) fn word(&self) -> String {
        self.body["code"].as_str().map_or_else(|| self.status.to_string(), ToOwned::to_owned)
    }
}

/// None if there is no answer: the replica is dead, or hangs, and nobody knows whether it did what it was asked.
pub(super) async fn ask(request: RequestBuilder) -> Option<Said> {
    let answer = request.timeout(PATIENCE).send().await.ok()?;
    let status = answer.status().as_u16();
    let text = answer.text().await.ok()?;
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
    Some(Said { status, body })
}

/// Fails unless the answer is one of those that are documented for it.
pub(super) fn check(deed: Deed, said: &Said) {
    let refusals: &[&str] = match deed {
        Deed::Enter => &["banned", "kicked", "room_full"],
        Deed::Kick => &["participant_not_found"],
        // The call may be over, or be another one's, at any time between two things that are done about it.
        Deed::Ring | Deed::Talk | Deed::HangUp | Deed::ReturnToCall => &[
            "already_in_call",
            "call_already_answered",
            "call_ended",
            "call_not_found",
            "not_allowed_in_phase",
            "room_not_found",
        ],
        Deed::Return
        | Deed::Leave
        | Deed::Crash
        | Deed::Ban
        | Deed::Unban
        | Deed::End
        | Deed::LeaveCall
        | Deed::CrashCall => &[],
    };
    let done = match deed {
        Deed::Enter => &[201][..],
        Deed::Ring | Deed::Talk | Deed::HangUp | Deed::ReturnToCall => &[200, 201],
        Deed::Kick
        | Deed::Ban
        | Deed::Unban
        | Deed::End
        | Deed::Return
        | Deed::Leave
        | Deed::Crash
        | Deed::LeaveCall
        | Deed::CrashCall => &[204],
    };
    let outages = ["sfu_unavailable", "sfu_timeout", "store_unavailable", "call_state_unavailable"];
    let is_allowed = done.contains(&said.status)
        || said.body["code"].as_str().is_some_and(|code| refusals.contains(&code) || outages.contains(&code));
    assert!(is_allowed, "{deed:?} was answered with {said:?}");
}
