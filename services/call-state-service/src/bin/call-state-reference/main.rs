//! Prints what is documented from the code: the settings.

use std::process::ExitCode;

use call_state_service::{CallStateSettings, SERVICE};

fn main() -> ExitCode {
    if let Some("configuration") = std::env::args().nth(1).as_deref() {
        print!("{}", settings::reference::<CallStateSettings>(&SERVICE));
        ExitCode::SUCCESS
    } else {
        eprintln!("usage: call-state-reference configuration");
        ExitCode::from(2)
    }
}
