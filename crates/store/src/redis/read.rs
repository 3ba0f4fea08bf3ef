//! Records and those that they refer to.

use std::collections::BTreeMap;
use std::sync::Arc;

use clock::{DateTime, Utc};
use signal_protocol::Tenant;

use super::Redis;
use super::answer::{self, Answer, Unexpected};
use super::exchange::Errand;
use super::failure::Effect;
use super::names::Names;
use super::script::{self, Call};
use crate::metrics::Operation;
use crate::read::{MAX_RECORDS, Record};
use crate::{Key, Read, Snapshot, StoreError, Version};

/// What the script found.
enum Found {
    Records { now: DateTime<Utc>, records: BTreeMap<Key, Record> },
    Corrupt(Key),
    TooMany,
}

impl Redis {
    pub(crate) async fn read(&self, tenant: &Tenant, read: &Read) -> Result<Snapshot, StoreError> {
        let names = Names::of(tenant);
        let keys = read.roots.iter().map(|root| names.key(&root.key)).collect();
        let mut call = Call::new(&script::READ, keys).arg(names.prefix()).arg(MAX_RECORDS);
        for root in &read.roots {
            call.push(u64::from(root.follow.min(2)));
        }
        let key = read.roots.first().map_or_else(|| Key::own("read"), |root| root.key.clone());
        let errand = Errand { operation: Operation::Read, tenant, key: &key, effect: Effect::None };
        let answer = self.call(&errand, &call).await?;
        match self.understood(&errand, found(answer))? {
            Found::Records { now, records } => {
                Ok(Snapshot { now, records, metrics: Arc::clone(&self.metrics) })
            }
            Found::Corrupt(key) => Err(self.corrupt(&key)),
            Found::TooMany => Err(StoreError::TooManyRecords),
        }
    }
}

fn found(mut answer: Answer) -> Result<Found, Unexpected> {
    match answer.text()?.as_str() {
        "ok" => {}
        "corrupt" => return Ok(Found::Corrupt(answer.key()?)),
        "many" => return Ok(Found::TooMany),
        _ => return Err(Unexpected),
    }
    let now = answer.time()?;
    let mut records = BTreeMap::new();
    while !answer.is_empty() {
        let key = answer.key()?;
        let Ok(record) = record(answer.list()?) else { return Ok(Found::Corrupt(key)) };
        records.insert(key, record);
    }
    Ok(Found::Records { now, records })
}

fn record(mut fields: Answer) -> Result<Record, Unexpected> {
    let is_absent = fields.is_empty();
    let mut record = Record { version: Version::ABSENT, data: None, leases: BTreeMap::new() };
    while !fields.is_empty() {
        match fields.text()?.as_str() {
            "v" => record.version = Version(fields.number()?),
            "d" => record.data = Some(fields.bytes()?),
            // Only the script that follows needs them.
            "r" => drop(fields.bytes()?),
            other => match other.strip_prefix("l:") {
                Some(holder) => {
                    let until = answer::instant(fields.number()?)?;
                    record.leases.insert(holder.to_owned(), until);
                }
                // Of a newer release, which runs beside this one during an upgrade.
                None => drop(fields.bytes()?),
            },
        }
    }
    // A record without a version could be overwritten by whoever takes it for absent.
    if record.version == Version::ABSENT && !is_absent { Err(Unexpected) } else { Ok(record) }
}
