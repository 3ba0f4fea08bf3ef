//! The client: one method for each thing that can be asked.

mod exchange;

use std::sync::Arc;
use std::time::Duration;

use http_client::{Client, ClientSettings, Failure};
use signal_protocol::{
    AddPartyRequest, Availability, Block, Call, CallAnswer, CallId, DeclineRequest, EndReason, HistoryItem,
    InviteAnswer, InviteRequest, KeyRequest, MediaReport, Page, SignalAnswer, SignalRequest, UserId,
};
use url::Url;

use crate::client::exchange::Question;
use crate::replicas::Replicas;
use crate::{CallStateFailure, EndRequest, Relay, RemoveRequest, SfuReport, SfuReportAnswer, SnapshotAnswer};

/// Asks call-state-service. Cheap to clone; clones share the connections.
///
/// With several addresses the next one is asked when no connection can be made. What may be asked twice without harm,
/// which a command may when the caller gave it an id, is asked once more when the answer broke off.
#[derive(Debug, Clone)]
pub struct CallStateClient {
    http: Client,
    replicas: Arc<Replicas>,
    timeout: Duration,
}

impl CallStateClient {
    /// A client of the replicas at `urls`, of which there must be one at least. `settings.timeout_ms` bounds a whole
    /// question with all its tries; `settings.retries` is not used.
    ///
    /// # Errors
    /// TLS is not usable, or there is no address.
    pub fn new(urls: &[Url], settings: &ClientSettings) -> Result<Self, Failure> {
        // Tries are counted here, across the replicas.
        let http = Client::new("call-state", &ClientSettings { retries: 0, ..settings.clone() })?;
        let replicas = Replicas::new(urls).ok_or(Failure::Unsendable("no address is given"))?;
        let timeout = Duration::from_millis(settings.timeout_ms.into());
        Ok(Self { http, replicas: Arc::new(replicas), timeout })
    }

    /// Calls somebody. It was created (201), unless `glare` says that it is the callee's own call (200).
    pub async fn invite(
        &self,
        relay: &Relay<'_>,
        request: &InviteRequest,
    ) -> Result<InviteAnswer, CallStateFailure> {
        self.ask(relay, Question::command("calls").with(request)).await
    }

    /// The caller's live calls.
    pub async fn calls(&self, relay: &Relay<'_>) -> Result<Page<Call>, CallStateFailure> {
        self.ask(relay, Question::read("calls")).await
    }

    /// One call of which the caller is a party.
    pub async fn call(&self, relay: &Relay<'_>, call: CallId) -> Result<Call, CallStateFailure> {
        self.ask(relay, Question::read(&format!("calls/{call}"))).await
    }

    /// Accepts a ring.
    pub async fn accept(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        request: &KeyRequest,
    ) -> Result<CallAnswer, CallStateFailure> {
        self.ask(relay, Question::command(&format!("calls/{call}/accept")).with(request)).await
    }

    /// Declines a ring.
    pub async fn decline(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        request: &DeclineRequest,
    ) -> Result<CallAnswer, CallStateFailure> {
        self.ask(relay, Question::command(&format!("calls/{call}/decline")).with(request)).await
    }

    /// Gives up before anybody answered.
    pub async fn cancel(&self, relay: &Relay<'_>, call: CallId) -> Result<CallAnswer, CallStateFailure> {
        self.ask(relay, Question::command(&format!("calls/{call}/cancel"))).await
    }

    /// Leaves the call, whatever its phase.
    pub async fn hangup(&self, relay: &Relay<'_>, call: CallId) -> Result<CallAnswer, CallStateFailure> {
        self.ask(relay, Question::command(&format!("calls/{call}/hangup"))).await
    }

    /// This device is showing the ring.
    pub async fn ringing(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        request: &KeyRequest,
    ) -> Result<(), CallStateFailure> {
        self.tell(relay, Question::command(&format!("calls/{call}/ringing")).with(request)).await
    }

    /// How this device's media stand.
    pub async fn media(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        report: &MediaReport,
    ) -> Result<(), CallStateFailure> {
        self.tell(relay, Question::command(&format!("calls/{call}/media")).with(report)).await
    }

    /// Rings one more person into the call.
    pub async fn add_party(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        request: &AddPartyRequest,
    ) -> Result<CallAnswer, CallStateFailure> {
        self.ask(relay, Question::command(&format!("calls/{call}/parties")).with(request)).await
    }

    /// Tells the other party's device something (202).
    pub async fn signal(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        request: &SignalRequest,
    ) -> Result<SignalAnswer, CallStateFailure> {
        self.ask(relay, Question::command(&format!("calls/{call}/signals")).with(request)).await
    }

    /// The caller's ended calls, newest first.
    pub async fn history(
        &self,
        relay: &Relay<'_>,
        limit: Option<u32>,
        cursor: Option<&str>,
    ) -> Result<Page<HistoryItem>, CallStateFailure> {
        self.ask(relay, Question::read("calls/history").page(limit, cursor)).await
    }

    /// The caller no longer wants to hear from `user`.
    pub async fn block(&self, relay: &Relay<'_>, user: &UserId) -> Result<(), CallStateFailure> {
        self.tell(relay, Question::put(&format!("blocks/{user}"))).await
    }

    /// The caller wants to hear from `user` again.
    pub async fn unblock(&self, relay: &Relay<'_>, user: &UserId) -> Result<(), CallStateFailure> {
        self.tell(relay, Question::delete(&format!("blocks/{user}"))).await
    }

    /// From whom the caller does not want to hear, by user id.
    pub async fn blocks(
        &self,
        relay: &Relay<'_>,
        limit: Option<u32>,
        cursor: Option<&str>,
    ) -> Result<Page<Block>, CallStateFailure> {
        self.ask(relay, Question::read("blocks").page(limit, cursor)).await
    }

    /// Whether the caller wants to be rung from now on; the same back.
    pub async fn set_availability(
        &self,
        relay: &Relay<'_>,
        availability: &Availability,
    ) -> Result<Availability, CallStateFailure> {
        self.ask(relay, Question::put("availability").with(availability)).await
    }

    /// Whether the caller wants to be rung.
    pub async fn availability(&self, relay: &Relay<'_>) -> Result<Availability, CallStateFailure> {
        self.ask(relay, Question::read("availability")).await
    }

    /// The ring of this call was handed to the caller's device.
    pub async fn notified(&self, relay: &Relay<'_>, call: CallId) -> Result<(), CallStateFailure> {
        self.tell(relay, Question::notice(&format!("calls/{call}/notified"))).await
    }

    /// The caller's live calls, for a device that starts from nothing: rings among them count as handed to it.
    pub async fn snapshot(&self, relay: &Relay<'_>) -> Result<SnapshotAnswer, CallStateFailure> {
        self.ask(relay, Question::read("snapshot")).await
    }

    /// Who is in the room of a call. For a service account that may act on calls. A release before the one that answers it
    /// says nothing: `None`.
    pub async fn sfu_report(
        &self,
        relay: &Relay<'_>,
        report: &SfuReport,
    ) -> Result<Option<SfuReportAnswer>, CallStateFailure> {
        self.ask_or_nothing(relay, Question::notice("sfu-reports").with(report)).await
    }

    /// Ends the call from outside, whatever its phase; one that is over stays as it is. For a service account that may act
    /// on calls. `reason` is one of [`EndRequest::REASONS`].
    pub async fn end_call(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        reason: EndReason,
    ) -> Result<(), CallStateFailure> {
        self.tell(relay, Question::notice(&format!("calls/{call}/end")).with(&EndRequest { reason })).await
    }

    /// Takes a person out of the call: one between two ends, `removed`; a group goes on without them if it can. Who is not
    /// in it and not rung stays as they are; who is no party is 404 `participant_not_found`. For a service account that may
    /// act on calls.
    pub async fn remove_party(
        &self,
        relay: &Relay<'_>,
        call: CallId,
        user: &UserId,
    ) -> Result<(), CallStateFailure> {
        let request = RemoveRequest { user_id: user.clone() };
        self.tell(relay, Question::notice(&format!("calls/{call}/remove")).with(&request)).await
    }
}
