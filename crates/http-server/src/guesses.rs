//! Tokens that come another way than in `Authorization`, counted with those.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::Problem;
use crate::address::edge;
use crate::edge::Edge;
use crate::network::subscriber;

/// How many tokens that were not accepted an address has sent, whichever way they came: whoever guesses over a socket has
/// no more tries than over HTTP.
#[derive(Clone)]
pub struct Guesses(Arc<Edge>);

impl Guesses {
    /// Counts one refused token. An expired one need not be counted: it is no guess.
    ///
    /// # Errors
    /// 429 `rate_limited`: there were too many. A good token is not to be refused for that.
    pub fn count(&self, address: IpAddr) -> Result<(), Problem> {
        self.0.failures.check(&subscriber(address))
    }
}

impl FromRequest for Guesses {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(edge(request).map(|edge| Self(Arc::clone(edge))))
    }
}
