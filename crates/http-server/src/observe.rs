//! The outermost layer of the application: one span, one count, one line in the log for each request, and the last
//! word on every answer.

mod exchange;

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::InternalError;
use pin_project_lite::pin_project;

use crate::edge::Edge;
use crate::route::Matched;
use crate::{current, head};
use exchange::{Arrival, Exchange};

/// The middleware.
pub(crate) struct Observer(pub(crate) Arc<Edge>);

impl<S, B> Transform<S, ServiceRequest> for Observer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Observed<S>;
    type InitError = ();
    type Future = Ready<Result<Observed<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Observed { service, edge: Arc::clone(&self.0), unmatched: Rc::new(Matched::nothing()) }))
    }
}

pub(crate) struct Observed<S> {
    service: S,
    edge: Arc<Edge>,
    unmatched: Rc<Matched>,
}

impl<S, B> Service<ServiceRequest> for Observed<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let arrival = Arrival::of(&request, &self.edge);
        let refused = head::check(request.head(), &self.edge.settings).err();
        let step = match refused {
            Some(problem) => Step::Refused { response: Some(request.error_response(problem)) },
            None => Step::Called { call: self.service.call(request) },
        };
        // The router has run by now, and left word of the route it chose.
        let route = current::take_route().unwrap_or_else(|| Rc::clone(&self.unmatched));
        Answer { step, exchange: Exchange::begin(arrival, route, Arc::clone(&self.edge)) }
    }
}

pin_project! {
    pub(crate) struct Answer<F> {
        #[pin]
        step: Step<F>,
        exchange: Exchange,
    }
}

pin_project! {
    #[project = Stepping]
    enum Step<F> {
        /// The head was refused; nobody else has seen the request.
        Refused { response: Option<ServiceResponse<BoxBody>> },
        Called { #[pin] call: F },
    }
}

impl<F, B> Future for Answer<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.exchange.span().enter();
        let outcome = match this.step.project() {
            Stepping::Refused { response } => match response.take() {
                Some(response) => Ok(response.map_into_right_body()),
                None => return Poll::Pending,
            },
            Stepping::Called { call } => match call.poll(context) {
                Poll::Ready(outcome) => outcome.map(ServiceResponse::map_into_left_body),
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(match outcome {
            Ok(answer) => {
                let (request, response) = answer.into_parts();
                Ok(ServiceResponse::new(request, this.exchange.conclude(response, None)))
            }
            // An answer that came from no handler: the request itself is gone, so it goes out as an error too.
            Err(error) => {
                let response = error.error_response().map_into_left_body::<BoxBody>();
                let response = this.exchange.conclude(response, Some(&error)).map_into_boxed_body();
                Err(InternalError::from_response("answered", response).into())
            }
        })
    }
}
