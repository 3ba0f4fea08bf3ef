//! One token on its way from untrusted text to a caller: [`Decoded`] → [`Untrusted`] → [`Signed`] →
//! [`Caller`](crate::Caller).

mod claim;
mod decoded;
mod display_name;
mod json;
mod logout;
mod rules;
mod untrusted;

pub(crate) use claim::claim;
pub(crate) use decoded::Decoded;
pub(crate) use logout::ended_login;
pub(crate) use rules::{Limits, caller};
pub(crate) use untrusted::{Signed, Untrusted};
