//! From what the server knows and what the client asks for to what the LiveKit token will say.
//!
//! The server decides; a client may only repeat what is decided, or fill what its settings leave open. A wish that
//! cannot be granted is an error and never dropped: an application that sends it believes that it took effect.

use std::collections::BTreeMap;

use identity::Caller;
use room_tokens::{Admission, ParticipantIdentity, sfu_room};
use signal_protocol::{CallKind, FieldProblem, JoinRequest, Role, RoomId, is_deceptive};

use crate::JoinSettings;

const NAME_MAX_CHARACTERS: usize = 128;
const METADATA_MAX_BYTES: usize = 2 * 1024;
const ATTRIBUTES_MAX: usize = 16;
const ATTRIBUTE_MAX_BYTES: usize = 256;
/// Attributes that are always the server's word.
const RESERVED_ATTRIBUTES: [&str; 2] = ["role", "user_id"];

/// Every wish of a client that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body asks for what the server does not grant")]
pub(crate) struct Contradictions(pub(crate) Vec<FieldProblem>);

/// What a client wishes, once it is known to be grantable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    name: Option<String>,
    metadata: Option<String>,
    attributes: BTreeMap<String, String>,
}

impl Wishes {
    /// Takes what `request` may wish for, or lists everything that it may not.
    pub(crate) fn check(
        request: JoinRequest,
        settings: JoinSettings,
        room: &RoomId,
        identity: &ParticipantIdentity,
    ) -> Result<Self, Contradictions> {
        let mut faults = Faults::default();
        let JoinRequest {
            room_name,
            participant_identity,
            participant_name,
            participant_metadata,
            participant_attributes,
            room_config,
        } = request;
        if room_name.is_some_and(|name| name != room.as_str()) {
            faults.add("room_name", "must be the room id of the path, or absent");
        }
        if participant_identity.is_some_and(|wished| wished != identity.to_string()) {
            faults.add("participant_identity", "must be `<user id>:<device>` of the caller, or absent");
        }
        if room_config.is_some_and(|config| !config.is_empty()) {
            faults.add("room_config", "must be empty or absent: rooms are configured by the server");
        }
        let wishes = Self {
            name: participant_name.filter(|name| faults.name_may_be(name, settings)),
            metadata: participant_metadata.filter(|metadata| faults.metadata_may_be(metadata, settings)),
            attributes: participant_attributes
                .filter(|attributes| faults.attributes_may_be(attributes, settings))
                .unwrap_or_default(),
        };
        if faults.0.is_empty() { Ok(wishes) } else { Err(Contradictions(faults.0)) }
    }

    /// What the token will say of `caller` in `room`.
    pub(crate) fn admission(
        self,
        caller: &Caller,
        room: &RoomId,
        identity: ParticipantIdentity,
        role: Role,
        kind: CallKind,
    ) -> Admission {
        Admission {
            sfu_room: sfu_room(&caller.tenant, room),
            identity,
            role,
            kind,
            name: self.name.or_else(|| caller.name.clone()),
            metadata: self.metadata,
            attributes: self.attributes,
        }
    }
}

#[derive(Default)]
struct Faults(Vec<FieldProblem>);

impl Faults {
    fn add(&mut self, field: &str, problem: &str) {
        self.0.push(FieldProblem { field: field.to_owned(), problem: problem.to_owned() });
    }

    /// Notes `problem` if there is one; whether there is none.
    fn none(&mut self, field: &str, problem: Option<&str>) -> bool {
        if let Some(problem) = problem {
            self.add(field, problem);
        }
        problem.is_none()
    }

    fn name_may_be(&mut self, name: &str, settings: JoinSettings) -> bool {
        let problem = if !settings.client_names {
            Some("is not taken from clients here (JOIN__CLIENT_NAMES)")
        } else if name.trim().is_empty() {
            Some("must not be blank; leave it out to be called as the access token says")
        } else if name.chars().count() > NAME_MAX_CHARACTERS {
            Some("must be at most 128 characters")
        } else if name.contains(is_deceptive) {
            Some(
                "must hold no control characters, nor others that show nothing and change how the name reads",
            )
        } else {
            None
        };
        self.none("participant_name", problem)
    }

    fn metadata_may_be(&mut self, metadata: &str, settings: JoinSettings) -> bool {
        let problem = if !settings.client_metadata {
            Some("is not taken from clients here (JOIN__CLIENT_METADATA)")
        } else if metadata.len() > METADATA_MAX_BYTES {
            Some("must be at most 2048 bytes")
        } else {
            None
        };
        self.none("participant_metadata", problem)
    }

    fn attributes_may_be(&mut self, attributes: &BTreeMap<String, String>, settings: JoinSettings) -> bool {
        let too_long = |text: &String| text.len() > ATTRIBUTE_MAX_BYTES;
        let problem = if attributes.is_empty() {
            None
        } else if !settings.client_metadata {
            Some("are not taken from clients here (JOIN__CLIENT_METADATA)")
        } else if attributes.len() > ATTRIBUTES_MAX {
            Some("must be at most 16")
        } else if attributes.iter().any(|(key, value)| too_long(key) || too_long(value)) {
            Some("must each be at most 256 bytes, names and values")
        } else if RESERVED_ATTRIBUTES.iter().any(|reserved| attributes.contains_key(*reserved)) {
            Some("must not hold `role` or `user_id`: these are the server's")
        } else {
            None
        };
        self.none("participant_attributes", problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use signal_protocol::{DeviceId, UserId};

    const CLOSED: JoinSettings = JoinSettings { client_names: false, client_metadata: false };
    const OPEN: JoinSettings = JoinSettings { client_names: true, client_metadata: true };

    fn check(settings: JoinSettings, body: &Value, wrong: &[&str]) {
        let room = RoomId::parse("standup").unwrap();
        let identity =
            ParticipantIdentity { user: UserId::parse("ann").unwrap(), device: DeviceId::default() };
        let request: JoinRequest = serde_json::from_value(body.clone()).unwrap();
        let found = match Wishes::check(request, settings, &room, &identity) {
            Ok(_) => Vec::new(),
            Err(Contradictions(fields)) => fields.into_iter().map(|fault| fault.field).collect(),
        };
        assert_eq!(found, wrong, "{body}");
    }

    #[test]
    fn what_the_server_decides_may_be_repeated() {
        check(CLOSED, &json!({}), &[]);
        check(
            CLOSED,
            &json!({"room_name": "standup", "participant_identity": "ann:default", "room_config": {}}),
            &[],
        );
        check(CLOSED, &json!({"participant_attributes": {}, "something_new": [1]}), &[]);
    }

    #[test]
    fn everything_that_contradicts_is_listed_at_once() {
        let body = json!({
            "room_name": "other", "participant_identity": "bob:default", "room_config": {"name": "x"},
            "participant_name": "Bob", "participant_metadata": "m", "participant_attributes": {"a": "b"},
        });
        let three = ["room_name", "participant_identity", "room_config"];
        check(OPEN, &body, &three);
        let open_fields = ["participant_name", "participant_metadata", "participant_attributes"];
        check(CLOSED, &body, &[three, open_fields].concat());
    }

    #[test]
    fn open_fields_keep_their_bounds() {
        check(
            OPEN,
            &json!({"participant_name": "é".repeat(128), "participant_metadata": "m".repeat(2048)}),
            &[],
        );
        check(OPEN, &json!({"participant_name": "n".repeat(129)}), &["participant_name"]);
        for name in ["", "  ", "a\u{202e}b", "a\nb", "a\r\nb", "\0", "\u{85}"] {
            check(OPEN, &json!({"participant_name": name}), &["participant_name"]);
        }
        check(OPEN, &json!({"participant_metadata": "m".repeat(2049)}), &["participant_metadata"]);
        let many: BTreeMap<String, String> = (0..17).map(|n| (n.to_string(), String::new())).collect();
        for attributes in
            [json!(many), json!({"k": "v".repeat(257)}), json!({"role": "x"}), json!({"user_id": "x"})]
        {
            check(OPEN, &json!({"participant_attributes": attributes}), &["participant_attributes"]);
        }
    }
}
