//! The HTTP client of these commands.

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::Client;

/// Everything asked is on this machine.
const TIMEOUT: Duration = Duration::from_secs(3);

/// A client that gives up soon.
#[expect(
    clippy::disallowed_methods,
    reason = "a few requests of a developer's tool, which has a time-out here and no trace to go on with"
)]
pub(crate) fn client() -> Result<Client> {
    Client::builder().timeout(TIMEOUT).no_proxy().build().context("cannot make an HTTP client")
}
