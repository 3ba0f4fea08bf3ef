//! What a newcomer is told once everything runs.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// The addresses of a running product.
pub(super) struct Guide {
    /// Of the API, without a path.
    pub(super) url: String,
    /// The realm where people log in.
    pub(super) issuer: String,
    /// Where clients connect.
    pub(super) livekit: String,
    /// Where the service writes its log.
    pub(super) log: PathBuf,
}

impl Guide {
    pub(super) fn print(&self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(self.text().as_bytes()).and_then(|()| out.flush()).context("cannot write to stdout")
    }

    /// Where tokens come from.
    pub(super) fn token_endpoint(&self) -> String {
        format!("{}/protocol/openid-connect/token", self.issuer)
    }

    fn text(&self) -> String {
        let Self { url, livekit, log, .. } = self;
        let token_endpoint = self.token_endpoint();
        let log = log.display();
        let (room, call) = (self.demo("demo"), self.demo("demo call"));
        format!(
            "
Ready.

  API             {url}/api/realtime
  token endpoint  {token_endpoint}
                  client `web`, password grant; users alice, bob, carol, dave, erin, frank, each with the name as the password
  LiveKit         {livekit}
  log             {log}

Join the room `standup` as alice:

{}

Then try
  {room}
                  in another terminal: two participants meet, publish and see each other
  {call}
                  two people with their devices call each other: ring, busy, accept, talk, hang up
  dave instead of alice
                  who is in no room, and is told so
  docs/rooms.md   erin, an administrator, makes a room, says who belongs to it, and bans somebody: with curl
  {url}/api/realtime/openapi.json
                  the whole API; README.md and docs/ tell the rest

Ctrl-C stops everything.
",
            self.first_join(),
        )
    }

    /// A demo, told what it does not take for granted.
    fn demo(&self, which: &str) -> String {
        let Self { url, issuer, .. } = self;
        let url_given = if url.ends_with(":8080") { String::new() } else { format!(" --url {url}") };
        let issuer_given =
            if issuer.starts_with(url) { String::new() } else { format!(" --issuer {issuer}") };
        format!("cargo xtask {which}{url_given}{issuer_given}")
    }

    /// One line for any POSIX shell with curl and sed: a token for alice, and with it the join.
    fn first_join(&self) -> String {
        let (url, token_endpoint) = (&self.url, self.token_endpoint());
        format!(
            "curl -sS -X POST {url}/api/realtime/rooms/standup/join -w '\\n' -H \"Authorization: Bearer $(curl -sS {token_endpoint} \
             -d grant_type=password -d client_id=web -d username=alice -d password=alice | sed 's/.*\"access_token\" *: *\"\\([^\"]*\\)\".*/\\1/')\""
        )
    }
}
