//! Who may ask, and what strangers learn: nothing.

use reqwest::Method;
use serde_json::json;
use signal_protocol::{CallPhase, ErrorCode};

use crate::world::{Answer, World, refused};

#[tokio::test]
async fn a_call_of_others_is_no_call() {
    let world = World::start().await;
    let (ann, eve) = (world.device("ann", "a"), world.device("eve", "e"));
    let call = ann.rings(&["bob"]).await.id;
    let before = world.state().await;
    for answer in [
        eve.sees(call).await,
        eve.accepts(call).await,
        eve.declines(call).await,
        eve.cancels(call).await,
        eve.hangs_up(call).await,
    ] {
        assert_eq!(refused(answer).code, ErrorCode::CallNotFound);
    }
    for path in ["ringing", "notified", "accept"] {
        for id in [call.to_string(), "0198c5a0-7c3e-7d5a-8f00-0123456789ab".to_owned(), "x".to_owned()] {
            let answer =
                world.send(Method::POST, &format!("/calls/{id}/{path}"), &eve.token, &json!({})).await;
            answer.is_problem(404, "call_not_found");
        }
    }
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn somebody_who_does_not_exist_can_be_called_like_anybody_else() {
    let world = World::start().await;
    let answer = world.device("ann", "a").invites(&["nobody-at-all"]).await.unwrap();
    assert_eq!((answer.call.phase, answer.reachable), (CallPhase::Ringing, Some(false)));
}

#[tokio::test]
async fn without_a_directory_nobody_is_called_outside_of_a_room() {
    let world = World::with(1, &[("CALLS__DIRECTORY", "none")]).await;
    let denied = refused(world.device("ann", "a").invites(&["bob"]).await);
    assert_eq!(denied.code, ErrorCode::AccessDenied);
    assert_eq!(denied.problem.extensions["user_ids"], json!(["bob"]));
}

#[tokio::test]
async fn every_address_wants_a_good_token_whoever_asks() {
    let world = World::start().await;
    let call = "0198c5a0-7c3e-7d5a-8f00-0123456789ab";
    for (method, path) in [
        (Method::POST, "/calls".to_owned()),
        (Method::GET, "/calls".to_owned()),
        (Method::GET, "/calls/history".to_owned()),
        (Method::GET, format!("/calls/{call}")),
        (Method::POST, format!("/calls/{call}/accept")),
        (Method::POST, format!("/calls/{call}/notified")),
        (Method::POST, format!("/calls/{call}/signals")),
        (Method::PUT, "/blocks/bob".to_owned()),
        (Method::GET, "/blocks".to_owned()),
        (Method::PUT, "/availability".to_owned()),
        (Method::GET, "/snapshot".to_owned()),
        (Method::POST, "/sfu-reports".to_owned()),
    ] {
        for _ in 0..2 {
            let answer = Answer::of(world.request(method.clone(), &path, "guess")).await;
            answer.is_problem(401, "token_invalid");
        }
    }
    let token = world.token("ann");
    Answer::of(world.request(Method::GET, "/nothing", &token)).await.is_problem(404, "not_found");
    Answer::of(world.request(Method::DELETE, "/calls", &token)).await.is_problem(405, "method_not_allowed");
}
