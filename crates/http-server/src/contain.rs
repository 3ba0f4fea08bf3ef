//! Containment: what a handler may do wrong without harm to anybody but its own request.
//!
//! A panic becomes a 500 `internal` with the constant body. Every call that a handler makes has a shorter limit than the handler
//! itself, whose end has a code of its own. But several that are all slow, and not too slow, may take longer than the whole: then
//! the code is that of the one that is waited for then, see [`waiting_for`](crate::waiting_for). Where nobody knows what is slow
//! it is a bug, trying again would not help, and 503 with `Retry-After` would be a lie: that is a 500 as well.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use pin_project_lite::pin_project;
use signal_protocol::ErrorCode;
use tokio::time::{Sleep, sleep};

use crate::edge::Edge;
use crate::{Problem, current};

/// The middleware around the router.
pub(crate) struct Containment(pub(crate) Arc<Edge>);

impl<S, B> Transform<S, ServiceRequest> for Containment
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = Contained<S>;
    type InitError = ();
    type Future = Ready<Result<Contained<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Contained { service, edge: Arc::clone(&self.0) }))
    }
}

pub(crate) struct Contained<S> {
    service: S,
    edge: Arc<Edge>,
}

impl<S, B> Service<ServiceRequest> for Contained<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Call<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let answer = self.service.call(request);
        let limit = current::has_deadline().then(|| self.edge.settings.handler_timeout());
        Call { answer, edge: Arc::clone(&self.edge), limit, deadline: None }
    }
}

pin_project! {
    pub(crate) struct Call<F> {
        #[pin]
        answer: F,
        edge: Arc<Edge>,
        limit: Option<Duration>,
        deadline: Option<Pin<Box<Sleep>>>,
    }
}

impl<F, T> Future for Call<F>
where
    F: Future<Output = Result<T, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // Whatever else this thread runs may have left a word.
        current::take_waited_for();
        let waits_for = match current::contained(|| this.answer.poll(context)) {
            Ok(Poll::Ready(outcome)) => return Poll::Ready(outcome),
            Ok(Poll::Pending) => current::take_waited_for(),
            Err(place) => {
                this.edge.metrics.panics.inc();
                tracing::error!(place, "handler.panicked");
                return Poll::Ready(Err(Problem::new(ErrorCode::Internal).into()));
            }
        };
        // The time in which the client sends the body has its own limit; the handler's begins after it.
        let is_reading = current::take_reading();
        let (Some(limit), false) = (*this.limit, is_reading) else { return Poll::Pending };
        let deadline = this.deadline.get_or_insert_with(|| Box::pin(sleep(limit)));
        deadline.as_mut().poll(context).map(|()| {
            if let Some(code) = waits_for {
                tracing::warn!(deadline_ms = limit.as_millis(), code = code.as_str(), "handler.out_of_time");
                return Err(Problem::new(code).into());
            }
            this.edge.metrics.overdue.inc();
            tracing::error!(deadline_ms = limit.as_millis(), "handler.overdue");
            Err(Problem::new(ErrorCode::Internal).into())
        })
    }
}
