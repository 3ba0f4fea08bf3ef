//! Which cluster a new room is opened in.
//!
//! Rendezvous hashing: each cluster has a score for each room, and the highest wins. Every replica comes to the same result
//! without asking anybody, and a cluster that is added takes its share of the rooms from the others and moves no more.

use std::cmp::Reverse;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::cluster::Cluster;

/// All clusters of this deployment; at least one.
pub(super) struct Clusters(Vec<Arc<Cluster>>);

impl Clusters {
    pub(super) const fn new(clusters: Vec<Arc<Cluster>>) -> Self {
        Self(clusters)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Cluster>> {
        self.0.iter()
    }

    pub(super) fn named(&self, name: &str) -> Option<&Arc<Cluster>> {
        self.0.iter().find(|cluster| cluster.name() == name)
    }

    /// The only one, where there is no choice.
    pub(super) fn only(&self) -> Option<&Arc<Cluster>> {
        if let [only] = self.0.as_slice() { Some(only) } else { None }
    }

    /// The one that the room is opened in if it is in none.
    pub(super) fn preferred(&self, sfu_room: &str) -> &Arc<Cluster> {
        let best = preferred(self.0.iter().map(|cluster| cluster.name()), sfu_room);
        &self.0[best]
    }
}

/// The place of the winner among `clusters`.
fn preferred<'a>(clusters: impl Iterator<Item = &'a str>, sfu_room: &str) -> usize {
    // Equal scores are next to impossible; the first in the settings wins then.
    let scored = clusters.enumerate().map(|(place, cluster)| (score(cluster, sfu_room), Reverse(place)));
    scored.max().map_or(0, |(_, Reverse(place))| place)
}

/// Stable for ever: replicas of different releases must agree.
fn score(cluster: &str, sfu_room: &str) -> u64 {
    let mut hash = Context::new(&SHA256);
    hash.update(cluster.as_bytes());
    // Stands in neither, so no two pairs are the same text.
    hash.update(&[0]);
    hash.update(sfu_room.as_bytes());
    let digest = hash.finish();
    let (first, _) = digest.as_ref().split_first_chunk::<8>().expect("a digest of SHA-256 has 32 bytes");
    u64::from_be_bytes(*first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn home<'a>(clusters: &[&'a str], room: &str) -> &'a str {
        clusters[preferred(clusters.iter().copied(), room)]
    }

    proptest! {
        #[test]
        fn a_cluster_that_is_added_takes_rooms_and_moves_none_between_the_others(room in "[a-z]{1,12}/[a-z0-9-]{1,40}") {
            let before = home(&["eu", "us", "asia"], &room);
            let after = home(&["eu", "us", "asia", "africa"], &room);
            prop_assert!(after == before || after == "africa", "{room} moved from {before} to {after}");
        }

        #[test]
        fn the_order_in_the_settings_does_not_matter(room in "[a-z]{1,12}/[a-z0-9-]{1,40}") {
            prop_assert_eq!(home(&["eu", "us", "asia"], &room), home(&["asia", "eu", "us"], &room));
        }
    }

    #[test]
    fn each_cluster_has_its_share() {
        let mut shares = BTreeMap::new();
        for number in 0..3_000 {
            *shares.entry(home(&["eu", "us", "asia"], &format!("acme/room-{number}"))).or_insert(0) += 1;
        }
        assert_eq!(shares.len(), 3);
        assert!(shares.values().all(|share| (900..1_100).contains(share)), "{shares:?}");
    }

    /// Another result in a later release would put the same room into two clusters during an update.
    #[test]
    fn the_choice_is_the_same_in_every_release() {
        let homes =
            ["standup", "retro", "town-hall"].map(|room| home(&["eu", "us"], &format!("acme/{room}")));
        assert_eq!(homes, ["us", "eu", "us"]);
    }
}
