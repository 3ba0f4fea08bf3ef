//! The least that an open socket can cost: actix-web and actix-ws as they come, and one task that answers and pings.
//! `cargo xtask bench signalling` measures the sockets of realtime-service against it.
//!
//! It is not a service. The first text is answered with a constant one, whatever it says; no token is looked at, nothing is
//! read from a store, and nobody can be told anything.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::error::Error;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_ws::{Message, MessageStream, Session};
use clap::Parser;
use tokio::time::{Instant, interval_at};

/// As long as the product's.
const WELCOME: &str = r#"{"type":"welcome","session":"6f1f9b0e-7d55-4f0c-8f0e-0d6f6f2b7f10","cursor":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","calls":[],"signals":[],"server_now":"2026-01-01T00:00:00.000Z","ping_ms":20000,"token_expires_at":"2026-01-01T01:00:00.000Z"}"#;

/// The floor under a socket: one task each.
#[derive(Debug, Clone, Copy, Parser)]
struct Arguments {
    /// Where to listen, for instance 127.0.0.1:8081.
    #[arg(long)]
    listen: SocketAddr,
    /// How often each socket is pinged.
    #[arg(long)]
    ping_seconds: u64,
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let pace = Duration::from_secs(arguments.ping_seconds);
    HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(pace))
            .route("/api/realtime/ws", web::get().to(connect))
            .route("/readyz", web::get().to(HttpResponse::Ok))
    })
    .bind(arguments.listen)?
    .run()
    .await?;
    Ok(())
}

async fn connect(
    request: HttpRequest,
    body: web::Payload,
    pace: web::Data<Duration>,
) -> Result<HttpResponse, Error> {
    let (answer, session, messages) = actix_ws::handle_with_protocols(&request, body, &["realtime.v1"])?;
    actix_web::rt::spawn(talk(session, messages, **pace));
    Ok(answer)
}

async fn talk(mut session: Session, mut messages: MessageStream, pace: Duration) {
    let mut pings = interval_at(Instant::now() + pace, pace);
    loop {
        let sent = tokio::select! {
            message = messages.recv() => match message {
                Some(Ok(Message::Text(_))) => session.text(WELCOME).await,
                Some(Ok(Message::Ping(payload))) => session.pong(&payload).await,
                Some(Ok(Message::Pong(_) | Message::Binary(_) | Message::Continuation(_) | Message::Nop)) => Ok(()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            _ = pings.tick() => session.ping(b"").await,
        };
        if sent.is_err() {
            return;
        }
    }
}
