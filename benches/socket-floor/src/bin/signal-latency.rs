//! From a signal that one device sends to the event at the other, whose socket is at another replica; and from `PUBLISH` to
//! its subscriber, one after the other.
//!
//! Both sockets are this process', so that one clock tells both ends. `PUBLISH` is sent from the core of the sender's
//! replica, and the subscriber is here, as is the other replica: the least that any way to tell one process of something
//! that another did costs over this Redis.
//!
//! Prints `{"publish_us": […], "signal_us": […]}`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use call_floor::Publishing;
use clap::Parser;
use serde::Serialize;
use serde_json::{Value, json};
use socket_floor::Client;
use tokio::time::timeout;
use uuid::Uuid;

/// Nothing here takes nearly as long.
const BOUND: Duration = Duration::from_secs(5);
/// How many of each come first and do not count: a whole call. The replicas have only just started, and in their first moments
/// code and memory are still new to the processor.
const WARM_UP: usize = SIGNALS_PER_CALL;
/// One party may send 300 in one call.
const SIGNALS_PER_CALL: usize = 250;

/// Measures how long a signal takes.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where Redis is.
    #[arg(long)]
    redis: String,
    /// The replica of the one who sends.
    #[arg(long)]
    first: SocketAddr,
    /// The replica of the other.
    #[arg(long)]
    second: SocketAddr,
    /// A file with their access tokens, one in each line.
    #[arg(long)]
    tokens: PathBuf,
    /// The other's user id.
    #[arg(long)]
    callee: String,
    /// The core of the first replica.
    #[arg(long)]
    core: usize,
    /// How many of each are measured.
    #[arg(long)]
    samples: usize,
}

#[derive(Default, Serialize)]
struct Samples {
    publish_us: Vec<f64>,
    signal_us: Vec<f64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut publishing = Publishing::start(&arguments.redis, arguments.core).await?;
    let mut pair = Pair::meet(&arguments).await?;
    let mut samples = Samples::default();
    for number in 0..WARM_UP + arguments.samples {
        if number % SIGNALS_PER_CALL == 0 {
            timeout(BOUND, pair.hang_up()).await.context("no call ended")??;
            timeout(BOUND, pair.call(&arguments.callee)).await.context("no call came about")??;
        }
        let publish = timeout(BOUND, publishing.once()).await.context("nothing was published")??;
        let signal = timeout(BOUND, pair.signal(number)).await.context("no signal came")??;
        if number >= WARM_UP {
            samples.publish_us.push(publish.as_secs_f64() * 1e6);
            samples.signal_us.push(signal.as_secs_f64() * 1e6);
        }
    }
    timeout(BOUND, pair.hang_up()).await.context("no call ended")??;
    println!("{}", serde_json::to_string(&samples)?);
    Ok(())
}

/// Two people, each with a socket.
struct Pair {
    caller: Client,
    callee: Client,
    /// The call that they are in.
    call: Value,
}

impl Pair {
    async fn meet(arguments: &Arguments) -> anyhow::Result<Self> {
        let tokens = std::fs::read_to_string(&arguments.tokens).context("reading the tokens")?;
        let (first, second) = tokens.trim().split_once('\n').context("there are not two tokens")?;
        let mut one = Client::connect(arguments.first, Ipv4Addr::LOCALHOST).await?;
        one.hello(first, None).await?;
        let mut other = Client::connect(arguments.second, Ipv4Addr::LOCALHOST).await?;
        other.hello(second, None).await?;
        Ok(Self { caller: one, callee: other, call: Value::Null })
    }

    /// The call is over, if there is one: nobody may have two.
    async fn hang_up(&mut self) -> anyhow::Result<()> {
        if !self.call.is_null() {
            let hangup = json!({ "name": "call.hangup", "call_id": self.call });
            command(&mut self.caller, hangup).await?;
            self.event("call.ended").await?;
        }
        Ok(())
    }

    /// The one calls the other, who accepts.
    async fn call(&mut self, callee: &str) -> anyhow::Result<()> {
        let body = json!({ "callees": [callee], "kind": "audio", "media": "p2p" });
        let made = command(&mut self.caller, json!({ "name": "call.invite", "body": body })).await?;
        self.call = made["call"]["id"].clone();
        let accept = json!({ "name": "call.accept", "call_id": self.call });
        command(&mut self.callee, accept).await?;
        Ok(())
    }

    /// From before the signal is sent until the other has it.
    async fn signal(&mut self, number: usize) -> anyhow::Result<Duration> {
        let candidate = format!("candidate:{number} 1 udp 2113937151 192.0.2.1 47096 typ host generation 0");
        let payload = json!({ "candidates": [{ "candidate": candidate, "sdp_mid": "0" }] });
        let body = json!({ "kind": "candidates", "generation": 0, "payload": payload });
        let request_id = Uuid::new_v4().to_string();
        let signal = json!({
            "type": "command",
            "request_id": request_id,
            "name": "signal.send",
            "call_id": self.call,
            "body": body,
        });
        let begun = Instant::now();
        self.caller.say(&signal).await?;
        let event = self.event("signal").await?;
        let took = begun.elapsed();
        ensure!(event["payload"] == payload, "another signal came: {event}");
        answer(&mut self.caller, &request_id).await?;
        Ok(took)
    }

    /// The next event of this type at the callee's.
    async fn event(&mut self, kind: &str) -> anyhow::Result<Value> {
        loop {
            let mut message = self.callee.message().await?;
            if message["event"]["type"] == kind {
                return Ok(message["event"].take());
            }
        }
    }
}

/// Has something done, and gives the body of the answer.
async fn command(client: &mut Client, mut command: Value) -> anyhow::Result<Value> {
    let request_id = Uuid::new_v4().to_string();
    command["type"] = json!("command");
    command["request_id"] = json!(request_id);
    client.say(&command).await?;
    answer(client, &request_id).await
}

/// The body of the answer to this request, which must be a success.
async fn answer(client: &mut Client, request_id: &str) -> anyhow::Result<Value> {
    loop {
        let mut message = client.message().await?;
        if message["type"] == "answer" && message["request_id"] == request_id {
            let status = message["status"].as_u64().unwrap_or_default();
            ensure!((200..300).contains(&status), "{message}");
            return Ok(message["body"].take());
        }
    }
}
