//! Which of a user's devices speaks.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use signal_protocol::{DeviceId, ErrorCode};
use tracing::Span;

use crate::Problem;

const HEADER: &str = "X-Device-Id";

/// The device named by `X-Device-Id`, or the device `default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device(pub DeviceId);

impl FromRequest for Device {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let device = device(request);
        if let Ok(device) = &device {
            Span::current().record("device.id", device.as_str());
        }
        ready(device.map(Self))
    }
}

fn device(request: &HttpRequest) -> Result<DeviceId, Problem> {
    let wrong = |problem: String| Problem::new(ErrorCode::InvalidField).field(HEADER, problem);
    let mut values = request.headers().get_all("x-device-id");
    match (values.next(), values.next()) {
        (None, _) => Ok(DeviceId::default()),
        (Some(value), None) => {
            DeviceId::parse(value.to_str().unwrap_or_default()).map_err(|error| wrong(error.to_string()))
        }
        (Some(_), Some(_)) => Err(wrong("is given twice".to_owned())),
    }
}
