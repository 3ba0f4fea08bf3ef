//! One effect, carried out once.

use std::collections::BTreeMap;

use call_state_api::outbox::{SfuEffect, SfuTask};
use call_state_api::{Present, Relay, SfuReport};
use identity::{ServiceAccount, ServiceAccountFailure};
use room_tokens::{ParticipantIdentity, sfu_room};
use signal_protocol::{DeviceId, ErrorCode, Tenant, UserId};

use super::LaneParts;
use crate::calls::{CallState, CallStateRefused};
use crate::sfu::SfuFailure;

/// Why an effect was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum EffectFailure {
    #[error("LiveKit did not do it")]
    Sfu(#[from] SfuFailure),
    #[error("there is no service account to report with")]
    NoAccount,
    #[error("the service account has no token")]
    Account(#[from] ServiceAccountFailure),
    #[error("call-state-service did not take the report")]
    Report(#[from] CallStateRefused),
}

impl EffectFailure {
    /// The stable word for the log.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Sfu(failure) => failure.code().as_str(),
            Self::NoAccount => "no_service_account",
            Self::Account(_) => ErrorCode::IdentityUnavailable.as_str(),
            Self::Report(refused) => refused.code().as_str(),
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
            let identities = parts.sfu.present(&sfu_room).await?;
            // Never later than LiveKit was asked: the time of the effect is the store's, and ours may be off.
            let report =
                SfuReport { call_id: effect.call_id, asked_at: effect.at, present: present(&identities) };
            let account = parts.account.as_ref().ok_or(EffectFailure::NoAccount)?;
            tell(&parts.calls, account, tenant, &report).await
        }
    }
}

/// Who of the participants was let in by us, each with one device: somebody who joins with very many must not push others
/// off the list. Others, such as a recorder, are no parties.
fn present(identities: &[String]) -> Vec<Present> {
    let ours = identities.iter().filter_map(|identity| identity.parse::<ParticipantIdentity>().ok());
    let by_user: BTreeMap<UserId, DeviceId> =
        ours.map(|ParticipantIdentity { user, device }| (user, device)).collect();
    let present = by_user.into_iter().map(|(user_id, device)| Present { user_id, device });
    present.take(SfuReport::MOST_PRESENT).collect()
}

async fn tell(
    calls: &CallState,
    account: &ServiceAccount,
    tenant: &Tenant,
    report: &SfuReport,
) -> Result<(), EffectFailure> {
    let token = account.token(tenant).await?;
    let device = DeviceId::default();
    let relay = Relay { token: token.as_str(), device: &device, request_id: None };
    let told = calls.ask("sfu_report", |client| client.sfu_report(&relay, report)).await;
    match told {
        Ok(()) => Ok(()),
        // It is over meanwhile, and whoever is in its room no longer matters.
        Err(refused) if matches!(refused.code(), ErrorCode::CallNotFound | ErrorCode::CallEnded) => Ok(()),
        Err(refused) => {
            if refused.is_about_the_token() {
                account.refused(tenant, &token);
            }
            Err(refused.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_whom_we_let_in_are_reported() {
        let identities = ["f:ldap:ann:phone", "EG_recorder", "bob:laptop", "bob:phone"].map(str::to_owned);
        let found: Vec<_> = present(&identities)
            .into_iter()
            .map(|one| (one.user_id.to_string(), one.device.to_string()))
            .collect();
        let expected = [("bob", "phone"), ("f:ldap:ann", "phone")];
        assert_eq!(found, expected.map(|(user, device)| (user.to_owned(), device.to_owned())));
    }
}
