//! Going through the records of a tenant.

use ::redis::Value;
use signal_protocol::Tenant;

use super::Redis;
use super::answer::{Answer, Unexpected};
use super::exchange::Errand;
use super::failure::Effect;
use super::names::Names;
use crate::metrics::Operation;
use crate::{Key, ScanCursor, StoreError};

/// Where `SCAN` begins, and what it gives at its end.
const START: &str = "0";

impl Redis {
    pub(crate) async fn scan(
        &self,
        tenant: &Tenant,
        prefix: &str,
        cursor: &ScanCursor,
        count: usize,
    ) -> Result<(Vec<Key>, Option<ScanCursor>), StoreError> {
        let names = Names::of(tenant);
        let key = Key::own("scan");
        let errand = Errand { operation: Operation::Scan, tenant, key: &key, effect: Effect::None };
        let mut command = ::redis::cmd("SCAN");
        command.arg(if cursor.0.is_empty() { START } else { &cursor.0 });
        command.arg("MATCH").arg(pattern(&names, prefix)).arg("COUNT").arg(count.max(1));
        command.arg("TYPE").arg("hash");
        let mut link = self.links.primary(tenant).await?;
        match self.send(Operation::Scan, &mut link.commands, &command).await {
            Ok(answer) => self.understood(&errand, slice(answer, &names)),
            Err(failure) => {
                if failure.spoils_connection() {
                    self.links.suspect(tenant, &link);
                }
                Err(self.failed(&errand, &failure))
            }
        }
    }
}

/// Every character that means something in a pattern is taken literally.
fn pattern(names: &Names, prefix: &str) -> String {
    let mut pattern = names.prefix().to_owned();
    for character in prefix.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('*');
    pattern
}

fn slice(answer: Value, names: &Names) -> Result<(Vec<Key>, Option<ScanCursor>), Unexpected> {
    let mut answer = Answer::of(answer)?;
    let cursor = answer.text()?;
    let mut list = answer.list()?;
    let mut keys = Vec::new();
    while !list.is_empty() {
        let name = list.text()?;
        // Our own, such as the state of a log, are no records.
        keys.extend(name.strip_prefix(names.prefix()).and_then(Key::parse));
    }
    Ok((keys, (cursor != START).then_some(ScanCursor(cursor))))
}
