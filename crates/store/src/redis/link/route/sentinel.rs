//! The primary by what Sentinels say.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::redis::link::caller::Caller;
use crate::redis::link::fault::Fault;
use crate::redis::link::host::Host;
use crate::redis::link::way::{Greeted, Way};

/// The Sentinels of one primary.
pub(in crate::redis::link) struct Sentinels {
    hosts: Vec<Host>,
    name: String,
    /// Which answered last: it is asked first.
    first: AtomicUsize,
}

impl Sentinels {
    pub(super) fn new(hosts: Vec<Host>, name: String) -> Self {
        Self { hosts, name, first: AtomicUsize::new(0) }
    }

    /// What the primary is called.
    pub(in crate::redis::link) fn name(&self) -> &str {
        &self.name
    }

    /// All of them, the one that answered last first.
    pub(in crate::redis::link) fn in_turn(&self) -> impl Iterator<Item = (usize, &Host)> {
        let first = self.first.load(Ordering::Relaxed);
        let count = self.hosts.len();
        (0..count).map(move |step| (first + step) % count).map(|number| (number, &self.hosts[number]))
    }

    /// One that was cut off may name a server that is none any more: whom it names is asked, and so is the next Sentinel if
    /// that server is not the primary.
    pub(super) async fn find(&self, way: &Way) -> Result<(Host, Greeted), Fault> {
        let mut last = Fault::Nobody;
        let mut tried = Vec::new();
        for (number, sentinel) in self.in_turn() {
            let primary = match self.named_by(sentinel, way.caller()).await {
                Ok(primary) => primary,
                // That a server is no primary says more than that a Sentinel cannot be asked.
                Err(fault) if tried.is_empty() => {
                    last = fault;
                    continue;
                }
                Err(_) => continue,
            };
            if tried.contains(&primary) {
                continue;
            }
            match way.greet(&primary).await {
                Ok(found) => {
                    self.first.store(number, Ordering::Relaxed);
                    return Ok((primary, found));
                }
                Err(fault) => last = fault,
            }
            tried.push(primary);
        }
        Err(last)
    }

    /// The primary in the eyes of one Sentinel.
    pub(in crate::redis::link) async fn named_by(
        &self,
        sentinel: &Host,
        caller: &Caller,
    ) -> Result<Host, Fault> {
        let mut connection = caller.sentinel(sentinel).await?;
        let answer: Option<(String, u16)> = ::redis::cmd("SENTINEL")
            .arg("GET-MASTER-ADDR-BY-NAME")
            .arg(&self.name)
            .query_async(&mut connection.commands)
            .await
            .map_err(|error| Fault::of(sentinel, error, caller.timeout()))?;
        let unknown = || Fault::UnknownName { host: sentinel.clone(), name: self.name.clone() };
        answer.map(|(name, port)| Host { name, port }).ok_or_else(unknown)
    }
}
