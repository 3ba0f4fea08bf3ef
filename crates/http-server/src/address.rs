//! Whose request it is, as far as addresses tell.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR};
use actix_web::{FromRequest, HttpRequest};

use crate::Problem;
use crate::edge::Edge;

/// The client's address: the right-most entry of `X-Forwarded-For` that is no trusted proxy, and only if the peer is
/// one; else the peer's. For counting, never for authorisation, and never for a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    pub(crate) fn of(request: &HttpRequest, edge: &Edge) -> Self {
        // A peer that is gone before it was looked at has no address; nobody will read the answer either.
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        Self(edge.client_address(peer, request.headers()))
    }
}

impl FromRequest for ClientAddress {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(edge(request).map(|edge| Self::of(request, edge)))
    }
}

/// The server's shared state, which is there for every request that came through a [`crate::Server`].
pub(crate) fn edge(request: &HttpRequest) -> Result<&Arc<Edge>, Problem> {
    request.app_data::<Arc<Edge>>().ok_or_else(|| {
        tracing::error!("handler.misplaced");
        Problem::new(signal_protocol::ErrorCode::Internal)
    })
}

/// Follows `X-Forwarded-For` from its right end for as long as its entries are trusted.
///
/// An entry that is no address ends the walk at the last proxy that vouched for something: what stands further left
/// was vouched for by nobody.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut client = peer.to_canonical();
    if !trusted(client) {
        return client;
    }
    let mut values: Vec<&str> =
        headers.get_all(X_FORWARDED_FOR).map(|value| value.to_str().unwrap_or_default()).collect();
    while let Some(value) = values.pop() {
        for entry in value.rsplit(',') {
            let Some(address) = parse(entry.trim()) else { return client };
            client = address;
            if !trusted(client) {
                return client;
            }
        }
    }
    client
}

/// An entry is an address, with or without a port, an IPv6 one in brackets if it has a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn check(peer: &str, forwarded: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_str(value).expect("a header value"));
        }
        let trusted = |address: IpAddr| address.to_string().starts_with("10.") || address.is_loopback();
        let peer = peer.parse().expect("an address");
        let found = client(peer, &headers, trusted);
        assert_eq!(found.to_string(), expected, "{peer} {forwarded:?}");
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        check("203.0.113.9", &["198.51.100.1"], "203.0.113.9");
    }

    #[test]
    fn behind_proxies_it_is_the_right_most_entry_that_is_none() {
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["1.1.1.1", "198.51.100.1", "10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        check("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1");
        check("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
        check("10.0.0.1", &["2001:db8::1"], "2001:db8::1");
        check("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1");
    }

    #[test]
    fn garbage_ends_the_walk_at_the_last_proxy_that_is_known() {
        check("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1");
        check("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2");
        check("10.0.0.1", &[""], "10.0.0.1");
    }
}
