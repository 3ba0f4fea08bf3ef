//! Small builders, and what a command came to as a line that can be read.

use std::collections::BTreeSet;

use calls::{Actor, Command, Decision, Devices, Effect, HookKind};
use chrono::{DateTime, Utc};
use signal_protocol::{
    Call, CallId, CallKind, CallMedia, DeviceId, EndReason, EventBody, InviteRequest, MediaCause,
    MediaReport, ReportedMedia, SignalKind, SignalPayload, SignalRequest, StopReason, UserId,
};
use uuid::Uuid;

use crate::world::World;

pub(crate) const DEVICES: [&str; 2] = ["phone", "laptop"];

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// `bob` is Bob with his phone, `bob/laptop` with another device.
pub(crate) fn actor(who: &str) -> Actor {
    let (name, device) = who.split_once('/').unwrap_or((who, DEVICES[0]));
    Actor { user: user(name), device: DeviceId::parse(device).unwrap() }
}

pub(crate) fn call_id(number: u32) -> CallId {
    CallId::parse(&format!("0198c5a0-7c3e-7d5a-8f00-{number:012x}")).unwrap()
}

pub(crate) fn request(media: CallMedia, callees: &[&str]) -> InviteRequest {
    InviteRequest {
        callees: callees.iter().map(|name| user(name)).collect(),
        room_id: None,
        kind: CallKind::Video,
        media,
        ring_seconds: None,
        offer: None,
        key: None,
    }
}

pub(crate) fn invite_with(number: u32, who: &str, request: InviteRequest) -> Command {
    let trace_id = "0af7651916cd43dd8448eb211c80319c".to_owned();
    let traceparent = Some(format!("00-{trace_id}-b7ad6b7169203331-01"));
    Command::Invite { call: call_id(number), actor: actor(who), request, traceparent, trace_id }
}

/// One callee by `p2p`, several through LiveKit.
pub(crate) fn invite(number: u32, who: &str, callees: &[&str]) -> Command {
    let media = if callees.len() > 1 { CallMedia::Livekit } else { CallMedia::P2p };
    invite_with(number, who, request(media, callees))
}

pub(crate) fn accept(number: u32, who: &str) -> Command {
    Command::Accept { call: call_id(number), actor: actor(who), key: None }
}

pub(crate) fn decline(number: u32, who: &str, reason: Option<&str>) -> Command {
    Command::Decline { call: call_id(number), actor: actor(who), reason: reason.map(str::to_owned) }
}

pub(crate) fn cancel(number: u32, who: &str) -> Command {
    Command::Cancel { call: call_id(number), actor: actor(who) }
}

pub(crate) fn hangup(number: u32, who: &str) -> Command {
    Command::Hangup { call: call_id(number), actor: actor(who) }
}

pub(crate) fn ringing(number: u32, who: &str) -> Command {
    Command::Ringing { call: call_id(number), actor: actor(who), key: None }
}

pub(crate) fn notified(number: u32, who: &str) -> Command {
    Command::Notified { call: call_id(number), actor: actor(who) }
}

pub(crate) fn media(number: u32, who: &str, state: ReportedMedia, cause: Option<MediaCause>) -> Command {
    Command::Media { call: call_id(number), actor: actor(who), report: MediaReport { state, cause } }
}

pub(crate) fn add(number: u32, who: &str, whom: &str) -> Command {
    Command::AddParty { call: call_id(number), actor: actor(who), user_id: user(whom) }
}

/// A signal that says nothing: what it carries is nothing to the rules.
pub(crate) fn signal(number: u32, who: &str, kind: SignalKind, generation: u32) -> Command {
    let request = SignalRequest { kind, generation, payload: SignalPayload::default(), accept: false };
    Command::Signal { call: call_id(number), actor: actor(who), id: Uuid::new_v4(), request }
}

/// The answer to the early offer, which takes the ring as well.
pub(crate) fn answer(number: u32, who: &str) -> Command {
    let payload = SignalPayload::default();
    let request = SignalRequest { kind: SignalKind::Answer, generation: 0, payload, accept: true };
    Command::Signal { call: call_id(number), actor: actor(who), id: Uuid::new_v4(), request }
}

pub(crate) fn tick(number: u32) -> Command {
    Command::Tick { call: call_id(number) }
}

pub(crate) fn end(number: u32, reason: EndReason) -> Command {
    Command::End { call: call_id(number), reason }
}

/// LiveKit was asked just now, or so many milliseconds ago.
pub(crate) fn report(world: &World, number: u32, millis_ago: i64, present: &[&str]) -> Command {
    let present: BTreeSet<_> =
        present.iter().map(|who| actor(who)).map(|who| (who.user, who.device)).collect();
    let asked_at = world.now - chrono::TimeDelta::milliseconds(millis_ago);
    Command::SfuReport { call: call_id(number), asked_at, present, room_deleted: false }
}

/// LiveKit was asked just now, and said that the room is gone because somebody deleted it.
pub(crate) fn deleted(world: &World, number: u32, present: &[&str]) -> Command {
    match report(world, number, 0, present) {
        Command::SfuReport { call, asked_at, present, .. } => {
            Command::SfuReport { call, asked_at, present, room_deleted: true }
        }
        other => other,
    }
}

/// A moderator takes somebody out.
pub(crate) fn remove(number: u32, whom: &str) -> Command {
    Command::Remove { call: call_id(number), user: user(whom) }
}

/// Runs `command` where `given` has come to, and compares: the call, then who is told what, then what goes outside. Of
/// a refusal, its code; of a command that changed nothing, `unchanged`.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "it is built where it is checked")]
pub(crate) fn check(given: World, command: Command, expected: &str) -> World {
    let mut world = given;
    let before = world.all.clone();
    let told = match world.run(&command) {
        Ok(decision) if decision.is_empty() => Err("unchanged".to_owned()),
        Ok(decision) => Ok(tell(&decision)),
        Err(refused) => Err(refused.code().to_string()),
    };
    let told = told.unwrap_or_else(|nothing| {
        assert!(world.all == before, "{nothing}, and so it stays");
        nothing
    });
    assert_eq!(told, expected, "{command:?}");
    world
}

fn tell(decision: &Decision) -> String {
    let calls: Vec<_> = decision.calls.iter().map(|call| tell_call(&call.view(start()))).collect();
    let notices = decision
        .notices
        .iter()
        .map(|notice| format!("{} {}", tell_to(&notice.to, &notice.devices), tell_event(&notice.body)));
    let signals = decision.signals.iter().map(|notice| {
        let signal = &notice.signal;
        let to = tell_to(&notice.to, &notice.devices);
        format!("{to} {} {}", signal.kind.as_str(), signal.generation)
    });
    let notices = notices.chain(signals).collect::<Vec<_>>();
    let effects: Vec<_> = decision.effects.iter().map(tell_effect).collect();
    let parts = [calls.join("; "), notices.join(", "), effects.join(", ")];
    parts.join(" | ").trim_end_matches([' ', '|']).to_owned()
}

fn tell_to(user: &UserId, devices: &Devices) -> String {
    match devices {
        Devices::All => user.to_string(),
        Devices::Only(device) => format!("{user}/{device}"),
        Devices::AllBut(device) => format!("{user}/!{device}"),
    }
}

fn tell_call(call: &Call) -> String {
    let parties: Vec<_> =
        call.parties.iter().map(|party| format!("{} {}", party.user_id, party.state.as_str())).collect();
    let reason = call.reason.map(|reason| format!(" {}", reason.as_str())).unwrap_or_default();
    format!("{}{reason}: {}", call.phase.as_str(), parties.join(", "))
}

fn tell_event(body: &EventBody) -> String {
    let names = |users: &[UserId]| users.iter().map(UserId::as_str).collect::<Vec<_>>().join("+");
    match body {
        EventBody::Ringing { .. } => "rings".to_owned(),
        EventBody::Accepted { user_id, .. } => format!("accepted({user_id})"),
        EventBody::Declined { user_ids, reason, .. } => {
            format!(
                "declined({}{})",
                names(user_ids),
                reason.as_ref().map(|said| format!(": {said}")).unwrap_or_default()
            )
        }
        EventBody::Busy { user_ids, .. } => format!("busy({})", names(user_ids)),
        EventBody::Updated { .. } => "updated".to_owned(),
        EventBody::Stopped { reason, .. } => match reason {
            StopReason::AnsweredElsewhere => "stops(answered)".to_owned(),
            StopReason::DeclinedElsewhere => "stops(declined)".to_owned(),
            StopReason::DialledElsewhere => "stops(dialled)".to_owned(),
        },
        EventBody::Ended { .. } => "ended".to_owned(),
        EventBody::Signal(_) => panic!("signals are no notices"),
        EventBody::RoomRemoved { .. } => panic!("calls tell nothing of rooms"),
    }
}

fn tell_effect(effect: &Effect) -> String {
    match effect {
        Effect::CloseRoom { .. } => "close".to_owned(),
        Effect::CheckRoom { .. } => "check".to_owned(),
        Effect::Hook(hook) => {
            let kind = match hook.kind {
                HookKind::RingUnseen => "unseen",
                HookKind::RingOver => "over",
                HookKind::CallMissed => "missed",
            };
            format!("{kind}({})", hook.user_id)
        }
    }
}
