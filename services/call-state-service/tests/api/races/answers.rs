//! A ring that is answered in two ways at once.

use signal_protocol::{CallPhase, EndReason, ErrorCode, PartyState};

use super::round::{Round, ended_with};
use super::stage::{BUSY, Stage};

#[tokio::test]
async fn of_two_devices_that_accept_at_once_one_is_in_the_call() {
    let stage = Stage::new(&[]).await;
    let answered = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let call = round.hears(ann.rings(&[bob.user.as_str()]).await);
        let [phone, tablet] = round.both("bob", ["phone", "tablet"]);
        let (by_phone, by_tablet) = round.race(phone.accepts(call.id), tablet.accepts(call.id)).await;
        let (accepted, refused, device) = match (round.told(by_phone), round.told(by_tablet)) {
            (Ok(accepted), Err(refused)) => (accepted, refused, &phone),
            (Err(refused), Ok(accepted)) => (accepted, refused, &tablet),
            both => panic!("one of them is in the call: {both:#?}"),
        };
        assert_eq!(refused.code, ErrorCode::CallAlreadyAnswered);
        assert_eq!((accepted.phase, accepted.version), (CallPhase::Active, 2));
        assert_eq!(accepted.parties[1].device.as_ref(), Some(&device.id));
        if device.id == phone.id { "phone" } else { "tablet" }
    };
    stage.play("two devices accept", BUSY, answered).await;
}

#[tokio::test]
async fn a_call_is_either_accepted_or_cancelled() {
    let stage = Stage::new(&[]).await;
    let answered = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let call = round.hears(ann.rings(&[bob.user.as_str()]).await);
        let (accepted, cancelled) = round.race(bob.accepts(call.id), ann.cancels(call.id)).await;
        match (round.told(accepted), round.told(cancelled)) {
            (Ok(active), Err(refused)) => {
                assert_eq!(active.phase, CallPhase::Active);
                assert_eq!(refused.code, ErrorCode::NotAllowedInPhase);
                "accepted"
            }
            (Err(refused), Ok(over)) => {
                assert_eq!((over.phase, over.reason), (CallPhase::Ended, Some(EndReason::Cancelled)));
                assert_eq!(ended_with(&refused).reason, Some(EndReason::Cancelled));
                "cancelled"
            }
            both => panic!("it is the one or the other: {both:#?}"),
        }
    };
    stage.play("accept or cancel", BUSY, answered).await;
}

#[tokio::test]
async fn a_call_is_either_accepted_or_declined() {
    let stage = Stage::new(&[]).await;
    let answered = async |round: &mut Round<'_>| {
        let [ann, bob] = round.people(["ann", "bob"]).await;
        let call = round.hears(ann.rings(&[bob.user.as_str()]).await);
        let [phone, tablet] = round.both("bob", ["phone", "tablet"]);
        let (accepted, declined) = round.race(phone.accepts(call.id), tablet.declines(call.id)).await;
        match (round.told(accepted), round.told(declined)) {
            (Ok(active), Err(refused)) => {
                assert_eq!(active.parties[1].state, PartyState::Accepted);
                assert_eq!(refused.code, ErrorCode::NotAllowedInPhase);
                "accepted"
            }
            (Err(refused), Ok(over)) => {
                assert_eq!((over.phase, over.reason), (CallPhase::Ended, Some(EndReason::Rejected)));
                assert_eq!(ended_with(&refused).reason, Some(EndReason::Rejected));
                "declined"
            }
            both => panic!("it is the one or the other: {both:#?}"),
        }
    };
    stage.play("accept or decline", BUSY, answered).await;
}
