//! One effect, carried out once.

use call_state_api::outbox::{SfuEffect, SfuTask};
use room_tokens::sfu_room;
use signal_protocol::Tenant;

use super::LaneParts;
use crate::call_watch::{LookFailure, Seen};
use crate::sfu::SfuFailure;

/// Why an effect was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum EffectFailure {
    #[error("LiveKit did not do it")]
    Sfu(#[from] SfuFailure),
    #[error("the call was not looked at")]
    Look(#[from] LookFailure),
}

impl EffectFailure {
    /// The stable word for the log.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Sfu(failure) => failure.code().as_str(),
            Self::Look(failure) => failure.code(),
        }
    }
}

/// Does what `effect` says.
pub(super) async fn carry_out(
    parts: &LaneParts,
    tenant: &Tenant,
    effect: &SfuEffect,
) -> Result<(), EffectFailure> {
    let sfu_room = sfu_room(tenant, &effect.room);
    match effect.what {
        SfuTask::Close => Ok(parts.sfu.close_room(&sfu_room).await?),
        SfuTask::Check => {
            let people = parts.sfu.participants(&sfu_room).await?;
            // Never later than LiveKit was asked: the time of the effect is the store's, and ours may be off.
            let is_open = !people.is_empty();
            let seen = Seen { asked_at: effect.at, people, is_open };
            Ok(parts.calls.report(tenant, effect.call_id, &seen, false).await?)
        }
    }
}
