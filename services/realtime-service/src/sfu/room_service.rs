//! The methods of LiveKit's room service that we use, in our words.

use std::collections::HashSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use livekit_api::access_token::VideoGrants;
use livekit_protocol as proto;

use super::client::{Bounds, Method, SfuClient};
use super::room::{participant, room, tracks};
use super::{SfuFailure, SfuParticipant, SfuRoom, SfuTrack};

/// Of how many rooms of a list it is asked at a time who is there.
const ASKED_AT_ONCE: usize = 8;

/// Makes a room, or changes nothing if there is one of that name.
const CREATE_ROOM: Method = Method::asking("CreateRoom");
const LIST_ROOMS: Method = Method::asking("ListRooms");
const LIST_PARTICIPANTS: Method = Method::asking("ListParticipants");
const GET_PARTICIPANT: Method = Method::asking("GetParticipant");
const MUTE: Method = Method { waits_for_node: true, ..Method::asking("MutePublishedTrack") };
const REMOVE_PARTICIPANT: Method = Method { takes_away: true, ..MUTE.named("RemoveParticipant") };
/// For a room that is to be no more.
const CLOSE_ROOM: Method = REMOVE_PARTICIPANT.named("DeleteRoom");
/// For a room that is made anew at once: a second deletion might hit the new one.
const REPLACE_ROOM: Method = Method { is_repeatable: false, ..CLOSE_ROOM };

impl SfuClient {
    /// Creates the room unless there is one of its name. When it was created, in Unix seconds by LiveKit's clock.
    pub(super) async fn create_room(
        &self,
        question: &proto::CreateRoomRequest,
        bounds: Bounds,
    ) -> Result<i64, SfuFailure> {
        let created: proto::Room = self.call(CREATE_ROOM, creating(), question, bounds).await?;
        tracing::info!(sfu.room = question.name, "sfu.room_confirmed");
        Ok(created.creation_time)
    }

    /// Deletes the room, which is to stay away. Whether there was one.
    pub(super) async fn close_room(&self, name: &str, bounds: Bounds) -> Result<bool, SfuFailure> {
        self.delete(CLOSE_ROOM, name, bounds).await
    }

    /// Deletes the room, which is made anew at once.
    pub(super) async fn replace_room(&self, name: &str, bounds: Bounds) -> Result<bool, SfuFailure> {
        self.delete(REPLACE_ROOM, name, bounds).await
    }

    async fn delete(&self, method: Method, name: &str, bounds: Bounds) -> Result<bool, SfuFailure> {
        let question = proto::DeleteRoomRequest { room: name.to_owned() };
        let deleted = self.call(method, creating(), &question, bounds).await;
        if_there(deleted.map(|proto::DeleteRoomResponse {}| true), false)
    }

    /// Which of these rooms exist.
    pub(super) async fn existing(
        &self,
        names: Vec<String>,
        bounds: Bounds,
    ) -> Result<HashSet<String>, SfuFailure> {
        Ok(self.list(names, bounds).await?.into_iter().map(|room| room.name).collect())
    }

    /// In which of these rooms somebody is. Each that exists is asked who is there: LiveKit's counter of a room lags behind, and now
    /// and then stays wrong until the next one comes or goes.
    pub(super) async fn occupied(
        &self,
        names: Vec<String>,
        bounds: Bounds,
    ) -> Result<HashSet<String>, SfuFailure> {
        let existing = self.existing(names, bounds).await?;
        let asking = existing.into_iter().map(async |name| {
            let is_occupied = self.is_occupied(&name, bounds).await?;
            Ok(is_occupied.then_some(name))
        });
        let asking = asking.collect::<Vec<_>>();
        stream::iter(asking)
            .buffer_unordered(ASKED_AT_ONCE)
            .try_filter_map(async |name| Ok(name))
            .try_collect()
            .await
    }

    /// The room, if it exists.
    pub(super) async fn find(&self, name: &str, bounds: Bounds) -> Result<Option<SfuRoom>, SfuFailure> {
        Ok(self
            .list(vec![name.to_owned()], bounds)
            .await?
            .into_iter()
            .next()
            .map(|one| room(self.name(), one)))
    }

    /// Every room of the cluster whose name begins like this.
    pub(super) async fn rooms(&self, prefix: &str, bounds: Bounds) -> Result<Vec<SfuRoom>, SfuFailure> {
        let listed = self.list(Vec::new(), bounds).await?.into_iter();
        Ok(listed.filter(|one| one.name.starts_with(prefix)).map(|one| room(self.name(), one)).collect())
    }

    async fn list(&self, names: Vec<String>, bounds: Bounds) -> Result<Vec<proto::Room>, SfuFailure> {
        let grants = VideoGrants { room_list: true, ..VideoGrants::default() };
        let listed = self.call(LIST_ROOMS, grants, &proto::ListRoomsRequest { names }, bounds).await;
        listed.map(|proto::ListRoomsResponse { rooms }| rooms)
    }

    /// Who is in the room; nobody if it does not exist. Who has just gone may be listed a moment longer, as such, and is
    /// left out, and so is who cannot be reached.
    pub(super) async fn participants(
        &self,
        name: &str,
        bounds: Bounds,
    ) -> Result<Vec<SfuParticipant>, SfuFailure> {
        let question = proto::ListParticipantsRequest { room: name.to_owned() };
        let listed = self.call(LIST_PARTICIPANTS, administering(name), &question, bounds).await;
        let listed = listed.map(|proto::ListParticipantsResponse { participants }| {
            participants.into_iter().filter_map(participant).collect()
        });
        let listed = if_there(listed, Vec::new())?;
        Ok(self.unreachable.leave_out(name, listed, self.clock.now()).await)
    }

    /// Whether anybody is in the room.
    pub(super) async fn is_occupied(&self, name: &str, bounds: Bounds) -> Result<bool, SfuFailure> {
        Ok(!self.participants(name, bounds).await?.is_empty())
    }

    /// What a participant sends; nothing if they are not there.
    pub(super) async fn tracks(
        &self,
        name: &str,
        identity: &str,
        bounds: Bounds,
    ) -> Result<Vec<SfuTrack>, SfuFailure> {
        let question = one_of(name, identity);
        let found = self.call(GET_PARTICIPANT, administering(name), &question, bounds).await;
        if_there(found.map(|found: proto::ParticipantInfo| tracks(found.tracks)), Vec::new())
    }

    /// Sends a participant out. Whether they were there.
    pub(super) async fn remove(
        &self,
        name: &str,
        identity: &str,
        bounds: Bounds,
    ) -> Result<bool, SfuFailure> {
        let question = one_of(name, identity);
        let removed = self.call(REMOVE_PARTICIPANT, administering(name), &question, bounds).await;
        if_there(removed.map(|proto::RemoveParticipantResponse {}| true), false)
    }

    /// Mutes one of the things that a participant sends. Whether it was there.
    pub(super) async fn mute(
        &self,
        name: &str,
        identity: &str,
        track_sid: &str,
        bounds: Bounds,
    ) -> Result<bool, SfuFailure> {
        let question = proto::MuteRoomTrackRequest {
            room: name.to_owned(),
            identity: identity.to_owned(),
            track_sid: track_sid.to_owned(),
            muted: true,
        };
        let muted = self.call(MUTE, administering(name), &question, bounds).await;
        if_there(muted.map(|proto::MuteRoomTrackResponse { .. }| true), false)
    }
}

fn creating() -> VideoGrants {
    VideoGrants { room_create: true, ..VideoGrants::default() }
}

fn administering(room: &str) -> VideoGrants {
    VideoGrants { room_admin: true, room: room.to_owned(), ..VideoGrants::default() }
}

fn one_of(room: &str, identity: &str) -> proto::RoomParticipantIdentity {
    proto::RoomParticipantIdentity {
        room: room.to_owned(),
        identity: identity.to_owned(),
        ..proto::RoomParticipantIdentity::default()
    }
}

/// What LiveKit does not know is an answer, not a failure.
fn if_there<T>(answer: Result<T, SfuFailure>, otherwise: T) -> Result<T, SfuFailure> {
    match answer {
        Err(SfuFailure::NotFound) => Ok(otherwise),
        answer => answer,
    }
}
