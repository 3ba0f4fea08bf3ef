//! What can happen to one person in a call.
//!
//! Whether it may is for the commands to say; these only keep stance and devices of a party in agreement.

use chrono::{DateTime, TimeDelta, Utc};
use signal_protocol::DeviceId;

use crate::record::{
    Attention, BusyBecause, DeviceRecord, DeviceState, Entry, Extra, MAX_DEVICES, PartyRecord, Rung, Seat,
    Stance,
};

impl Seat {
    /// A seat taken at `now` with a device that is alive, therefore, until its lease ends.
    pub(crate) fn new(device: DeviceId, key: Option<String>, now: DateTime<Utc>, lease: TimeDelta) -> Self {
        let check_at = now + lease;
        Self {
            device,
            key,
            media: None,
            connected: false,
            seen_at: now,
            in_room: false,
            missing_since: None,
            check_at,
            extra: Extra::new(),
        }
    }
}

impl PartyRecord {
    /// Is in the call with this device, and its others ring no more.
    pub(crate) fn accept(
        &mut self,
        device: &DeviceId,
        key: Option<&str>,
        now: DateTime<Utc>,
        lease: TimeDelta,
    ) {
        let known = self.devices.get(device).and_then(|device| device.key.clone());
        let key = key.map(str::to_owned).or(known);
        self.stop_devices();
        self.note(device, DeviceState::Accepted, key.as_deref());
        let at = self.entry.take().map_or(now, |entry| entry.at);
        self.entry = Some(Entry { at, device: device.clone() });
        self.stance = Stance::Accepted(Seat::new(device.clone(), key, now, lease));
        self.responded = true;
    }

    /// Says no.
    pub(crate) fn decline(&mut self, reason: Option<&str>, now: DateTime<Utc>) {
        self.stop_devices();
        self.responded = true;
        self.stance = match reason {
            Some("busy") => Stance::Busy { at: now, because: BusyBecause::SaidSo },
            Some(_) | None => Stance::Declined { at: now, reason: reason.map(str::to_owned) },
        };
    }

    /// Is rung no more because of something else.
    pub(crate) fn be_busy(&mut self, now: DateTime<Utc>, because: BusyBecause) {
        self.stop_devices();
        self.stance = Stance::Busy { at: now, because };
    }

    /// Is in the call no more.
    pub(crate) fn leave(&mut self, now: DateTime<Utc>) {
        self.stop_devices();
        self.stance = Stance::Left { at: now };
    }

    /// The ring, if there is one, ends without an answer.
    pub(crate) fn miss(&mut self, now: DateTime<Utc>) {
        if let Some(notified) = self.rung().map(Rung::notified) {
            self.stop_devices();
            self.stance = Stance::Missed { at: now, notified };
        }
    }

    /// A device was handed the ring.
    pub(crate) fn notify(&mut self, device: &DeviceId) {
        self.note(device, DeviceState::Notified, None);
        if let Stance::Rung(rung) = &mut self.stance {
            rung.attention = match rung.attention {
                Attention::Awaited { .. } | Attention::Notified => Attention::Notified,
                Attention::Alerted { .. } => Attention::Alerted { notified: true },
            };
        }
    }

    /// A device shows the ring, so it has been handed it.
    pub(crate) fn show(&mut self, device: &DeviceId, key: Option<&str>) {
        self.notify(device);
        self.note(device, DeviceState::Ringing, key);
        if let Stance::Rung(rung) = &mut self.stance {
            rung.shown = true;
        }
    }

    /// No device has to do with the call any more.
    pub(crate) fn stop_devices(&mut self) {
        for device in self.devices.values_mut() {
            device.state = DeviceState::Stopped;
        }
    }

    /// Writes down how far a device came: never backwards while a ring goes on, and never more than [`MAX_DEVICES`].
    fn note(&mut self, device: &DeviceId, state: DeviceState, key: Option<&str>) {
        let is_full = self.devices.len() >= MAX_DEVICES;
        match self.devices.get_mut(device) {
            Some(known) => {
                let stopped = known.state == DeviceState::Stopped;
                known.state = if stopped { state } else { known.state.max(state) };
                known.key = key.map(str::to_owned).or_else(|| known.key.take());
            }
            None if is_full => {}
            None => {
                let record = DeviceRecord { state, key: key.map(str::to_owned), extra: Extra::new() };
                self.devices.insert(device.clone(), record);
            }
        }
    }
}
