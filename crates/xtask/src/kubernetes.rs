//! What is applied to a cluster: the overlays, and every way to put the components together.
//!
//! The tests of the manifests read the same two files, so that what they look at is what a real cluster is asked about.

mod combination;
pub(crate) mod rendering;
