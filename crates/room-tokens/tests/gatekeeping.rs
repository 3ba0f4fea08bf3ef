//! What opens a room is what LiveKit would take, and nothing that was made for anything else.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Clock;
use room_tokens::{
    Admission, Gatekeeper, MAX_TOKEN_BYTES, Minter, ParticipantIdentity, Visitor, VisitorRefused,
    parse_sfu_room,
};
use serde_json::{Value, json};
use signal_protocol::{CallKind, DeviceId, Role, RoomId, Tenant, UserId};

const KEY: &str = "key";
const SECRET: &str = "a secret that is long enough for anybody";
const PREVIOUS_SECRET: &str = "the secret that was there before that one";

fn gatekeeper() -> Gatekeeper {
    Gatekeeper::new([(KEY, SECRET), (KEY, PREVIOUS_SECRET), ("older-key", SECRET)])
}

fn now() -> i64 {
    Clock::system().now().timestamp()
}

/// A token of any kind, as LiveKit would sign it.
fn sign(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
}

/// A good one, with these claims over it; `null` removes one.
fn token(over: &Value) -> String {
    token_by(SECRET, over)
}

fn token_by(secret: &str, over: &Value) -> String {
    let mut claims = json!({
        "iss": KEY, "sub": "f:ldap:ann:phone", "nbf": now(), "exp": now() + 60,
        "video": {"roomJoin": true, "room": "realtime/standup"},
    });
    let all = claims.as_object_mut().unwrap();
    for (name, value) in over.as_object().unwrap() {
        if value.is_null() {
            all.remove(name)
        } else {
            all.insert(name.clone(), value.clone())
        };
    }
    sign(&json!({"alg": "HS256", "typ": "JWT"}), &claims, secret)
}

#[track_caller]
fn refused(token: &str, why: &str) {
    let outcome = gatekeeper().admit(token);
    let found = match &outcome {
        Ok(_) => "admitted",
        Err(VisitorRefused::Expired) => "expired",
        Err(VisitorRefused::Invalid(reason)) => reason,
        Err(VisitorRefused::OpensNoRoom) => "no room",
        Err(VisitorRefused::Foreign) => "foreign",
    };
    assert_eq!(found, why, "{token}");
}

#[test]
fn what_was_minted_here_is_read_as_it_was_written() {
    let admission = Admission {
        sfu_room: "realtime/standup".to_owned(),
        identity: "f:ldap:ann:phone".parse().unwrap(),
        role: Role::Participant,
        kind: CallKind::Video,
        name: None,
        metadata: Some("m".repeat(2048)),
        attributes: (0..16).map(|n| (format!("{n:0>256}"), "v".repeat(256))).collect::<BTreeMap<_, _>>(),
    };
    let minted = Minter::new(KEY, SECRET, Duration::from_mins(2)).mint(admission).unwrap();
    let visitor = gatekeeper().admit(&minted.jwt).unwrap();
    let identity = ParticipantIdentity {
        user: UserId::parse("f:ldap:ann").unwrap(),
        device: DeviceId::parse("phone").unwrap(),
    };
    let expected = Visitor {
        tenant: Tenant::parse("realtime").unwrap(),
        room: RoomId::parse("standup").unwrap(),
        identity,
        not_before: minted.expires_at - Duration::from_mins(2),
        expires_at: minted.expires_at,
    };
    assert_eq!(visitor, expected);
}

#[test]
fn every_key_that_may_have_signed_is_tried() {
    assert!(gatekeeper().admit(&token_by(PREVIOUS_SECRET, &json!({}))).is_ok());
    assert!(gatekeeper().admit(&token(&json!({"iss": "older-key"}))).is_ok());
    refused(&token_by("a secret that nobody has ever told us", &json!({})), "not_ours");
    assert!(Gatekeeper::new([]).admit(&token(&json!({}))).is_err());
}

#[test]
fn a_token_that_names_another_key_or_none_is_refused() {
    refused(&token(&json!({"iss": "foreign"})), "not_ours");
    refused(&token_by(PREVIOUS_SECRET, &json!({"iss": "older-key"})), "not_ours");
    refused(&token(&json!({"iss": null})), "issuer");
    refused(&token(&json!({"iss": [KEY]})), "not_ours");
}

#[test]
fn time_is_looked_at_with_the_leeway_of_livekit() {
    assert!(gatekeeper().admit(&token(&json!({"exp": now() - 30}))).is_ok());
    refused(&token(&json!({"exp": now() - 90})), "expired");
    refused(&token(&json!({"exp": null})), "not_ours");
    refused(&token(&json!({"exp": "soon"})), "not_ours");
    assert!(gatekeeper().admit(&token(&json!({"nbf": now() + 30}))).is_ok());
    refused(&token(&json!({"nbf": now() + 90})), "not_ours");
    // Then it is older than anything that could make it worthless.
    assert_eq!(gatekeeper().admit(&token(&json!({"nbf": null}))).unwrap().not_before.timestamp(), 0);
    // The secret of another key does not make it merely expired.
    refused(&token_by("a secret that nobody has ever told us", &json!({"exp": now() - 90})), "not_ours");
}

#[test]
fn only_a_token_that_joins_a_room_of_ours_as_one_of_ours_opens_it() {
    for video in [json!(null), json!({}), json!({"room": "realtime/standup"}), json!({"roomCreate": true})] {
        refused(&token(&json!({"video": video})), "no room");
    }
    for room in
        ["", "standup", "/standup", "realtime/", "realtime/a/b", "re altime/standup", "realtime/st andup"]
    {
        refused(&token(&json!({"video": {"roomJoin": true, "room": room}})), "foreign");
    }
    for identity in [json!(null), json!(""), json!("ann"), json!("EG_abc"), json!("ann:my phone")] {
        refused(&token(&json!({"sub": identity})), "foreign");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let good = token(&json!({}));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let claims = json!({"iss": KEY, "sub": "ann:phone", "exp": now() + 60, "video": {"roomJoin": true, "room": "r/s"}});
    let unsigned = sign(&json!({"alg": "none"}), &claims, SECRET);
    let (unsigned, _) = unsigned.rsplit_once('.').unwrap();
    for text in [
        String::new(),
        "garbage".to_owned(),
        "a.b.c".to_owned(),
        "..".to_owned(),
        format!("{good} "),
        format!("{good}{good}"),
        format!("{good}."),
        format!("{signed}."),
        format!("{signed}.AAAA"),
        format!("{unsigned}."),
        sign(&json!({"alg": "HS384"}), &claims, SECRET),
        sign(&json!({"alg": "HS256"}), &json!([claims.clone()]), SECRET),
        sign(&json!({"alg": "HS256"}), &json!({"iss": KEY, "exp": now() + 60, "video": "all"}), SECRET),
    ] {
        refused(&text, "not_ours");
    }
    refused(&format!("{good}{}", "A".repeat(MAX_TOKEN_BYTES)), "too_long");
}

#[test]
fn nothing_of_the_keys_or_of_a_token_is_shown() {
    let shown = format!("{:?}", gatekeeper());
    assert!(!shown.contains(SECRET) && !shown.contains(PREVIOUS_SECRET), "{shown}");
    let stranger = token_by("a secret that nobody has ever told us", &json!({}));
    let refused = gatekeeper().admit(&stranger).unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains(&stranger[..10]));
}

#[test]
fn the_name_of_a_room_is_read_as_it_was_written() {
    let (tenant, room) = (Tenant::parse("realtime").unwrap(), RoomId::parse("a:b.c").unwrap());
    assert_eq!(parse_sfu_room(&room_tokens::sfu_room(&tenant, &room)), Some((tenant, room)));
    assert_eq!(parse_sfu_room("-/probe/"), None);
}
