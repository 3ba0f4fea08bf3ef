//! The log of what a person is told, its cursor and its bell.
