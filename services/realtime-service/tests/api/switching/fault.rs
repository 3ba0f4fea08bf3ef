//! What happens to the servers meanwhile.

use std::time::Duration;

use testkit::Redis;
use tokio::time::sleep;

use crate::replica::Replica;

/// What happens to the servers during one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing: the devices have trouble enough.
    None,
    /// The replica ends as if by a power cut, and comes back.
    Killed(usize),
    /// The bell's words are gone before somebody has heard them.
    BellTrimmed,
    /// The log of this person is gone, as far as it was not read.
    LogLost(&'static str),
    /// Redis ends all connections.
    RedisHangsUp,
}

impl Fault {
    /// Each in turn.
    pub(super) fn of_leg(leg: usize) -> Self {
        match leg % 8 {
            1 => Self::BellTrimmed,
            2 => Self::Killed(leg / 8 % 2),
            3 => Self::LogLost("ann"),
            5 => Self::RedisHangsUp,
            6 => Self::LogLost("bob"),
            _ => Self::None,
        }
    }

    /// Whether commands may fail for it.
    pub(super) fn is_of_store(self) -> bool {
        match self {
            Self::RedisHangsUp => true,
            Self::None | Self::Killed(_) | Self::BellTrimmed | Self::LogLost(_) => false,
        }
    }
}

/// The servers.
pub(super) struct Scene<'world> {
    redis: &'world Redis,
    replicas: [Option<Replica>; 2],
}

impl<'world> Scene<'world> {
    pub(super) fn new(redis: &'world Redis, replicas: [Replica; 2]) -> Self {
        Self { redis, replicas: replicas.map(Some) }
    }

    /// Lets it happen after a while, to be in the middle of something.
    pub(super) async fn suffers(&mut self, fault: Fault, late: Duration) {
        sleep(late).await;
        let redis = async |command: &[&str]| self.redis.command(command).await.unwrap();
        match fault {
            Fault::None => {}
            Fault::Killed(number) => {
                let replica = self.replicas[number].take().unwrap();
                self.replicas[number] = Some(replica.killed_and_started_again().await);
            }
            Fault::BellTrimmed => {
                redis(&["XTRIM", "{t:realtime}:bell", "MAXLEN", "0"]).await;
            }
            Fault::LogLost(user) => {
                redis(&["DEL", &format!("{{t:realtime}}:mailbox:{user}")]).await;
            }
            Fault::RedisHangsUp => {
                redis(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
            }
        }
    }

    /// Checks that no replica has complained of itself.
    pub(super) fn is_sound(&self) {
        for replica in self.replicas.iter().flatten() {
            let output = replica.process.output();
            assert!(!output.contains("panic") && !output.contains("\"ERROR\""), "{output}");
        }
    }
}
