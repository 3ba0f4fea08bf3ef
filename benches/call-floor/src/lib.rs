//! How soon a Redis tells anybody anything: what the latency of events and signals is measured against.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use redis::AsyncCommands as _;
use redis::aio::PubSub;
use rustix::thread::{CpuSet, sched_setaffinity};
use tokio::sync::mpsc;

const CHANNEL: &str = "latency";
/// As long as an event is.
const PAYLOAD: [u8; 512] = [b'x'; 512];

/// A publisher and its subscriber.
pub struct Publishing {
    /// Has one message published.
    go: mpsc::Sender<()>,
    /// When that was begun.
    begun: mpsc::Receiver<Instant>,
    subscriber: PubSub,
}

impl Publishing {
    /// Publishes from `core`; the subscriber stays with the caller.
    ///
    /// # Errors
    /// Redis is not there.
    pub async fn start(redis: &str, core: usize) -> anyhow::Result<Self> {
        let client = redis::Client::open(redis)?;
        let mut subscriber = client.get_async_pubsub().await?;
        subscriber.subscribe(CHANNEL).await?;
        let (go, asked) = mpsc::channel(1);
        let (told, begun) = mpsc::channel(1);
        // Its failure ends the channels, which is seen.
        thread::spawn(move || publish(&client, core, asked, &told));
        Ok(Self { go, begun, subscriber })
    }

    /// From before it is published until the subscriber has it.
    ///
    /// # Errors
    /// Redis is gone.
    pub async fn once(&mut self) -> anyhow::Result<Duration> {
        let mut messages = self.subscriber.on_message();
        self.go.send(()).await.context("the publisher has ended")?;
        messages.next().await.context("the subscription ended")?;
        let heard = Instant::now();
        let begun = self.begun.recv().await.context("the publisher has ended")?;
        Ok(heard.saturating_duration_since(begun))
    }
}

/// Publishes from one core whenever it is asked to.
#[tokio::main(flavor = "current_thread")]
async fn publish(
    client: &redis::Client,
    core: usize,
    mut asked: mpsc::Receiver<()>,
    told: &mpsc::Sender<Instant>,
) -> anyhow::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).context("moving to the replica's core")?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    while asked.recv().await.is_some() {
        let begun = Instant::now();
        connection.publish::<_, _, u64>(CHANNEL, &PAYLOAD[..]).await?;
        told.send(begun).await?;
    }
    Ok(())
}
