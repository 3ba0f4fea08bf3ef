//! Where a server listens.

use std::fmt;

/// A name or address, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    pub(super) name: String,
    pub(super) port: u16,
}

impl Host {
    /// Reads `name`, `name:port`, `[::1]:port`.
    pub(super) fn parse(text: &str, usual_port: u16) -> Option<Self> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, rest) = rest.split_once(']')?;
                (name, rest.strip_prefix(':'))
            }
            None => match text.split_once(':') {
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            },
        };
        let port = port.map_or(Some(usual_port), |port| port.parse().ok())?;
        let known = |character: char| character.is_ascii_alphanumeric() || ".-_:%".contains(character);
        let valid = !name.is_empty() && name.chars().all(known) && port != 0;
        valid.then(|| Self { name: name.to_owned(), port })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, port } = self;
        if name.contains(':') {
            write!(formatter, "[{name}]:{port}")
        } else {
            write!(formatter, "{name}:{port}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Host;

    #[test]
    fn hosts_are_read_and_written_alike() {
        for (text, expected) in [
            ("redis", Some("redis:6379")),
            ("redis-0.redis:7000", Some("redis-0.redis:7000")),
            ("10.0.0.1:1", Some("10.0.0.1:1")),
            ("[::1]:7000", Some("[::1]:7000")),
            ("[::1]", Some("[::1]:6379")),
            ("", None),
            (":6379", None),
            ("redis:", None),
            ("redis:0", None),
            ("redis:70000", None),
            ("::1:7000", None),
            ("re dis", None),
        ] {
            assert_eq!(Host::parse(text, 6379).map(|host| host.to_string()).as_deref(), expected, "{text:?}");
        }
    }
}
