//! A service's settings: read from a file and the environment, checked against their own description, or refused
//! with every fault in one list.
//!
//! A service describes its settings as a struct that derives `serde::Deserialize` and `schemars::JsonSchema`. The
//! schema of that struct drives everything here: which names exist, how the text of an environment variable becomes
//! a value, the ranges, the reference in Markdown and what `--print-config` shows. This crate knows nothing of what
//! any setting means; a rule that spans several belongs to [`Settings::check`].
//!
//! What a schema can say beyond its types, by `#[schemars(…)]` on a field:
//!
//! - `range(min = 30, max = 600)`, `length(min = 1, max = 5)`: the bounds of numbers, texts and lists;
//! - `extend("x-min-bytes" = 0)`: how long a [`Secret`] must be outside development, where 32 bytes are not ours to
//!   ask for because somebody else issues it;
//! - `extend("x-refuse-samples" = true)`: a text that is no secret, such as the name of a key, but whose well-known
//!   sample values are refused outside development all the same.

mod command_line;
mod environment;
mod faults;
mod layers;
mod load;
mod names;
mod print;
mod reference;
mod secret;
mod secret_rules;
mod service;
mod shape;
mod variables;
mod walk;

pub use command_line::{Started, command_line};
pub use environment::Environment;
pub use faults::Faults;
pub use load::load;
pub use reference::reference;
pub use secret::Secret;
pub use service::{Service, Settings};
