//! A primary with two replicas under three Sentinels: the smallest arrangement that survives the loss of any one.

use serde_json::Value;

use super::settled::settled;
use super::{Kind, Redis, secret};
use crate::Failure;

const SERVERS: usize = 3;

/// How long each Sentinel lets the primary be silent before it calls it dead, milliseconds.
///
/// Two agree and want to lead; the third, which still waits, only votes. So one of the two has a majority at once, where three that
/// vote for themselves would have to wait for another election.
const PATIENCE_MS: [u16; 3] = [1000, 1000, 4000];

/// The name by which the Sentinels know the primary.
const NAME: &str = "calls";

/// What the primary is told to see whether the replicas hear of it. It does not stay.
const PROBE: &str = "probe:replicas";

/// Three servers, one of them the primary, and three Sentinels that replace it within two to three seconds of its death.
///
/// Servers and Sentinels each have a password of their own.
#[derive(Debug)]
pub struct RedisSentinel {
    /// `redis+sentinel://…`, as the store's settings want it, passwords included.
    pub url: String,
    servers: Vec<Redis>,
    sentinels: Vec<Redis>,
}

impl RedisSentinel {
    /// Starts everything and waits until a failover would work.
    ///
    /// # Errors
    /// The component is missing or does not start; its last output is in the text.
    pub async fn start() -> Result<Self, Failure> {
        let (password, sentinel_password) = (secret(), secret());
        let mut servers = Vec::new();
        for _ in 0..SERVERS {
            let primary = servers.first().map(|primary: &Redis| primary.address);
            let mut server = Redis::prepared(Kind::Server, |_| {
                let follow = primary.map(|primary| format!("replicaof {} {}", primary.ip(), primary.port()));
                let passwords = [format!("requirepass {password}"), format!("masterauth {password}")];
                // A replica asks for its primary once a second; a dead link is noticed as fast as Sentinels do.
                passwords.into_iter().chain(["repl-ping-replica-period 1".to_owned()]).chain(follow).collect()
            })?;
            server.login = vec![password.clone()];
            server.start_again().await?;
            servers.push(server);
        }
        let mut cluster = Self { url: String::new(), servers, sentinels: Vec::new() };
        settled("both replicas to follow", async || cluster.replicas_follow().await).await?;
        for patience in PATIENCE_MS {
            let primary = cluster.servers[0].address;
            let mut sentinel = Redis::prepared(Kind::Sentinel, |_| {
                vec![
                    format!("requirepass {sentinel_password}"),
                    format!("sentinel monitor {NAME} {} {} 2", primary.ip(), primary.port()),
                    format!("sentinel auth-pass {NAME} {password}"),
                    format!("sentinel down-after-milliseconds {NAME} {patience}"),
                    format!("sentinel failover-timeout {NAME} 2000"),
                    format!("sentinel parallel-syncs {NAME} 2"),
                ]
            })?;
            sentinel.login = vec![sentinel_password.clone()];
            sentinel.start_again().await?;
            hurry(&sentinel).await?;
            cluster.sentinels.push(sentinel);
        }
        settled("the Sentinels to know all", async || cluster.sentinels_agree().await).await?;
        let hosts: Vec<String> =
            cluster.sentinels.iter().map(|sentinel| sentinel.address.to_string()).collect();
        cluster.url = format!(
            "redis+sentinel://:{password}@{}/{NAME}?sentinel_password={sentinel_password}",
            hosts.join(",")
        );
        Ok(cluster)
    }

    /// The server that the Sentinels call the primary now, by its number among [`Self::server`].
    ///
    /// # Errors
    /// No Sentinel answers.
    pub async fn primary(&self) -> Result<usize, Failure> {
        let answer = self.a_sentinel()?.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME]).await?;
        let port = answer[1].as_str().unwrap_or_default();
        let known = self.servers.iter().position(|server| server.address.port().to_string() == port);
        known.ok_or_else(|| {
            Failure::new(format!("the Sentinels name a server that is none of ours: {answer}"))
        })
    }

    /// Kills the primary as a power cut would, and tells which it was.
    ///
    /// # Errors
    /// As [`Self::primary`].
    pub async fn kill_primary(&mut self) -> Result<usize, Failure> {
        let primary = self.primary().await?;
        self.servers[primary].kill().await;
        Ok(primary)
    }

    /// Has the Sentinels replace the primary though it lives; it is a replica then. Returns once they say so.
    ///
    /// # Errors
    /// The Sentinels refuse, or take longer than half a minute.
    pub async fn fail_over(&self) -> Result<(), Failure> {
        let before = self.primary().await?;
        self.a_sentinel()?.command(&["SENTINEL", "FAILOVER", NAME]).await?;
        settled("another primary", async || match self.primary().await? {
            now if now == before => Err(Failure::new("it is the one from before")),
            _ => Ok(()),
        })
        .await
    }

    /// One of the three servers.
    #[must_use]
    pub fn server(&self, number: usize) -> &Redis {
        &self.servers[number]
    }

    /// One of the three servers, to stop or start it.
    #[must_use]
    pub fn server_mut(&mut self, number: usize) -> &mut Redis {
        &mut self.servers[number]
    }

    /// One of the three Sentinels, to stop or start it.
    #[must_use]
    pub fn sentinel_mut(&mut self, number: usize) -> &mut Redis {
        &mut self.sentinels[number]
    }

    /// One that runs.
    fn a_sentinel(&self) -> Result<&Redis, Failure> {
        let running = self.sentinels.iter().find(|sentinel| sentinel.process().is_some());
        running.ok_or_else(|| Failure::new("no Sentinel runs"))
    }

    /// Whether what the primary is told comes to both replicas. That a link is up does not say so: the primary sends nothing over it
    /// until the replica's first word on how far it is, which may take a second.
    async fn replicas_follow(&self) -> Result<(), Failure> {
        let (primary, replicas) = self.servers.split_at(1);
        primary[0].command(&["SET", PROBE, "1", "EX", "60"]).await?;
        for replica in replicas {
            if replica.command(&["GET", PROBE]).await? != "1" {
                return Err(Failure::new("a replica has not got what the primary was told"));
            }
        }
        primary[0].command(&["DEL", PROBE]).await.map(|_| ())
    }

    async fn sentinels_agree(&self) -> Result<(), Failure> {
        for sentinel in &self.sentinels {
            let primary = sentinel.command(&["SENTINEL", "MASTER", NAME]).await?;
            let count = |name: &str| pair(&primary, name).and_then(|value| value.parse().ok());
            if count("num-slaves") != Some(SERVERS - 1)
                || count("num-other-sentinels") != Some(PATIENCE_MS.len() - 1)
            {
                return Err(Failure::new(format!("a Sentinel knows only of {primary}")));
            }
        }
        Ok(())
    }
}

/// Has the Sentinel look more often than every ten seconds at what the replicas have, so that it chooses the one that
/// has most, and does not take a loaded machine for a clock that jumps.
async fn hurry(sentinel: &Redis) -> Result<(), Failure> {
    let periods =
        ["INFO-PERIOD", "200", "PING-PERIOD", "200", "PUBLISH-PERIOD", "200", "TILT-TRIGGER", "60000"];
    sentinel.command(&[&["SENTINEL", "DEBUG"], &periods[..]].concat()).await.map(|_| ())
}

/// The value after this name in a flat list of names and values.
fn pair<'a>(list: &'a Value, name: &str) -> Option<&'a str> {
    let items = list.as_array()?;
    items.chunks(2).find(|pair| pair[0] == name).and_then(|pair| pair.get(1)?.as_str())
}
