//! Who a server says it is.

use ::redis::aio::MultiplexedConnection;

use super::caller::Caller;
use super::fault::Fault;
use super::host::Host;

/// The oldest release whose scripts can say that they write nothing and are to be refused when memory is short.
const OLDEST: u32 = 7;

/// A primary and its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// The run id and the id of the replicated history. The first changes with every start; the second with every promotion
    /// too, so that a server that was a replica for a moment, and so has what another one had, is not the one it was.
    pub(super) run_id: String,
}

impl Server {
    /// Asks the server. Only a primary of a release that is new enough is an answer.
    pub(super) async fn ask(
        connection: &mut MultiplexedConnection,
        host: &Host,
        caller: &Caller,
    ) -> Result<Self, Fault> {
        let info = ::redis::cmd("INFO").arg("server").arg("replication").to_owned();
        let text: String = info.query_async(connection).await.map_err(|error| match error.code() {
            // Older ones take one section at a time.
            Some("ERR") => Fault::TooOld { host: host.clone(), version: "6 or older".to_owned() },
            _ => Fault::of(host, error, caller.timeout()),
        })?;
        Self::parse(&text, host)
    }

    fn parse(text: &str, host: &Host) -> Result<Self, Fault> {
        let field = |name: &'static str| {
            let lines = text.lines().filter_map(|line| line.split_once(':'));
            let value = lines.filter(|(found, _)| *found == name).map(|(_, value)| value.trim()).next();
            value.ok_or_else(|| Fault::Unclear { host: host.clone(), what: name })
        };
        let version = field("redis_version")?;
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < OLDEST) {
            return Err(Fault::TooOld { host: host.clone(), version: version.to_owned() });
        }
        if field("role")? != "master" {
            return Err(Fault::Replica { host: host.clone() });
        }
        Ok(Self { run_id: format!("{}.{}", field("run_id")?, field("master_replid")?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Server, String> {
        let host = Host { name: "redis".to_owned(), port: 1 };
        Server::parse(text, &host).map_err(|fault| fault.to_string())
    }

    #[test]
    fn only_a_primary_that_is_new_enough_is_taken() {
        let info = |version: &str, role: &str| {
            format!(
                "# Server\r\nredis_version:{version}\r\nrun_id:aa\r\n# Replication\r\nrole:{role}\r\nmaster_replid:bb\r\n"
            )
        };
        assert_eq!(parse(&info("7.0.15", "master")).unwrap().run_id, "aa.bb");
        assert!(parse(&info("10.0.0", "master")).is_ok());
        assert!(parse(&info("7.0.15", "slave")).unwrap_err().contains("replica"));
        assert!(parse(&info("6.2.1", "master")).unwrap_err().contains("7.0 or newer"));
        assert!(parse("redis_version:7.0.0\r\n").unwrap_err().contains("role"));
    }
}
