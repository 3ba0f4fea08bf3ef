//! Fills a Redis with live calls, as the records of call-state-service: each is decided by the rules, and written by the
//! store. Half of them ring, half are talked in. Nothing about them falls due for hours.

use anyhow::Context as _;
use call_state_api::presence::{self, presence_key};
use calls::{Actor, CallRecord, Command, Decision, Devices, Notice, Rules, Snapshot, UserRecord};
use clap::Parser;
use clock::{DateTime, Duration, Utc};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use mailbox::Addressed;
use settings::Secret;
use signal_protocol::{CallId, CallKind, CallMedia, DeviceId, InviteRequest, Tenant, UserId};
use store::{Commit, Committed, Key, Read, Store, StoreSettings, Write};
use uuid::Uuid;

/// When anything about a call falls due: long after any benchmark.
const FAR: Duration = Duration::hours(6);
const FAR_SECONDS: u32 = 6 * 3_600;
/// How many commits are under way at once.
const AT_ONCE: usize = 64;

/// Fills a Redis with live calls.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where Redis is.
    #[arg(long)]
    redis: String,
    /// Whose calls they are.
    #[arg(long)]
    tenant: String,
    /// How many.
    #[arg(long)]
    calls: u32,
    /// What the ids of all people begin with, before twelve digits.
    #[arg(long)]
    people: String,
    /// The digits of the first one.
    #[arg(long)]
    first: u32,
    /// Also write the events of these calls into people's mailboxes, which keep them for minutes.
    #[arg(long)]
    mailboxes: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Arguments { redis, tenant, calls, people, first, mailboxes } = Arguments::parse();
    let tenant = Tenant::parse(&tenant)?;
    let settings = StoreSettings { url: Secret::from(redis), timeout_ms: 5_000, ..StoreSettings::default() };
    let store = Store::start(&settings, std::slice::from_ref(&tenant))?;
    let now = store.read(&tenant, Read::new()).await?.now;
    let rules = rules();
    stream::iter(0..calls)
        .map(Ok)
        .try_for_each_concurrent(AT_ONCE, |number| {
            let (store, tenant, rules, people) = (&store, &tenant, &rules, &people);
            async move {
                let caller = actor(people, first + 2 * number)?;
                let other = actor(people, first + 2 * number + 1)?;
                let writes = live_call([caller, other], number % 2 == 1, now, rules, mailboxes)?;
                let committed = store.commit(tenant, Commit { writes, ..Commit::default() }).await?;
                anyhow::ensure!(
                    matches!(committed, Committed::Applied { .. }),
                    "a call was not written: {committed:?}"
                );
                Ok(())
            }
        })
        .await
}

fn rules() -> Rules {
    Rules {
        ring_seconds: FAR_SECONDS,
        ring_seconds_max: FAR_SECONDS,
        lease: FAR,
        connect: FAR,
        media: FAR,
        unseen: FAR,
        ..Rules::default()
    }
}

/// Everything that there is in the store of one call between these two, which rings or is accepted.
fn live_call(
    [caller, other]: [Actor; 2],
    is_accepted: bool,
    now: DateTime<Utc>,
    rules: &Rules,
    mailboxes: bool,
) -> anyhow::Result<Vec<Write>> {
    let call = CallId::of(Uuid::now_v7()).context("an id was made as version 7")?;
    let request = InviteRequest {
        callees: vec![other.user.clone()],
        room_id: None,
        kind: CallKind::Audio,
        media: CallMedia::Livekit,
        ring_seconds: None,
        offer: None,
        key: None,
    };
    let trace_id = Uuid::new_v4().simple().to_string();
    let traceparent = Some(format!("00-{trace_id}-b7ad6b7169203331-00"));
    let mut commands = vec![Command::Invite { call, actor: caller.clone(), request, traceparent, trace_id }];
    commands.push(Command::Ringing { call, actor: other.clone(), key: None });
    if is_accepted {
        commands.push(Command::Accept { call, actor: other.clone(), key: None });
    }

    let mut snapshot = Snapshot::default();
    let mut writes = Vec::new();
    for command in &commands {
        let Decision { calls, users, notices, .. } = calls::decide(&snapshot, command, now, rules)?;
        snapshot.calls.extend(calls.into_iter().map(|call| (call.id, call)));
        snapshot.users.extend(users);
        if mailboxes {
            writes.extend(notices.iter().map(|notice| event(notice, now)));
        }
    }
    writes.extend(snapshot.calls.values().flat_map(put_call));
    writes.extend(snapshot.users.iter().map(|(user, record)| put_user(user, record)));
    writes.extend([caller, other].map(|actor| presence::lease(&actor.user, &actor.device, now + FAR)));
    Ok(writes)
}

fn actor(people: &str, person: u32) -> anyhow::Result<Actor> {
    Ok(Actor { user: UserId::parse(&format!("{people}{person:012x}"))?, device: DeviceId::parse("browser")? })
}

fn event(notice: &Notice, now: DateTime<Utc>) -> Write {
    let devices = match &notice.devices {
        Devices::All => Addressed::All,
        Devices::Only(device) => Addressed::Only(device.clone()),
        Devices::AllBut(device) => Addressed::AllBut(device.clone()),
    };
    mailbox::append(&notice.to, &devices, Uuid::new_v4(), now, &notice.body)
}

// The keys and references are those of call-state-service, which `cargo xtask bench calls` asks for one of these calls.
fn put_call(record: &CallRecord) -> Vec<Write> {
    let refs = record.refers_to().flat_map(|user| [Key::new("user", user), presence_key(user)]);
    let key = Key::new("call", record.id);
    let put = Write::Put { key: key.clone(), data: json(record), refs: refs.collect(), ttl: None };
    let timer = record.next_deadline().map(|at| Write::Schedule { member: key, at });
    std::iter::once(put).chain(timer).collect()
}

fn put_user(user: &UserId, record: &UserRecord) -> Write {
    let refs = record.live_call().map(|call| Key::new("call", call)).into_iter().collect();
    Write::Put { key: Key::new("user", user), data: json(record), refs, ttl: None }
}

fn json<T: serde::Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("a record has text keys only, and nothing in it fails to be written")
}
