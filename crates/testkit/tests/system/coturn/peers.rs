//! To whom coturn relays: to the internet, and to nothing that would take a stranger for a neighbour.

use std::net::{IpAddr, SocketAddr};

use testkit::{Coturn, Family, TurnClient, TurnError};

use super::credentials;

/// The first and the last of each range that is refused, and what is told to be there by clouds and networks.
const REFUSED_V4: [&str; 36] = [
    "127.0.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "0.0.0.1",
    "0.255.255.255",
    "10.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.0",
    "127.0.0.53",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.170.2",
    "169.254.255.255",
    "172.16.0.0",
    "172.17.0.1",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.192",
    "192.0.0.255",
    "192.88.99.0",
    "192.88.99.255",
    "192.168.0.0",
    "192.168.1.1",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.254",
    "255.255.255.255",
];

/// Their neighbours, the addresses of documentation with which the tests of whole calls work, and some of the internet.
const ALLOWED_V4: [&str; 28] = [
    "1.0.0.0",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.2.1",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.100.7",
    "203.0.113.7",
    "203.0.114.0",
    "223.255.255.254",
    "223.255.255.255",
];

const REFUSED_V6: [&str; 46] = [
    "::1",
    "::",
    "::2",
    "::100",
    "::1:0",
    "::ff00:0",
    "::127.0.0.1",
    "::10.0.1.0",
    "::169.254.169.254",
    "::ffff:0:0",
    "::ffff:127.0.0.1",
    "::ffff:10.0.1.0",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "::ffff:0:7f00:1",
    "0:0:0:1::",
    "0:0:0:ff00::",
    "0:0:1::",
    "0:1::",
    "1::",
    "ff::",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:100",
    "64:ff9b:1::a9fe:a9fe",
    "100::",
    "100::1",
    "1fff::",
    "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001::",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::",
    "2002:7f00:1::1",
    "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "4000::",
    "4000::1",
    "fc00::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::",
    "fe80::1",
    "febf:ffff::1",
    "fec0::1",
    "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

const ALLOWED_V6: [&str; 11] = [
    "2000::",
    "2000::1",
    "2001:200::",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db8::7",
    "2001:db8:0:1::",
    "2003::",
    "2a00:1450::1",
    "3fff::",
    "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

#[tokio::test]
async fn the_internet_is_reached_and_nothing_behind_or_beside_the_server() {
    let coturn = Coturn::start().await.unwrap();
    for (family, refused, allowed) in
        [(Family::V4, &REFUSED_V4[..], &ALLOWED_V4[..]), (Family::V6, &REFUSED_V6, &ALLOWED_V6)]
    {
        let mut client = open(&coturn, family).await;
        for (peers, expected) in [(refused, Err(403)), (allowed, Ok(()))] {
            for peer in peers {
                let peer: IpAddr = peer.parse().unwrap();
                assert_eq!(code(client.permit(peer).await), expected, "permission for {peer}");
                assert_eq!(
                    code(client.bind(SocketAddr::from((peer, 80))).await),
                    expected,
                    "channel to {peer}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_relay_of_one_family_leads_to_none_of_the_other() {
    let coturn = Coturn::start().await.unwrap();
    for (family, peer) in [(Family::V4, "2001:db8::7"), (Family::V4, "::1"), (Family::V6, "203.0.113.7")] {
        let mut client = open(&coturn, family).await;
        assert_eq!(code(client.permit(peer.parse().unwrap()).await), Err(443), "{peer}");
    }
}

async fn open(coturn: &Coturn, family: Family) -> TurnClient {
    let (username, credential) = credentials(&coturn.secrets()[0], 60);
    TurnClient::allocate(&coturn.urls()[1], &username, &credential, family, None).await.unwrap()
}

#[track_caller]
fn code(outcome: Result<(), TurnError>) -> Result<(), u16> {
    outcome.map_err(|error| match error {
        TurnError::Refused(code) => code,
        TurnError::Failed(failure) => panic!("{failure:?}"),
    })
}
