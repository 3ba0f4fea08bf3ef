//! Ringing and active calls: an internal HTTP API over the rules of `calls` and the records of `store`.
//!
//! [`CallStateService`] is the assembled service, [`CallStateSettings`] what it is assembled from. Any number of replicas
//! runs it side by side: everything is decided by one atomic commit, and nothing rests on what is remembered. It verifies
//! the caller's token itself, though only realtime-service ever calls it.

mod background;
mod endpoints;
mod service;
mod settings;

pub use background::{Background, HooksError, KeyFault};
pub use service::{COMMIT, CallStateService, SERVICE, StartError, VERSION, limits};
pub use settings::{
    BackgroundSettings, CallStateSettings, CallsSettings, Directory, HookSettings, Offline, RecordsSettings,
};
