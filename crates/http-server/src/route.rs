//! Endpoints, with the names by which traces and metrics know them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Resource, Responder, guard, web};
use signal_protocol::ErrorCode;

use crate::metrics::{Key, Metrics, Series};
use crate::{Problem, current};

/// One path of an API and what each method does there.
///
/// ```
/// # use actix_web::HttpResponse;
/// # use http_server::Route;
/// # async fn join() -> HttpResponse { HttpResponse::Created().finish() }
/// let app = |config: &mut actix_web::web::ServiceConfig| {
///     config.service(Route::at("/api/realtime/rooms/{room_id}/join").post("join", join));
/// };
/// ```
///
/// Another method is answered 405 with `Allow`. Give the whole path: it is the name of the route in metrics.
pub struct Route {
    resource: Resource,
    pattern: &'static str,
    operations: Vec<(Method, &'static str)>,
    deadline: bool,
}

impl Route {
    /// The path, with `{name}` for each parameter.
    #[must_use]
    pub fn at(pattern: &'static str) -> Self {
        Self { resource: web::resource(pattern), pattern, operations: Vec::new(), deadline: true }
    }

    /// `GET`, as the operation of this name.
    #[must_use]
    pub fn get<F, Args>(self, operation: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::GET, operation, handler)
    }

    /// `POST`, as the operation of this name.
    #[must_use]
    pub fn post<F, Args>(self, operation: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::POST, operation, handler)
    }

    /// Any method, as the operation of this name.
    #[must_use]
    pub fn method<F, Args>(mut self, method: Method, operation: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.resource = self.resource.route(web::method(method.clone()).to(handler));
        self.operations.push((method, operation));
        self
    }

    /// Lets handlers of this path take as long as they like: for answers that wait for something to happen.
    #[must_use]
    pub fn without_deadline(mut self) -> Self {
        self.deadline = false;
        self
    }
}

impl HttpServiceFactory for Route {
    fn register(self, config: &mut AppService) {
        let methods: Vec<&str> = self.operations.iter().map(|(method, _)| method.as_str()).collect();
        let refusal = Problem::new(ErrorCode::MethodNotAllowed).allow(&methods.join(", "));
        let matched = Rc::new(Matched {
            pattern: self.pattern,
            operations: self.operations,
            deadline: self.deadline,
            series: RefCell::new(Vec::new()),
        });
        self.resource
            // The router asks the guard after the path has matched: that is the moment the route is known.
            .guard(guard::fn_guard(move |_| {
                current::matched(&matched);
                true
            }))
            .default_service(web::to(move || {
                let refusal = refusal.clone();
                async move { Err::<&'static str, _>(refusal) }
            }))
            .register(config);
    }
}

/// A route as one worker knows it, with the metrics it has needed so far.
pub(crate) struct Matched {
    pattern: &'static str,
    operations: Vec<(Method, &'static str)>,
    deadline: bool,
    series: RefCell<Vec<(Key, Arc<Series>)>>,
}

impl Matched {
    /// What stands for every request that matches no route.
    pub(crate) fn nothing() -> Self {
        Self {
            pattern: "unmatched",
            operations: Vec::new(),
            deadline: true,
            series: RefCell::new(Vec::new()),
        }
    }

    pub(crate) fn pattern(&self) -> &'static str {
        self.pattern
    }

    pub(crate) fn has_deadline(&self) -> bool {
        self.deadline
    }

    /// The operation's name, as it is in the names of spans.
    pub(crate) fn operation(&self, method: &Method) -> &'static str {
        match self.operations.iter().find(|(known, _)| known == method) {
            Some((_, operation)) => operation,
            None if self.operations.is_empty() => "unmatched",
            None => "method_not_allowed",
        }
    }

    /// This worker's counters for such an answer. A handful exist, so looking is faster than hashing.
    pub(crate) fn series(&self, key: Key, metrics: &Metrics) -> Arc<Series> {
        let mut series = self.series.borrow_mut();
        if let Some((_, found)) = series.iter().find(|(known, _)| *known == key) {
            return Arc::clone(found);
        }
        let made = metrics.requests.series(key);
        series.push((key, Arc::clone(&made)));
        made
    }
}
