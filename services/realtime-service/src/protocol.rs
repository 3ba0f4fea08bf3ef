//! The JSON Schemas of everything on the wire, for clients that do not come in Rust.

use actix_web::HttpResponse;
use actix_web::web::Data;
use signal_protocol::schema;

/// Where they are served.
pub(crate) const PATH: &str = "/api/realtime/protocol.json";

/// The document as it is served, written once at start.
pub(crate) struct Served(actix_web::web::Bytes);

impl Served {
    pub(crate) fn new() -> Self {
        Self(schema::document().to_string().into())
    }
}

/// `GET /api/realtime/protocol.json`: for everybody.
pub(crate) async fn serve(document: Data<Served>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/schema+json").body(document.0.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use signal_protocol::schema::{CommandShape, Names};
    use signal_protocol::socket::CommandName;

    use crate::openapi;

    /// The name of the schema that `content` holds. What may be left out is there one of two things, of which the other is nothing.
    fn name(content: &Value) -> Option<&str> {
        let schema = &content["application/json"]["schema"];
        let reference = schema["$ref"].as_str().or_else(|| schema["oneOf"][0]["$ref"].as_str());
        reference?.rsplit('/').next()
    }

    #[test]
    fn a_command_takes_and_gives_what_the_http_call_of_the_same_name_does() {
        let api = serde_json::to_value(openapi::document()).expect("an OpenAPI document is JSON");
        for command in CommandName::ALL {
            let (method, path) = command.http();
            let call = &api["paths"][path][method.to_lowercase()];
            assert!(call.is_object(), "{method} {path} is documented");
            let shape = CommandShape::of(*command);
            assert_eq!(name(&call["requestBody"]["content"]), shape.body, "the body of {method} {path}");
            let is_optional = call["requestBody"]["required"] != json!(true);
            assert_eq!(is_optional, shape.body_is_optional, "whether {method} {path} must have a body");
            let answers = call["responses"].as_object().expect("responses");
            // A join that is only tried out has an answer of its own; the socket has no way to ask for that.
            let mut given = answers
                .iter()
                .filter(|(status, _)| status.starts_with('2'))
                .map(|(_, answer)| name(&answer["content"]));
            assert!(given.any(|given| given == shape.answer), "the answer of {method} {path}");
            let named = match shape.names {
                Names::Nothing => path.to_owned(),
                Names::Call => path.replace("{call_id}", ""),
                Names::Room => path.replace("{room_id}", ""),
            };
            assert!(!named.contains('{'), "{method} {path} has all of its path");
        }
    }
}
