//! Every real component of the product on private ports of 127.0.0.1, driven line by line: what the system tests run against.
//!
//! `cargo xtask stack` starts Keycloak, LiveKit, Caddy, a second issuer, a membership service, an OTLP receiver and a debug build of
//! realtime-service. Progress and faults go to stderr; stdout carries only JSON, one value a line. All of it ends at the end of stdin, at
//! SIGTERM and at Ctrl-C.
//!
//! # The first line
//!
//! Written once everything answers:
//!
//! ```json
//! {"ready": true,
//!  "gateway":    {"url": "http://127.0.0.1:41001"},
//!  "service":    {"url": "http://127.0.0.1:41002", "management_url": "http://127.0.0.1:41003"},
//!  "livekit":    {"url": "http://127.0.0.1:41004", "public_url": "ws://127.0.0.1:41004", "api_key": "…", "api_secret": "…"},
//!  "keycloak":   {"url": "http://127.0.0.1:41005", "realm": "realtime", "client": "web",
//!                 "issuer": "http://127.0.0.1:41005/realms/realtime",
//!                 "token_endpoint": "http://127.0.0.1:41005/realms/realtime/protocol/openid-connect/token"},
//!  "foreign":    {"realm": "master", "client": "admin-cli", "user": "…", "password": "…", "issuer": "…", "token_endpoint": "…"},
//!  "issuer":     {"tenant": "second", "issuer": "http://127.0.0.1:41006/realms/second", "audience": "realtime"},
//!  "membership": {"url": "http://127.0.0.1:41007"},
//!  "otlp":       {"url": "http://127.0.0.1:41008"}}
//! ```
//!
//! The service trusts two issuers: `keycloak` (tenant `realtime`) and `issuer` (tenant `second`, whose tokens `sign` makes). `foreign` is a
//! realm of the same Keycloak that it does not trust. Membership sources are asked in the order `token_claims`, `http`. Where the start
//! fails, the line is `{"ready": false, "error": "…"}` and the process ends with 1.
//!
//! # Commands
//!
//! One JSON object a line on stdin, answered in order by one line: `{"ok": true, …}` or `{"ok": false, "error": "…"}`. An answer means that
//! the effect is there: after `start` the component answers requests, on the port that it had before.
//!
//! | command | effect and answer |
//! |---|---|
//! | `{"do":"stop","what":W}` | ends it; `W` is `livekit`, `keycloak`, `gateway`, `service`, `membership`, `issuer` or `otlp` |
//! | `{"do":"start","what":W}` | starts what was stopped |
//! | `{"do":"rotate-keys"}` | the Keycloak realm signs with a new key from now on, the old one stays published; with `"issuer":"second"` the second issuer does so |
//! | `{"do":"sign","claims":{…}}` | a token of the second issuer; the claims given replace or, where `null`, remove those of a good token of `alice` → `{"ok":true,"token":"…"}` |
//! | `{"do":"membership","mode":M}` | `M`: `normal`, `slow` (answers after the service's time-out), `down` (answers 500), `lying` (200 with nonsense) |
//! | `{"do":"member","room_id":R,"user_id":U,"role":X}` | the membership service knows this member from now on; without `role` it forgets it |
//! | `{"do":"membership-requests"}` | what the membership service was asked since the last time → `{"ok":true,"requests":[{"path":"…","headers":{"traceparent":"…"}}]}` |
//! | `{"do":"spans"}` | spans received so far → `{"ok":true,"spans":[{"service","name","trace_id","span_id","parent_span_id","attributes"}]}` |
//! | `{"do":"logs"}` | what the service wrote on stdout and stderr since the start of the stack, restarts included → `{"ok":true,"lines":["…"]}` |
//! | `{"do":"restart-service","env":{"REALTIME__…":"…"}}` | the service starts anew on its ports with these variables over the usual ones (not over those of an earlier restart); without `env`, the usual ones. An `env` it refuses → `ok: false`, `error` is what it printed; the service stays down |
