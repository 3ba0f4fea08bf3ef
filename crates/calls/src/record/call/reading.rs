//! How the phase of a call is read, see [`tagged`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use signal_protocol::{EndReason, timestamp};

use super::{Phase, Setup};
use crate::record::tagged::{self, Tagged};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PhaseIs {
    Ringing,
    Active,
    Ended,
}

#[derive(Deserialize)]
struct Active {
    #[serde(with = "timestamp")]
    since: DateTime<Utc>,
    setup: Setup,
}

#[derive(Deserialize)]
struct Ended {
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    reason: EndReason,
    #[serde(default, with = "timestamp::option")]
    active_since: Option<DateTime<Utc>>,
}

impl Tagged for Phase {
    type Is = PhaseIs;

    fn rest<'de, D: Deserializer<'de>>(is: PhaseIs, rest: D) -> Result<Self, D::Error> {
        match is {
            PhaseIs::Ringing => tagged::nothing(rest).map(|()| Self::Ringing),
            PhaseIs::Active => {
                Active::deserialize(rest).map(|Active { since, setup }| Self::Active { since, setup })
            }
            PhaseIs::Ended => Ended::deserialize(rest)
                .map(|Ended { at, reason, active_since }| Self::Ended { at, reason, active_since }),
        }
    }
}

impl<'de> Deserialize<'de> for Phase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::deserialize(deserializer)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SetupIs {
    Pending,
    Done,
}

#[derive(Deserialize)]
struct Pending {
    #[serde(with = "timestamp")]
    until: DateTime<Utc>,
    #[serde(with = "timestamp")]
    check_at: DateTime<Utc>,
}

impl Tagged for Setup {
    type Is = SetupIs;

    fn rest<'de, D: Deserializer<'de>>(is: SetupIs, rest: D) -> Result<Self, D::Error> {
        match is {
            SetupIs::Pending => Pending::deserialize(rest)
                .map(|Pending { until, check_at }| Self::Pending { until, check_at }),
            SetupIs::Done => tagged::nothing(rest).map(|()| Self::Done),
        }
    }
}

impl<'de> Deserialize<'de> for Setup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::deserialize(deserializer)
    }
}
