//! `install_crypto` where it is too late. A process of its own, because the crypto provider is chosen once a process.

use std::collections::BTreeMap;
use std::time::Duration;

use identity::install_crypto;
use room_tokens::{Admission, Minter, ParticipantIdentity};
use signal_protocol::{CallKind, DeviceId, Role, UserId};

#[test]
fn installing_the_crypto_after_the_first_minting_fails_loudly() {
    let minter = Minter::new("key", "a secret that is long enough for LiveKit", Duration::from_mins(2));
    let token = minter.mint(Admission {
        sfu_room: "realtime/standup".to_owned(),
        identity: ParticipantIdentity { user: UserId::parse("alice").unwrap(), device: DeviceId::default() },
        role: Role::Participant,
        kind: CallKind::Video,
        name: None,
        metadata: None,
        attributes: BTreeMap::new(),
    });
    assert!(token.is_ok());
    for _ in 0..2 {
        let panic = std::panic::catch_unwind(install_crypto).unwrap_err();
        let message =
            panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
        assert!(
            message.is_some_and(|message| message.contains("install_crypto() came too late")),
            "{message:?}"
        );
    }
}
