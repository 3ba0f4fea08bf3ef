//! The outermost layer of the application: one span, one count, one line in the log for each request, and the last
//! word on every answer.

mod exchange;

use std::future::{self, Ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::InternalError;
use pin_project_lite::pin_project;

use crate::current;
use crate::edge::Edge;
use crate::route::Matched;
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
        future::ready(Ok(Observed {
            service,
            edge: Arc::clone(&self.0),
            unmatched: Rc::new(Matched::nothing()),
        }))
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
        let call = self.service.call(request);
        // The router has run by now, and left word of the route it chose.
        let route = current::take_route().unwrap_or_else(|| Rc::clone(&self.unmatched));
        Answer { call, exchange: Exchange::begin(arrival, route, Arc::clone(&self.edge)) }
    }
}

pin_project! {
    pub(crate) struct Answer<F> {
        #[pin]
        call: F,
        exchange: Exchange,
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
        let outcome = ready!(this.call.poll(context)).map(ServiceResponse::map_into_left_body);
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
