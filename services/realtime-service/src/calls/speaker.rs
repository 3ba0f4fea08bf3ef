//! Who asks something about calls, and with which of their devices.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpRequest};
use call_desk::Actor;
use call_state_api::Relay;
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use http_server::{Device, IdempotencyKey, InOrder};
use identity::Caller;
use signal_protocol::DeviceId;
use uuid::Uuid;

use crate::limits::{Limit, ReadLimit, Within};

/// A device of a caller who wants to change something, within the limit `L`.
pub(crate) struct Commander<L> {
    pub(crate) caller: Arc<Caller>,
    pub(crate) limit: Data<L>,
    device: DeviceId,
    /// The client's, or one of our own: with it the command may be sent again to another replica of
    /// call-state-service when an answer is lost on its way, and to that service after it was tried here.
    request_id: String,
}

/// A device of a caller who wants to see something, within the limit `L`.
pub(crate) struct Reader<L = ReadLimit> {
    pub(crate) caller: Arc<Caller>,
    device: DeviceId,
    within: PhantomData<L>,
}

impl<L> Commander<L> {
    /// In whose name call-state-service is asked.
    pub(crate) fn relay(&self) -> Relay<'_> {
        Relay { token: self.caller.token(), device: &self.device, request_id: Some(&self.request_id) }
    }

    /// Who acts, where nobody else is asked.
    pub(crate) fn actor(&self) -> Actor {
        Actor { user: self.caller.user.clone(), device: self.device.clone() }
    }

    /// Under which id, whoever carries it out.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}

impl<L> Reader<L> {
    /// In whose name call-state-service is asked.
    pub(crate) fn relay(&self) -> Relay<'_> {
        Relay { token: self.caller.token(), device: &self.device, request_id: None }
    }
}

impl<L: Limit> FromRequest for Commander<L> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    /// All of it is in the head: the body is left to whoever comes after.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parts = InOrder::<Within<L>, (Device, IdempotencyKey)>::from_request(request, &mut Payload::None);
        async move {
            let InOrder(Within { caller, limit }, (Device(device), IdempotencyKey(key))) = parts.await?;
            let request_id = key.unwrap_or_else(|| Uuid::new_v4().to_string());
            Ok(Self { caller, limit, device, request_id })
        }
        .boxed_local()
    }
}

impl<L: Limit> FromRequest for Reader<L> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    /// All of it is in the head: the body is left to whoever comes after.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parts = InOrder::<Within<L>, Device>::from_request(request, &mut Payload::None);
        async move {
            let InOrder(Within { caller, .. }, Device(device)) = parts.await?;
            Ok(Self { caller, device, within: PhantomData })
        }
        .boxed_local()
    }
}
