//! The client against a server that does what servers should not.

mod bounds;
mod requests;
mod retries;
mod server;
mod traces;
