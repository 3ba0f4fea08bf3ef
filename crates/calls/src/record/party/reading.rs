//! How the stance of a party is read, see [`tagged`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use signal_protocol::timestamp;

use super::{Attention, BusyBecause, Rung, Seat, Stance};
use crate::record::tagged::{self, Tagged};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StanceIs {
    Rung,
    Accepted,
    Declined,
    Busy,
    Left,
    Missed,
}

#[derive(Deserialize)]
struct Declined {
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Busy {
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    because: BusyBecause,
}

#[derive(Deserialize)]
struct Left {
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Missed {
    #[serde(with = "timestamp")]
    at: DateTime<Utc>,
    notified: bool,
}

impl Tagged for Stance {
    type Is = StanceIs;

    fn rest<'de, D: Deserializer<'de>>(is: StanceIs, rest: D) -> Result<Self, D::Error> {
        match is {
            StanceIs::Rung => Rung::deserialize(rest).map(Self::Rung),
            StanceIs::Accepted => Seat::deserialize(rest).map(Self::Accepted),
            StanceIs::Declined => {
                Declined::deserialize(rest).map(|Declined { at, reason }| Self::Declined { at, reason })
            }
            StanceIs::Busy => Busy::deserialize(rest).map(|Busy { at, because }| Self::Busy { at, because }),
            StanceIs::Left => Left::deserialize(rest).map(|Left { at }| Self::Left { at }),
            StanceIs::Missed => {
                Missed::deserialize(rest).map(|Missed { at, notified }| Self::Missed { at, notified })
            }
        }
    }
}

impl<'de> Deserialize<'de> for Stance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::deserialize(deserializer)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AttentionIs {
    Awaited,
    Notified,
    Alerted,
}

#[derive(Deserialize)]
struct Awaited {
    #[serde(with = "timestamp")]
    until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Alerted {
    notified: bool,
}

impl Tagged for Attention {
    type Is = AttentionIs;

    fn rest<'de, D: Deserializer<'de>>(is: AttentionIs, rest: D) -> Result<Self, D::Error> {
        match is {
            AttentionIs::Awaited => {
                Awaited::deserialize(rest).map(|Awaited { until }| Self::Awaited { until })
            }
            AttentionIs::Notified => tagged::nothing(rest).map(|()| Self::Notified),
            AttentionIs::Alerted => {
                Alerted::deserialize(rest).map(|Alerted { notified }| Self::Alerted { notified })
            }
        }
    }
}

impl<'de> Deserialize<'de> for Attention {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::deserialize(deserializer)
    }
}
