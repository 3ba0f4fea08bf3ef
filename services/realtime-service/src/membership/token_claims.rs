//! Membership from the groups that Keycloak writes into the access token, and for people whose token is not at hand
//! from those groups themselves.

mod admin_api;
mod groups;

pub(super) use groups::Groups;

use std::collections::BTreeMap;

use async_trait::async_trait;
use identity::Caller;
use serde_json::Value;
use signal_protocol::{Role, RoomId, Tenant, UserId};

use super::rolls::tell_no_account;
use super::source::{Answer, Everybody, Member, MembershipSource, Roll, Rooms};
use crate::TokenClaimsSettings;
use crate::doors::Door;

/// Reads `/rooms/<room>` as participant and `/rooms/<room>/<role>` as that role, by a template.
pub(super) struct TokenClaims {
    claim: String,
    before: String,
    after: String,
    groups: Option<Groups>,
}

impl TokenClaims {
    /// Without `groups` nothing is known of anybody but the caller.
    pub(super) fn new(settings: &TokenClaimsSettings, groups: Option<Groups>) -> Self {
        let (before, after) = settings.template.split_once("{room_id}").unwrap_or((&settings.template, ""));
        Self { claim: settings.claim.clone(), before: before.to_owned(), after: after.to_owned(), groups }
    }

    /// The highest role that `groups` give in `room`. A role segment that is no role counts for nothing, rather than
    /// for participant: a group meant for something else must not let anybody in.
    fn role(&self, groups: &Value, room: &RoomId) -> Option<Role> {
        names(groups).filter_map(|group| self.role_of_group(group, room)).max()
    }

    fn role_of_group(&self, group: &str, room: &RoomId) -> Option<Role> {
        let rest =
            group.strip_prefix(&self.before)?.strip_prefix(room.as_str())?.strip_prefix(&self.after)?;
        if rest.is_empty() { Some(Role::Participant) } else { rest.strip_prefix('/')?.parse().ok() }
    }

    /// The rooms that `groups` name, each with the highest role that they give there.
    fn rooms(&self, groups: &Value) -> BTreeMap<RoomId, Role> {
        let mut rooms = BTreeMap::new();
        for (room, role) in names(groups).flat_map(|group| self.rooms_of_group(group)) {
            let highest = rooms.entry(room).or_insert(role);
            *highest = role.max(*highest);
        }
        rooms
    }

    /// The room that a group names, with and without a role behind it: a template may end like a role. What the same group
    /// gives when one asks about that very room is what counts.
    fn rooms_of_group(&self, group: &str) -> impl Iterator<Item = (RoomId, Role)> {
        let room = |path: &str| {
            let id = path.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
            let room = RoomId::parse(id).ok()?;
            self.role_of_group(group, &room).map(|role| (room, role))
        };
        let above = group.rsplit_once('/').and_then(|(above, _)| room(above));
        room(group).into_iter().chain(above)
    }
}

/// The groups in a claim; one alone may stand there as it is.
fn names(groups: &Value) -> impl Iterator<Item = &str> {
    let groups = match groups {
        Value::Array(groups) => groups.as_slice(),
        Value::String(_) => std::slice::from_ref(groups),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => &[],
    };
    groups.iter().filter_map(Value::as_str)
}

#[async_trait]
impl MembershipSource for TokenClaims {
    fn name(&self) -> &'static str {
        "token_claims"
    }

    async fn ask(&self, caller: &Caller, room: &RoomId, _: Option<&Door>) -> Answer {
        match caller.claim(&self.claim).and_then(|groups| self.role(&groups, room)) {
            Some(role) => Answer::Member(Member { role, room_name: None, max_participants: None }),
            None => Answer::NotMember,
        }
    }

    async fn ask_about(&self, tenant: &Tenant, room: &RoomId, users: &[UserId]) -> Roll {
        let Some(groups) = &self.groups else {
            tell_no_account(self.name());
            return Roll::unknown(users);
        };
        let roll = groups.roll(tenant, room).await;
        roll.map_or_else(|| Roll::unknown(users), |roll| roll.of(users))
    }

    async fn everybody(&self, tenant: &Tenant, room: &RoomId) -> Everybody {
        let Some(groups) = &self.groups else { return Everybody::CannotList };
        groups.roll(tenant, room).await.map_or(Everybody::Unknown, Everybody::Listed)
    }

    async fn rooms_of(&self, caller: &Caller) -> Rooms {
        let groups = caller.claim(&self.claim).unwrap_or_default();
        Rooms::Listed(self.rooms(&groups).into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(template: &str, groups: &Value, expected: Option<Role>) {
        let settings =
            TokenClaimsSettings { template: template.to_owned(), ..TokenClaimsSettings::default() };
        let room = RoomId::parse("standup").unwrap();
        assert_eq!(TokenClaims::new(&settings, None).role(groups, &room), expected, "{template} {groups}");
    }

    #[test]
    fn groups_name_rooms_and_roles() {
        let usual = "/rooms/{room_id}";
        for (groups, expected) in [
            (json!(["/rooms/standup"]), Some(Role::Participant)),
            (json!(["/rooms/standup/viewer"]), Some(Role::Viewer)),
            (
                json!(["/rooms/standup/viewer", "/rooms/standup/presenter", "/rooms/standup"]),
                Some(Role::Presenter),
            ),
            (json!(["/rooms/standup/owner"]), None),
            (json!(["/rooms/standup/owner", "/rooms/standup/viewer"]), Some(Role::Viewer)),
            (json!(["/rooms/standup2", "/rooms/stand", "/rooms", "rooms/standup", "/x/rooms/standup"]), None),
            (json!(["/rooms/standup/"]), None),
            (json!(["/rooms/standup/viewer/extra", "/rooms/standup/Viewer", "/rooms/STANDUP"]), None),
            (json!("/rooms/standup/moderator"), Some(Role::Moderator)),
            (json!([7, null, {"a": 1}, ["/rooms/standup"]]), None),
            (json!({"/rooms/standup": true}), None),
            (json!(null), None),
        ] {
            check(usual, &groups, expected);
        }
    }

    #[test]
    fn the_rooms_that_groups_name_are_those_in_which_they_give_a_role() {
        let groups = json!([
            "/rooms/a",
            "/rooms/a/moderator",
            "/rooms/b/viewer",
            "/rooms/c/owner",
            "/rooms/d/viewer/extra",
            "/rooms/",
            "/else/e",
            "/rooms/.f",
            7,
            "/org/g/viewer",
            "/org/h/viewer/presenter",
            "/org/viewer",
        ]);
        let check = |template: &str, expected: &[(&str, Role)]| {
            let settings =
                TokenClaimsSettings { template: template.to_owned(), ..TokenClaimsSettings::default() };
            let source = TokenClaims::new(&settings, None);
            let found = source.rooms(&groups);
            for (room, role) in &found {
                assert_eq!(source.role(&groups, room), Some(*role), "{template} {room}");
            }
            let found: Vec<_> = found.iter().map(|(room, role)| (room.as_str(), *role)).collect();
            assert_eq!(found, expected, "{template}");
        };
        check("/rooms/{room_id}", &[("a", Role::Moderator), ("b", Role::Viewer)]);
        check("/org/{room_id}/viewer", &[("g", Role::Participant), ("h", Role::Presenter)]);
        check("{room_id}", &[]);
    }

    #[test]
    fn the_template_is_taken_as_it_stands() {
        check("/org/{room_id}/call", &json!(["/org/standup/call/moderator"]), Some(Role::Moderator));
        check("/org/{room_id}/call", &json!(["/org/standup", "/org/standup/calls"]), None);
        check("room:{room_id}", &json!(["room:standup"]), Some(Role::Participant));
    }
}
