//! What a client that does nothing costs its server.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::super::process_figures::resident_bytes;
use super::crowd::Crowd;
use super::surroundings::Surroundings;

/// What clients have open, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A socket at `benches/socket-floor`.
    Floor,
    /// A socket at realtime-service.
    Socket,
    /// A poll at realtime-service.
    Poll,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Floor, Self::Socket, Self::Poll];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Floor => "socket at the floor",
            Self::Socket => "socket",
            Self::Poll => "parked poll",
        }
    }
}

/// The resident bytes of each client beyond the first quarter of them, in a process that has seen nothing before: memory
/// that an earlier client gave back would hide what the next one takes.
pub(super) async fn measure(surroundings: &Surroundings, kind: Kind, clients: u16) -> Result<f64> {
    let contender = match kind {
        Kind::Floor => surroundings.floor()?,
        Kind::Socket | Kind::Poll => surroundings.pinging_replica()?,
    };
    let running = contender.start(surroundings.cores.server).await?;
    let mut crowd = Crowd::start(surroundings, &[contender.address])?;
    let few = clients / 4;
    let mut resident = [0; 2];
    for (resident, count) in resident.iter_mut().zip([few, clients]) {
        match kind {
            Kind::Floor | Kind::Socket => crowd.sockets(count).await?,
            Kind::Poll => crowd.polls(count).await?,
        }
        // What the first ping, or the first answer, leaves behind belongs to it.
        crowd.beat().await.with_context(|| contender.output())?;
        *resident = resident_bytes(running.process_id())?;
    }
    crowd.leave().await?;
    running.kill().await;
    let grown = u32::try_from(resident[1].saturating_sub(resident[0]))?;
    Ok(f64::from(grown) / f64::from(clients - few))
}
