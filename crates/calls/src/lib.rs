//! The rules of a call: a state machine without I/O, without a clock and without chance.
