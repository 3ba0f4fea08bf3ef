//! The witness tried where everything is at hand: two replicas of each service behind the gateway, on this machine.
//!
//! It must see nothing wrong where replicas are replaced in their orderly way, and it must see what is wrong where something is taken away.
//! The rest of a witness's life, in a cluster, is `cargo xtask test --deploy`.

mod balancer;
mod surroundings;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::crowd::Crowd;
use super::logins::Login;
use super::plan::Plan;
use super::report::{Phase, Report};
use crate::test::Row;
use surroundings::Surroundings;

/// Far more than any phase takes, on a machine that does much else.
const BOUND: Duration = Duration::from_mins(1);

const CALM: &str = "calm";
const REPLACED: &str = "replaced";
const KILLED: &str = "killed";
const STORELESS: &str = "no store";

/// Plays it all, and gives a test a phase.
pub(in crate::test) async fn rehearse() -> Result<Row> {
    eprintln!("witness: two replicas of each service are started");
    let mut surroundings = Surroundings::start().await?;
    let since = Instant::now();
    let played = play(&mut surroundings).await;
    surroundings.stop().await;
    let mut row = Row { suite: "witness".to_owned(), ..Row::default() };
    for (name, judged) in played? {
        match judged {
            Ok(()) => {
                println!("witness: {name} ... ok");
                row.passed += 1;
            }
            Err(fault) => {
                println!("witness: {name} ... FAILED: {fault:#}");
                row.failed += 1;
            }
        }
    }
    row.elapsed = since.elapsed();
    Ok(row)
}

async fn gather(surroundings: &Surroundings) -> Result<Crowd> {
    let plan = Plan {
        gateway: surroundings.gateway.url(),
        people: 10,
        devices: 2,
        rings: 4,
        ring_seconds: 8,
        joins_per_second: 10,
    };
    let sign = surroundings.signer();
    let logins = (0..plan.people)
        .map(|number| Login::Issuer { user_id: format!("witness-{number}"), sign: Arc::clone(&sign) })
        .collect();
    Crowd::gather(&plan, logins).await
}

async fn play(surroundings: &mut Surroundings) -> Result<[(&'static str, Result<()>); 4]> {
    let crowd = gather(surroundings).await?;
    lose_replicas(&crowd, surroundings).await?;
    let report = crowd.disperse().await;
    println!("{report}");
    // Others come after them: what the first ones were still to be told is settled by now, and only so can it be judged.
    let crowd = gather(surroundings).await?;
    lose_the_store(&crowd, surroundings).await?;
    let storeless = crowd.look();
    println!("{storeless}");
    let verdict = |name| report.verdict_of(name).map_err(anyhow::Error::msg);
    Ok([
        ("where nothing happens nothing is broken", verdict(CALM)),
        ("a replica of each service that is replaced in its orderly way breaks nothing", verdict(REPLACED)),
        ("a killed replica costs sockets and no event", killed(&report)),
        ("a store that is gone is noticed", noticed(&storeless)),
    ])
}

/// Each phase lasts until it has seen enough to judge by.
async fn lose_replicas(crowd: &Crowd, surroundings: &mut Surroundings) -> Result<()> {
    crowd.begin_phase(CALM);
    crowd.sees(BOUND, |phase| phase.joins >= 20 && phase.calls >= 4).await.context(CALM)?;

    crowd.begin_phase(REPLACED);
    surroundings.replace_first_replicas().await?;
    crowd.sees(BOUND, |phase| phase.drained > 0 && phase.resumed >= phase.drained).await.context(REPLACED)?;
    crowd.all_are_back(BOUND).await.context(REPLACED)?;

    crowd.begin_phase(KILLED);
    surroundings.kill_second_replica().await;
    crowd.sees(BOUND, |phase| phase.resumed > 0 && phase.joins >= 20).await.context(KILLED)?;
    crowd.all_are_back(BOUND).await.context(KILLED)
}

async fn lose_the_store(crowd: &Crowd, surroundings: &mut Surroundings) -> Result<()> {
    crowd.begin_phase(STORELESS);
    surroundings.redis.stop().await;
    let enough = |phase: &Phase| phase.joins >= 20 && !phase.broken().is_empty();
    crowd.sees(BOUND, enough).await.context(STORELESS)
}

fn noticed(report: &Report) -> Result<()> {
    let Err(words) = report.verdict_of(STORELESS) else { bail!("nothing is said to be broken") };
    eprintln!("witness: without a store: {words}");
    Ok(())
}

/// Joins that were under way there may have failed: that is what the kill was.
fn killed(report: &Report) -> Result<()> {
    let phase = report.phase(KILLED).context("nothing was killed")?;
    ensure!(phase.resumed > 0, "nobody resumed");
    let Phase { lost, reordered, doubled, started_anew, calls_ended_unasked, rings_stuck, .. } = phase;
    let broken = lost + reordered + doubled + started_anew + calls_ended_unasked + rings_stuck;
    ensure!(broken == 0, "{}", phase.broken().join(", "));
    Ok(())
}
