//! Over a socket everybody may what they may over HTTP.

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use signal_protocol::socket::CommandName;

use super::AT_ONCE;
use super::people::Person;
use super::stage::Stage;
use super::table::{Row, rows};
use crate::socket::Socket;

/// What becomes of the command that stands for `row`, if that is anything else than the table says.
async fn differs(stage: &Stage, command: CommandName, row: &Row, person: Person) -> Option<String> {
    let cell = stage.cell(row, person).await;
    let mut socket = Socket::open(&stage.world.url).await;
    let expected = row.expected(person);
    socket.hello(cell.token.as_deref().unwrap_or_default(), "default", None).await;
    if person.token_refused().is_some() {
        let found = socket.closed().await;
        return (found != (4401, expected.code.to_owned())).then(|| format!("{found:?}"));
    }
    let mut more = json!({});
    if row.is_about_a_room() {
        more["room_id"] = json!(cell.places().room);
    }
    if row.is_about_a_call() {
        more["call_id"] = json!(cell.places().call);
    }
    if let Some(body) = cell.body(row) {
        more["body"] = body;
    }
    let answer = socket.command(command.as_str(), &more).await;
    let code = answer["problem"]["code"].as_str().unwrap_or_default();
    (answer["status"] != expected.status || code != expected.code).then(|| answer.to_string())
}

#[tokio::test]
async fn every_command_is_answered_as_the_call_that_it_stands_for() {
    let stage = Stage::set().await;
    let rows = rows();
    let mut cells = Vec::new();
    for command in CommandName::ALL {
        let (method, path) = command.http();
        let of_command = rows.iter().filter(|row| row.operation() == (method.to_owned(), path.to_owned()));
        let before = cells.len();
        cells.extend(
            of_command.flat_map(|row| Person::ALL.iter().map(move |person| (*command, row, *person))),
        );
        assert!(cells.len() > before, "{method} {path} is in the table");
    }
    let wrong = stream::iter(cells).map(async |(command, row, person)| {
        let wrong = differs(&stage, command, row, person).await?;
        Some(format!("{} by {person:?}: {wrong}", command.as_str()))
    });
    let wrong: Vec<String> = wrong.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
