//! The internal API of call-state-service and its typed client.
