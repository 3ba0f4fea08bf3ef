//! The push service keeps what it is posted.

use reqwest::StatusCode;
use testkit::HookReceiver;

use super::http::post;

#[tokio::test]
async fn a_hook_is_kept_and_answered_as_it_is_told() {
    let receiver = HookReceiver::start().await.unwrap();
    assert_eq!(post(receiver.url(), b"{\"type\":\"ring.unseen\"}".to_vec()).await.unwrap().status(), 204);
    receiver.answer(StatusCode::GONE);
    assert_eq!(post(receiver.url(), b"{".to_vec()).await.unwrap().status(), 410);
    receiver.down().await;
    assert!(post(receiver.url(), Vec::new()).await.unwrap_err().is_connect());
    receiver.up().await.unwrap();
    assert_eq!(post(format!("{}/elsewhere", receiver.url()), Vec::new()).await.unwrap().status(), 404);

    let [kept, refused] = &receiver.hooks()[..] else { panic!("two: {:?}", receiver.hooks()) };
    assert_eq!(
        (kept.status, kept.id(), &kept.json()["type"]),
        (StatusCode::NO_CONTENT, "", &"ring.unseen".into())
    );
    assert!(refused.json().is_null());
}
