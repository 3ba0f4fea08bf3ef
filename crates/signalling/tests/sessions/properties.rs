//! Whatever happens, in whatever order.

use proptest::prelude::*;
use signal_protocol::socket::Close;

use crate::steps::{Step, step};
use crate::world::World;

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// What is said at each step is looked at in `checks`; here it is what there is in the end.
    #[test]
    fn whatever_happens_nothing_is_lost_and_everything_is_bounded(
        steps in prop::collection::vec(step(), 1..250),
        after in prop::sample::select(vec![None, Some("0.0"), Some("0.7"), Some("0.20"), Some("0.21"), Some("7.1"), Some("x")]),
        is_let_in in any::<bool>(),
    ) {
        let mut world = World::new(after);
        // Half of them get in undisturbed, or few would get far.
        for _ in 0..if is_let_in { 5 } else { 0 } {
            world.happen(&Step::Finish { which: 0, fails: false });
        }
        for step in &steps {
            world.happen(step);
        }
        if !world.session.is_over() && !world.checks.is_welcomed() {
            // Nothing more fails, so it arrives.
            for _ in 0..5 {
                world.happen(&Step::Finish { which: 0, fails: false });
            }
            prop_assert!(world.checks.is_welcomed() || world.session.is_over());
        }
        if !world.session.is_over() {
            world.run_out();
        }
        if !world.session.is_over() {
            prop_assert!(!world.is_behind());
            prop_assert!(!world.is_replaced() || world.has_lost_itself);
            prop_assert!(world.checks.is_all_done());
        } else if world.checks.closed == Some(Close::Replaced) {
            // A loss may have taken the older entry with it, and no other reason has come up.
            prop_assert!(world.logs.len() > 1 || world.is_replaced());
        }
    }
}
