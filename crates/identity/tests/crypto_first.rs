//! `install_crypto` where it belongs, before a LiveKit token is minted. A process of its own, because the crypto
//! provider is chosen once a process.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::Clock;
use identity::development_issuer::Profile;
use identity::{IdentitySettings, IssuerSettings, Verifier, install_crypto};
use room_tokens::{Admission, Minter, ParticipantIdentity};
use settings::Environment;
use signal_protocol::{CallKind, DeviceId, Role, UserId};
use testkit::Issuer;

#[tokio::test]
async fn keycloak_tokens_are_verified_in_a_process_that_minted_for_livekit_first() {
    install_crypto();
    let minter = Minter::new("key", "a secret that is long enough for LiveKit", Duration::from_mins(2));
    minter
        .mint(Admission {
            sfu_room: "realtime/standup".to_owned(),
            identity: ParticipantIdentity {
                user: UserId::parse("alice").unwrap(),
                device: DeviceId::default(),
            },
            role: Role::Participant,
            kind: CallKind::Video,
            name: None,
            metadata: None,
            attributes: BTreeMap::new(),
        })
        .unwrap();
    // A second time, as a library that makes sure of it would.
    install_crypto();
    let issuer = Issuer::start().await.unwrap();
    let settings = IdentitySettings {
        issuers: vec![IssuerSettings::from(issuer.url().as_str())],
        ..IdentitySettings::default()
    };
    let clock = Clock::system();
    let verifier = Verifier::start(&settings, Environment::Development, clock.clone()).unwrap();
    verifier.ready().await;
    let alice = Profile {
        user_id: "alice".to_owned(),
        username: "alice".to_owned(),
        name: "Alice".to_owned(),
        groups: Vec::new(),
        realm_roles: Vec::new(),
    };
    let claims = alice.access_claims(&issuer.url(), "realtime", "web", clock.now(), Duration::from_mins(5));
    let caller = verifier.verify(&issuer.sign(&claims)).await.unwrap();
    assert_eq!(caller.user.as_str(), "alice");
}
