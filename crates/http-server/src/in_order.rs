//! One extractor before the others.

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use futures_util::future::{FutureExt as _, LocalBoxFuture};

/// `A`, and only when that succeeded `B`, which may be a tuple of extractors.
///
/// The arguments of a handler are extracted at the same time, and the first to fail answers the request. Where one of
/// them proves who is calling and has to wait for it, the others would tell a stranger what is wrong with the path,
/// and read a stranger's body into memory. Put the proof in front:
///
/// ```
/// # use actix_web::HttpResponse;
/// # use http_server::{Authenticated, Device, InOrder, PathId};
/// # use signal_protocol::RoomId;
/// async fn join(
///     InOrder(Authenticated(caller), (PathId(room), Device(device))): InOrder<
///         Authenticated,
///         (PathId<RoomId>, Device),
///     >,
/// ) -> HttpResponse {
///     HttpResponse::Created().finish()
/// }
/// # http_server::Route::at("/rooms/{room_id}/join").post("join", join);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InOrder<A, B>(pub A, pub B);

impl<A, B> FromRequest for InOrder<A, B>
where
    A: FromRequest + 'static,
    B: FromRequest + 'static,
{
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        // Taken, so that nothing reads it meanwhile; it is still whole when the turn of `B` comes.
        let mut payload = payload.take();
        async move {
            let first = A::from_request(&request, &mut payload).await.map_err(Into::into)?;
            let second = B::from_request(&request, &mut payload).await.map_err(Into::into)?;
            Ok(Self(first, second))
        }
        .boxed_local()
    }
}
