//! Prints what is documented from the code: the OpenAPI document, the schemas of the wire and their TypeScript types, those of records,
//! the settings, the error codes.

use std::process::ExitCode;

use realtime_service::{RealtimeSettings, SERVICE, document};
use signal_protocol::schema;

mod errors;
mod typescript;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    let text = match wanted.as_deref() {
        Some("openapi") => document().to_pretty_json().map(|json| json + "\n").map_err(anyhow::Error::from),
        Some("schemas") => Ok(schema::text(&schema::document())),
        Some("records") => Ok(schema::text(&schema::records())),
        Some("typescript") => typescript::types(&schema::document()).map_err(anyhow::Error::from),
        Some("configuration") => Ok(settings::reference::<RealtimeSettings>(&SERVICE)),
        Some("errors") => Ok(errors::reference()),
        Some(_) | None => {
            eprintln!("usage: realtime-reference openapi|schemas|records|typescript|configuration|errors");
            return ExitCode::from(2);
        }
    };
    match text {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("realtime-reference: the document cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
