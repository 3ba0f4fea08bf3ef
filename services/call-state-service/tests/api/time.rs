//! Deadlines: whoever is away, whoever's clock is wrong, however many there are at once.
//!
//! That each is met, once, is tested. How late it is depends on the machine, and is printed: `--nocapture` shows it.

mod clocks;
mod crowd;
mod expiry;
mod figures;
mod lateness;
mod pollers;
mod skewed;
