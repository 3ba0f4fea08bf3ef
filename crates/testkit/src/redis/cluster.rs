//! A Redis Cluster of three primaries, whose slots can be moved step by step.

use std::collections::BTreeMap;

use serde_json::Value;

use super::settled::settled;
use super::{Kind, Redis};
use crate::{Failure, ports};

const NODES: usize = 3;
const SLOTS: usize = 16_384;

/// For keys to go from one primary to another, milliseconds.
const MIGRATE_TIMEOUT: &str = "5000";

/// Three primaries that share the slots in three ranges.
#[derive(Debug)]
pub struct RedisCluster {
    /// `redis+cluster://…`, as the store's settings want it.
    pub url: String,
    nodes: Vec<Redis>,
    /// The nodes' own names for themselves.
    names: Vec<String>,
    bus_ports: Vec<u16>,
    /// Slots that are no longer where they were at the start.
    moved: BTreeMap<u16, usize>,
}

impl RedisCluster {
    /// Starts the nodes and waits until each says that the cluster is whole.
    ///
    /// # Errors
    /// The component is missing or does not start; its last output is in the text.
    pub async fn start() -> Result<Self, Failure> {
        let mut cluster = Self {
            url: String::new(),
            nodes: Vec::with_capacity(NODES),
            names: Vec::with_capacity(NODES),
            bus_ports: Vec::with_capacity(NODES),
            moved: BTreeMap::new(),
        };
        for number in 0..NODES {
            cluster.add_node(number).await?;
        }
        for (node, bus_port) in cluster.nodes.iter().zip(&cluster.bus_ports).skip(1) {
            let port = node.address.port().to_string();
            let meet = ["CLUSTER", "MEET", "127.0.0.1", &port, &bus_port.to_string()];
            cluster.nodes[0].command(&meet).await?;
        }
        settled("the cluster to be whole", async || cluster.is_whole().await).await?;
        let hosts: Vec<String> = cluster.nodes.iter().map(|node| node.address.to_string()).collect();
        cluster.url = format!("redis+cluster://{}", hosts.join(","));
        Ok(cluster)
    }

    async fn add_node(&mut self, number: usize) -> Result<(), Failure> {
        let bus_port = ports::free()?;
        let mut node = Redis::prepared(Kind::Server, |_| {
            vec![
                "cluster-enabled yes".to_owned(),
                format!("cluster-port {bus_port}"),
                // A machine that is busy with other tests is no dead node.
                "cluster-node-timeout 10000".to_owned(),
            ]
        })?;
        node.start_again().await?;
        let [first, last] = [number, number + 1].map(|number| number * SLOTS / NODES);
        let slots = ["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &(last - 1).to_string()];
        node.command(&slots).await?;
        node.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]).await?;
        let name = node.command(&["CLUSTER", "MYID"]).await?;
        self.names.push(name.as_str().unwrap_or_default().to_owned());
        self.nodes.push(node);
        self.bus_ports.push(bus_port);
        Ok(())
    }

    async fn is_whole(&self) -> Result<(), Failure> {
        for node in &self.nodes {
            let state = node.field(&["CLUSTER", "INFO"], "cluster_state").await?;
            let known = node.field(&["CLUSTER", "INFO"], "cluster_known_nodes").await?;
            if state != "ok" || known != NODES.to_string() {
                return Err(Failure::new(format!("a node knows {known} nodes and is {state}")));
            }
        }
        Ok(())
    }

    /// One of the three primaries.
    #[must_use]
    pub fn node(&self, number: usize) -> &Redis {
        &self.nodes[number]
    }

    /// One of the three primaries, to stop or start it.
    #[must_use]
    pub fn node_mut(&mut self, number: usize) -> &mut Redis {
        &mut self.nodes[number]
    }

    /// The slot of a key, as the servers compute it.
    ///
    /// # Errors
    /// The first node does not answer.
    pub async fn slot(&self, key: &str) -> Result<u16, Failure> {
        let answer = self.nodes[0].command(&["CLUSTER", "KEYSLOT", key]).await?;
        answer.as_u64().and_then(|slot| slot.try_into().ok()).ok_or_else(|| Failure::new("that is no slot"))
    }

    /// The number of the primary that owns the slot. While the slot is being moved that is still the old one.
    #[must_use]
    pub fn owner(&self, slot: u16) -> usize {
        let slot_at_start = || (0..NODES).rposition(|number| usize::from(slot) >= number * SLOTS / NODES);
        self.moved.get(&slot).copied().or_else(slot_at_start).unwrap_or_default()
    }

    /// The first step of moving a slot: both primaries know of the move, no key is moved yet.
    ///
    /// # Errors
    /// One of them refuses.
    pub async fn start_moving(&self, slot: u16, to: usize) -> Result<(), Failure> {
        let (slot_text, from) = (slot.to_string(), self.owner(slot));
        let importing = ["CLUSTER", "SETSLOT", &slot_text, "IMPORTING", &self.names[from]];
        self.nodes[to].command(&importing).await?;
        let migrating = ["CLUSTER", "SETSLOT", &slot_text, "MIGRATING", &self.names[to]];
        self.nodes[from].command(&migrating).await?;
        Ok(())
    }

    /// The second step, any number of times: moves at most `count` keys and tells how many it found.
    ///
    /// # Errors
    /// One of the two primaries refuses.
    pub async fn move_keys(&self, slot: u16, to: usize, count: usize) -> Result<usize, Failure> {
        let from = &self.nodes[self.owner(slot)];
        let found =
            from.command(&["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), &count.to_string()]).await?;
        let keys: Vec<&str> =
            found.as_array().map(|keys| keys.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
        if !keys.is_empty() {
            self.move_these(&keys, slot, to).await?;
        }
        Ok(keys.len())
    }

    /// As [`Self::move_keys`], for keys of one's choice.
    ///
    /// # Errors
    /// As [`Self::move_keys`].
    pub async fn move_these(&self, keys: &[&str], slot: u16, to: usize) -> Result<(), Failure> {
        let port = self.nodes[to].address.port().to_string();
        let migrate = ["MIGRATE", "127.0.0.1", &port, "", "0", MIGRATE_TIMEOUT, "KEYS"];
        self.nodes[self.owner(slot)].command(&[&migrate[..], keys].concat()).await?;
        Ok(())
    }

    /// The last step: the slot belongs to its new primary, and every node knows.
    ///
    /// # Errors
    /// A node refuses, as the old primary does while it has keys of the slot.
    pub async fn finish_moving(&mut self, slot: u16, to: usize) -> Result<(), Failure> {
        let from = self.owner(slot);
        let slot_text = slot.to_string();
        let assign = ["CLUSTER", "SETSLOT", &slot_text, "NODE", &self.names[to]];
        // The new one first: whoever is sent there by the old one is served then.
        let others = (0..NODES).filter(|number| ![to, from].contains(number));
        for number in [to, from].into_iter().chain(others) {
            self.nodes[number].command(&assign).await?;
        }
        self.moved.insert(slot, to);
        Ok(())
    }
}
