//! What others may see as a person's name.

use serde_json::{Map, Value};

const MAX_CHARACTERS: usize = 128;

/// The claim `name`, else `preferred_username`, made fit for display. A value that holds an `@` is passed over: in many
/// realms the user name is the e-mail address, and nobody agreed to show that to a room.
pub(super) fn display_name(claims: &Map<String, Value>) -> Option<String> {
    ["name", "preferred_username"].into_iter().find_map(|claim| fit(claims.get(claim)?.as_str()?))
}

fn fit(text: &str) -> Option<String> {
    if text.contains('@') {
        return None;
    }
    let visible: String = text.chars().filter(|character| !character.is_control()).collect();
    let cut: String = visible.trim().chars().take(MAX_CHARACTERS).collect();
    let name = cut.trim_end();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(claims: Value) -> Option<String> {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        display_name(&claims)
    }

    #[test]
    fn the_name_is_shown_else_the_user_name_and_never_an_address() {
        let long = "n".repeat(200);
        let cut = "n".repeat(128);
        let rows = [
            (json!({ "name": "Alice A.", "preferred_username": "alice" }), Some("Alice A.")),
            (json!({ "preferred_username": "alice" }), Some("alice")),
            (json!({ "name": "alice@example.org", "preferred_username": "alice" }), Some("alice")),
            (json!({ "name": "", "preferred_username": "alice@example.org" }), None),
            (json!({ "name": "Alice <a@b>" }), None),
            (json!({ "name": "  Ali\r\nce\u{0} \u{7f}" }), Some("Alice")),
            (json!({ "name": " \t\n", "preferred_username": "alice" }), Some("alice")),
            (json!({ "name": 7, "preferred_username": "alice" }), Some("alice")),
            (json!({ "name": long }), Some(cut.as_str())),
            (json!({ "name": "Zoë ☎" }), Some("Zoë ☎")),
            (json!({ "email": "alice@example.org" }), None),
        ];
        for (claims, expected) in rows {
            assert_eq!(shown(claims.clone()).as_deref(), expected, "{claims}");
        }
    }
}
