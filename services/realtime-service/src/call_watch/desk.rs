//! One look at the room of a call, and what is done in a call's name from outside.

use std::collections::BTreeMap;

use call_state_api::{Present, Relay, SfuReport, SfuReportAnswer};
use clock::{DateTime, Utc};
use identity::{ServiceAccount, ServiceAccountFailure};
use room_tokens::{ParticipantIdentity, sfu_room};
use signal_protocol::{CallId, DeviceId, EndReason, ErrorCode, Tenant, UserId};
use store::{Read, Store, StoreError};

use super::CallWatchMetrics;
use crate::calls::{CallState, CallStateRefused};
use crate::sfu::{Sfu, SfuFailure, SfuParticipant};

/// Tells calls what LiveKit says, in the name of our own service account. Cheap to clone.
#[derive(Clone)]
pub(crate) struct CallDesk {
    parts: CallDeskParts,
}

/// What it works with.
#[derive(Clone)]
pub(crate) struct CallDeskParts {
    pub(crate) store: Store,
    pub(crate) sfu: Sfu,
    pub(crate) calls: CallState,
    /// In whose name calls are told. Without it nobody is.
    pub(crate) account: Option<ServiceAccount>,
    pub(crate) metrics: CallWatchMetrics,
}

/// Who was in the room of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// When LiveKit was asked, or earlier, by the store's clock.
    pub(crate) asked_at: DateTime<Utc>,
    /// Everybody.
    pub(crate) people: Vec<SfuParticipant>,
    /// Whether the room is known to be there, with or without people.
    pub(crate) is_open: bool,
}

/// Why a call was not told what LiveKit says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookFailure {
    #[error("the store does not tell the time")]
    Store(#[from] StoreError),
    #[error("LiveKit did not say who is there")]
    Sfu(#[from] SfuFailure),
    #[error("the call was not told")]
    Act(#[from] CallActFailure),
}

/// Why a call was not told something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallActFailure {
    /// There is no service account in whose name it could be done.
    #[error("there is no service account to act with")]
    NoAccount,
    /// The service account has no token.
    #[error("the service account has no token")]
    Account(#[from] ServiceAccountFailure),
    /// call-state-service refused, or does not answer.
    #[error("call-state-service did not do it")]
    Refused(#[from] CallStateRefused),
}

impl LookFailure {
    /// The stable word for the log.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code().as_str(),
            Self::Sfu(failure) => failure.code().as_str(),
            Self::Act(failure) => failure.word(),
        }
    }
}

impl CallActFailure {
    /// The code that a client is given on whose behalf it was tried.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::NoAccount => ErrorCode::Internal,
            Self::Account(_) => ErrorCode::IdentityUnavailable,
            Self::Refused(refused) => refused.code(),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::NoAccount => "no_service_account",
            Self::Account(_) | Self::Refused(_) => self.code().as_str(),
        }
    }
}

impl CallDesk {
    pub(crate) const fn new(parts: CallDeskParts) -> Self {
        Self { parts }
    }

    pub(super) const fn metrics(&self) -> &CallWatchMetrics {
        &self.parts.metrics
    }

    /// Asks LiveKit who is in the room of the call, and tells the call.
    pub(crate) async fn look(&self, tenant: &Tenant, call: CallId) -> Result<(), LookFailure> {
        let seen = self.ask(tenant, call).await?;
        self.report(tenant, call, &seen, false).await
    }

    /// Asks LiveKit who is in the room of the call.
    pub(crate) async fn ask(&self, tenant: &Tenant, call: CallId) -> Result<Seen, LookFailure> {
        // The store's time, which calls are judged by, from before the question.
        let asked_at = self.parts.store.read(tenant, Read::new()).await?.now;
        let people = self.parts.sfu.participants(&sfu_room(tenant, &call.room())).await?;
        let is_open = !people.is_empty();
        Ok(Seen { asked_at, people, is_open })
    }

    /// Tells the call who is in its room, and does there what it says: whoever is not in the call is sent out, the room of a
    /// call that is over is closed, and one that a live call has lost is opened again, so that those can come back who try.
    pub(crate) async fn report(
        &self,
        tenant: &Tenant,
        call: CallId,
        seen: &Seen,
        room_deleted: bool,
    ) -> Result<(), LookFailure> {
        let present = present(seen.people.iter().map(|one| one.identity.as_str()));
        let report = SfuReport { call_id: call, asked_at: seen.asked_at, present, room_deleted };
        let answer =
            self.tell("sfu_report", tenant, async |client, relay| client.sfu_report(relay, &report).await);
        let answer = match answer.await {
            Ok(answer) => answer,
            // It is long over, and whoever is in its room no longer matters.
            Err(CallActFailure::Refused(refused))
                if matches!(refused.code(), ErrorCode::CallNotFound | ErrorCode::CallEnded) =>
            {
                return Ok(());
            }
            Err(failure) => return Err(failure.into()),
        };
        match answer {
            Some(answer) => self.follow(tenant, call, seen, &answer).await,
            None => Ok(()),
        }
    }

    async fn follow(
        &self,
        tenant: &Tenant,
        call: CallId,
        seen: &Seen,
        answer: &SfuReportAnswer,
    ) -> Result<(), LookFailure> {
        let sfu = &self.parts.sfu;
        let sfu_room = sfu_room(tenant, &call.room());
        if !answer.live {
            if seen.is_open {
                sfu.close_room(&sfu_room).await?;
            }
            return Ok(());
        }
        if seen.people.is_empty() {
            // LiveKit may have been started again, and lets nobody into a room that it does not have.
            sfu.forget(&sfu_room).await;
            if let Err(failure) = sfu.ensure_room(&sfu_room, None, None).await {
                tracing::warn!(tenant.id = %tenant, call.id = %call, code = failure.code().as_str(), "call.room_not_reopened");
            }
        }
        // Whoever held a key to the room when they were in the call could use it again: calls ask each time somebody comes. One
        // who cannot be sent out must not keep the others in.
        let mut outcome = Ok(());
        for one in &seen.people {
            let is_outside = one
                .identity
                .parse()
                .is_ok_and(|identity: ParticipantIdentity| answer.outsiders.contains(&identity.user));
            if !is_outside {
                continue;
            }
            match sfu.remove(&sfu_room, &one.identity).await {
                Ok(true) => {
                    self.parts.metrics.sent_out();
                    tracing::info!(tenant.id = %tenant, call.id = %call, "call.outsider_sent_out");
                }
                Ok(false) => {}
                Err(failure) => outcome = outcome.and(Err(failure)),
            }
        }
        Ok(outcome?)
    }

    /// Ends the call. One that is over already stays as it is.
    pub(crate) async fn end(
        &self,
        tenant: &Tenant,
        call: CallId,
        reason: EndReason,
    ) -> Result<(), CallActFailure> {
        self.tell("end_call", tenant, async |client, relay| client.end_call(relay, call, reason).await).await
    }

    /// Takes a person out of the call.
    pub(crate) async fn remove(
        &self,
        tenant: &Tenant,
        call: CallId,
        user: &UserId,
    ) -> Result<(), CallActFailure> {
        self.tell("remove_party", tenant, async |client, relay| client.remove_party(relay, call, user).await)
            .await
    }

    async fn tell<T>(
        &self,
        what: &'static str,
        tenant: &Tenant,
        tell: impl AsyncFnOnce(
            &call_state_api::CallStateClient,
            &Relay<'_>,
        ) -> Result<T, call_state_api::CallStateFailure>,
    ) -> Result<T, CallActFailure> {
        let account = self.parts.account.as_ref().ok_or(CallActFailure::NoAccount)?;
        let token = account.token(tenant).await?;
        let device = DeviceId::default();
        let relay = Relay { token: token.as_str(), device: &device, request_id: None };
        self.parts.calls.ask(what, |client| tell(client, &relay)).await.map_err(|refused| {
            if refused.is_about_the_token() {
                account.refused(tenant, &token);
            }
            refused.into()
        })
    }
}

/// Who of the participants was let in by us, each with one device: somebody who joins with very many must not push others
/// off the list. Others, such as a recorder, are no parties.
fn present<'a>(identities: impl Iterator<Item = &'a str>) -> Vec<Present> {
    let ours = identities.filter_map(|identity| identity.parse::<ParticipantIdentity>().ok());
    let by_user: BTreeMap<UserId, DeviceId> =
        ours.map(|ParticipantIdentity { user, device }| (user, device)).collect();
    let present = by_user.into_iter().map(|(user_id, device)| Present { user_id, device });
    present.take(SfuReport::MOST_PRESENT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_whom_we_let_in_are_reported() {
        let identities = ["f:ldap:ann:phone", "EG_recorder", "bob:laptop", "bob:phone"];
        let found: Vec<_> = present(identities.into_iter())
            .into_iter()
            .map(|one| (one.user_id.to_string(), one.device.to_string()))
            .collect();
        let expected = [("bob", "phone"), ("f:ldap:ann", "phone")];
        assert_eq!(found, expected.map(|(user, device)| (user.to_owned(), device.to_owned())));
    }
}
