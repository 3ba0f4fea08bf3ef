//! The groups of the realm, each with its path.

use super::file::GroupEntry;

/// A group as Keycloak's admin API knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The names from the top down to this one, each after a slash.
    pub(crate) path: String,
    /// The id of the group above it.
    pub(crate) parent: Option<String>,
}

/// All groups, each after the one above it.
pub(super) fn flat(entries: Vec<GroupEntry>) -> Vec<Group> {
    let mut groups = Vec::new();
    add(entries, None, &mut groups);
    groups
}

fn add(entries: Vec<GroupEntry>, above: Option<&Group>, groups: &mut Vec<Group>) {
    for GroupEntry { id, name, sub_groups } in entries {
        let path = format!("{}/{name}", above.map_or("", |above| &above.path));
        let group = Group { id, name, path, parent: above.map(|above| above.id.clone()) };
        groups.push(group.clone());
        add(sub_groups, Some(&group), groups);
    }
}
