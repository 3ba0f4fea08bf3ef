//! Going through all records in slices.

/// Where a scan goes on. Opaque; the default is the beginning.
///
/// A key that is there from the scan's beginning to its end is given at least once, any other perhaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanCursor(pub(crate) String);
