//! Tokens are compared whole: a grant too many is as wrong as one too few.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are part of it")]

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use room_tokens::{Admission, Minter, ParticipantIdentity, RoomToken, sfu_room};
use serde_json::{Value, json};
use signal_protocol::{CallKind, DeviceId, Role, RoomId, Tenant, UserId};

const KEY: &str = "key";
const SECRET: &str = "a secret that is long enough for anybody";

fn admission(role: Role) -> Admission {
    let tenant = Tenant::parse("realtime").unwrap();
    let room = RoomId::parse("standup").unwrap();
    Admission {
        sfu_room: sfu_room(&tenant, &room),
        identity: ParticipantIdentity {
            user: UserId::parse("f:ldap:ann").unwrap(),
            device: DeviceId::parse("phone").unwrap(),
        },
        role,
        kind: CallKind::Video,
        name: Some("Ann Other".to_owned()),
        metadata: None,
        attributes: BTreeMap::new(),
    }
}

fn mint(ttl_seconds: u64, admission: Admission) -> (RoomToken, Value) {
    let token = Minter::new(KEY, SECRET, Duration::from_secs(ttl_seconds)).mint(admission).unwrap();
    let payload = token.jwt.split('.').nth(1).unwrap();
    let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    (token, claims)
}

#[test]
fn every_grant_of_every_role_is_written_out_and_none_besides() {
    let camera_and_microphone = json!(["camera", "microphone"]);
    let everything = json!(["camera", "microphone", "screen_share", "screen_share_audio"]);
    for (role, sources) in [
        (Role::Viewer, None),
        (Role::Participant, Some(camera_and_microphone)),
        (Role::Presenter, Some(everything.clone())),
        (Role::Moderator, Some(everything)),
    ] {
        let (token, claims) = mint(120, admission(role));
        let publishes = sources.is_some();
        let mut video = json!({
            "roomJoin": true, "room": "realtime/standup", "canPublish": publishes, "canPublishData": publishes,
            "canSubscribe": true, "canUpdateOwnMetadata": false,
        });
        if let Some(sources) = sources {
            video["canPublishSources"] = sources;
        }
        let exp = token.expires_at.timestamp();
        let expected = json!({
            "iss": KEY, "sub": "f:ldap:ann:phone", "name": "Ann Other", "nbf": exp - 120, "exp": exp, "video": video,
            "attributes": { "role": role.as_str(), "user_id": "f:ldap:ann" },
        });
        // livekit-api reads the clock once for `nbf` and once for `exp`; a second may pass between the two.
        let mut claims = claims;
        if claims["nbf"] == exp - 121 {
            claims["nbf"] = json!(exp - 120);
        }
        assert_eq!(claims, expected, "{role}");
    }
}

#[test]
fn in_an_audio_call_there_is_nothing_to_see() {
    for (role, sources) in [
        (Role::Viewer, None),
        (Role::Participant, Some(json!(["microphone"]))),
        (Role::Presenter, Some(json!(["microphone"]))),
        (Role::Moderator, Some(json!(["microphone"]))),
    ] {
        let (_, claims) = mint(120, Admission { kind: CallKind::Audio, ..admission(role) });
        assert_eq!(claims["video"].get("canPublishSources"), sources.as_ref(), "{role}");
        assert_eq!(claims["video"]["canPublish"], sources.is_some(), "{role}");
    }
}

#[test]
fn what_a_client_adds_never_replaces_what_the_server_says() {
    let mut admission = admission(Role::Viewer);
    admission.attributes =
        BTreeMap::from([("role".to_owned(), "moderator".to_owned()), ("lang".to_owned(), "de".to_owned())]);
    admission.metadata = Some("{}".to_owned());
    let (_, claims) = mint(120, admission);
    assert_eq!(claims["attributes"], json!({ "role": "viewer", "user_id": "f:ldap:ann", "lang": "de" }));
    assert_eq!(claims["metadata"], "{}");
}

#[test]
fn a_client_is_told_to_refresh_a_minute_ahead_or_half_way_of_a_shorter_life() {
    for (ttl, ahead) in [(600, 60), (120, 60), (30, 15)] {
        let (token, _) = mint(ttl, admission(Role::Viewer));
        assert_eq!((token.expires_at - token.refresh_after).num_seconds(), ahead);
    }
}

#[test]
fn livekit_s_own_verifier_takes_the_token() {
    let (token, _) = mint(120, admission(Role::Moderator));
    let claims =
        livekit_api::access_token::TokenVerifier::with_api_key(KEY, SECRET).verify(&token.jwt).unwrap();
    assert_eq!(claims.sub, "f:ldap:ann:phone");
    assert!(!claims.video.room_admin && !claims.video.room_create && !claims.video.room_list);
}
