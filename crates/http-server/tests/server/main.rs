//! The server through its own ports, with clients that write bytes by hand.

mod authentication;
mod bodies;
mod containment;
mod cors;
mod ending;
mod fixture;
mod heads;
mod log;
mod management;
mod paths;
mod raw;
mod stalls;
