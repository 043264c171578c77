//! What a node of a run measures and says: temperatures that rise and fall, batteries that run down and are charged, GPUs that fall off the
//! bus and come back, and readings that are none.

use paceline_model::edge::{
    Dbm, DeviceListing, DeviceUuid, NodeId, NodeReport, NodeSpec, Power, PowerSupply, RawNumber, SensorKind,
    TemperatureReport,
};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use std::collections::BTreeSet;

/// Readings as drivers wrote them that are none.
const NONE: [Option<f64>; 8] = [
    None,
    Some(511.0),
    Some(255.0),
    Some(-256.0),
    Some(0.0),
    Some(644_245_923.0),
    Some(9.223_372_036_854_776e18),
    Some(47_400.0),
];

/// What a node measures.
pub(super) struct Gauges {
    rng: Rng,
    pub(super) devices: Vec<DeviceUuid>,
    gone: BTreeSet<DeviceUuid>,
    celsius: f64,
    rising: bool,
    charge: Option<f64>,
    charging: bool,
    quiet_until: Instant,
}

impl Gauges {
    pub(super) fn new(mut rng: Rng, devices: Vec<DeviceUuid>, spec: &NodeSpec) -> Self {
        let charge = matches!(spec.power, Power::Battery { .. }).then(|| 25.0 + 60.0 * rng.unit());
        Self {
            celsius: 40.0 + 40.0 * rng.unit(),
            rising: rng.below(2) == 0,
            charging: false,
            gone: BTreeSet::new(),
            quiet_until: Instant::ZERO,
            rng,
            devices,
            charge,
        }
    }

    /// What it says now. `None`: nothing. Once all is calm it speaks, is cool and charged, and has all its GPUs.
    pub(super) fn report(
        &mut self,
        id: &NodeId,
        now: Instant,
        (lies, losses): (usize, usize),
        calm: bool,
    ) -> Option<NodeReport> {
        self.drift(losses, calm);
        if !calm && now < self.quiet_until {
            return None;
        }
        if self.rng.below(400) == 0 {
            self.quiet_until = now + Millis::from_secs(10 + self.rng.below(40) as u32);
        }
        let mut report = NodeReport::heartbeat(id.clone(), now);
        report.listing = self.listing(lies);
        report.temperatures = self.temperatures(lies);
        report.battery = self.battery(lies);
        report.rssi = Some(Dbm(-40 - self.rng.below(50) as i16));
        let back: Vec<DeviceUuid> = self.devices.clone();
        report.probes = back.into_iter().map(|device| (device, self.rng.below(8) > 0)).collect();
        let other = NodeId::new(&format!("n{}", self.rng.below(10))).ok();
        report.reaches = other.into_iter().map(|other| (other, self.rng.below(2) == 0)).collect();
        if self.rng.below(6) == 0 {
            report.fell_off = self.gone.iter().cloned().collect();
        }
        Some(report)
    }

    fn drift(&mut self, losses: usize, calm: bool) {
        if calm {
            (self.celsius, self.rising, self.charging) = (50.0 + self.rng.unit(), false, true);
            self.gone.clear();
        }
        let step = 6.0 * self.rng.unit();
        self.celsius = (self.celsius + if self.rising { step } else { -step }).clamp(25.0, 99.0);
        if self.rng.below(8) == 0 {
            self.rising = !self.rising;
        }
        let (drawn, charging) = (3.0 * self.rng.unit(), self.charging);
        if let Some(charge) = &mut self.charge {
            *charge = (*charge + if charging { drawn } else { -drawn }).clamp(0.0, 100.0);
        }
        if self.rng.below(10) == 0 {
            self.charging = !self.charging;
        }
        let lost = self.rng.below(1_000) < losses;
        let which = self.rng.below(self.devices.len().max(1));
        if let Some(device) = self.devices.get(which)
            && lost
            && !self.gone.remove(device)
        {
            self.gone.insert(device.clone());
        }
    }

    fn listing(&mut self, lies: usize) -> DeviceListing {
        match self.rng.below(12) {
            0 => DeviceListing::NotAsked,
            1 if lies > 0 => DeviceListing::Unanswered,
            _ => {
                let there = self.devices.iter().filter(|device| !self.gone.contains(*device));
                DeviceListing::Listed(there.cloned().collect())
            }
        }
    }

    fn temperatures(&mut self, lies: usize) -> Vec<TemperatureReport> {
        let mut all = Vec::new();
        let devices: Vec<Option<DeviceUuid>> = self.devices.iter().cloned().map(Some).collect();
        for device in if devices.is_empty() { vec![None] } else { devices } {
            let lie = self.rng.below(1_000) < 4 * lies;
            let none = NONE[self.rng.below(NONE.len())];
            let celsius = RawNumber(if lie { none } else { Some(self.celsius + self.rng.around(1.0)) });
            let watts = Some(20.0 + 50.0 * self.rng.unit());
            all.push(TemperatureReport { sensor: SensorKind::Gpu, device, celsius, watts });
        }
        all
    }

    fn battery(&mut self, lies: usize) -> Option<(PowerSupply, RawNumber)> {
        let charge = self.charge?;
        let lie = self.rng.below(1_000) < 4 * lies;
        let none = [Some(101.0), Some(200.0), None, Some(0.0), Some(100.0)][self.rng.below(5)];
        let supply = if self.charging { PowerSupply::External } else { PowerSupply::Battery };
        Some((supply, RawNumber(if lie { none } else { Some(charge) })))
    }
}
