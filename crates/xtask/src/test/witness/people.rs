//! The people who are witnesses, and the tokens that they live by.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::watch;
use tokio::time::sleep;

use super::logins::Login;

/// A token is renewed so long before its end, or in the last third of its life where that is shorter.
const BEFORE_ITS_END: Duration = Duration::from_secs(75);

/// After a renewal that failed.
const AGAIN: Duration = Duration::from_secs(2);

/// An access token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: String,
    /// When it must be renewed.
    renew_at: Instant,
}

impl Token {
    pub(super) fn new(text: String, lives: Duration) -> Self {
        Self { text, renew_at: Instant::now() + lives.saturating_sub(BEFORE_ITS_END.min(lives / 3)) }
    }
}

/// Somebody. All their devices share one login, and so one token.
pub(super) struct Person {
    /// The `sub` of their tokens.
    pub(super) id: String,
    pub(super) token: watch::Receiver<Token>,
}

/// Logs everybody in, one after the other, and keeps their tokens fresh as long as the task lives.
pub(super) async fn log_in(
    mut logins: Vec<Login>,
) -> Result<(Vec<Arc<Person>>, tokio::task::JoinHandle<()>)> {
    let (mut people, mut tokens) = (Vec::new(), Vec::new());
    for login in &mut logins {
        let token = login.token().await.with_context(|| format!("logging {} in", login.user_id()))?;
        let (sender, receiver) = watch::channel(token);
        people.push(Arc::new(Person { id: login.user_id().to_owned(), token: receiver }));
        tokens.push(sender);
    }
    Ok((people, tokio::spawn(keep_fresh(logins, tokens))))
}

/// One token at a time, the one that ends first: all of them together would be a rush on Keycloak every few minutes.
async fn keep_fresh(mut logins: Vec<Login>, tokens: Vec<watch::Sender<Token>>) {
    loop {
        let first = tokens.iter().map(|token| token.borrow().renew_at).enumerate().min_by_key(|(_, at)| *at);
        let Some((place, at)) = first else { return };
        sleep(at.saturating_duration_since(Instant::now())).await;
        match logins[place].token().await {
            Ok(token) => drop(tokens[place].send_replace(token)),
            Err(error) => {
                eprintln!("witness: a token is not renewed: {error:#}");
                tokens[place].send_modify(|token| token.renew_at = Instant::now() + AGAIN);
            }
        }
    }
}
