//! The same request on both replicas at once.

use super::request::Request;
use super::round::Round;
use super::stage::{BUSY, Stage};

#[tokio::test]
async fn the_same_request_on_two_replicas_at_once_has_one_effect_and_one_answer() {
    let stage = Stage::new(&[]).await;
    let asked = async |round: &mut Round<'_>| {
        let request = Request::any(round).await;
        let [one, other] = round.both(request.name, ["phone", "phone"]);
        let (by_one, by_other) = round.race(request.by(&one), request.by(&other)).await;
        let answers = [by_one, by_other].map(|answer| round.told(answer));
        request.had_one_effect(&answers);
        request.word()
    };
    stage.play("same request twice at once", BUSY, asked).await;
}
