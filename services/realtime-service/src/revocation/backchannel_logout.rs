//! `POST /api/realtime/backchannel-logout`: an issuer says that a login was ended (OpenID Connect Back-Channel Logout 1.0).

use std::error::Error;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Data;
use http_server::{Form, Problem, Refusal};
use identity::{LogoutVerifier, TokenRefused};
use serde::Deserialize;
use signal_protocol::ErrorCode;
use store::StoreError;

use super::ending::Ended;
use super::{Ending, RevocationMetrics};
use crate::stored::problem_of;

/// Where an issuer says so. Not for clients: the gateway hides it from them.
pub(crate) const PATH: &str = "/api/realtime/backchannel-logout";

/// What is said.
#[derive(Deserialize)]
pub(crate) struct Said {
    logout_token: String,
}

/// What the answer needs.
pub(crate) struct LogoutDesk {
    pub(crate) verifier: LogoutVerifier,
    pub(crate) ending: Ending,
    pub(crate) metrics: RevocationMetrics,
}

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogoutRefused {
    #[error(transparent)]
    Token(#[from] TokenRefused),
    #[error("that the login was ended cannot be written down")]
    Store(#[from] StoreError),
}

impl Refusal for LogoutRefused {
    fn problem(&self) -> Problem {
        match self {
            // Not 401: the issuer is not asked for anything, its request is wrong.
            Self::Token(TokenRefused::Missing | TokenRefused::Invalid(_) | TokenRefused::Expired) => {
                Problem::new(ErrorCode::InvalidField).field("logout_token", "is not accepted")
            }
            Self::Token(TokenRefused::Unavailable) => Problem::new(ErrorCode::IdentityUnavailable),
            Self::Store(failure) => problem_of(failure),
        }
    }
}

impl LogoutRefused {
    const fn outcome(&self) -> &'static str {
        match self {
            Self::Token(refused) => refused.reason(),
            Self::Store(_) => "failed",
        }
    }
}

impl LogoutDesk {
    async fn hear(&self, token: &str) -> Result<Ended, LogoutRefused> {
        let logout = self.verifier.verify(token).await?;
        let ended = self.ending.end(&logout.tenant, &logout.revocation, Some(&logout.token_id)).await?;
        if ended == Ended::Now {
            let user = logout.revocation.logins.user().map(tracing::field::display);
            tracing::info!(tenant.id = %logout.tenant, user.id = user, "login.ended");
        }
        Ok(ended)
    }
}

/// 200 once it is written down for every replica of every service.
pub(crate) async fn backchannel_logout(
    Form(said): Form<Said>,
    desk: Data<LogoutDesk>,
) -> Result<HttpResponse, Problem> {
    let heard = desk.hear(&said.logout_token).await;
    desk.metrics.logged_out(match &heard {
        Ok(Ended::Now) => "ended",
        Ok(Ended::Before) => "repeated",
        Err(refused) => refused.outcome(),
    });
    match &heard {
        Ok(_) => {}
        Err(LogoutRefused::Token(refused)) => {
            tracing::warn!(reason = refused.reason(), "logout_token.refused");
        }
        Err(LogoutRefused::Store(error)) => {
            tracing::warn!(error = error as &dyn Error, "login.not_ended");
        }
    }
    heard?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    Ok(answer.finish())
}
