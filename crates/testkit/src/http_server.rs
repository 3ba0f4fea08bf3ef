//! The smallest HTTP server that the in-process ones share: one handler, switched off and on at one address.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::lock::held;
use crate::{Failure, ports};

/// More than any client under test sends; an exporter's batch is the largest.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// As it was on the request line, percent-encoding included, without the query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An answer, not yet sent.
pub(crate) type Answer = Response<Full<Bytes>>;

/// What a server does with its requests.
pub(crate) trait Handler: Send + Sync + 'static {
    fn answer(&self, request: Request) -> impl Future<Output = Answer> + Send;
}

/// A server on a loopback port of its own; it ends with its owner.
#[derive(Debug)]
pub(crate) struct Server<H> {
    address: SocketAddr,
    handler: Arc<H>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl<H: Handler> Server<H> {
    /// Starts the handler that is made for the server's address.
    pub(crate) async fn start(handler: impl FnOnce(&str) -> H) -> Result<Self, Failure> {
        // A port of the kind that nobody takes by chance while the server is down.
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
        let handler = Arc::new(handler(&format!("http://{address}")));
        let server = Self { address, handler, listening: Mutex::default() };
        server.up().await?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn handler(&self) -> &H {
        &self.handler
    }

    /// Closes the port and every connection: from here on connections are refused.
    pub(crate) async fn down(&self) {
        let task = self.take();
        if let Some(task) = task {
            task.abort();
            // The port is closed when the task is gone, not when it was told to go.
            let _ = task.await;
        }
    }

    /// Serves again at the same address.
    pub(crate) async fn up(&self) -> Result<(), Failure> {
        self.down().await;
        let listener = TcpListener::bind(self.address)
            .await
            .map_err(|error| Failure::because(format!("cannot listen at {}", self.address), error))?;
        let task = tokio::spawn(accept(listener, Arc::clone(&self.handler)));
        *held(&self.listening) = Some(task);
        Ok(())
    }
}

impl<H> Server<H> {
    fn take(&self) -> Option<JoinHandle<()>> {
        held(&self.listening).take()
    }
}

impl<H> Drop for Server<H> {
    fn drop(&mut self) {
        if let Some(task) = self.take() {
            task.abort();
        }
    }
}

async fn accept<H: Handler>(listener: TcpListener, handler: Arc<H>) {
    // Owned by this task: aborting it ends every connection too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let handler = Arc::clone(&handler);
                let service = service_fn(move |request| respond(Arc::clone(&handler), request));
                connections.spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn respond<H: Handler>(
    handler: Arc<H>,
    request: http::Request<Incoming>,
) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return Ok(status(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let path = parts.uri.path().to_owned();
    let request = Request { method: parts.method, path, headers: parts.headers, body: body.to_bytes() };
    Ok(handler.answer(request).await)
}

/// An answer without a body.
pub(crate) fn status(status: StatusCode) -> Answer {
    answer(status, "text/plain", Bytes::new())
}

/// A JSON answer.
pub(crate) fn json(value: &serde_json::Value) -> Answer {
    answer(StatusCode::OK, "application/json", value.to_string())
}

/// Any answer.
pub(crate) fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}
