//! LiveKit behind somebody else's web server, who may answer in its place.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use testkit::{Launch, Process, Ready, components, eventually, ports};

use super::BOUND;
use crate::world::{World, send};

const START_BOUND: Duration = Duration::from_secs(20);

/// A Caddy that has the LiveKit of `world` at `/sfu`, and other answers at other paths.
struct Ingress {
    _process: Process,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Ingress {
    async fn start(livekit: &str) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], ports::free().unwrap()));
        let file = format!(
            "{{
                admin off
                auto_https off
            }}
            http://{address} {{
                handle_path /sfu/* {{
                    reverse_proxy {livekit}
                }}
                handle /busy/* {{
                    header Content-Type text/html
                    respond \"<html>no server is available</html>\" 503
                }}
                handle /slow/* {{
                    respond \"too slow\" 504
                }}
                handle /page/* {{
                    respond \"<html>welcome</html>\" 200
                }}
            }}"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Caddyfile");
        std::fs::write(&path, file).unwrap();
        let process = Launch::new("caddy", components::locate("caddy").unwrap())
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(&path)
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .folder(folder.path())
            .spawn()
            .unwrap();
        process.ready(Ready::Tcp(address), START_BOUND).await.unwrap();
        Self { _process: process, address, _folder: folder }
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

#[tokio::test]
async fn livekit_may_have_a_path_and_its_ingress_s_errors_are_not_taken_for_its_own() {
    let mut world = World::start().await;
    let ingress = Ingress::start(&world.livekit.url).await;
    let token = world.token("ann", &["/rooms/standup", "/rooms/retro"]);
    let join = async |world: &World, url: &str, room: &str| {
        let request = world.request_to(url, Method::POST, &format!("/rooms/{room}/join"), &token);
        send(request).await
    };

    let address = ingress.at("/sfu/");
    let replica = world.replica(&[("LIVEKIT__URL", &address)]).await;
    assert_eq!(join(&world, &replica.url, "standup").await.status, 201);
    assert_eq!(super::rooms(&world).await, ["realtime/standup"]);
    world.livekit.stop().await;
    // Caddy answers 502 without a word.
    join(&world, &replica.url, "retro").await.is_problem(503, "sfu_unavailable");
    world.livekit.start_again().await.unwrap();
    eventually("rooms are made again", BOUND, async || {
        join(&world, &replica.url, "retro").await.status == 201
    })
    .await;

    for (path, status, code) in [
        ("/busy", 503, "sfu_unavailable"),
        ("/slow", 504, "sfu_timeout"),
        ("/page", 502, "sfu_rejected"),
        ("/nowhere", 502, "sfu_rejected"),
    ] {
        let address = ingress.at(path);
        let replica = world.replica(&[("LIVEKIT__URL", &address)]).await;
        join(&world, &replica.url, "standup").await.is_problem(status, code);
    }
}

/// What is called is in the settings alone: a proxy would see the tokens that our calls are signed with.
#[tokio::test]
async fn the_proxies_of_the_environment_are_not_used() {
    let world = World::start().await;
    let nobody = format!("http://127.0.0.1:{}", ports::free().unwrap());
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];
    let replica = world.replica_among(&names.map(|name| (name, nobody.as_str()))).await;
    let token = world.token("ann", &["/rooms/standup"]);
    let request = world.request_to(&replica.url, Method::POST, "/rooms/standup/join", &token);
    assert_eq!(send(request).await.status, 201);
}
