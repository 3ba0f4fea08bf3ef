//! Who may do what, as a table: every call of the API for everybody there is. And that whoever may not know of something finds it
//! absent.

mod absence;
mod odd_names;
mod old_keys;
mod people;
mod sockets;
mod stage;
mod table;

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use reqwest::StatusCode;

use crate::world::{Answer, send};
use people::Person;
use stage::{Cell, Stage};
use table::{Expected, Row, rows};

/// How many cells are tried at a time.
const AT_ONCE: usize = 4;

/// How OpenAPI names methods.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Expected {
    /// What is wrong about an answer; nothing if it is as it should be.
    fn differs_from(&self, answer: &Answer) -> Option<String> {
        let found = (answer.status.as_u16(), code_of(answer));
        (found != (self.status, self.code.to_owned())).then(|| format!("{found:?} {}", answer.text))
    }
}

/// The code of a refusal; nothing for a success.
fn code_of(answer: &Answer) -> String {
    if answer.status < StatusCode::BAD_REQUEST {
        return String::new();
    }
    answer.json()["code"].as_str().unwrap_or("no code").to_owned()
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let stage = Stage::set().await;
    let rows = rows();
    let cells = rows.iter().flat_map(|row| Person::ALL.iter().map(move |person| (row, *person)));
    let wrong = stream::iter(cells).map(async |(row, person)| {
        let Cell { request, guest: _guest, .. } = stage.cell(row, person).await;
        let wrong = row.expected(person).differs_from(&send(request).await)?;
        Some(format!("{} {} by {person:?}: {wrong}", row.method, row.path))
    });
    let wrong: Vec<String> = wrong.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // How every token begins, be it Keycloak's or LiveKit's.
    let output = stage.world.service.output();
    assert!(!output.contains("eyJ"), "a token is in the log");
}

#[test]
fn the_table_has_every_call_that_there_is() {
    let document = serde_json::to_value(realtime_service::document()).unwrap();
    let mut there = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys().filter(|name| METHODS.contains(&name.as_str()));
        there.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    let tabled = rows().iter().map(Row::operation).collect::<BTreeSet<_>>();
    assert_eq!(tabled, there);
}
