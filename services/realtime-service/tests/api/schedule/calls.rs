//! Calls over LiveKit among the people: what they do, and that nobody is left hanging.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use testkit::RoomGuest;
use tokio::time::timeout;

use super::acts::{Deed, Seat, USERS};
use super::answers::{ENTRY_PATIENCE, PATIENCE, Said, ask, check};
use super::rest::Rooms;
use super::scene::Scene;
use crate::device::invite;

/// A device that only looks: what it asks is no sign of life of the others.
const OBSERVER: &str = "observer";

/// The room of the call.
fn room_of(call: &str) -> String {
    format!("call-{call}")
}

impl Scene {
    /// Nobody answers.
    pub(super) async fn ring(&self, seat: Seat, replica: usize) -> String {
        match self.invite(Deed::Ring, seat, replica).await {
            Ok(_) => "rings".to_owned(),
            Err(instead) => instead,
        }
    }

    /// The neighbour answers at the other replica, and both go in.
    pub(super) async fn talk(&self, seat: Seat, replica: usize) -> String {
        let call = match self.invite(Deed::Talk, seat, replica).await {
            Ok(call) => call,
            Err(instead) => return instead,
        };
        let (neighbour, other) = (Seat { user: seat.neighbour(), ..seat }, 1 - replica);
        let accepted = self.tell(Deed::Talk, neighbour, other, &format!("/calls/{call}/accept")).await;
        if accepted != "200" {
            return accepted;
        }
        let entering = (
            self.enter_call(Deed::Talk, seat, replica, &call),
            self.enter_call(Deed::Talk, neighbour, other, &call),
        );
        let (one, two) = tokio::join!(entering.0, entering.1);
        if one == two { one } else { format!("{one}, {two}") }
    }

    pub(super) async fn hang_up_call(&self, seat: Seat, replica: usize) -> String {
        let of_room = self.people().in_calls.remove(seat.user);
        let Some(call) = self.live_call(seat, replica).await else { return "in no call".to_owned() };
        let said = self.tell(Deed::HangUp, seat, replica, &format!("/calls/{call}/hangup")).await;
        drop(of_room);
        said
    }

    /// With or without a word.
    pub(super) async fn leave_call(&self, seat: Seat, goodbye: bool) -> String {
        let Some((_, guest)) = self.people().in_calls.remove(seat.user) else {
            return "was not there".to_owned();
        };
        if goodbye {
            let _ = timeout(PATIENCE, guest.leave()).await;
            return "left".to_owned();
        }
        "crashed".to_owned()
    }

    pub(super) async fn return_to_call(&self, seat: Seat, replica: usize) -> String {
        match self.live_call(seat, replica).await {
            Some(call) => self.enter_call(Deed::ReturnToCall, seat, replica, &call).await,
            None => "in no call".to_owned(),
        }
    }

    /// The call, or what was answered instead.
    async fn invite(&self, deed: Deed, seat: Seat, replica: usize) -> Result<String, String> {
        let request = self
            .to_calls(Method::POST, seat, replica, "/calls")
            .json(&invite(&[seat.neighbour()], "livekit"));
        let said = ask(request).await.ok_or("no answer")?;
        check(deed, &said);
        let call = &said.body["call"];
        match call["id"].as_str() {
            Some(id) if call["phase"] != "ended" => Ok(id.to_owned()),
            Some(_) => Err(call["reason"].to_string()),
            None => Err(said.word()),
        }
    }

    async fn tell(&self, deed: Deed, seat: Seat, replica: usize, path: &str) -> String {
        let said = ask(self.to_calls(Method::POST, seat, replica, path)).await;
        if let Some(said) = &said {
            check(deed, said);
        }
        said.as_ref().map_or_else(|| "no answer".to_owned(), Said::word)
    }

    async fn enter_call(&self, deed: Deed, seat: Seat, replica: usize, call: &str) -> String {
        let room = room_of(call);
        let Some(said) =
            ask(self.to_calls(Method::POST, seat, replica, &format!("/rooms/{room}/join"))).await
        else {
            return "no answer".to_owned();
        };
        check(deed, &said);
        let Some(pass) = said.body["participant_token"].as_str() else { return said.word() };
        match timeout(ENTRY_PATIENCE, RoomGuest::enter(&self.world.livekit.public_url, pass)).await {
            Ok(Ok(guest)) => {
                self.tell_of_arrival(&room, &guest.sid).await;
                self.people().in_calls.insert(seat.user, (call.to_owned(), guest));
                "in".to_owned()
            }
            Ok(Err(_)) => "LiveKit did not let them in".to_owned(),
            Err(_) => "LiveKit did not answer".to_owned(),
        }
    }

    async fn live_call(&self, seat: Seat, replica: usize) -> Option<String> {
        let said = ask(self.to_calls(Method::GET, seat, replica, "/calls"))
            .await
            .filter(|said| said.status == 200)?;
        Some(said.body["items"].as_array()?.first()?["id"].as_str()?.to_owned())
    }

    fn to_calls(&self, method: Method, seat: Seat, replica: usize, path: &str) -> RequestBuilder {
        let request = self.world.request_to(&self.urls[replica], method, path, &self.token(seat.user));
        request.header("X-Device-Id", seat.device)
    }

    /// Nobody rings any more, every live call has somebody in its room, and every room of a call has its live call. Both
    /// parties see the same, at every replica.
    pub(super) async fn calls_agree(&self, truth: &Rooms) -> Result<(), String> {
        for url in &self.urls {
            let mut live = BTreeSet::new();
            for user in USERS {
                for call in self.calls_of(url, user).await? {
                    if call["phase"] != "active" {
                        return Err(format!("{user} is in a call that does not get on: {call}"));
                    }
                    let room = room_of(call["id"].as_str().unwrap_or_default());
                    if truth.get(&room).is_none_or(|truth| truth.people.is_empty()) {
                        return Err(format!("{user} is in a call in whose room nobody is: {call}"));
                    }
                    live.insert(room);
                }
            }
            let without_call = truth.keys().find(|room| room.starts_with("call-") && !live.contains(*room));
            if let Some(room) = without_call {
                return Err(format!("{room} is there, and its call is over: {:?}", truth[room]));
            }
        }
        Ok(())
    }

    async fn calls_of(&self, url: &str, user: &str) -> Result<Vec<Value>, String> {
        let request = self.world.request_to(url, Method::GET, "/calls", &self.token(user));
        let said = ask(request.header("X-Device-Id", OBSERVER)).await;
        let said =
            said.filter(|said| said.status == 200).ok_or(format!("{user} cannot ask for their calls"))?;
        Ok(said.body["items"].as_array().cloned().unwrap_or_default())
    }
}
