//! Two tenants, each of which has an ann and a bob.

use serde_json::{Value, json};
use testkit::Issuer;

use crate::device::invite;
use crate::socket::Socket;
use crate::world::{World, claims};

/// The second tenant.
struct Other(Issuer);

impl Other {
    fn token(&self, user: &str) -> String {
        self.0.sign(&claims(&self.0, user, &[]))
    }
}

/// A world with a second tenant.
async fn world() -> (World, Other) {
    let other = Issuer::start().await.unwrap();
    let issuers = json!([{ "issuer": "{issuer}" }, { "issuer": other.url(), "tenant": "other" }]).to_string();
    let settings = [("IDENTITY__ISSUERS", issuers.as_str())];
    (World::with_calls(&settings, &settings).await, Other(other))
}

/// Says something in a call.
async fn signals(socket: &mut Socket, call: &Value) -> Value {
    let body = json!({ "kind": "candidates", "generation": 0, "payload": { "sealed": "AAAA" } });
    socket.command("signal.send", &json!({ "call_id": call, "body": body })).await
}

#[tokio::test]
async fn people_of_the_same_name_in_two_tenants_have_nothing_to_do_with_each_other() {
    let (world, other) = world().await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    let (mut bob, of_bob) = Socket::of(&world, "bob", "phone").await;
    // With the same device: that it is another one's does not count.
    let (mut their_ann, _) = Socket::resumed(&world.url, &other.token("ann"), "phone", None).await;
    let (mut their_bob, _) = Socket::resumed(&world.url, &other.token("bob"), "phone", None).await;

    let call = json!({ "body": invite(&["bob"], "p2p") });
    let id = ann.command("call.invite", &call).await["body"]["call"]["id"].clone();
    assert_eq!(bob.event("call.ringing").await["call"]["id"], id);
    assert_eq!(bob.command("call.accept", &json!({ "call_id": id })).await["status"], 200);
    assert_eq!(signals(&mut ann, &id).await["status"], 202);
    bob.event("signal").await;

    for theirs in [&mut their_ann, &mut their_bob] {
        let hangup = theirs.command("call.hangup", &json!({ "call_id": id })).await;
        assert_eq!(hangup["problem"]["code"], "call_not_found", "{hangup}");
        assert_eq!(signals(theirs, &id).await["problem"]["code"], "call_not_found");
    }
    // Neither is busy, and the first that the other bob hears is his own ring.
    let theirs = their_ann.command("call.invite", &call).await;
    assert_eq!((&theirs["status"], &theirs["body"]["reachable"]), (&json!(201), &json!(true)), "{theirs}");
    let ring = their_bob.next().await;
    assert_eq!(ring["event"]["call"]["id"], theirs["body"]["call"]["id"], "{ring}");

    // A cursor of the one is none of the other's.
    let after = of_bob["cursor"].as_str();
    let (_their_bob, lost) = Socket::resumed(&world.url, &other.token("bob"), "phone", after).await;
    assert_eq!((&lost["recovered"], &lost["signals"]), (&json!(false), &json!([])), "{lost}");
    let calls: Vec<_> = lost["calls"].as_array().unwrap().iter().map(|call| &call["id"]).collect();
    assert_eq!(calls, [&theirs["body"]["call"]["id"]]);

    assert_eq!(signals(&mut bob, &id).await["status"], 202);
    let heard = ann.event("signal").await;
    assert_eq!(heard["call_id"], id, "the call goes on");
}

#[tokio::test]
async fn a_token_of_another_tenant_does_not_renew_a_socket_though_it_has_the_same_subject() {
    let (world, other) = world().await;
    let (mut ann, _) = Socket::of(&world, "ann", "phone").await;
    let (mut their_ann, _) = Socket::resumed(&world.url, &other.token("ann"), "laptop", None).await;
    ann.say(&json!({ "type": "authenticate", "token": other.token("ann") })).await;
    // In the same breath, so that it would be carried out in the name of whoever the socket is taken for.
    let call = json!({
        "type": "command",
        "request_id": "from-the-wrong-ann",
        "name": "call.invite",
        "body": invite(&["bob"], "p2p"),
    });
    ann.say(&call).await;
    let mut said = Vec::new();
    let close = loop {
        match ann.hear().await {
            Ok(message) => said.push(message),
            Err(close) => break close.unwrap(),
        }
    };
    assert_eq!((u16::from(close.code), close.reason.as_str()), (4401, "token_invalid"));
    assert!(said.iter().all(|message| message["type"] != "authenticated"), "{said:?}");

    their_ann.say(&json!({ "type": "ping" })).await;
    assert_eq!(their_ann.next().await, json!({ "type": "pong" }), "it was told nothing");
    let calls = world.get("/calls", &other.token("ann")).await.json();
    assert_eq!(calls["items"], json!([]), "nothing was done in the name of the other");
}
