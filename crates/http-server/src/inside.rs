//! Requests that come over a socket: run through the same application as if they had come by HTTP, without a network.
//!
//! Each worker builds the application once more when the first such request comes, by the same function that built the
//! one behind its port. What an application shares (limits, metrics, clients) is shared by both, and the layers that
//! matter are around both: span, metrics, log line, problem documents, containment of panics, deadline. Missing are
//! those that are about a connection or a browser.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use actix_http::{HttpMessage as _, Request};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{AppConfig, Payload, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::future::{FutureExt as _, LocalBoxFuture, Ready, ready};
use identity::Caller;
use signal_protocol::{DeviceId, ErrorCode};
use tokio::sync::OnceCell;

use crate::Problem;
use crate::render::PROBLEM_JSON;

const DEVICE: HeaderName = HeaderName::from_static("x-device-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("idempotency-key");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Runs requests through the application that this one came to. Belongs to one worker; a clone is a count.
#[derive(Clone)]
pub struct Inside(Rc<Shared>);

/// A request that came over a socket.
#[derive(Debug)]
pub struct InsideRequest<'a> {
    /// The method.
    pub method: Method,
    /// The path as it would stand in a request line, parameters percent-encoded.
    pub path: &'a str,
    /// Who asks. Whoever made this request has verified the token; it is not looked at again.
    pub caller: Arc<Caller>,
    /// With which device: what `X-Device-Id` says over HTTP.
    pub device: &'a DeviceId,
    /// What `Idempotency-Key` says over HTTP.
    pub request_id: Option<&'a str>,
    /// The body: JSON.
    pub body: Option<Bytes>,
    /// The client's address.
    pub address: IpAddr,
}

/// What the application answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsideAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Whether the body is a problem document.
    pub is_problem: bool,
    /// The body: JSON, or nothing.
    pub body: Bytes,
}

/// The proof of who asks. Lives in the request's extensions, which nothing that a client sends can reach.
pub(crate) struct Vouched(pub(crate) Arc<Caller>);

/// An application that is being built.
type Building = LocalBoxFuture<'static, Result<Box<dyn Application>, Unbuilt>>;

struct Shared {
    build: Box<dyn Fn() -> Building>,
    application: OnceCell<Box<dyn Application>>,
}

/// The application could not be built.
struct Unbuilt;

impl Inside {
    /// An application that is built by `application` when it is first needed.
    pub(crate) fn new<F, I, S, B>(application: F) -> Self
    where
        F: Fn() -> I + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error>
            + 'static,
        S::Service: 'static,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        let build = move || {
            let service = application().into_factory().new_service(AppConfig::default());
            let built = async move {
                let service = service.await.map_err(|_| Unbuilt)?;
                Ok(Box::new(service) as Box<dyn Application>)
            };
            built.boxed_local()
        };
        Self(Rc::new(Shared { build: Box::new(build), application: OnceCell::new() }))
    }

    /// Runs `request` and gives its answer. Never fails: what goes wrong is an answer, as over HTTP.
    ///
    /// The request's span is a root of its own: a socket lives for hours, and one trace for all that comes over it
    /// would tell nothing.
    pub async fn run(&self, request: InsideRequest<'_>) -> InsideAnswer {
        let Ok(application) = self.0.application.get_or_try_init(&self.0.build).await else {
            tracing::error!("inside.unbuilt");
            return InsideAnswer { status: 500, is_problem: false, body: Bytes::new() };
        };
        let response = application.answer(request.into()).await;
        let (status, is_problem) = (response.status().as_u16(), is_problem(response.headers()));
        let body = response.into_body();
        // Nearly every body is there as a whole.
        let body = match body.try_into_bytes() {
            Ok(body) => body,
            Err(body) => to_bytes(body).await.unwrap_or_default(),
        };
        InsideAnswer { status, is_problem, body }
    }
}

impl FromRequest for Inside {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // A request that came over a socket finds none: it would be a way to go round in circles.
        ready(request.app_data::<Self>().cloned().ok_or_else(|| {
            tracing::error!("handler.misplaced");
            Problem::new(ErrorCode::Internal)
        }))
    }
}

impl From<InsideRequest<'_>> for Request {
    fn from(inside: InsideRequest<'_>) -> Self {
        let payload = inside.body.map_or(Payload::None, Payload::from);
        let mut request = Request::with_payload(payload);
        request.extensions_mut().insert(Vouched(inside.caller));
        let head = request.head_mut();
        head.method = inside.method;
        // What is no path is no address here: the root, where nobody is, answers for it.
        head.uri = inside.path.parse::<Uri>().unwrap_or_default();
        head.peer_addr = Some(SocketAddr::new(inside.address, 0));
        head.headers.insert(CONTENT_TYPE, JSON);
        head.headers.insert(DEVICE, value(inside.device.as_str()));
        if let Some(id) = inside.request_id {
            head.headers.insert(REQUEST_ID, value(id));
        }
        request
    }
}

/// An empty one for what could be no header, so that it is refused where a header would be.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(PROBLEM_JSON.as_bytes()))
}

/// An application whatever its type, which has the types of all layers in it.
trait Application {
    fn answer(&self, request: Request) -> LocalBoxFuture<'static, HttpResponse>;
}

impl<S, B> Application for S
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    fn answer(&self, request: Request) -> LocalBoxFuture<'static, HttpResponse> {
        // An actix application is always ready.
        let answer = self.call(request);
        async move {
            match answer.await {
                Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
                Err(error) => error.error_response(),
            }
        }
        .boxed_local()
    }
}
