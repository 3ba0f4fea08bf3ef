//! The same behind the gateway, which has two replicas to choose from.

use std::net::SocketAddr;

use serde_json::{Value, json};
use testkit::{Caddy, Exit, eventually, ports};
use tokio_tungstenite::tungstenite::Error;

use super::BRIEF;
use crate::device::Device;
use crate::socket::{BOUND, Socket, handshake};
use crate::world::World;

/// The gateway before these replicas.
async fn gateway(urls: [&str; 2]) -> Caddy {
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free().unwrap()));
    let variables = [
        ("GATEWAY_LISTEN", format!(":{}", address.port())),
        ("GATEWAY_BIND", address.ip().to_string()),
        ("REALTIME_SERVICE", urls.map(|url| url.trim_start_matches("http://")).join(" ")),
    ];
    Caddy::start(address, variables).await.unwrap()
}

/// Somebody's socket, and the cursor that it begins with.
struct Person {
    name: String,
    socket: Socket,
    cursor: String,
}

/// A socket at each of the two replicas, the one that is not `world`'s first.
async fn one_at_each(world: &World, url: &str) -> [Person; 2] {
    let (mut elsewhere, mut here) = (None, None);
    for number in 0.. {
        let name = format!("user{number}");
        let before = world.figure("signalling_sockets_open ").await;
        let (socket, welcome) = Socket::resumed(url, &world.token(&name, &[]), "phone", None).await;
        let is_here = world.figure("signalling_sockets_open ").await > before;
        let cursor = welcome["cursor"].as_str().unwrap().to_owned();
        // The gateway chooses by chance, so one of them may get several.
        *(if is_here { &mut here } else { &mut elsewhere }) = Some(Person { name, socket, cursor });
        if elsewhere.is_some() && here.is_some() {
            break;
        }
    }
    [elsewhere.unwrap(), here.unwrap()]
}

#[tokio::test]
async fn behind_the_gateway_a_socket_lives_until_it_is_sent_away_and_goes_on_at_the_other_replica() {
    let world = World::with_calls(&[], &[]).await;
    let ending = world.replica(&BRIEF).await;
    let gateway = gateway([&ending.url, &world.url]).await;
    let [mut moving, mut staying] = one_at_each(&world, &gateway.url()).await;

    ending.process.terminate();
    moving.socket.next_of("drain").await;
    // Until then it is as good as any.
    let caller = Device::of(&world, "caller");
    let id = caller.calls(&[&moving.name], "p2p").await;
    let ring = moving.socket.event("call.ringing").await;
    assert_eq!(ring["call"]["id"], id.as_str());
    let accepted = moving.socket.command("call.accept", &json!({ "call_id": id })).await;
    assert_eq!(accepted["status"], 200, "{accepted}");
    assert_eq!(moving.socket.closed().await, (1012, "restart".to_owned()), "as it was said");
    caller.does(&id, "hangup").await;

    let token = world.token(&moving.name, &[]);
    let welcome = eventually("there is another one", BOUND, async || {
        let request = handshake(&gateway.url(), Some("realtime.v1"), None);
        // The one that ends may just not have taken its door away: a client tries again.
        let mut socket = Socket::by(request).await.map_err(|error| error.to_string())?;
        socket.hello(&token, "phone", Some(&moving.cursor)).await;
        let welcome = socket.hear().await.map_err(|close| format!("{close:?}"))?;
        let events = [socket.event("call.ringing").await, socket.event("call.ended").await];
        Ok::<_, String>((welcome, events))
    });
    let (welcome, [again, ended]) = welcome.await;
    assert_eq!((&welcome["type"], &welcome["recovered"]), (&json!("welcome"), &json!(true)), "{welcome}");
    assert_eq!(again["id"], ring["id"]);
    assert_eq!(ended["call"]["id"], id.as_str());
    assert_eq!(ending.process.exit().await, Exit::Code(0), "{}", ending.process.output());

    staying.socket.say(&json!({ "type": "ping" })).await;
    assert_eq!(staying.socket.next().await, json!({ "type": "pong" }), "it has heard of nothing");

    world.service.terminate();
    assert_eq!(staying.socket.closed().await, (1012, "restart".to_owned()));
    assert_eq!(world.service.exit().await, Exit::Code(0), "{}", world.service.output());
    let (status, problem) = refused(&gateway.url()).await;
    assert_eq!((status, &problem["code"]), (503, &json!("shutting_down")), "{problem}");
}

/// How the gateway refuses a handshake.
async fn refused(url: &str) -> (u16, Value) {
    match Socket::by(handshake(url, Some("realtime.v1"), None)).await.map(drop) {
        Err(Error::Http(response)) => {
            assert!(response.headers().contains_key("retry-after"));
            let body = response.body().as_deref().unwrap_or_default();
            (response.status().as_u16(), serde_json::from_slice(body).unwrap())
        }
        other => panic!("{other:?}"),
    }
}
