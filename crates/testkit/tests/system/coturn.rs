//! coturn as it is deployed: who may relay, by which door, and that nothing else is open.

mod peers;

use std::io::ErrorKind;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testkit::{Coturn, Exit, Family, Launch, TurnClient, TurnError, binding, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const BOUND: Duration = Duration::from_secs(20);

/// User name and credential, good for so many seconds more. Made here by themselves: what realtime-service makes is compared with
/// the server by its own tests.
fn credentials(secret: &str, seconds: i64) -> (String, String) {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let username = format!("{}:somebody", now.checked_add_signed(seconds).unwrap());
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let credential = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
    (username, credential)
}

/// What becomes of an allocation by UDP with a credential of this secret: opened, or the code of the refusal.
async fn allocate(coturn: &Coturn, secret: &str, seconds: i64) -> Result<TurnClient, u16> {
    let (username, credential) = credentials(secret, seconds);
    open(coturn, &username, &credential).await
}

async fn open(coturn: &Coturn, username: &str, credential: &str) -> Result<TurnClient, u16> {
    match TurnClient::allocate(&coturn.urls()[0], username, credential, Family::V4, None).await {
        Ok(client) => Ok(client),
        Err(TurnError::Refused(code)) => Err(code),
        Err(TurnError::Failed(failure)) => panic!("{failure:?}; {}", coturn.process().unwrap().output()),
    }
}

#[tokio::test]
async fn relays_are_opened_by_udp_tcp_and_tls_and_addresses_told_to_everybody() {
    let coturn = Coturn::start().await.unwrap();
    let (username, credential) = credentials(&coturn.secrets()[0], 60);
    let authority = coturn.authority_file();
    for url in coturn.urls().into_iter().chain([coturn.tls_url()]) {
        for family in [Family::V4, Family::V6] {
            let opened = TurnClient::allocate(&url, &username, &credential, family, Some(&authority)).await;
            let relayed = opened.unwrap().relayed().unwrap();
            assert!(
                relayed.ip().is_loopback() && relayed.is_ipv6() == (family == Family::V6),
                "{url}: {relayed}"
            );
        }
    }
    assert!(binding(&coturn.stun_url()).await.unwrap().ip().is_loopback());
}

#[tokio::test]
async fn nobody_relays_with_credentials_that_are_over_altered_or_made_with_another_secret() {
    let coturn = Coturn::start().await.unwrap();
    let secret = &coturn.secrets()[0];
    let (username, credential) = credentials(secret, 60);
    assert!(open(&coturn, &username, &credential).await.is_ok());
    assert_eq!(allocate(&coturn, secret, -2).await.err(), Some(401));
    assert_eq!(allocate(&coturn, &Coturn::random_secret(), 60).await.err(), Some(401));
    let later = format!("9{}", &username[1..]);
    let other = username.replace("somebody", "anybody");
    let bent = credential.replacen(&credential[..1], if credential.starts_with('A') { "B" } else { "A" }, 1);
    for (username, credential) in
        [(&later, &credential), (&other, &credential), (&username, &bent), (&username, &String::new())]
    {
        assert_eq!(open(&coturn, username, credential).await.err(), Some(401), "{username}");
    }
}

#[tokio::test]
async fn a_secret_is_changed_without_a_moment_in_which_good_credentials_are_refused() {
    let mut coturn = Coturn::start().await.unwrap();
    let (old, new) = (coturn.secrets()[0].clone(), Coturn::random_secret());
    for (accepted, refused) in [(&[&*old][..], &[&*new][..]), (&[&*new, &*old], &[]), (&[&*new], &[&*old])] {
        coturn.start_again_with(accepted).await.unwrap();
        for secret in accepted {
            assert!(allocate(&coturn, secret, 60).await.is_ok(), "{}", accepted.len());
        }
        for secret in refused {
            assert_eq!(allocate(&coturn, secret, 60).await.err(), Some(401), "{}", accepted.len());
        }
    }
}

#[tokio::test]
async fn what_is_open_goes_on_when_its_credentials_are_over() {
    let coturn = Coturn::start().await.unwrap();
    let (username, credential) = credentials(&coturn.secrets()[0], 1);
    let mut opened = open(&coturn, &username, &credential).await.unwrap();
    eventually("the credentials are over", BOUND, async || {
        open(&coturn, &username, &credential).await.err() == Some(401)
    })
    .await;
    opened.refresh().await.unwrap();
    opened.permit("203.0.113.7".parse().unwrap()).await.unwrap();
}

#[tokio::test]
async fn every_line_of_the_configuration_is_understood_and_no_secret_is_to_be_seen() {
    let coturn = Coturn::start().await.unwrap();
    assert!(allocate(&coturn, &coturn.secrets()[0], 60).await.is_ok());
    let process = coturn.process().unwrap();
    let output = process.output();
    for bad in ["Bad configuration", "Wrong", "cannot", "CLI listener", &coturn.secrets()[0]] {
        assert!(!output.contains(bad), "{bad}: {output}");
    }
    let arguments = std::fs::read_to_string(format!("/proc/{}/cmdline", process.id())).unwrap();
    assert!(!arguments.contains(&coturn.secrets()[0]), "{arguments}");
}

#[tokio::test]
async fn tls_of_yesterday_is_not_spoken() {
    let coturn = Coturn::start().await.unwrap();
    let url = coturn.tls_url();
    let address = url.trim_start_matches("turns:").split('?').next().unwrap();
    let mut old = Vec::new();
    for version in [1, 2] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&client_hello(version)).await.unwrap();
        old.push(stream);
    }
    // The same greeting with TLS 1.2 is one that it answers, if only by an alert about such ciphers; and by then it has read the others.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&client_hello(3)).await.unwrap();
    assert!(matches!(stream.read_u8().await.unwrap(), 21 | 22));
    let (username, credential) = credentials(&coturn.secrets()[0], 60);
    let authority = coturn.authority_file();
    TurnClient::allocate(&url, &username, &credential, Family::V4, Some(&authority)).await.unwrap();
    for stream in old {
        let answered = stream.try_read(&mut [0; 1]);
        assert!(answered.is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
    }
}

/// A greeting of the protocol version 3.`version`, where 1 is TLS 1.0, 2 is TLS 1.1 and 3 is TLS 1.2. The ciphers are of the times of the first two.
fn client_hello(version: u8) -> Vec<u8> {
    let ciphers = [0xC0, 0x09, 0xC0, 0x0A, 0xC0, 0x13, 0xC0, 0x14, 0x00, 0x2F, 0x00, 0x35];
    let mut body = vec![3, version];
    body.extend([7; 32]);
    body.push(0);
    body.extend([0, 12]);
    body.extend(ciphers);
    body.extend([1, 0]);
    let length = u8::try_from(body.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(body);
    record
}

#[tokio::test]
async fn it_does_not_start_with_secrets_that_it_would_not_understand() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/coturn/start");
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets");
    for (content, complaint) in [
        ("", "which is empty"),
        ("with a space\n", "nothing but base64"),
        ("\"quoted\"\n", "nothing but base64"),
        ("=beginning\n", "nothing but base64"),
        ("good\n\nafter-an-empty-line\n", "nothing but base64"),
    ] {
        std::fs::write(&secrets, content).unwrap();
        let process = Launch::new("coturn", script)
            .env("TURN_REALM", "turn.test")
            .env("TURN_SECRETS_FILE", &secrets)
            .env("TURN_FOLDER", folder.path())
            .spawn()
            .unwrap();
        assert_eq!(process.exit().await, Exit::Code(64), "{content:?}");
        assert!(process.output().contains(complaint), "{content:?}: {}", process.output());
    }
}
