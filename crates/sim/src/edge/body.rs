//! One box as it is in the world: how warm it is, what its battery holds, what runs on it, whether its link is up. It says what it measures,
//! and not what is so.

use super::heat::{Drive, Lump};
use super::parts::Boxes;
use paceline_model::edge::{
    DeviceListing, Mbps, NodeReport, NodeSpec, Power, PowerSupply, RawNumber, ReplicaId, SensorKind,
    TemperatureReport,
};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How near to the threshold a box reports more often, in degrees.
const NEAR_HOT: f64 = 5.0;

/// A month, in hours.
const FOR_EVER_H: f64 = 720.0;

/// A box.
pub(super) struct Body {
    pub(super) spec: NodeSpec,
    /// Its kind; boxes of one kind share it.
    pub(super) of: Arc<Boxes>,
    pub(super) lump: Lump,
    /// Whether its fan turns.
    pub(super) fan: bool,
    /// Whether its link is up.
    pub(super) linked: bool,
    /// What its battery holds, in Wh.
    pub(super) charge_wh: Option<f64>,
    /// Its signal in dBm, and whether it has said that it is weak.
    pub(super) signal: Option<(f64, bool)>,
    /// What runs there: thousandths of a GPU that are busy.
    pub(super) runs: BTreeMap<ReplicaId, f64>,
    /// Since when it has been above the threshold.
    pub(super) hot_since: Option<Instant>,
    /// Whether its link has been down since it was below the threshold, or just before.
    pub(super) was_cut_off: bool,
    /// Time for which it worked above the threshold.
    pub(super) hot: Millis,
    pub(super) drawn_wh: f64,
    pub(super) on_battery: Millis,
    /// When its battery fell to the reserve.
    pub(super) at_reserve: Option<Instant>,
    at: Instant,
}

impl Body {
    pub(super) fn new(spec: NodeSpec, of: Arc<Boxes>, ambient: f64, at: Instant, rng: &mut Rng) -> Self {
        let charge = of.battery.map(|battery| {
            let percent = (battery.charge_percent - rng.unit() * battery.spread_percent).max(0.0);
            battery.capacity_wh * percent / 100.0
        });
        let idle = Drive { watts: of.heat.idle_w, ambient, fan: true };
        Self {
            lump: Lump { celsius: Lump::settles_at(&of.heat, idle) },
            fan: true,
            linked: true,
            charge_wh: charge,
            signal: of.radio.map(|radio| (radio.dbm, false)),
            runs: BTreeMap::new(),
            hot_since: None,
            was_cut_off: false,
            hot: Millis::ZERO,
            drawn_wh: 0.0,
            on_battery: Millis::ZERO,
            at_reserve: None,
            at,
            spec,
            of,
        }
    }

    /// What it draws. A box whose battery is empty is off.
    pub(super) fn watts(&self) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let busy = self.runs.values().sum::<f64>() / 1_000.0;
        self.of.heat.idle_w + self.of.heat.device_w * busy.min(self.spec.devices.len() as f64)
    }

    /// Whether it has a battery and nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.charge_wh.is_some_and(|charge| charge <= 0.0)
    }

    /// Its battery in percent.
    pub(super) fn percent(&self) -> Option<f64> {
        Some(self.charge_wh? / self.of.battery?.capacity_wh * 100.0)
    }

    /// Goes on to `now` under what holds since it was last asked.
    pub(super) fn advance(&mut self, now: Instant, ambient: f64, threshold: f64) {
        let span = now.since(self.at);
        if span == Millis::ZERO {
            return;
        }
        let drive = Drive { watts: self.watts(), ambient, fan: self.fan };
        let crossed = self.lump.advance(&self.of.heat, drive, span, threshold);
        self.discharge(drive.watts, span);
        if let Some(after) = crossed {
            self.hot_since = Some(self.at + after);
        }
        self.was_cut_off |= !self.linked;
        if self.lump.celsius < threshold {
            (self.hot_since, self.was_cut_off) = (None, !self.linked);
        } else if !self.runs.is_empty() {
            self.hot.0 += span.0;
        }
        self.at = now;
    }

    fn discharge(&mut self, watts: f64, span: Millis) {
        let hours = span.as_secs_f64() / 3_600.0;
        self.drawn_wh += watts * hours;
        let reserve = self.reserve();
        let (Some(charge), Some(battery)) = (self.charge_wh.as_mut(), self.of.battery) else { return };
        self.on_battery.0 += span.0;
        *charge = (*charge + (battery.charger_w - watts) * hours).clamp(0.0, battery.capacity_wh);
        if self.at_reserve.is_none() && *charge <= battery.capacity_wh * reserve / 100.0 {
            self.at_reserve = Some(self.at + span);
        }
    }

    /// When it will report next.
    pub(super) fn report_every(&self, threshold: f64) -> Millis {
        let near = self.lump.celsius >= threshold - NEAR_HOT;
        if near { self.of.report_every_near_hot } else { self.of.report_every }
    }

    /// What it says of itself: temperatures as its sensors read them, its battery in whole percent.
    pub(super) fn report(&self, now: Instant, rng: &mut Rng) -> NodeReport {
        let mut report = NodeReport::heartbeat(self.spec.id.clone(), now);
        let watts = self.watts();
        let sensors = self.spec.devices.iter().map(|device| (SensorKind::Gpu, Some(device.uuid.clone())));
        let board = self.spec.devices.is_empty().then_some((SensorKind::Board, None));
        let temperature = |(sensor, device)| {
            let read = self.lump.celsius + rng.around(self.of.heat.noise_celsius);
            // Tenths of a degree; what is beyond is cut off.
            let celsius = RawNumber(Some((read * 10.0).floor() / 10.0));
            TemperatureReport { sensor, device, celsius, watts: Some(watts) }
        };
        report.temperatures = sensors.chain(board).map(temperature).collect();
        let listed = self.spec.devices.iter().map(|device| device.uuid.clone()).collect();
        report.listing = DeviceListing::Listed(listed);
        report.battery =
            self.percent().map(|percent| (PowerSupply::Battery, RawNumber(Some(percent.floor()))));
        report.round_trip = Some(Millis(2 * self.of.link.delay.0));
        report.bandwidth = Some(Mbps(self.of.link.free_mbps));
        report.rssi = self.signal.map(|(dbm, _)| paceline_model::edge::Dbm(dbm.round() as i16));
        report
    }
}

impl Body {
    /// From `start` until its battery is at the reserve: as it was, or as it would be at its mean draw.
    pub(super) fn endurance_h(&self, start: Instant) -> f64 {
        let (Some(battery), Some(charge)) = (self.of.battery, self.charge_wh) else { return 0.0 };
        if let Some(at) = self.at_reserve {
            return at.since(start).as_secs_f64() / 3_600.0;
        }
        let passed = self.on_battery.as_secs_f64() / 3_600.0;
        let mean_w = self.drawn_wh / passed.max(f64::EPSILON) - battery.charger_w;
        let left = charge - battery.capacity_wh * self.reserve() / 100.0;
        // One that charges more than it draws lasts for ever; a month stands for that.
        (passed + left / mean_w.max(f64::EPSILON)).min(FOR_EVER_H)
    }

    /// The charge, in percent, below which its work leaves.
    fn reserve(&self) -> f64 {
        match self.spec.power {
            Power::Battery { reserve } => f64::from(reserve.0),
            Power::Mains => 0.0,
        }
    }
}
