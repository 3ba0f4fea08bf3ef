//! Prints what is documented from the code: the OpenAPI document, the settings, the error codes.

use std::process::ExitCode;

use realtime_service::{RealtimeSettings, SERVICE, document};

mod errors;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    let text = match wanted.as_deref() {
        Some("openapi") => document().to_pretty_json().map(|json| json + "\n"),
        Some("configuration") => Ok(settings::reference::<RealtimeSettings>(&SERVICE)),
        Some("errors") => Ok(errors::reference()),
        Some(_) | None => {
            eprintln!("usage: realtime-reference openapi|configuration|errors");
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
