//! The generated page.

use crate::sample::{SERVICE, Sample};

#[test]
fn the_reference_has_every_setting_with_type_default_and_meaning() {
    assert_eq!(settings::reference::<Sample>(&SERVICE), include_str!("reference.md"));
}
