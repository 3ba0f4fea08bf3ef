//! Prints what is documented from the code: the settings, and what a call is.

use std::process::ExitCode;

use call_state_service::{CallStateSettings, SERVICE};

mod calls;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    let text = match wanted.as_deref() {
        Some("configuration") => settings::reference::<CallStateSettings>(&SERVICE),
        Some("calls") => calls::document(),
        Some(_) | None => {
            eprintln!("usage: call-state-reference configuration|calls");
            return ExitCode::from(2);
        }
    };
    print!("{text}");
    ExitCode::SUCCESS
}
