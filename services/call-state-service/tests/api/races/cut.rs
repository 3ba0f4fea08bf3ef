//! A reply that never arrives, and the request once more.

use call_state_api::CallStateFailure;
use url::Url;

use super::line::{Cut, Line};
use super::request::Request;
use super::round::Round;
use super::stage::{BUSY, Stage};
use crate::world::Device;

#[tokio::test]
async fn a_request_whose_reply_was_lost_is_answered_when_it_is_made_again_and_done_once() {
    let stage = Stage::new(&[]).await;
    let asked = async |round: &mut Round<'_>| {
        // The client itself asks once more, so one loss is healed by it, and two are its caller's to heal.
        let cuts = round.one_of([
            &[Cut::Answer] as &[Cut],
            &[Cut::Request],
            &[Cut::Answer, Cut::Answer],
            &[Cut::Request, Cut::Answer],
            &[Cut::Request, Cut::Request],
        ]);
        let request = Request::any(round).await;
        let [near, far] = round.both(request.name, ["phone", "phone"]);
        let server = round.stage.world.replicas[0].url.socket_addrs(|| None).unwrap()[0];
        let line = Line::to(server, cuts.to_vec()).await;
        let url = Url::parse(&format!("http://{}", line.address)).unwrap();
        let lossy = Device::new(&[url], near.user.as_str(), near.id.as_str(), near.token.clone());
        let mut answers = Vec::new();
        let first = match cuts[0] {
            Cut::Answer => request.by(&lossy).await,
            // Nobody knows when it is done, so this is also a race with another one of the same.
            Cut::Request => {
                let (first, other) = round.race(request.by(&lossy), request.by(&far)).await;
                answers.push(round.told(other));
                first
            }
        };
        assert_eq!(cuts.len() > 1, matches!(first, Err(CallStateFailure::Unavailable(_))), "{first:#?}");
        if cuts.len() == 1 {
            answers.push(round.told(first));
        }
        for device in [&far, &near, &lossy] {
            let answer = request.by(device).await;
            answers.push(round.told(answer));
        }
        request.had_one_effect(&answers);
        request.word()
    };
    stage.play("reply cut", BUSY, asked).await;
}
