//! Versioned records, timers and logs, committed atomically or not at all.
