//! Hears from the Sentinels that the primary is another one.
//!
//! Without it a change would be noticed by the first command that fails. A primary that was only replaced, and not killed,
//! may answer reads for a while as if it were one; this is what ends that early.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;

use super::backoff::Backoff;
use super::caller::Caller;
use super::fault::Fault;
use super::host::Host;
use super::route::Sentinels;
use super::way::Way;

const CHANNEL: &str = "+switch-master";

/// A Sentinel that hangs is silent, as one is for which nothing changes.
const BETWEEN_PINGS: Duration = Duration::from_secs(2);

/// Runs until it is aborted; listens to one Sentinel at a time.
pub(super) async fn watch(sentinels: Arc<Sentinels>, caller: Arc<Caller>, way: Arc<Way>) {
    let mut backoff = Backoff::default();
    let mut is_known_lost = false;
    loop {
        let hosts: Vec<Host> = sentinels.in_turn().map(|(_, host)| host.clone()).collect();
        for host in hosts {
            tokio::time::sleep(backoff.next()).await;
            let fault = match listen(&sentinels, &host, &caller, &way).await {
                Ok(()) => {
                    backoff.reset();
                    is_known_lost = false;
                    continue;
                }
                Err(fault) => fault,
            };
            if !is_known_lost {
                tracing::warn!(error = %fault, "redis.sentinel_unavailable");
                is_known_lost = true;
            }
        }
    }
}

/// Listens until the Sentinel is heard no more; an error where it never was.
async fn listen(sentinels: &Sentinels, host: &Host, caller: &Caller, way: &Way) -> Result<(), Fault> {
    let (mut sink, mut messages) = caller.subscribe(host, CHANNEL).await?.split();
    // What happened before, while nobody listened. A Sentinel that is behind costs one look at the server it names.
    way.told(&sentinels.named_by(host, caller).await?);
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                let text: String = message.get_payload().unwrap_or_default();
                if let Some(primary) = switched(&text, sentinels.name()) {
                    tracing::info!(server.address = %primary, "redis.switched");
                    way.told(&primary);
                }
            }
            () = tokio::time::sleep(BETWEEN_PINGS) => {
                let pong = tokio::time::timeout(caller.timeout(), sink.ping::<::redis::Value>());
                if !matches!(pong.await, Ok(Ok(_))) {
                    return Ok(());
                }
            }
        }
    }
}

/// The new primary in `<name> <old ip> <old port> <new ip> <new port>`, if the message is about this name.
fn switched(text: &str, name: &str) -> Option<Host> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [named, _, _, host, port] if *named == name => {
            Some(Host { name: (*host).to_owned(), port: port.parse().ok()? })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_about_our_primary_count() {
        let host = Host { name: "10.0.0.2".to_owned(), port: 7 };
        assert_eq!(switched("calls 10.0.0.1 6 10.0.0.2 7", "calls"), Some(host));
        assert_eq!(switched("other 10.0.0.1 6 10.0.0.2 7", "calls"), None);
        assert_eq!(switched("calls 10.0.0.1 6 10.0.0.2", "calls"), None);
        assert_eq!(switched("", "calls"), None);
    }
}
