//! `docs/protocol.md` against the code: it names every word of the wire, and was read since the schemas changed last.

use sha2::{Digest as _, Sha256};
use signal_protocol::schema::{self, CommandShape};
use signal_protocol::socket::{Close, CommandName, SUBPROTOCOL, SUBPROTOCOL_OF_OLDER_CLIENTS};
use signal_protocol::{ErrorCode, SignalKind};

const PAGE: &str = include_str!("../../../docs/protocol.md");
const HERE: &str = "/api/realtime";

#[test]
fn the_page_was_read_since_the_schemas_changed_last() {
    let digest = Sha256::digest(schema::text(&schema::document()));
    let digest = format!("{digest:x}");
    assert!(
        PAGE.contains(&format!("`{digest}`")),
        "the schemas have changed: run `cargo xtask codegen`, look at what is different in docs/schemas/protocol.json, put docs/protocol.md right, \
         and write into it that it was read against {digest}"
    );
}

#[test]
fn the_page_has_a_row_for_every_command() {
    for name in CommandName::ALL {
        let ((method, path), shape) = (name.http(), CommandShape::of(*name));
        let row = format!("| `{}` | `{method} {}` |", name.as_str(), path.strip_prefix(HERE).unwrap());
        let row = PAGE.lines().find(|line| line.starts_with(&row)).unwrap_or_else(|| panic!("no row {row}"));
        let body = shape.body.filter(|body| *body != "EmptyRequest");
        for schema in body.iter().chain(&shape.answer) {
            assert!(row.contains(&format!("`{schema}")), "{schema} is missing in {row}");
        }
    }
}

#[test]
fn the_page_has_a_row_for_every_way_to_close() {
    for close in Close::ALL {
        let (code, reason) = (close.code(), close.reason());
        let has_both =
            |line: &str| line.starts_with(&format!("| {code} |")) && line.contains(&format!("`{reason}`"));
        assert!(PAGE.lines().any(has_both), "no row for {code} {reason}");
    }
}

#[test]
fn the_page_has_a_row_for_every_message_and_every_kind_of_signal() {
    let document = schema::document();
    for message in ["ClientMessage", "ServerMessage"] {
        for variant in document["$defs"][message]["oneOf"].as_array().unwrap() {
            let own = variant["allOf"].as_array().map_or(variant, |parts| parts.last().unwrap());
            let word = own["properties"]["type"]["const"].as_str().unwrap();
            assert!(PAGE.contains(&format!("\n| `{word}` | ")), "no row for {word}");
        }
    }
    for kind in [SignalKind::Offer, SignalKind::Answer, SignalKind::Candidates, SignalKind::Restart] {
        assert!(PAGE.contains(&format!("\n| `{}` | ", kind.as_str())), "no row for {}", kind.as_str());
    }
}

#[test]
fn the_page_names_the_subprotocols_and_no_error_code_that_is_none() {
    for subprotocol in [SUBPROTOCOL, SUBPROTOCOL_OF_OLDER_CLIENTS] {
        assert!(PAGE.contains(&format!("`{subprotocol}`")), "{subprotocol}");
    }
    for status in ["400", "403", "409", "413", "422", "426", "429"] {
        for after in PAGE.split(&format!(" {status} `")).skip(1) {
            let code = after.split('`').next().unwrap();
            assert!(ErrorCode::ALL.iter().any(|known| known.as_str() == code), "{status} {code}");
        }
    }
}
