//! Ringing and active calls.
