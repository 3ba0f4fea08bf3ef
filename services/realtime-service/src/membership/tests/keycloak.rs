//! The `token_claims` source about people who are not asking: groups of a real Keycloak.

use serde_json::{Value, json};
use testkit::Keycloak;

use super::world::{account, membership, only, strangers};
use crate::membership::Membership;

/// The secret of the realm file's service client.
const DEVELOPMENT_SECRET: &str = "development-realtime-service-secret-never-in-production";

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";
const BOB: &str = "b0b00000-0000-4000-8000-000000000002";
const CAROL: &str = "ca401000-0000-4000-8000-000000000003";
const DAVE: &str = "dafe0000-0000-4000-8000-000000000004";
const FRANK: &str = "f4a4c000-0000-4000-8000-000000000006";

/// Keycloak is slow while it warms up, and that is not what is tested.
fn patient(template: &str) -> Value {
    json!({ "token_claims": { "template": template, "timeout_ms": 5_000 } })
}

fn groups_of(issuer: &str, template: &str) -> Membership {
    membership(&patient(template), Some(&account(issuer, "realtime-service", DEVELOPMENT_SECRET)))
}

#[tokio::test]
async fn the_groups_of_the_realm_say_who_belongs_to_a_room() {
    let keycloak = Keycloak::shared().await.unwrap();
    let membership = groups_of(&keycloak.issuer(), "/rooms/{room_id}");
    let ask = async |room: &str, users: &[&str]| strangers(&membership, "realtime", room, users).await;
    assert_eq!(ask("standup", &[ALICE, BOB, CAROL, FRANK]).await, only(&[]));
    assert_eq!(ask("standup", &[DAVE, ALICE, "nobody"]).await, only(&[DAVE, "nobody"]));
    assert_eq!(ask("retro", &[ALICE, BOB, CAROL]).await, only(&[CAROL]), "alice by the bare group");
    for room in ["nowhere", "Standup", "standup2", "a.b:c"] {
        assert_eq!(ask(room, &[ALICE]).await, only(&[ALICE]), "{room}");
    }
}

#[tokio::test]
async fn long_lists_are_read_to_their_end_and_other_subgroups_count_for_nothing() {
    const REALM: &str = "membership-large";
    let keycloak = Keycloak::shared().await.unwrap();
    let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
    let fill = |realm: &mut Value| {
        let of_roles = ["viewer", "janitor"].map(|name| json!({ "name": name }));
        let crew = json!({ "name": "crew", "subGroups": of_roles });
        let room = json!({ "name": "big room", "subGroups": [crew] });
        realm["groups"] = json!([{ "name": "org", "subGroups": [room, { "name": "big" }] }]);
        let users = realm["users"].as_array_mut().unwrap();
        for user in users.iter_mut() {
            user.as_object_mut().unwrap().remove("groups");
        }
        users.extend((0..=1_000).map(|number| {
            let group = if number == 1_000 { "/org/big room/crew/janitor" } else { "/org/big room/crew/viewer" };
            json!({ "id": id(number), "username": format!("user-{number}"), "enabled": true, "groups": [group] })
        }));
    };
    keycloak.create_realm_with(REALM, fill).await.unwrap();
    // A template with a character that no address holds as it is.
    let membership = groups_of(&keycloak.issuer_of(REALM), "/org/{room_id} room/crew");
    let asked = [0, 499, 500, 999, 1_000].map(id);
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let found = strangers(&membership, REALM, "big", &asked).await;
    keycloak.remove_realm(REALM).await.unwrap();
    assert_eq!(found, only(&[&id(1_000)]));
}

#[tokio::test]
async fn an_account_without_rights_knows_nothing() {
    const REALM: &str = "membership-forbidden";
    let keycloak = Keycloak::shared().await.unwrap();
    let forbid = |realm: &mut Value| {
        for user in realm["users"].as_array_mut().unwrap() {
            user.as_object_mut().unwrap().remove("clientRoles");
        }
    };
    keycloak.create_realm_with(REALM, forbid).await.unwrap();
    let membership = groups_of(&keycloak.issuer_of(REALM), "/rooms/{room_id}");
    let found = strangers(&membership, REALM, "standup", &[ALICE]).await;
    keycloak.remove_realm(REALM).await.unwrap();
    assert_eq!(found, None);
}
