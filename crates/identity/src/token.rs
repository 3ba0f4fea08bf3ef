//! One token on its way from untrusted text to a caller: [`Untrusted`] → [`Signed`] → [`Caller`](crate::Caller).

mod display_name;
mod rules;
mod unique;
mod untrusted;

pub(crate) use rules::{Limits, caller};
pub(crate) use untrusted::{Signed, Untrusted};
