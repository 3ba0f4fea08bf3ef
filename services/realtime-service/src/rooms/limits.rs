//! How much one caller may ask of one replica.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use http_server::{Authenticated, LimitSettings, PerCaller, Problem};
use identity::Caller;
use signal_protocol::ErrorCode;

use crate::metrics::ServiceMetrics;

/// Joins, dry runs included.
pub(crate) struct JoinLimit {
    limit: PerCaller,
    metrics: ServiceMetrics,
}

/// Reads.
pub(crate) struct ReadLimit(PerCaller);

/// Somebody who may ask to join now. Counted before anything else of the request is read, so that nobody can send broken
/// bodies without end.
pub(crate) struct Joiner(pub(crate) Arc<Caller>);

impl JoinLimit {
    pub(crate) fn new(settings: &LimitSettings, metrics: ServiceMetrics) -> Self {
        Self { limit: PerCaller::new(settings.joins()), metrics }
    }

    fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.limit.check(caller).inspect_err(|problem| self.metrics.joined(problem.code().as_str()))
    }
}

impl ReadLimit {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self(PerCaller::new(settings.reads()))
    }

    pub(crate) fn check(&self, caller: &Caller) -> Result<(), Problem> {
        self.0.check(caller)
    }
}

impl FromRequest for Joiner {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Authenticated::from_request(request, payload);
        let limit = request.app_data::<Data<JoinLimit>>().cloned();
        async move {
            let Authenticated(caller) = caller.await?;
            let limit = limit.ok_or_else(|| {
                tracing::error!("handler.without_limit");
                Problem::new(ErrorCode::Internal)
            })?;
            limit.check(&caller)?;
            Ok(Self(caller))
        }
        .boxed_local()
    }
}
