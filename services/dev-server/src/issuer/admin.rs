//! What the services ask of Keycloak's admin API, answered from the realm file: groups and who is in them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query, ServiceConfig};
use http_server::{Authenticated, Route};
use identity::Caller;
use identity::development_issuer::Profile;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Issuer;
use crate::realm::Group;

const GROUP_BY_PATH: &str = "/admin/realms/realtime/group-by-path/{path:.*}";
const CHILDREN: &str = "/admin/realms/realtime/groups/{id}/children";
const MEMBERS: &str = "/admin/realms/realtime/groups/{id}/members";

/// Where Keycloak has the roles of its own admin API.
const ADMIN_ROLES: &str = "resource_access.realm-management.roles";

/// Which part of a list is wanted; the defaults are Keycloak's.
#[derive(Deserialize)]
struct Slice {
    #[serde(default)]
    first: usize,
    #[serde(default = "Slice::usual")]
    max: usize,
}

impl Slice {
    const fn usual() -> usize {
        100
    }

    fn of(&self, all: impl Iterator<Item = Value>) -> HttpResponse {
        HttpResponse::Ok().json(all.skip(self.first).take(self.max).collect::<Vec<_>>())
    }
}

pub(super) fn configure(app: &mut ServiceConfig) {
    app.service(Route::at(GROUP_BY_PATH).get("group_by_path", group_by_path))
        .service(Route::at(CHILDREN).get("group_children", children))
        .service(Route::at(MEMBERS).get("group_members", members));
}

async fn group_by_path(
    Authenticated(caller): Authenticated,
    path: Path<String>,
    issuer: Data<Issuer>,
) -> HttpResponse {
    if !may_look(&caller) {
        return forbidden();
    }
    let path = format!("/{path}");
    match issuer.realm.groups.iter().find(|group| group.path == path) {
        Some(group) => HttpResponse::Ok().json(shown(group, &issuer)),
        None => absent("Group path does not exist"),
    }
}

async fn children(
    Authenticated(caller): Authenticated,
    id: Path<String>,
    slice: Query<Slice>,
    issuer: Data<Issuer>,
) -> HttpResponse {
    if !may_look(&caller) {
        return forbidden();
    }
    match issuer.group(&id) {
        Some(group) => slice.of(issuer.below(group).map(|child| shown(child, &issuer))),
        None => absent("Could not find group by id"),
    }
}

async fn members(
    Authenticated(caller): Authenticated,
    id: Path<String>,
    slice: Query<Slice>,
    issuer: Data<Issuer>,
) -> HttpResponse {
    if !may_look(&caller) {
        return forbidden();
    }
    match issuer.group(&id) {
        Some(group) => slice.of(issuer.realm.members_of(group).map(person)),
        None => absent("Could not find group by id"),
    }
}

impl Issuer {
    fn group(&self, id: &str) -> Option<&Group> {
        self.realm.groups.iter().find(|group| group.id == id)
    }

    fn below<'issuer>(&'issuer self, group: &'issuer Group) -> impl Iterator<Item = &'issuer Group> {
        self.realm.groups.iter().filter(|child| child.parent.as_ref() == Some(&group.id))
    }
}

fn shown(group: &Group, issuer: &Issuer) -> Value {
    json!({
        "id": group.id,
        "name": group.name,
        "path": group.path,
        "parentId": group.parent,
        "subGroupCount": issuer.below(group).count(),
        "subGroups": [],
    })
}

fn person(profile: &Profile) -> Value {
    json!({ "id": profile.user_id, "username": profile.username, "enabled": true })
}

/// The role that Keycloak wants for looking at groups and their members.
fn may_look(caller: &Caller) -> bool {
    let roles = caller.claim(ADMIN_ROLES);
    roles.as_ref().and_then(Value::as_array).is_some_and(|roles| roles.contains(&json!("view-users")))
}

fn forbidden() -> HttpResponse {
    HttpResponse::Forbidden().json(json!({ "error": "HTTP 403 Forbidden" }))
}

fn absent(error: &str) -> HttpResponse {
    HttpResponse::NotFound().json(json!({ "error": error }))
}
