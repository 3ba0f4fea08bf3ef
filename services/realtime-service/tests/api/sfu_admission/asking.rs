//! The question, as gateways ask it.

use reqwest::Method;

use crate::world::{Answer, World, send};

/// Everything at which LiveKit opens a connection or says whether it would.
pub(crate) const PATHS: [&str; 4] = ["/rtc", "/rtc/validate", "/rtc/v1", "/rtc/v1/validate"];

/// Caddy's way, with the token in the header: as other clients than browsers send it.
pub(crate) async fn ask(world: &World, path: &str, token: &str) -> Answer {
    send(
        world
            .request(Method::GET, "/internal/sfu-admission", token)
            .header("X-Forwarded-Method", "GET")
            .header("X-Forwarded-Uri", path),
    )
    .await
}

/// The same with the token as a parameter: as browsers send it.
pub(crate) async fn ask_in_query(world: &World, path: &str, token: &str) -> Answer {
    let uri = format!("{path}?auto_subscribe=1&access_token={token}&protocol=16");
    let request = get(world, "/internal/sfu-admission").header("X-Forwarded-Method", "GET");
    send(request.header("X-Forwarded-Uri", uri)).await
}

/// Envoy's way: the original address behind a prefix.
pub(crate) async fn ask_prefixed(world: &World, path: &str, token: &str) -> Answer {
    send(get(world, &format!("/internal/sfu-admission{path}?access_token={token}"))).await
}

#[expect(clippy::disallowed_methods, reason = "a test's client waits as long as the test does")]
fn get(world: &World, path: &str) -> reqwest::RequestBuilder {
    reqwest::Client::new().get(format!("{}/api/realtime{path}", world.url))
}
