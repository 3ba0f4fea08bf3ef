//! What others may see as a person's name.

use std::borrow::Cow;

use signal_protocol::is_deceptive;

use super::json::Object;

const MAX_CHARACTERS: usize = 128;

/// The claim `name`, else `preferred_username`, made fit for display. A value that holds an `@` is passed over: in many
/// realms the user name is the e-mail address, and nobody agreed to show that to a room.
pub(super) fn display_name(claims: &Object<'_>) -> Option<String> {
    ["name", "preferred_username"].into_iter().find_map(|claim| fit(claims.text(claim)?))
}

fn fit(text: &str) -> Option<String> {
    if text.contains('@') {
        return None;
    }
    let visible = if text.contains(is_deceptive) {
        Cow::Owned(text.replace(is_deceptive, ""))
    } else {
        Cow::Borrowed(text)
    };
    let trimmed = visible.trim();
    let end = trimmed.char_indices().nth(MAX_CHARACTERS).map_or(trimmed.len(), |(end, _)| end);
    let name = trimmed[..end].trim_end();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn shown(claims: &Value) -> Option<String> {
        display_name(&serde_json::from_str(&claims.to_string()).unwrap())
    }

    #[test]
    fn the_name_is_shown_else_the_user_name_and_never_an_address() {
        let long = "n".repeat(200);
        let cut = "n".repeat(128);
        let wide = "☎".repeat(128);
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
            (json!({ "name": "\u{202e}Ali\u{200b}ce" }), Some("Alice")),
            (json!({ "name": "☎".repeat(129) }), Some(wide.as_str())),
            (json!({ "name": format!("{} end", &long[..127]) }), Some(&long[..127])),
            (json!({ "email": "alice@example.org" }), None),
        ];
        for (claims, expected) in rows {
            assert_eq!(shown(&claims).as_deref(), expected, "{claims}");
        }
    }
}
