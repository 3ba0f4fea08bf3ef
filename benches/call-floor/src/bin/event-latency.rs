//! From an invite to the callee's event, and from `PUBLISH` to its subscriber, one after the other.
//!
//! This process stands for the replica that serves the callee: it listens to the bell and reads the callee's log over
//! connections of its own, exactly as the product does. The invite goes to another process over HTTP. `PUBLISH` is sent from
//! the core of that process, and the subscriber is where the bell is heard: the least that any way to tell one process of
//! something that another did costs over this Redis.
//!
//! Prints `{"publish_us": […], "event_us": […]}`.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use call_floor::Publishing;
use call_state_api::{CallStateClient, Relay};
use clap::Parser;
use http_client::ClientSettings;
use mailbox::Mailbox;
use serde::Serialize;
use settings::Secret;
use signal_protocol::{CallId, CallKind, CallMedia, DeviceId, EventBody, InviteRequest, Tenant, UserId};
use store::{Store, StoreSettings};
use tokio::time::timeout;
use url::Url;

/// Nothing here takes nearly as long.
const BOUND: Duration = Duration::from_secs(5);
/// How many of each come first and do not count.
const WARM_UP: usize = 20;

/// Measures how long the callee's event takes.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where Redis is.
    #[arg(long)]
    redis: String,
    /// The replica that is asked.
    #[arg(long)]
    call_state: Url,
    /// Whose calls they are.
    #[arg(long)]
    tenant: String,
    /// An access token of the caller.
    #[arg(long)]
    token: String,
    /// Who is called.
    #[arg(long)]
    callee: String,
    /// The core of that replica.
    #[arg(long)]
    core: usize,
    /// How many of each are measured.
    #[arg(long)]
    samples: usize,
}

#[derive(Serialize)]
struct Samples {
    publish_us: Vec<f64>,
    event_us: Vec<f64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    identity::install_crypto();
    let arguments = Arguments::parse();
    let mut publishing = Publishing::start(&arguments.redis, arguments.core).await?;
    let mut calling = Calling::start(&arguments).await?;
    let mut samples = Samples { publish_us: Vec::new(), event_us: Vec::new() };
    for number in 0..WARM_UP + arguments.samples {
        let publish = timeout(BOUND, publishing.once()).await.context("nothing was published")??;
        let event = timeout(BOUND, calling.once()).await.context("the callee was told nothing")??;
        if number >= WARM_UP {
            samples.publish_us.push(publish.as_secs_f64() * 1e6);
            samples.event_us.push(event.as_secs_f64() * 1e6);
        }
    }
    println!("{}", serde_json::to_string(&samples)?);
    Ok(())
}

struct Calling {
    client: CallStateClient,
    token: String,
    device: DeviceId,
    mailbox: Mailbox,
    tenant: Tenant,
    callee: UserId,
    cursor: String,
}

impl Calling {
    async fn start(arguments: &Arguments) -> anyhow::Result<Self> {
        let tenant = Tenant::parse(&arguments.tenant)?;
        let url = Secret::from(arguments.redis.clone());
        let settings = StoreSettings { url, ..StoreSettings::default() };
        let mailbox = Mailbox::new(Store::start(&settings, std::slice::from_ref(&tenant))?);
        let (callee, device) = (UserId::parse(&arguments.callee)?, DeviceId::parse("browser")?);
        let cursor = mailbox.read(&tenant, &callee, &device, None, 1, None).await?.cursor;
        let bounds = ClientSettings { timeout_ms: 5_000, ..ClientSettings::default() };
        let client = CallStateClient::new(std::slice::from_ref(&arguments.call_state), &bounds)?;
        Ok(Self { client, token: arguments.token.clone(), device, mailbox, tenant, callee, cursor })
    }

    /// From before the invite is sent until the callee's `call.ringing` was read. Takes the call back afterwards, and
    /// waits until the callee knows that too.
    async fn once(&mut self) -> anyhow::Result<Duration> {
        let client = self.client.clone();
        let (token, device) = (self.token.clone(), self.device.clone());
        let relay = Relay { token: &token, device: &device, request_id: None };
        let request = InviteRequest {
            callees: vec![self.callee.clone()],
            room_id: None,
            kind: CallKind::Audio,
            media: CallMedia::Livekit,
            ring_seconds: None,
            offer: None,
            key: None,
        };
        let begun = Instant::now();
        let told = async {
            let call = self.next(|event| match event {
                EventBody::Ringing { call, .. } => Some(call.id),
                _ => None,
            });
            anyhow::Ok((call.await?, begun.elapsed()))
        };
        let (told, invited) = tokio::join!(told, client.invite(&relay, &request));
        let (call, took): (CallId, _) = told?;
        anyhow::ensure!(invited?.call.id == call, "the callee was told of another call");
        client.cancel(&relay, call).await?;
        self.next(|event| match event {
            EventBody::Ended { call } => Some(call.id),
            _ => None,
        })
        .await?;
        Ok(took)
    }

    /// Waits for the bell, as often as it takes, until the log has an event that is wanted.
    async fn next<T>(&mut self, wanted: impl Fn(&EventBody) -> Option<T>) -> anyhow::Result<T> {
        let mut watch = self.mailbox.watch(&self.tenant, &self.callee, None);
        loop {
            let reading = self
                .mailbox
                .read(&self.tenant, &self.callee, &self.device, Some(&self.cursor), 100, None)
                .await?;
            anyhow::ensure!(reading.recovered, "the callee's log was cut off");
            self.cursor = reading.cursor;
            if let Some(found) = reading.events.iter().find_map(|event| wanted(&event.body)) {
                return Ok(found);
            }
            watch.rung().await;
        }
    }
}
