//! The JSON Schemas (draft 2020-12) of everything on the wire, made from the types: messages of the socket, answers to polls,
//! events, signals, and the bodies and answers of every command.
//!
//! The same derives describe the HTTP API; here they are written in the plain dialect, without what only OpenAPI knows. A schema says
//! what is written, and what should be sent. The service itself reads a little more than that (an optional field may be `null`)
//! and refuses in other words; its parsers, not these schemas, decide.

mod commands;
mod dialect;
mod records;

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::socket::{ClientMessage, SUBPROTOCOL, ServerMessage};
use crate::{
    AddPartyRequest, Availability, Block, Call, CallAnswer, DeclineRequest, DryRunAnswer, EmptyRequest,
    EventsAnswer, HistoryItem, IceServersAnswer, InviteAnswer, InviteRequest, JoinAnswer, JoinRequest,
    KeyRequest, MediaReport, Page, ProblemDocument, Room, Signal, SignalAnswer, SignalRequest,
};

pub use commands::{CommandShape, Names};
pub use records::records;

#[derive(OpenApi)]
#[openapi(components(schemas(
    ClientMessage,
    ServerMessage,
    EventsAnswer,
    Signal,
    ProblemDocument,
    InviteRequest,
    InviteAnswer,
    KeyRequest,
    DeclineRequest,
    EmptyRequest,
    CallAnswer,
    MediaReport,
    AddPartyRequest,
    SignalRequest,
    SignalAnswer,
    IceServersAnswer,
    JoinRequest,
    JoinAnswer,
    DryRunAnswer,
    Room,
    Block,
    HistoryItem,
    Page<Block>,
    Page<Call>,
    Page<HistoryItem>,
    Availability,
)))]
struct Words;

/// One document with every schema under `$defs`, by the names that the OpenAPI document uses; and under `commands` what each
/// command of the socket takes and gives.
///
/// # Panics
/// Never: what describes types is JSON.
#[must_use]
pub fn document() -> Value {
    let words = serde_json::to_value(Words::openapi()).expect("an OpenAPI document is JSON");
    let Some(schemas) = words.pointer("/components/schemas").and_then(Value::as_object) else {
        unreachable!("the document above names schemas")
    };
    let mut definitions: Map<String, Value> =
        schemas.iter().map(|(name, schema)| dialect::definition(name, schema)).collect();
    definitions.insert("CommandMessage".to_owned(), commands::message());
    dialect::close(&mut definitions, "ClientMessage");
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:realtime:schemas:{SUBPROTOCOL}"),
        "title": format!("Realtime, {SUBPROTOCOL}"),
        "description": "A text frame of a client is a ClientMessage, one of the server a ServerMessage, the answer to a poll an EventsAnswer, \
                        every answer that is no success a ProblemDocument. A client ignores fields and events that it does not know.",
        "commands": commands::table(),
        "$defs": definitions,
    })
}

/// A document as it is committed: easy to read, and to compare.
#[must_use]
pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}
