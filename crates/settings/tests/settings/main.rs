//! From a file and an environment to a value, or to the exact list of what is wrong.

mod cross_rules;
mod from_environment;
mod from_file;
mod own_defaults;
mod reference;
mod sample;
mod secrets;
mod unknown_names;
