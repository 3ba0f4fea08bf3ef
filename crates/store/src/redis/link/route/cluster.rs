//! The primary that has a tenant's slot, by what the nodes of a cluster say.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ::redis::Value;
use signal_protocol::Tenant;

use crate::redis::link::caller::Caller;
use crate::redis::link::fault::Fault;
use crate::redis::link::host::Host;
use crate::redis::link::way::{Greeted, Way};

const SLOTS: u16 = 16_384;

/// How many nodes are remembered besides the configured ones: enough to find any that lives.
const REMEMBERED: usize = 32;

/// The slot of a tenant.
pub(in crate::redis::link) struct Slot {
    number: u16,
    configured: Vec<Host>,
    /// The primaries seen last, the owner of the slot first: when it has given the slot away, it knows best to whom.
    seen: Mutex<Vec<Host>>,
}

impl Slot {
    pub(super) fn new(configured: Vec<Host>, tenant: &Tenant) -> Self {
        Self { number: slot_of_tag(&format!("t:{tenant}")), configured, seen: Mutex::default() }
    }

    /// Asks the nodes one after the other whose the slot is, and tries whom they name.
    pub(super) async fn find(&self, way: &Way) -> Result<(Host, Greeted), Fault> {
        let mut last = Fault::Nobody;
        let mut tried = Vec::new();
        for node in self.nodes() {
            let (owner, others) = match self.named_by(&node, way.caller()).await {
                Ok(named) => named,
                Err(fault) if tried.is_empty() => {
                    last = fault;
                    continue;
                }
                Err(_) => continue,
            };
            if tried.contains(&owner) {
                continue;
            }
            match way.greet(&owner).await {
                Ok(found) => {
                    *self.seen() = std::iter::once(owner.clone()).chain(others).take(REMEMBERED).collect();
                    return Ok((owner, found));
                }
                Err(fault) => last = fault,
            }
            tried.push(owner);
        }
        Err(last)
    }

    fn nodes(&self) -> Vec<Host> {
        let mut nodes = self.seen().clone();
        nodes
            .extend(self.configured.iter().filter(|host| !nodes.contains(host)).cloned().collect::<Vec<_>>());
        nodes
    }

    /// Who has the slot in the eyes of one node, and all other primaries.
    async fn named_by(&self, node: &Host, caller: &Caller) -> Result<(Host, Vec<Host>), Fault> {
        let mut connection = caller.server(node).await?;
        let ranges: Vec<Vec<Value>> = ::redis::cmd("CLUSTER")
            .arg("SLOTS")
            .query_async(&mut connection.commands)
            .await
            .map_err(|error| Fault::of(node, error, caller.timeout()))?;
        let mut owner = None;
        let mut others = Vec::new();
        for (first, last, primary) in ranges.iter().filter_map(|range| read(range, node)) {
            if (first..=last).contains(&self.number) {
                owner = Some(primary);
            } else if !others.contains(&primary) {
                others.push(primary);
            }
        }
        let owner = owner.ok_or_else(|| Fault::UnservedSlot { host: node.clone(), slot: self.number })?;
        Ok((owner, others))
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Host>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first and last slot of a range, and its primary. A node that does not know its own name, or that of another, says so
/// with none: then it is where it was asked.
fn read(range: &[Value], asked: &Host) -> Option<(u16, u16, Host)> {
    let number = |value: &Value| ::redis::from_redis_value_ref::<u16>(value).ok();
    let [first, last, Value::Array(primary), ..] = range else { return None };
    let [name, port, ..] = primary.as_slice() else { return None };
    let name: Option<String> = ::redis::from_redis_value_ref(name).ok()?;
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| asked.name.clone());
    Some((number(first)?, number(last)?, Host { name, port: number(port)? }))
}

/// The slot of every key with this hash tag: the CRC-16 that XMODEM uses, of the tag alone.
fn slot_of_tag(tag: &str) -> u16 {
    const POLYNOMIAL: u16 = 0x1021;
    let crc = tag.bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ POLYNOMIAL }
        })
    });
    crc % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        // The check value of the specification's appendix, and what a server says of others.
        assert_eq!(slot_of_tag("123456789"), 0x31C3 % SLOTS);
        assert_eq!(slot_of_tag("foo"), 12_182);
        assert_eq!(slot_of_tag("bar"), 5_061);
    }

    #[test]
    fn a_node_without_a_name_is_where_it_was_asked() {
        let asked = Host { name: "asked".to_owned(), port: 1 };
        let range = |name: Value| {
            let primary = Value::Array(vec![name, Value::Int(7000), Value::BulkString(b"id".to_vec())]);
            [Value::Int(0), Value::Int(100), primary]
        };
        let named = |name: &str| Some((0, 100, Host { name: name.to_owned(), port: 7000 }));
        assert_eq!(read(&range(Value::BulkString(b"redis-1".to_vec())), &asked), named("redis-1"));
        assert_eq!(read(&range(Value::BulkString(Vec::new())), &asked), named("asked"));
        assert_eq!(read(&range(Value::Nil), &asked), named("asked"));
        assert_eq!(read(&[Value::Int(0), Value::Int(100)], &asked), None);
    }
}
