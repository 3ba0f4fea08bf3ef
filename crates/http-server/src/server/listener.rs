//! Opening a port and putting an application behind it.

use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_http::body::MessageBody;
use actix_http::{HttpServiceBuilder, KeepAlive, Request, Response};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::dev::{AppConfig, Payload, ServiceRequest, ServiceResponse};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error, web};
use futures_util::future::Either;
use signal_protocol::ErrorCode;

use crate::connection::{Guarded, Progress};
use crate::contain::Containment;
use crate::edge::Edge;
use crate::management::{self, Management};
use crate::observe::Observer;
use crate::{Inside, Problem, cors, head};

/// Connections that wait to be accepted while all workers are busy.
const BACKLOG: i32 = 1024;
/// How long a connection may take to close in good order.
const FAREWELL: Duration = Duration::from_secs(1);

/// A port that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} (setting `server.{setting}`)")]
pub struct BindError {
    setting: &'static str,
    address: SocketAddr,
    source: io::Error,
}

impl BindError {
    pub(super) fn of(setting: &'static str, address: SocketAddr) -> impl Fn(io::Error) -> Self {
        move |source| Self { setting, address, source }
    }
}

/// Opens the port and tells which it is.
pub(super) fn open(
    setting: &'static str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), BindError> {
    let open = || {
        let listener = TcpListener::bind(address)?;
        rustix::net::listen(&listener, BACKLOG)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    open().map_err(BindError::of(setting, address))
}

/// The API: the application within all layers.
pub(super) fn serve_api(
    listener: TcpListener,
    workers: Option<usize>,
    stop: Duration,
    edge: &Arc<Edge>,
    app: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> io::Result<ServerBuilder> {
    let builder = workers.into_iter().fold(ServerBuilder::new(), ServerBuilder::workers);
    let layers = Arc::clone(edge);
    serve(builder, listener, stop, edge, move || {
        let limits = Arc::clone(&layers);
        let inside = {
            let (layers, app) = (Arc::clone(&layers), app.clone());
            Inside::new(move || application(&layers, &app).wrap(Observer(Arc::clone(&layers))))
        };
        application(&layers, &app)
            .app_data(inside)
            // Within CORS, so that a page can read why its request was refused.
            .wrap_fn(move |request, service| match head::check(request.head(), &limits.settings) {
                Ok(()) => Either::Left(service.call(request)),
                Err(problem) => Either::Right(ready(Ok(request.error_response(problem)))),
            })
            .wrap(cors::middleware(&layers.cors))
            .wrap(Observer(Arc::clone(&layers)))
    })
}

/// What is behind the port and what is [`Inside`]: the application, contained.
fn application<A: Fn(&mut web::ServiceConfig)>(
    edge: &Arc<Edge>,
    app: &A,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
    + use<A>,
> {
    App::new()
        .app_data(Arc::clone(edge))
        .configure(app)
        .default_service(web::to(|| ready(Err::<&'static str, _>(Problem::new(ErrorCode::NotFound)))))
        .wrap(Containment(Arc::clone(edge)))
}

/// The management port: one worker, and no layer but the word to the connection's guard. Probes come every few seconds, and a line in the log for each would
/// say nothing.
pub(super) fn serve_management(
    listener: TcpListener,
    stop: Duration,
    edge: &Arc<Edge>,
    desk: Management,
) -> io::Result<ServerBuilder> {
    serve(ServerBuilder::new().workers(1), listener, stop, edge, move || {
        App::new()
            .configure(|config| desk.configure(config))
            .default_service(web::to(management::not_found))
            .wrap_fn(|request, service| {
                let connection = request.conn_data::<Rc<Progress>>().cloned();
                if let Some(connection) = &connection {
                    let (_, body) = request.parts();
                    connection.request_began(!matches!(body, Payload::None));
                }
                let answer = service.call(request);
                async move {
                    let answer = answer.await;
                    if let Some(connection) = &connection {
                        connection.answered(Instant::now());
                    }
                    answer
                }
            })
    })
}

fn serve<F, I, S, B>(
    builder: ServerBuilder,
    listener: TcpListener,
    stop: Duration,
    edge: &Arc<Edge>,
    app: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Error = Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let builder = builder.disable_signals().shutdown_timeout(stop.as_secs());
    let ending = builder.graceful_shutdown_signal();
    let edge = Arc::clone(edge);
    builder.listen(edge.service, listener, move || {
        let ending = ending.clone();
        let app = app().into_factory().map_err(|error: Error| error.error_response());
        let http = HttpServiceBuilder::default()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            // The guard limits heads and idle connections, by one timer for all.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(FAREWELL)
            .on_connect_ext(|connection: &Guarded, data| {
                data.insert(connection.progress());
            })
            .h1(map_config(app, |()| AppConfig::default()));
        let edge = Arc::clone(&edge);
        fn_service(move |socket: TcpStream| {
            let peer = socket.peer_addr().ok();
            // Answers are written whole; waiting for more would only delay them. A socket that refuses is no worse.
            let _ = socket.set_nodelay(true);
            ready(Ok((Guarded::new(socket, Arc::clone(&edge)), peer)))
        })
        .and_then(http)
    })
}
