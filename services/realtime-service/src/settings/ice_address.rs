//! Addresses of STUN and TURN servers: RFC 7064 and RFC 7065.

use std::net::Ipv6Addr;

use ::settings::Faults;

/// What an address may begin with, and whether `?transport=` may end it.
pub(super) struct Schemes {
    names: [&'static str; 2],
    have_transport: bool,
}

pub(super) const STUN: Schemes = Schemes { names: ["stun", "stuns"], have_transport: false };
pub(super) const TURN: Schemes = Schemes { names: ["turn", "turns"], have_transport: true };

/// Adds a fault for each of `urls` that a browser would refuse: one such address, and `new RTCPeerConnection` fails as a
/// whole.
pub(super) fn check(urls: &[String], schemes: &Schemes, faults: &mut Faults) {
    for (index, url) in urls.iter().enumerate() {
        if let Some(problem) = problem(url, schemes) {
            faults.add(&format!("urls.{index}"), problem);
        }
    }
}

fn problem(url: &str, schemes: &Schemes) -> Option<String> {
    let [plain, secure] = schemes.names;
    let Some((_, rest)) = url.split_once(':').filter(|(scheme, _)| schemes.names.contains(scheme)) else {
        return Some(format!("must begin with `{plain}:` or `{secure}:`"));
    };
    let (address, query) =
        rest.split_once('?').map_or((rest, None), |(address, query)| (address, Some(query)));
    if !is_address(address) {
        return Some("must be a host, or a host and a port, after the colon, and nothing else".to_owned());
    }
    match query {
        None => None,
        Some("transport=udp" | "transport=tcp") if schemes.have_transport => None,
        Some(_) if schemes.have_transport => {
            Some("may end in `?transport=udp` or `?transport=tcp` and in nothing else".to_owned())
        }
        Some(_) => Some("must have nothing after a `?`".to_owned()),
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn is_address(address: &str) -> bool {
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(host, port)| {
            host.parse::<Ipv6Addr>().is_ok() && port.strip_prefix(':').map_or(port.is_empty(), is_port)
        });
    }
    let (host, port) = address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port)));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    !host.is_empty() && host.bytes().all(is_name) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_a_browser_takes() {
        for good in [
            "turn:turn.example.com",
            "turn:turn.example.com:3478",
            "turn:203.0.113.7:3478?transport=udp",
            "turn:[2001:db8::7]:3478?transport=tcp",
            "turns:turn.example.com:5349?transport=tcp",
        ] {
            assert_eq!(problem(good, &TURN), None, "{good}");
        }
        for bad in [
            "",
            "turn.example.com:3478",
            "stun:turn.example.com",
            "turn://turn.example.com",
            "turn:",
            "turn::3478",
            "turn:user@turn.example.com",
            "turn:turn.example.com:0",
            "turn:turn.example.com:65536",
            "turn:turn.example.com:+80",
            "turn:[2001:db8::7",
            "turn:[turn.example.com]:3478",
            "turn:turn.example.com/path",
            "turn:turn.example.com?transport=sctp",
            "turn:turn.example.com?transport=udp&x=1",
            "turn:turn example.com",
        ] {
            assert!(problem(bad, &TURN).is_some(), "{bad}");
        }
        assert_eq!(problem("stun:turn.example.com:3478", &STUN), None);
        assert!(problem("stun:turn.example.com:3478?transport=udp", &STUN).is_some());
    }
}
