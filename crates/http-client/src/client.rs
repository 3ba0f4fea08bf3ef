//! A client: one connection pool, one set of bounds.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use url::Url;

use crate::{ClientSettings, Failure, Request};

/// How long an unused connection is kept. Shorter than what servers and load balancers commonly allow, so that a
/// connection is rarely closed under a request.
const IDLE: Duration = Duration::from_secs(30);

/// An HTTP client for one purpose. Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) name: &'static str,
    pub(crate) settings: Arc<ClientSettings>,
    pub(crate) inner: reqwest::Client,
}

impl Client {
    /// A client within the bounds of `settings`. `name` is what spans call the other side (`membership`, `identity`).
    ///
    /// # Errors
    /// [`Failure::Setup`] when TLS is not usable, such as on a machine without root certificates.
    pub fn new(name: &'static str, settings: &ClientSettings) -> Result<Self, Failure> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that builds a client, with timeouts"
        )]
        let builder = reqwest::Client::builder();
        let inner = builder
            .connect_timeout(Duration::from_millis(settings.connect_timeout_ms.into()))
            .redirect(reqwest::redirect::Policy::none())
            // Tries are counted here, within the total timeout; a second layer would multiply them.
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(Failure::Setup)?;
        Ok(Self { name, settings: Arc::new(settings.clone()), inner })
    }

    /// A `GET` of `url`. Nothing is sent before [`Request::send`].
    pub fn get(&self, url: Url) -> Request<'_> {
        Request::new(self, Method::GET, url).repeatable()
    }

    /// A `POST` to `url`, without a body until it is given one. Only what never left is sent again, see
    /// [`Request::repeatable`].
    pub fn post(&self, url: Url) -> Request<'_> {
        Request::new(self, Method::POST, url)
    }

    /// A `PUT` to `url`, likewise.
    pub fn put(&self, url: Url) -> Request<'_> {
        Request::new(self, Method::PUT, url)
    }

    /// A `DELETE` of `url`, likewise.
    pub fn delete(&self, url: Url) -> Request<'_> {
        Request::new(self, Method::DELETE, url)
    }
}
