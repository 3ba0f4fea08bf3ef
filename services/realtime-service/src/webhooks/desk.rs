//! One webhook, from its proof to everything that follows from it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http_server::{Problem, Refusal};
use room_tokens::{ParticipantIdentity, WebhookRefused, WebhookSeal, WebhookVerifier};
use signal_protocol::{CallId, ErrorCode, Tenant};
use store::{Key, StoreError};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{Instrument as _, Span};

use super::WebhookMetrics;
use super::decode::{Event, NotJson, Said, Useless, Webhook, decode};
use super::lanes::{Crowded, Lanes};
use super::signed::Unsigned;
use crate::call_watch::{CallWatch, Why};
use crate::doors::Doors;
use crate::moderation::Evictions;
use crate::occupancy::{
    Changed, Decided, Departure, Happened, Mark, Occupancies, OccupancyFailure, Somebody, Verdict,
};
use crate::reconciler::LiveRooms;
use crate::revocation::SignedOut;
use crate::sfu::Sfu;
use crate::stored::problem_of;

/// For how long an event that was applied is known: three times as long as LiveKit's signature is good.
const KNOWN: Duration = Duration::from_mins(15);

/// How many people are being sent out at once because a webhook showed them, those who wait for it included. Whoever comes on top
/// of them is found by the reconciler.
const MOST_EVICTIONS: usize = 256;

/// What webhooks are taken with.
pub(crate) struct WebhookParts<'a> {
    pub(crate) sfu: &'a Sfu,
    pub(crate) tenants: &'a [Tenant],
    pub(crate) occupancies: Occupancies,
    pub(crate) doors: Doors,
    pub(crate) evictions: Evictions,
    /// None where there are no calls.
    pub(crate) calls: Option<CallWatch>,
    pub(crate) live_rooms: LiveRooms,
    /// How long one may take, so that a store that is slow is told by its own error.
    pub(crate) patience: Duration,
    pub(crate) metrics: WebhookMetrics,
    /// For how long a token of a join can be used to connect.
    pub(crate) token_life: Duration,
}

/// Takes webhooks.
pub(crate) struct WebhookDesk {
    verifier: WebhookVerifier,
    tenants: Vec<Tenant>,
    occupancies: Occupancies,
    doors: Doors,
    evictions: Evictions,
    calls: Option<CallWatch>,
    live_rooms: LiveRooms,
    patience: Duration,
    metrics: WebhookMetrics,
    token_life: Duration,
    lanes: Lanes,
    evicting: Arc<Semaphore>,
}

/// Why a webhook was not taken, though it is LiveKit's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error(transparent)]
    NotJson(#[from] NotJson),
    #[error(transparent)]
    Crowded(#[from] Crowded),
    /// It may have taken effect all the same; its next delivery finds that out.
    #[error("the store took too long")]
    Slow,
    #[error(transparent)]
    Occupancy(#[from] OccupancyFailure),
    #[error("whether somebody who came may be there cannot be read")]
    Door(#[source] StoreError),
}

impl NotTaken {
    /// The word for metrics.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "not_json",
            Self::Crowded(_) => "crowded",
            Self::Slow => "slow",
            Self::Occupancy(OccupancyFailure::Contended(_)) => "contended",
            Self::Occupancy(OccupancyFailure::Store(error)) | Self::Door(error) => error.code().as_str(),
        }
    }
}

impl Refusal for NotTaken {
    fn problem(&self) -> Problem {
        match self {
            Self::NotJson(_) => Problem::new(ErrorCode::MalformedJson),
            Self::Crowded(_) | Self::Slow | Self::Occupancy(OccupancyFailure::Contended(_)) => {
                Problem::new(ErrorCode::StoreUnavailable)
            }
            Self::Occupancy(OccupancyFailure::Store(error)) | Self::Door(error) => problem_of(error),
        }
    }
}

impl WebhookDesk {
    pub(crate) fn new(parts: WebhookParts<'_>) -> Self {
        let WebhookParts {
            sfu,
            tenants,
            occupancies,
            doors,
            evictions,
            calls,
            live_rooms,
            patience,
            metrics,
            token_life,
        } = parts;
        Self {
            verifier: WebhookVerifier::new(sfu.keys().map(|key| (key.api_key, key.api_secret))),
            tenants: tenants.to_vec(),
            occupancies,
            doors,
            evictions,
            calls,
            live_rooms,
            patience,
            metrics,
            token_life,
            lanes: Lanes::new(),
            evicting: Arc::new(Semaphore::new(MOST_EVICTIONS)),
        }
    }

    /// Reads the token of a webhook.
    pub(super) fn open(&self, token: Option<&str>) -> Result<WebhookSeal, Unsigned> {
        let opened = token.ok_or(WebhookRefused::Token).and_then(|token| self.verifier.open(token));
        opened.map_err(|refused| self.refused(refused))
    }

    /// Whether the token is for this body.
    pub(super) fn check(&self, seal: &WebhookSeal, body: &[u8]) -> Result<(), Unsigned> {
        seal.covers(body).map_err(|refused| self.refused(refused))
    }

    fn refused(&self, refused: WebhookRefused) -> Unsigned {
        self.metrics.took("none", refused.as_str());
        Unsigned(refused)
    }

    /// Does what follows from a webhook whose body is LiveKit's.
    pub(super) async fn take(&self, body: &[u8]) -> Result<(), NotTaken> {
        let decoded = decode(body);
        let (event, taken) = match decoded {
            Ok(Webhook { event, said: Said::Event(said) }) => {
                let applied = timeout(self.patience, self.apply(&said)).await;
                (event, applied.unwrap_or(Err(NotTaken::Slow)))
            }
            Ok(Webhook { event, said: Said::Nothing(useless) }) => (event, Ok(useless.as_str())),
            Err(not_json) => {
                tracing::warn!("webhook.unreadable");
                ("other", Err(NotTaken::from(not_json)))
            }
        };
        let outcome = taken.as_ref().copied().unwrap_or_else(NotTaken::as_str);
        self.metrics.took(event, outcome);
        tracing::debug!(event, outcome, "webhook.taken");
        taken.map(drop)
    }

    /// Applies an event once, and sees to what follows from it whether this was the first time or not: who applied it may have died
    /// before that.
    async fn apply(&self, event: &Event) -> Result<&'static str, NotTaken> {
        let Event { id, tenant, room, what } = event;
        if !self.tenants.contains(tenant) {
            return Ok(Useless::Room.as_str());
        }
        let whose = somebody(&what.what).and_then(|who| who.identity.parse::<ParticipantIdentity>().ok());
        Span::current().record("tenant.id", tenant.as_str()).record("room.id", room.as_str());
        if let Some(ParticipantIdentity { user, device }) = &whose {
            Span::current().record("user.id", user.as_str()).record("device.id", device.as_str());
        }
        let lane = self.lanes.wait(tenant, room).await?;
        let mark = Mark { key: Key::new("webhook", id), kept: KNOWN };
        let besides = [mark.key.clone()];
        let user = whose.as_ref().map(|whose| &whose.user);
        let decide = self.occupancies.change(tenant, room, &besides, user, |snapshot, occupancy| {
            if snapshot.data(&mark.key).is_some() {
                return Ok(Decided { outcome: None, transitions: Vec::new(), mark: None });
            }
            let effect = occupancy.on(what, snapshot.now);
            let outcome = Some(effect.verdict);
            Ok(Decided { outcome, transitions: effect.transitions, mark: Some(mark.clone()) })
        });
        let changed = decide.await?;
        drop(lane);
        if changed.occupancy.sid.is_some() {
            self.live_rooms.heard_of(tenant, room);
        }
        self.tell_call(event, &changed);
        if let (Happened::Joined(who), Some(whose)) = (&what.what, whose)
            && changed.occupancy.has(&whose.user)
        {
            self.check_arrival(event, who, &whose).await?;
        }
        Ok(changed.outcome.map_or("repeated", Verdict::as_str))
    }

    /// The room of a call is looked at by whoever looks after calls.
    fn tell_call(&self, event: &Event, changed: &Changed<Option<Verdict>>) {
        let (Some(calls), Some(call)) = (&self.calls, CallId::of_room(&event.room)) else { return };
        // LiveKit often says first that the room is over, and then why those left who were in it.
        let is_deleted =
            changed.outcome.is_some() && matches!(event.what.what, Happened::Left(_, Departure::RoomDeleted));
        if changed.transitions.is_empty() && !is_deleted {
            return;
        }
        calls.changed(&event.tenant, call, if is_deleted { Why::Deleted } else { Why::Changed });
    }

    /// Somebody is in the room. If they may not be, they are sent out; if nobody can say, they stay, and LiveKit is asked to tell
    /// of them again.
    async fn check_arrival(
        &self,
        event: &Event,
        who: &Somebody,
        whose: &ParticipantIdentity,
    ) -> Result<(), NotTaken> {
        let Event { tenant, room, what, .. } = event;
        let joined_at = who.joined_at.unwrap_or(what.at);
        let looked = self.doors.look(tenant, room, &whose.user).await;
        let must_go = looked.and_then(|door| {
            let is_out = SignedOut::of(&door.snapshot, &whose.user)?.is_some_and(|out| out.evicts(joined_at));
            let is_barred = door.denial.is_some_and(|denial| denial.evicts(joined_at, door.snapshot.now));
            Ok((is_out || is_barred).then_some(is_out))
        });
        let is_signed_out = match must_go {
            Ok(Some(is_signed_out)) => is_signed_out,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.metrics.unchecked();
                return Err(NotTaken::Door(error));
            }
        };
        let Ok(place) = Arc::clone(&self.evicting).try_acquire_owned() else {
            self.metrics.unchecked();
            return Ok(());
        };
        let (evictions, tenant, room) = (self.evictions.clone(), tenant.clone(), room.clone());
        let (user, store, token_life) = (whose.user.clone(), self.doors.store().clone(), self.token_life);
        // LiveKit does not wait for it: its next word about this room may be that they are gone.
        let eviction = async move {
            let _place = place;
            // It tells of its failures itself, and the reconciler tries again.
            let evicted = evictions.evict(&tenant, &room, &user).await;
            if evicted.is_ok() && is_signed_out {
                // If this fails as well, a token that LiveKit refreshed meanwhile is good for as long as it lives.
                if let Err(error) = SignedOut::renew(&store, &tenant, &user, token_life).await {
                    let error: &(dyn Error + 'static) = &error;
                    tracing::warn!(tenant.id = %tenant, user.id = %user, error, "revocation.not_renewed");
                }
            }
        };
        tokio::spawn(eviction.in_current_span());
        Ok(())
    }
}

fn somebody(happened: &Happened) -> Option<&Somebody> {
    match happened {
        Happened::Started | Happened::Finished => None,
        Happened::Joined(who)
        | Happened::Left(who, _)
        | Happened::Published(who, _)
        | Happened::Unpublished(who, _) => Some(who),
    }
}
