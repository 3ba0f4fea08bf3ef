//! Where a room is, and making sure that it is there.
//!
//! A room stays in its cluster while it lives. Where that is, is remembered with the room; else the one who asks may have it
//! from what was seen of the room (its occupancy); else every cluster is asked. Only a room that is nowhere is placed, by its
//! name alone. With one cluster nothing of this is asked.

use std::sync::Arc;

use futures_util::future::join_all;
use livekit_protocol::CreateRoomRequest;

use super::client::Bounds;
use super::{Cluster, Sfu, SfuFailure};

/// What the clusters say about one room.
struct Found {
    /// Where it is, the likeliest first. More than one is a fault.
    homes: Vec<Arc<Cluster>>,
    /// Those that did not say, and why.
    unheard: Vec<(Arc<Cluster>, SfuFailure)>,
}

impl Sfu {
    /// Makes sure that the room exists, and that it will for as long as a token given now can be used. The cluster that it
    /// is in; `seen_in` is the name of the one that it was last seen in, if it was seen.
    pub(crate) async fn ensure_room(
        &self,
        sfu_room: &str,
        max_participants: Option<u32>,
        seen_in: Option<&str>,
    ) -> Result<Arc<Cluster>, Arc<SfuFailure>> {
        // With one cluster there is nowhere else, whatever it was called before.
        let seen_in = seen_in.filter(|_| self.has_several());
        if let Some(home) = self.known_rooms.get(sfu_room).await {
            if seen_in.is_none_or(|seen_in| seen_in == home.name()) {
                return Ok(home);
            }
            self.known_rooms.invalidate(sfu_room).await;
        }
        // Everybody who joins at the same moment waits for one request. Boxed: the rare way must not make the future
        // of every join as large as itself.
        let made = async {
            let bounds = self.bounds();
            let home = match seen_in {
                Some(name) => self.clusters.named(name).cloned().ok_or(SfuFailure::Elsewhere)?,
                None => self.place(sfu_room, bounds).await?,
            };
            self.make_room(&home, sfu_room, max_participants, bounds).await?;
            Ok(home)
        };
        Box::pin(self.known_rooms.try_get_with_by_ref(sfu_room, made)).await
    }

    /// Creating a room that exists changes nothing, and does not prolong its life either: one that nobody is in may be
    /// about to close, and LiveKit does not tell when. Such a room is replaced; whoever is in one keeps it open.
    ///
    /// Somebody who enters between the question and the deletion is sent out once more. The alternative is a token for a
    /// room that closes before it can be used, for everybody who joins an empty room.
    async fn make_room(
        &self,
        home: &Cluster,
        sfu_room: &str,
        max_participants: Option<u32>,
        bounds: Bounds,
    ) -> Result<(), SfuFailure> {
        let wanted = CreateRoomRequest {
            name: sfu_room.to_owned(),
            max_participants: max_participants.unwrap_or(self.defaults.max_participants),
            ..self.defaults.clone()
        };
        let created = match home.client.create_room(&wanted, bounds).await {
            // Another replica replaced the room at this very moment.
            Err(SfuFailure::NotFound) => home.client.create_room(&wanted, bounds).await?,
            other => other?,
        };
        if self.lifetime.lasts(created, self.clock.now()) || home.client.is_occupied(sfu_room, bounds).await?
        {
            return Ok(());
        }
        home.client.replace_room(sfu_room, bounds).await?;
        home.client.create_room(&wanted, bounds).await?;
        tracing::info!(sfu.room = sfu_room, "sfu.room_renewed");
        Ok(())
    }

    /// The cluster that the room is in, or is to be in.
    ///
    /// While a cluster does not answer, a room that it might hold is opened where its name says: that is where it is, unless
    /// clusters were added or taken away since it was opened. Otherwise every new room would wait for every cluster.
    pub(super) async fn place(&self, sfu_room: &str, bounds: Bounds) -> Result<Arc<Cluster>, SfuFailure> {
        if let Some(only) = self.clusters.only() {
            return Ok(Arc::clone(only));
        }
        let Found { homes, unheard } = self.look_for(sfu_room, bounds).await;
        if let Some(home) = homes.into_iter().next() {
            return Ok(home);
        }
        let preferred = self.clusters.preferred(sfu_room);
        match unheard.into_iter().find(|(cluster, _)| Arc::ptr_eq(cluster, preferred)) {
            Some((_, failure)) => Err(failure),
            None => Ok(Arc::clone(preferred)),
        }
    }

    /// The cluster that the room is in; none if it is in none. With one cluster that is taken to be it, and will say so
    /// itself if it has no such room.
    pub(super) async fn home(
        &self,
        sfu_room: &str,
        bounds: Bounds,
    ) -> Result<Option<Arc<Cluster>>, SfuFailure> {
        if let Some(known) = self.known_rooms.get(sfu_room).await {
            return Ok(Some(known));
        }
        Ok(self.homes(sfu_room, bounds).await?.into_iter().next())
    }

    /// Every cluster that the room is in, which is one or none unless something went wrong.
    pub(super) async fn homes(
        &self,
        sfu_room: &str,
        bounds: Bounds,
    ) -> Result<Vec<Arc<Cluster>>, SfuFailure> {
        if let Some(only) = self.clusters.only() {
            return Ok(vec![Arc::clone(only)]);
        }
        let Found { homes, unheard } = self.look_for(sfu_room, bounds).await;
        match unheard.into_iter().next() {
            // Who did not answer may have it: that is not "nowhere".
            Some((_, failure)) if homes.is_empty() => Err(failure),
            Some(_) | None => Ok(homes),
        }
    }

    /// Asks every cluster for the room.
    async fn look_for(&self, sfu_room: &str, bounds: Bounds) -> Found {
        let asked = self
            .clusters
            .iter()
            .map(|cluster| async move { (Arc::clone(cluster), cluster.client.find(sfu_room, bounds).await) });
        let (mut rooms, mut unheard) = (Vec::new(), Vec::new());
        for (cluster, answer) in join_all(asked).await {
            match answer {
                Ok(Some(room)) => rooms.push((room, cluster)),
                Ok(None) => {}
                Err(failure) => unheard.push((cluster, failure)),
            }
        }
        if rooms.len() > 1 {
            tracing::warn!(sfu.room = sfu_room, clusters = rooms.len(), "sfu.room_twice");
        }
        // Every replica comes to the same: where most people are, then the older one, then by name.
        rooms.sort_by_key(|(room, _)| {
            (std::cmp::Reverse(room.participants), room.created_at, room.cluster.clone())
        });
        Found { homes: rooms.into_iter().map(|(_, cluster)| cluster).collect(), unheard }
    }
}
